"""An alert that is refused with 553 stands in the very log that we read: it causes no incident, and no further alert."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from parts import daemon as parts_daemon
from parts.client import PASSWORD
from parts.daemon import Daemon
from parts.inbox import Inbox
from parts.postfix import OWNERS, Postfix
from parts.remote import Remote
from parts.waiting import until
from whole.alerting import IMPATIENT, about_incidents, alerting, message_id

pytestmark = pytest.mark.slow

OURS = "rejectwatch@corp.example"
RULES = """
[[rules]]
name = "user"
by = "user"
threshold = 2

[[rules]]
name = "sender"
by = "sender"
threshold = 2

[[rules]]
name = "client"
by = "client_ip"
threshold = 2
"""
"""Two refusals of our own mail would do for an incident, whatever they are grouped by."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tries again sooner than it does."""
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", IMPATIENT))


def url(port: int, recipient: str, login: str = f"watch:{PASSWORD}@") -> str:
    return f"mailto://{login}localhost:{port}/?to={recipient}&from={OURS}"


def fails(postfix: Postfix, user: str) -> None:
    """Two attempts of a user that are refused."""
    for number in range(2):
        assert not postfix.send("boss@corp.example", f"r{number}@partner.example", user=user).accepted


def fails_otherwise(postfix: Postfix) -> None:
    """Two attempts for another reason, which join no incident of before."""
    for _ in range(2):
        sent = postfix.send("carol@corp.example", "mori@partner.example", source="127.0.0.22")
        assert not sent.accepted


def of_ours(watch: Daemon) -> list[dict[str, Any]]:
    return [event for event in watch.events() if event["sender"] == OURS]


def incidents_about_us(watch: Daemon) -> list[Any]:
    """Also as one of several people."""
    rows = watch.rows("SELECT * FROM incidents")
    return [row for row in rows if "rejectwatch@" in str(row) or "watch" in row]


def test_a_refusal_of_our_own_alert_is_counted_and_causes_no_incident(
    place: Path, remote: Remote, inbox: Inbox
) -> None:
    owners = {**OWNERS, OURS: "postmaster"}  # our sender address belongs to somebody else
    with Postfix(place / "mta", remote=remote, owners=owners) as postfix:
        channels = {
            "own": url(postfix.submission_port, "admin@corp.example"),
            "duty": inbox.url("duty@corp.example"),
        }
        with alerting(
            place / "rejectwatch", postfix.log.path, channels, tables=RULES, SSL_CERT_FILE=str(inbox.ca_pem)
        ) as watch:
            watch.until_ready()
            fails(postfix, "alice")
            until(lambda: len(of_ours(watch)) >= 3, 30, watch.child.story)
            fails_otherwise(postfix)  # what would be told about our own mail would be told before this
            until(lambda: len(about_incidents(inbox.mails)) == 2, 30, watch.child.story)

            assert incidents_about_us(watch) == []
            assert {event["user"] for event in of_ours(watch)} == {"watch"}
            assert watch.metric("rejectwatch_rejections_total", cause="sender_not_authorized") >= 2 + 3
            assert watch.metric("rejectwatch_notifications_total", channel="own", result="sent") == 0
            about_it = [mail for mail in inbox.mails if message_id(mail).startswith("channel-")]
            assert len(about_it) == 1
            assert "not owned by user watch" in about_it[0].text


@pytest.mark.parametrize(
    "login, to",
    [(f"watch:{PASSWORD}@", "admin@partner.example"), ("", "postmaster@corp.example")],
    ids=["logged in", "not logged in, through an alias"],
)
def test_a_bounce_of_our_own_alert_later_in_the_queue_causes_no_incident(
    place: Path, remote: Remote, inbox: Inbox, login: str, to: str
) -> None:
    remote.answer("rcpt", "admin@partner.example", "553 5.7.1 <admin@partner.example>: no alerts here")
    settings = {
        "virtual_alias_maps": "inline:{postmaster@corp.example=admin@partner.example}",
        "mynetworks": "127.0.0.1/32",
        "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    }
    owners = {**OWNERS, OURS: "watch"} if login else OWNERS
    with Postfix(place / "mta", remote=remote, owners=owners, settings=settings) as postfix:
        channels = {
            "own": url(postfix.submission_port, to, login),
            "duty": inbox.url("duty@corp.example"),
        }
        with alerting(
            place / "rejectwatch", postfix.log.path, channels, tables=RULES, SSL_CERT_FILE=str(inbox.ca_pem)
        ) as watch:
            watch.until_ready()
            for bounces, user in enumerate(("alice", "bob"), start=1):
                fails(postfix, user)
                until(lambda: len(of_ours(watch)) == bounces, 30, watch.child.story)  # noqa: B023
            fails_otherwise(postfix)  # what would be told about our own mail would be told before this
            until(lambda: len(about_incidents(inbox.mails)) == 3, 30, watch.child.story)

            assert incidents_about_us(watch) == []
            assert {event["outcome"] for event in of_ours(watch)} == {"bounced"}
            assert {event["client_ip"] for event in of_ours(watch)} == {"127.0.0.1"}
