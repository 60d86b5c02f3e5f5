from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from parts.postfix import Postfix
from parts.processes import _process_folders, _state
from parts.remote import QUOTED_REJECT, Remote

pytestmark = pytest.mark.slow


def test_a_login_may_not_send_as_somebody_else(postfix: Postfix) -> None:
    sent = postfix.send("bob@corp.example", "x@ok.example", user="alice", source="127.0.0.21")

    assert not sent.accepted
    (line,) = postfix.log.wait_for(r"reject: RCPT .*: 553 5\.7\.1 .*not owned by user alice")
    assert "postfix/submission/smtpd[" in line
    assert "from unknown[127.0.0.21]: " in line


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_login_is_logged_with_the_accepted_message(postfix: Postfix, mechanism: str) -> None:
    sent = postfix.send("alice@corp.example", "x@ok.example", user="alice", mechanism=mechanism)

    assert sent.accepted
    postfix.log.wait_for(rf"{sent.queue_id}: client=.* sasl_method={mechanism}, sasl_username=alice$")


def test_a_wrong_password_is_refused(postfix: Postfix) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        postfix.send("alice@corp.example", "x@ok.example", user="alice", password="guessed")

    postfix.log.wait_for("SASL PLAIN authentication failed")


def test_without_a_login_both_kinds_of_553_occur(postfix: Postfix) -> None:
    owned = postfix.send("alice@corp.example", "x@ok.example")
    relay = postfix.send("a@else.example", "x@else.example", port=postfix.smtp_port)

    assert owned.replies["x@ok.example"].text.endswith("Sender address rejected: not logged in")
    assert relay.replies["x@else.example"].text == "5.7.1 <x@else.example>: Relay access denied"
    assert relay.replies["x@else.example"].code == 553


def test_unknown_mailboxes_are_refused_if_they_are_listed(place: Path) -> None:
    with Postfix(place / "postfix", mailboxes=["bob@corp.example"]) as postfix:
        sent = postfix.send("a@else.example", ["bob@corp.example", "nobody@corp.example"])

    assert sent.replies["bob@corp.example"].accepted
    assert sent.replies["nobody@corp.example"].code == 553
    assert "User unknown in virtual mailbox table" in sent.replies["nobody@corp.example"].text


def test_what_the_remote_refuses_bounces(postfix: Postfix, remote: Remote) -> None:
    wanted = [f"{who}@partner.example" for who in ("fine", "multi-line", "quotes-a-log-line")]
    sent = postfix.send("alice@corp.example", wanted, user="alice")
    postfix.settle()

    bounced = postfix.log.matching(rf"{sent.queue_id}: to=.* status=bounced \(host 127.0.0.1\[")
    assert len(bounced) == 2
    assert any(f"said: 553 5.7.1 refused, our log says: {QUOTED_REJECT} (in" in one for one in bounced)
    assert [message.recipients for message in remote.accepted] == [("fine@partner.example",)]
    assert postfix.log.matching(f"{sent.queue_id}: removed")


def test_one_session_can_send_several_messages(postfix: Postfix) -> None:
    with postfix.client(user="alice") as client:
        refused = client.send("bob@corp.example", ["x@ok.example"])
        taken = client.send("alice@corp.example", ["x@ok.example"])
    postfix.settle()

    assert (refused.accepted, taken.accepted) == (False, True)
    assert len(postfix.log.matching("]: disconnect from ")) == 1


def test_names_can_be_given_to_clients_and_remotes(place: Path) -> None:
    hosts = {"pc21.corp.example": "127.0.0.21", "mx.partner.example": "127.0.0.41"}
    with (
        Remote(host="127.0.0.41") as remote,
        Postfix(
            place / "postfix",
            remote=remote,
            hosts=hosts,
            routes={"partner.example": "mx.partner.example"},
        ) as postfix,
    ):
        postfix.send("alice@corp.example", "b@partner.example", user="alice", source="127.0.0.21")
        postfix.settle()

        assert postfix.log.matching(r": client=pc21\.corp\.example\[127\.0\.0\.21\], ")
        assert postfix.log.matching(r" relay=mx\.partner\.example\[127\.0\.0\.41\]:\d+, ")


def test_the_log_can_be_rotated(postfix: Postfix) -> None:
    postfix.send("bob@corp.example", "before@ok.example", user="alice")
    postfix.settle()
    old = postfix.rotate()
    postfix.send("bob@corp.example", "after@ok.example", user="alice")
    postfix.settle()

    assert "to=<before@ok.example>" in old.read_text()
    assert postfix.log.path.exists()
    assert len(postfix.log.with_rotated(r"to=<after@ok\.example>")) == 1


def test_no_process_is_left(place: Path) -> None:
    with Postfix(place / "postfix") as postfix:
        postfix.send("alice@corp.example", "x@ok.example", user="alice")
        assert postfix._child
        group = postfix._child.pid

    living = [state for state in map(_state, _process_folders()) if state[0] != "Z"]
    assert group not in {its_group for _, its_group in living}
