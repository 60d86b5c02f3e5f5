"""The outbox is emptied, whatever single channels do."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parts.inbox import Behaviour, Inbox
from parts.waiting import until
from rejectwatch.changes import Changes
from rejectwatch.messages import House
from rejectwatch.notify import notifier as module
from rejectwatch.notify import sending
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.notifier import Notifier, wait_after
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.tables import OUTBOX
from store.made import INCIDENT, NOON, message
from store.seen import rows, started

pytestmark = pytest.mark.slow

NOWHERE = "mailtos://me:geheim-553@localhost:9/?to=admin@corp.example"


@dataclass
class Desk:
    """A notifier over a real outbox, with a clock of ours."""

    database: Database
    now: datetime = NOON
    told: list[tuple[str, str]] = field(default_factory=list)
    waiting: int = -1
    channels: dict[str, Channel] = field(default_factory=dict)

    def channel(self, name: str, url: str) -> None:
        self.channels[name] = Channel(name, url, "en", frozenset())

    def post(self, *channels: str, count: int = 1) -> None:
        """Put messages for these channels into the outbox."""
        writer, state = started(self.database, route=lambda _: list(channels))
        for number in range(count):
            incident = replace(INCIDENT, id=f"{channels[0]}{number:08}"[-10:])
            writer.commit(Changes(messages=[message(incident=incident)]), state)
            state.apply()

    def notifier(self) -> Notifier:
        return Notifier(
            Outbox(self.database, "main"),
            self.channels,
            lambda: self.now,
            UTC,
            lambda channel, result: self.told.append((channel, result)),
            lambda count: setattr(self, "waiting", count),
            House(),
        )

    def row(self, channel: str) -> tuple[str, int, str | None]:
        (found,) = [row for row in rows(self.database, OUTBOX) if row["channel"] == channel]
        return found["state"], found["tries"], found["last_error"]

    def until_told(self, notifier: Notifier, *expected: tuple[str, str], seconds: float = 20) -> None:
        """Look at the outbox until so many results are told; they are these."""

        def looked() -> bool:
            notifier.once()
            return len(self.told) >= len(expected)

        until(looked, seconds, lambda: f"{expected}, not {self.told}")
        assert sorted(self.told) == sorted(expected)


def looked(notifier: Notifier) -> bool:
    notifier.once()
    return True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    yield Desk(database)
    database.close()


@pytest.fixture
def trusted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
    return inbox


# ── one message ──────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_sent_and_marked(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "sent"))

    assert len(trusted.mails) == 1
    assert desk.row("mail") == ("sent", 1, None)
    assert desk.waiting == 0


def test_a_message_that_is_refused_is_sent_later_under_the_same_id(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")
    notifier = desk.notifier()
    trusted.behave("hang after data")  # it takes the message, and we never learn it
    until(lambda: looked(notifier) and trusted.mails)
    for running in notifier._running.values():
        running._ends_at = 0  # its time is up
    desk.until_told(notifier, ("mail", "failed"))
    trusted.behave("take")

    desk.now += timedelta(seconds=29)
    notifier.once()
    too_early = len(notifier._running)
    desk.now += timedelta(seconds=1)
    desk.until_told(notifier, ("mail", "failed"), ("mail", "sent"))

    assert too_early == 0
    first, second = (mail.message["X-Rejectwatch-Id"] for mail in trusted.mails)
    assert first == second


def test_a_refusal_is_kept_with_the_answer_of_the_server(desk: Desk, trusted: Inbox) -> None:
    trusted.refuse("553 5.7.1 no alerts here")
    desk.channel("mail", trusted.url())
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "failed"))

    state, tries, error = desk.row("mail")
    assert (state, tries) == ("failed", 1)
    assert "553 5.7.1 no alerts here" in str(error)


def test_the_waits_grow_up_to_an_hour() -> None:
    waits = [wait_after(tries).total_seconds() for tries in (1, 2, 3, 4, 7, 8, 20, 79)]

    assert waits == [30, 60, 120, 240, 1920, 3600, 3600, 3600]
    assert (
        timedelta(days=3)
        < sum(map(wait_after, range(1, module.GIVE_UP_AFTER)), timedelta())
        < timedelta(days=4)
    )


def test_after_the_last_try_it_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 2)
    desk.channel("mail", NOWHERE)
    desk.post("mail")
    notifier = desk.notifier()
    desk.until_told(notifier, ("mail", "failed"))
    desk.now += timedelta(hours=1)

    desk.until_told(notifier, ("mail", "failed"), ("mail", "given_up"))

    assert desk.row("mail")[:2] == ("given_up", 2)
    assert desk.waiting == 0


def test_a_channel_that_is_gone_gives_its_messages_up(desk: Desk) -> None:
    desk.post("gone")

    desk.until_told(desk.notifier(), ("other", "given_up"))

    assert desk.row("gone") == ("given_up", 1, "there is no such channel any more")


def test_no_secret_is_kept_or_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.channel("mail", NOWHERE)
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "failed"))

    assert "geheim" not in caplog.text
    assert "geheim" not in str(rows(desk.database, OUTBOX))
    assert "geheim" not in repr(desk.channels)


def test_a_message_that_cannot_be_written_does_not_hold_up_the_next(
    desk: Desk, trusted: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.channel("broken", trusted.url())
    desk.channel("mail", trusted.url())
    desk.channels["broken"] = replace(desk.channels["broken"], language="xx")  # type: ignore[arg-type]
    desk.post("broken")
    desk.post("mail")

    desk.until_told(desk.notifier(), ("broken", "failed"), ("mail", "sent"))


# ── several channels ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behaviour", ["silent", "drip", "hang after data"])
def test_a_channel_that_hangs_holds_up_no_other(
    behaviour: Behaviour, desk: Desk, trusted: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Inbox(tmp_path / "hanging", security="none") as hanging:
        hanging.behave(behaviour)
        desk.channel("hanging", hanging.url())
        desk.channel("mail", trusted.url())
        desk.post("hanging", count=20)
        desk.post("mail")
        notifier = desk.notifier()

        desk.until_told(notifier, ("mail", "sent"))
        notifier.stop()


def test_four_channels_that_hang_hold_up_a_fifth_only_once(
    desk: Desk, trusted: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEADLINE", 3)
    with Inbox(tmp_path / "hanging", security="none") as hanging:
        hanging.behave("silent")
        for number in range(5):
            desk.channel(f"h{number}", hanging.url())
            desk.post(f"h{number}", count=5)
        notifier = desk.notifier()
        most = 0

        def all_failed() -> bool:
            nonlocal most
            notifier.once()
            most = max(most, len(notifier._running))
            return len({channel for channel, _ in desk.told}) == 5

        until(all_failed, 30)
        desk.channel("mail", trusted.url())
        desk.post("mail")
        monkeypatch.setattr(sending, "DEADLINE", 300)
        desk.now += timedelta(minutes=1)

        until(lambda: looked(notifier) and trusted.mails, 20)
        notifier.stop()

    assert most == module.AT_ONCE


def test_at_most_four_are_sent_at_once(desk: Desk, tmp_path: Path) -> None:
    with Inbox(tmp_path / "hanging", security="none") as hanging, ExitStack() as stack:
        hanging.behave("silent")
        for number in range(9):
            desk.channel(f"h{number}", hanging.url())
            desk.post(f"h{number}")
        notifier = desk.notifier()
        stack.callback(notifier.stop)

        until(lambda: looked(notifier) and hanging.connections >= 4)
        notifier.once()

        assert len(notifier._running) == 4


def test_the_messages_of_a_channel_arrive_in_their_order(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail", count=3)

    desk.until_told(desk.notifier(), *[("mail", "sent")] * 3)

    ids = [mail.message["X-Rejectwatch-Id"] for mail in trusted.mails]
    assert ids == [f"{f'mail{number:08}'[-10:]}-opened" for number in range(3)]


# ── start and stop ───────────────────────────────────────────────────────────────────────────────


def test_stop_ends_what_hangs_within_five_seconds(desk: Desk, inbox: Inbox) -> None:
    inbox.behave("silent")
    desk.channel("mail", inbox.url())
    desk.post("mail")
    notifier = desk.notifier()
    notifier.start()
    until(lambda: inbox.connections, what="a connection")
    (running,) = notifier._running.values()
    begun = time.monotonic()
    notifier.stop()
    notifier.stop()

    assert time.monotonic() - begun < 5
    assert running._process.returncode is not None
    assert desk.row("mail") == ("waiting", 0, None)  # and is sent again at the next start


def test_stop_works_before_start(desk: Desk) -> None:
    notifier = desk.notifier()
    notifier.stop()
    notifier.stop()


def test_whatever_happens_in_a_look_the_next_one_comes(
    desk: Desk, trusted: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")
    notifier = desk.notifier()
    looks = iter([ValueError("once")])
    real = notifier.once

    def failing() -> None:
        for error in looks:
            raise error
        real()

    monkeypatch.setattr(notifier, "once", failing)
    notifier.start()

    trusted.wait_for(1)
    notifier.stop()
