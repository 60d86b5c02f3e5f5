"""The spine: real mail is refused, and a real mail tells the administrator; then it works again, and that is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from parts.daemon import Daemon
from parts.exim import Exim
from parts.inbox import Inbox
from parts.postfix import Postfix
from parts.postgresql import PostgreSQL
from parts.prometheus import Prometheus, check_metrics
from parts.waiting import until

pytestmark = pytest.mark.slow

CONFIGURATION = """
first_read = "all"

[site]
domains = ["corp.example"]

[[sources]]
name = "mail"
path = "{log}"

[incidents]
group_wait = "1s"
recover_after = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
language = "{language}"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None: a SQLite file of the daemon's own."""
    if request.param == "sqlite":
        return None
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    return cluster.url


def daemon(place: Path, inbox: Inbox, log: Path, database_url: str | None, language: str = "en") -> Daemon:
    one = Daemon(
        place / "rejectwatch",
        CONFIGURATION.format(log=log, language=language),
        database_url=database_url,
        env={"SSL_CERT_FILE": str(inbox.ca_pem)},
    )
    (place / "rejectwatch" / "postmasters.url").write_text(
        inbox.url("admin@corp.example", "rejectwatch@corp.example")
    )
    if database_url is not None:
        one.upgrade()
    return one


def test_a_refusal_of_postfix_reaches_the_administrator_and_so_does_its_end(
    place: Path,
    postfix: Postfix,
    inbox: Inbox,
    database_url: str | None,
    prometheus: Callable[..., Prometheus],
) -> None:
    with daemon(place, inbox, postfix.log.path, database_url) as watch:
        watch.until_ready()
        server = prometheus([watch.url.removeprefix("http://")])
        postfix.send("alice@corp.example", "mori@partner.example", user="alice")
        for number in range(3):
            refused = postfix.send(
                "boss@corp.example", f"r{number}@partner.example", user="alice", source="127.0.0.21"
            )
            assert not refused.accepted
        postfix.send("bob@corp.example", "mori@partner.example", source="127.0.0.22")  # nobody logged in
        postfix.send("bob@corp.example", "no-such-user@partner.example", user="bob")
        postfix.settle()
        until(lambda: len(watch.events()) == 5, what=lambda: f"five events: {watch.child.story()}")
        events = watch.events()

        found = {
            (
                event["user"],
                event["sender"],
                event["recipient"],
                event["outcome"],
                event["cause"],
                event["client_ip"],
            )
            for event in events
        }
        assert found == {
            *(
                (
                    "alice",
                    "boss@corp.example",
                    f"r{n}@partner.example",
                    "rejected",
                    "sender_not_authorized",
                    "127.0.0.21",
                )
                for n in range(3)
            ),
            (None, "bob@corp.example", "mori@partner.example", "rejected", "auth_required", "127.0.0.22"),
            (
                "bob",
                "bob@corp.example",
                "no-such-user@partner.example",
                "bounced",
                "recipient_unknown",
                "127.0.0.1",
            ),
        }
        assert {event["service"] for event in events} == {"postfix/submission/smtpd", "postfix/smtp"}

        told = inbox.wait_for(1)[0]
        assert told.encrypted
        assert "alice" in told.subject
        assert "boss@corp.example" in told.text
        assert "not owned by user alice" in told.text
        assert told.message["Auto-Submitted"] == "auto-generated"
        assert re.fullmatch(r"[0-9a-f]{10}-opened-\d{8}T\d{6}", str(told.message["X-Rejectwatch-Id"]))

        postfix.own("boss@corp.example", "alice")
        postfix.send("boss@corp.example", "mori@partner.example", user="alice", source="127.0.0.21")
        postfix.settle()
        over = inbox.wait_for(2)[1]
        assert "-recovered-" in str(over.message["X-Rejectwatch-Id"])
        assert "alice" in over.subject

        server.wait_until_up()
        labels = (
            'cause="sender_not_authorized",refused_by="local",outcome="rejected",code="553",mta="postfix"'
        )
        until(
            lambda: server.value(f"rejectwatch_rejections_total{{{labels}}}") == 3,
            what="three rejections in Prometheus",
        )
        assert watch.metric("rejectwatch_deliveries_total", outcome="sent") >= 2
        assert watch.metric("rejectwatch_domain_rejections_total", domain="corp.example") == 5
        until(
            lambda: watch.metric("rejectwatch_notifications_total", channel="postmasters", result="sent") == 2
        )
        assert check_metrics(watch.get("/metrics")[1]) == ""
        assert watch.stop() == 0


def test_a_refusal_of_exim_is_found_with_its_login(place: Path, exim: Exim, inbox: Inbox) -> None:
    with daemon(place, inbox, exim.log.path, None, "ja") as watch:
        watch.until_ready()
        for number in range(3):
            # From three devices: Exim logs no session, and from one device this would be one attempt.
            exim.send(
                "boss@corp.example",
                f"r{number}@partner.example",
                user="alice",
                source=f"127.0.0.{21 + number}",
            )
        exim.send("bob@corp.example", "no-such-user@partner.example", user="bob")
        exim.send("alice@corp.example", "mori@partner.example", user="alice")
        exim.settle()
        until(lambda: len(watch.events()) == 4, what=lambda: f"four events: {watch.child.story()}")

        found = [
            (event["user"], event["user_source"], event["sender"], event["outcome"])
            for event in watch.events()
        ]
        assert sorted(found) == [
            *[("alice", "line", "boss@corp.example", "rejected")] * 3,
            ("bob", "queue", "bob@corp.example", "bounced"),
        ]
        assert {event["mta"] for event in watch.events()} == {"exim"}
        until(lambda: watch.metric("rejectwatch_deliveries_total", mta="exim", outcome="sent") >= 1)
        told = inbox.wait_for(1)[0]
        assert "alice" in told.subject
        assert "送信" in told.text
