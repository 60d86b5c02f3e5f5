"""What is open is said to an Alertmanager every minute, as the outbox and the incidents have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parts.hook import Hook
from parts.network import free_port
from parts.waiting import until
from rejectwatch.changes import Changes
from rejectwatch.incidents.incident import Incident, Message
from rejectwatch.messages import House
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.failing import Failing
from rejectwatch.notify.notifier import Notifier
from rejectwatch.routing import Route, Routing
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.tables import OUTBOX
from store.made import INCIDENT, NOON, message
from store.seen import rows, started

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
HERE = Routing((Route("am"),))
CLOSED = replace(INCIDENT, closed_at=NOON + timedelta(minutes=30), ending="recovered")


def ignored(*told: object) -> None:
    """For what these tests do not look at."""


@dataclass
class Watch:
    """A notifier over a real outbox with one channel, and the Alertmanager that it speaks to."""

    database: Database
    hook: Hook
    now: datetime = NOON + timedelta(minutes=2)
    routing: Routing = HERE
    seen: int = 0

    def __post_init__(self) -> None:
        self.notifier = self._started()

    def restart(self) -> None:
        self.notifier.stop()
        self.notifier = self._started()

    def _started(self) -> Notifier:
        outbox = Outbox(self.database, "main", self.routing)
        channels = {"am": Channel("am", f"alertmanager://127.0.0.1:{self.hook.port}")}
        return Notifier(
            outbox,
            channels,
            lambda: self.now,
            UTC,
            ignored,
            ignored,
            House(),
            Failing(outbox, self.routing, ignored),
        )

    def happens(self, *told: Message) -> None:
        writer, state = started(self.database, routing=self.routing)
        writer.commit(Changes(messages=list(told)), state)

    def next_said(self) -> list[dict[str, Any]]:
        """The alerts of the next request."""

        def said() -> bool:
            self.notifier.once()
            return len(self.hook.posted) > self.seen

        until(said, 20, "the next request")
        self.seen += 1
        return list(self.hook.posted[self.seen - 1].json)

    def has_told(self) -> bool:
        return {row["state"] for row in rows(self.database, OUTBOX)} == {"sent"}

    def settled(self, enough: Callable[[], bool]) -> None:
        def looked() -> bool:
            self.notifier.once()
            return enough()

        until(looked, 20, "what has been started to end")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    with Hook() as hook:
        hook.answer(200)
        watch = Watch(database, hook)
        yield watch
        watch.notifier.stop()
    database.close()


def incidents(alerts: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Which, and whether they have ended."""
    return [(one["labels"]["incident"], "endsAt" in one) for one in alerts]


def test_what_happens_is_said_at_once_and_what_is_open_again_every_minute(watch: Watch) -> None:
    watch.happens(message())
    first = watch.next_said()
    watch.settled(watch.has_told)
    said = []
    for _ in range(3):
        watch.now += MINUTE
        said.append(incidents(watch.next_said()))

    assert incidents(first) == [(INCIDENT.id, False)]
    assert said == [[(INCIDENT.id, False)]] * 3
    assert first[0]["labels"]["instance"] == "main"


def test_before_a_minute_is_over_only_what_happens_is_said(watch: Watch) -> None:
    watch.happens(message())
    watch.next_said()
    watch.settled(watch.has_told)
    watch.now += MINUTE
    watch.next_said()
    watch.now += MINUTE - timedelta(seconds=1)
    for name in ("0123456789", "abcdef0123"):
        watch.happens(message(incident=replace(INCIDENT, id=name)))
        watch.settled(watch.has_told)
    said = [incidents(posted.json) for posted in watch.hook.posted]

    assert said[watch.seen :] == [[("0123456789", False)], [("abcdef0123", False)]]


def test_that_it_works_again_is_said_at_once_and_not_taken_back(watch: Watch) -> None:
    watch.happens(message())
    watch.next_said()
    watch.settled(watch.has_told)
    watch.now = NOON + timedelta(minutes=30)
    watch.next_said()
    watch.happens(message("recovered", CLOSED))
    ended = [watch.next_said()]
    watch.now += MINUTE
    ended.append(watch.next_said())
    watch.now += MINUTE
    for _ in range(20):
        watch.notifier.once()

    assert list(map(incidents, ended)) == [[(INCIDENT.id, True)]] * 2
    assert len(watch.hook.posted) == watch.seen


def test_after_a_restart_what_is_open_is_said_again(watch: Watch) -> None:
    watch.happens(message())
    watch.next_said()
    watch.settled(watch.has_told)
    watch.restart()

    assert incidents(watch.next_said()) == [(INCIDENT.id, False)]


def test_what_was_never_told_to_the_channel_is_not_said_there(watch: Watch) -> None:
    others: Incident = replace(INCIDENT, id="0123456789")
    watch.happens(message())
    watch.next_said()
    watch.settled(watch.has_told)
    watch.routing = Routing()
    watch.happens(message(incident=others))
    for _ in range(2):
        watch.now += MINUTE
        watch.next_said()
    said = {name for posted in watch.hook.posted for name, _ in incidents(posted.json)}

    assert said == {INCIDENT.id}


def test_an_alertmanager_that_is_away_holds_nothing_up(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.happens(message())
    watch.next_said()
    watch.settled(watch.has_told)
    there, watch.hook.port = watch.hook.port, free_port()
    watch.restart()
    watch.settled(lambda: "refused" in caplog.text)
    watch.hook.port = there
    watch.restart()

    assert "alerts of am: was not taken: " in caplog.text
    assert incidents(watch.next_said()) == [(INCIDENT.id, False)]
