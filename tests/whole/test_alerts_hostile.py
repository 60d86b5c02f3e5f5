"""Whatever a client, a login or another server writes: the alert that is received says the same, and nothing breaks out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parts.exim import Exim
from parts.inbox import Inbox, Mail
from parts.postfix import Postfix
from parts.remote import Remote
from parts.waiting import until
from whole.alerting import about_incidents, alerting
from whole.received import envelope, invisible, links, markup, shape

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HARMLESS = {
    "helo": "pc21.corp.example",
    "sender": "sales@corp.example",
    "recipient": "mori{number}@partner.example",
    "login": "eve",
    "reply": "",
    "host": "pc21.corp.example",
}
HOSTILE = {
    "helo": "<img/src=https://evil.example/onerror=alert(1)>,proto=SMTP,helo=<mallory>",
    "sender": '"</td><script>alert(1)</script> http://evil.example, not owned by user mallory"@corp.example',
    "recipient": "\"r{number}> proto=ESMTP helo=<x> [here](https://evil.example) =cmd|' /C calc'!A0\"@partner.example",
    "login": 'eve"><svg/onload=alert(1)> @everyone [here](https://evil.example) sasl_username=mallory \u202etxt',
    "reply": " </pre></td><a href=https://evil.example>here</a> @everyone; from=<mallory@corp.example>"
    " status=sent (250 2.0.0 from user mallory) \x1b[31m \u202e www.evil.example",
    "host": "www.evil.example",
}
WORDS = "553 5.1.1 <{address}>: no mailbox here by that name"


@dataclass(frozen=True)
class Told:
    """What was received about one person, and what is stored about it."""

    mail: Mail
    events: list[dict[str, Any]]


def postfix_story(server: Postfix, fields: Mapping[str, str]) -> None:
    claims = {"ADDR": "203.0.113.77", "NAME": fields["host"]}
    for number in range(3):
        to = fields["recipient"].format(number=number)
        for user, sender in (("alice", fields["sender"]), (fields["login"], "boss@corp.example")):
            sent = server.send(sender, to, user=user, helo=fields["helo"], xclient=claims)
            assert not sent.accepted


def exim_story(server: Exim, fields: Mapping[str, str]) -> None:
    """From three devices, because Exim logs no session; it does not let through a sender that nobody owns."""
    for number in range(3):
        to = fields["recipient"].format(number=number)
        for user in ("alice", fields["login"]):
            sent = server.send(
                "boss@corp.example", to, user=user, helo=fields["helo"], source=f"127.0.0.{21 + number}"
            )
            assert not sent.accepted


def bounces(server: Postfix | Exim, remote: Remote, fields: Mapping[str, str]) -> None:
    remote.answer("rcpt", "@far.example", WORDS + fields["reply"])
    for number in range(3):
        assert server.send("bob@corp.example", f"r{number}@far.example", user="bob").accepted
    server.settle()


Start = Callable[[Path, Remote], Postfix | Exim]

SERVERS: dict[str, tuple[Start, Callable[[Any, Mapping[str, str]], None]]] = {
    "postfix": (lambda place, remote: Postfix(place, remote=remote), postfix_story),
    "exim": (lambda place, remote: Exim(place, remote=remote, main="helo_accept_junk_hosts = *"), exim_story),
}


def told_about(place: Path, server: str, fields: Mapping[str, str]) -> dict[str, Told]:
    """The whole story on a real server: what the administrator has received about each person."""
    start, story = SERVERS[server]
    with (
        Remote() as remote,
        Inbox(place / "inbox") as inbox,
        start(place / server, remote) as mta,
        alerting(
            place / "rejectwatch",
            mta.log.path,
            {"mail": inbox.url("admin@corp.example")},
            settings='site = { domains = ["corp.example"] }',
            SSL_CERT_FILE=str(inbox.ca_pem),
        ) as watch,
    ):
        watch.until_ready()
        bounces(mta, remote, fields)
        story(mta, fields)
        until(lambda: len(watch.rows("SELECT 1 FROM events")) == 9, what=watch.child.story)
        until(lambda: len(about_incidents(inbox.mails)) >= 3, 40, watch.child.story)
        events = watch.events()
        return {
            person: Told(
                next(
                    mail for mail in about_incidents(inbox.mails) if f"[rejectwatch] {shown}" in mail.subject
                ),
                [event for event in events if event["user"].startswith(person)],
            )
            for person, shown in (
                ("alice", "alice"),
                ("bob", "bob"),
                ("eve", "eve" if fields is HARMLESS else "“eve"),
            )
        }


@pytest.mark.parametrize("server", SERVERS)
def test_an_alert_about_hostile_text_says_the_same_as_without(server: str, place: Path) -> None:
    harmless = told_about(place / "harmless", server, HARMLESS)
    hostile = told_about(place / "hostile", server, HOSTILE)

    for person, expected in harmless.items():
        found = hostile[person]
        assert facts(found) == facts(expected)
        assert envelope(found.mail) == envelope(expected.mail)
        assert shape(found.mail) == shape(expected.mail)
        assert found.events[-1]["client_ip"] in found.mail.text
        assert "“553 5." in found.mail.text
        assert markup(found.mail) <= markup(expected.mail)
        assert links(found.mail) == []
        assert invisible(found.mail) == set()


def facts(told: Told) -> list[tuple[Any, ...]]:
    """What is known of each refusal, but for what is hostile text itself."""
    names = ("client_ip", "code", "enhanced_code", "outcome", "stage", "user_source", "cause", "refused_by")
    return [(*(event[name] for name in names), event["queue_id"] is None) for event in told.events]
