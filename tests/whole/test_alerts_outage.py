"""A channel is away for days, or we die just after a send: nothing is lost, nothing is told twice but once."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import Daemon
from parts.inbox import Inbox, Mail
from parts.waiting import until
from whole.alerting import alerting, message_id, opened
from whole.made import append, lines_with, refusals

pytestmark = pytest.mark.slow

FALSE_CLOCK = """
import datetime as module
import os
import sys
class False_(module.datetime):
    @classmethod
    def now(cls, zone=None):
        with open(os.environ["AHEAD"]) as file:
            return module.datetime.now(zone) + module.timedelta(hours=float(file.read() or 0))
from rejectwatch.app import daemon
from rejectwatch.notify import notifier
daemon.datetime = False_
notifier.GIVE_UP_AFTER = {give_up_after}
from rejectwatch.cli import main
sys.exit(main())
"""
"""Only who sends has another clock: what the log says is of today."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.touch()
    return log


@pytest.fixture
def other(tmp_path: Path) -> Callable[[], Inbox]:
    return lambda: Inbox(tmp_path / "other", security="none")


class Clock:
    """The clock by which a daemon sends, so many hours ahead of the machine's."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.hours = 0.0
        self.ahead(0)

    def ahead(self, hours: float) -> None:
        self.hours += hours
        new = self.file.with_suffix(".new")
        new.write_text(str(self.hours))
        new.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", FALSE_CLOCK.format(give_up_after=5)))
    monkeypatch.setenv("AHEAD", str(tmp_path / "ahead"))
    return Clock(tmp_path / "ahead")


def failed(watch: Daemon) -> int:
    """How often the channel `away` was tried in vain."""
    ((tries,),) = watch.rows(
        "SELECT coalesce(max(tries), 0) FROM outbox WHERE channel = 'away' AND kind = 'opened'"
    )
    return int(tries)


def test_a_channel_that_is_away_for_days_gets_its_message_when_it_is_back(
    tmp_path: Path, log: Path, inbox: Inbox, other: Callable[[], Inbox], clock: Clock
) -> None:
    with other() as away:
        away.refuse("451 4.3.0 try again later")
        channels = {"away": away.url("admin@corp.example"), "mail": inbox.url("admin@corp.example")}
        with alerting(tmp_path / "state", log, channels, SSL_CERT_FILE=str(inbox.ca_pem)) as watch:
            watch.until_ready()
            append(log, refusals(range(3)))
            for tries in range(1, 4):
                until(lambda: failed(watch) == tries, what=watch.child.story)  # noqa: B023
                if tries == 2:
                    assert watch.stop() == 0  # what was tried is not forgotten
                    watch.start()
                    watch.until_ready()
                clock.ahead(24)
            away.refuse(None)
            clock.ahead(1)
            away.wait_for(1)

            assert len(opened(inbox.mails)) == 1  # it was told meanwhile, by the other channel
            assert opened(away.mails) == opened(inbox.mails)
            until(lambda: failed(watch) == 4, what=watch.child.story)  # the try that took it counts, too
            assert watch.rows("SELECT state FROM outbox WHERE channel = 'away' AND kind = 'opened'") == [
                ("sent",)
            ]


def test_what_a_channel_refuses_for_days_is_given_up_and_that_is_logged_counted_and_told(
    tmp_path: Path, log: Path, inbox: Inbox, clock: Clock
) -> None:
    channels = {
        "away": "mailtos://me:geheim-553@localhost:9/?to=admin@corp.example",
        "mail": inbox.url("admin@corp.example"),
    }
    with alerting(tmp_path / "state", log, channels, SSL_CERT_FILE=str(inbox.ca_pem)) as watch:
        watch.until_ready()
        append(log, refusals(range(3)))
        for tries in range(1, 6):
            until(lambda: failed(watch) == tries, what=watch.child.story)  # noqa: B023
            clock.ahead(1.01)
        until(lambda: counted(watch, "given_up") == 1, what=watch.child.story)

        assert counted(watch, "failed") >= 4
        assert len(opened(inbox.mails)) == 1
        (given_up,) = lines_with(watch, "given up after 5 tries")
        assert re.search(r"message [0-9a-f]{10}-opened\S* to away given up after 5 tries: ", given_up)
        assert "Connection refused" in given_up
        told = until(lambda: about_the_channel(inbox.mails), what=watch.child.story)
        assert "away" in told[0].subject
        assert "geheim" not in watch.said + told[0].text


def counted(watch: Daemon, result: str) -> float:
    return watch.metric("rejectwatch_notifications_total", channel="away", result=result)


def about_the_channel(mails: list[Mail]) -> list[Mail]:
    return [mail for mail in mails if message_id(mail).startswith("channel-")]


def test_a_death_after_the_send_repeats_the_message_once_under_the_same_id(
    tmp_path: Path, log: Path, inbox: Inbox
) -> None:
    watch = alerting(
        tmp_path / "state", log, {"mail": inbox.url("admin@corp.example")}, SSL_CERT_FILE=str(inbox.ca_pem)
    )
    watch.start(REJECTWATCH_FAULTPOINT="sent:1")
    append(log, refusals(range(3)))
    until(lambda: not watch.child.running, what=watch.child.story)
    assert watch.child.stop() == -9
    with watch:
        until(lambda: watch.rows("SELECT state FROM outbox") == [("sent",)], what=watch.child.story)
        append(log, refusals(range(3, 6)))  # they join the incident, and nothing more is told
        until(lambda: watch.rows("SELECT count(*) FROM events") == [(6,)], what=watch.child.story)
        watch.stop()

        first, second = map(message_id, inbox.mails)
        assert first == second
