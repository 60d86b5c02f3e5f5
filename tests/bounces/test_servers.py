"""Bounces that the real Postfix and the real Exim make of what a remote server refuses with 553."""

from __future__ import annotations

from pathlib import Path

import pytest

from parts.exim import Exim
from parts.postfix import Postfix
from parts.remote import Remote
from parts.waiting import until
from rejectwatch import bounces

pytestmark = pytest.mark.slow

SENDER = "alice@else.example"
MAIL = b"From: <alice@else.example>\r\nSubject: Minutes of the meeting\r\nMessage-ID: <1@pc21.corp.example>\r\n\r\nMonday.\r\n"
HOSTS = {"mx.partner.example": "127.0.0.41"}


def bounced(remote: Remote) -> bytes:
    """The mail that came back to the sender, who has his mailbox at the remote as well."""

    def arrived() -> bytes | None:
        return next((mail.content for mail in remote.accepted if mail.sender in {"", "<>"}), None)

    return until(arrived, 20, lambda: f"a bounce; the remote refused {remote.refused}") or b""


def read_by_recipient(mail: bytes) -> dict[str | None, bounces.Returned]:
    return {one.recipient: one for one in bounces.read(mail)}


@pytest.mark.parametrize("server", ["postfix", "exim"])
def test_the_bounce_of_a_real_server_is_read(place: Path, server: str) -> None:
    wanted = [f"{who}@partner.example" for who in ("no-such-user", "multi-line", "quotes-a-log-line")]
    routes = {"partner.example": "mx.partner.example", "else.example": "mx.partner.example"}
    with Remote(host="127.0.0.41") as remote:
        start = {"postfix": Postfix, "exim": Exim}[server]
        owners = {SENDER: "alice"}
        with start(place / server, remote=remote, hosts=HOSTS, routes=routes, owners=owners) as mta:
            with mta.client(user="alice") as client:
                client.send(SENDER, wanted, content=MAIL)
            mail = bounced(remote)

    assert bounces.is_mail(mail)
    found = read_by_recipient(mail)
    assert set(found) == set(wanted)
    unknown = found["no-such-user@partner.example"]
    assert unknown.reply == "553 5.1.1 <no-such-user@partner.example>: no mailbox here by that name"
    assert (unknown.action, unknown.refused_by) == ("failed", "remote")
    assert unknown.enhanced_code == "5.1.1"
    assert unknown.relay_host == "mx.partner.example"
    assert unknown.reported_by == "mail.corp.example"
    assert unknown.sender == SENDER
    assert unknown.occurred_at is not None
    assert unknown.subject == "Minutes of the meeting"
    assert unknown.message_id == "<1@pc21.corp.example>"
    several = found["multi-line@partner.example"]
    assert several.reply == (
        "553-5.7.1 Your message was refused. 553-5.7.1 <multi-line@partner.example> does not want it."
        " 553 5.7.1 Ask postmaster@partner.example."
    )
    quoting = found["quotes-a-log-line@partner.example"]
    assert str(quoting.reply).startswith("553 5.7.1 refused, our log says: Nov 24")
