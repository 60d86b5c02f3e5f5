from __future__ import annotations

import pytest

from parts.exim import Exim
from parts.remote import Remote

pytestmark = pytest.mark.slow


def test_a_login_may_not_send_as_somebody_else(exim: Exim) -> None:
    sent = exim.send("bob@corp.example", "x@ok.example", user="alice", source="127.0.0.22")

    assert sent.replies["x@ok.example"].code == 553
    exim.log.wait_for(
        r"\[127\.0\.0\.22\] F=<bob@corp\.example> A=plain_server:alice rejected RCPT"
        r" <x@ok\.example>: 553 5\.7\.1 .* not owned by user alice$"
    )


def test_without_a_login_relaying_is_denied(exim: Exim) -> None:
    sent = exim.send("a@else.example", ["x@else.example", "y@ok.example"])

    assert sent.replies["x@else.example"].code == 553
    assert sent.replies["y@ok.example"].accepted
    exim.log.wait_for(r"rejected RCPT <x@else\.example>: 553 5\.7\.1 .*: relaying denied$")


def test_mail_is_delivered_bounced_and_completed(exim: Exim, remote: Remote) -> None:
    wanted = ["fine@partner.example", "no-such-user@partner.example"]
    sent = exim.send("alice@corp.example", wanted, user="alice", mechanism="LOGIN")
    exim.settle()

    assert [message.recipients for message in remote.accepted] == [("fine@partner.example",)]
    for shape in (
        "<= alice@corp.example .* A=login_server:alice ",
        "=> fine@partner.example ",
        r"\*\* no-such-user@partner.example .*: 553 5\.1\.1 ",
        "Completed$",
    ):
        assert exim.log.matching(f"{sent.queue_id} {shape}")


def test_the_log_can_be_rotated(exim: Exim) -> None:
    exim.send("bob@corp.example", "before@ok.example", user="alice")
    old = exim.rotate()
    exim.send("bob@corp.example", "after@ok.example", user="alice")

    exim.log.wait_for("after@ok.example")
    assert "before@ok.example" in old.read_text()
