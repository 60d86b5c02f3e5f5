from __future__ import annotations

import pytest

from parts.client import Client, Sent
from parts.remote import OK, Accepted, Remote, Stage


def send(remote: Remote, *recipients: str, sender: str = "a@corp.example") -> Sent:
    with Client(remote.port) as client:
        return client.send(sender, recipients, content=b"Subject: x\r\n\r\n.dot\r\n")


def test_it_keeps_what_it_accepts(remote: Remote) -> None:
    assert send(remote, "b@partner.example").accepted

    expected = Accepted("a@corp.example", ("b@partner.example",), b"Subject: x\r\n\r\n.dot\r\n")
    assert remote.accepted == [expected]


@pytest.mark.parametrize("stage", list(OK))
def test_it_refuses_at_every_stage(remote: Remote, stage: Stage) -> None:
    remote.answer(stage, "*", "553 5.7.1 not today")

    sent = send(remote, "b@partner.example")

    assert sent.replies["b@partner.example"].code == 553
    assert [one.stage for one in remote.refused] == [stage]
    assert remote.accepted == []


def test_a_rule_can_name_an_address_a_local_part_or_a_domain(remote: Remote) -> None:
    remote.answer("rcpt", "b@one.example", "553 5.1.1 that one")
    remote.answer("rcpt", "kato", "553 5.1.2 that name")
    remote.answer("rcpt", "@closed.example", "553-5.1.3 that\n553 5.1.3 domain")

    wanted = ["b@one.example", "c@one.example", "kato@any.example", "d@closed.example"]
    sent = send(remote, *wanted)

    assert [sent.replies[one].accepted for one in wanted] == [False, True, False, False]
    assert sent.replies["d@closed.example"].text == "5.1.3 that\n5.1.3 domain"


def test_what_was_refused_can_work_again(remote: Remote) -> None:
    first = send(remote, "no-such-user@partner.example")
    remote.accept("rcpt", "no-such-user")
    second = send(remote, "no-such-user@partner.example")

    assert (first.accepted, second.accepted) == (False, True)
