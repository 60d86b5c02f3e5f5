"""What `planned` says of a log is what the outbox does with it, whenever it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from rejectwatch.changes import Changes
from rejectwatch.incidents.incident import Kind, Message
from rejectwatch.incidents.silence import Silence
from rejectwatch.routing import Quiet, Route, Routing, planned
from rejectwatch.state import State
from rejectwatch.store import acks, silences, tables
from rejectwatch.store.acks import Ack
from rejectwatch.store.database import Database, SQLite, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.outbox import Digest, Outbox
from rejectwatch.store.writer import Writer
from store.made import INCIDENT

BEGIN = datetime(2026, 11, 24, 18, tzinfo=UTC)
STEP = timedelta(minutes=30)
STEPS = 60  # thirty hours: a night, and the morning after
PEOPLE = ("alice@example.jp", "bob@example.jp")
ROUTES = (
    Route("all"),
    Route("quiet", quiet=Quiet(time(22), time(7))),
    Route("daily", digest=time(8)),
    Route("reminded", remind_every=timedelta(hours=4), quiet=Quiet(time(23), time(6))),
    Route("critical", severity="critical", remind_every=timedelta(hours=1)),
    Route("alice", domains=frozenset({"example.org"})),
    Route("rest", is_fallback=True),
    Route("chief", escalate_after=timedelta(hours=1), quiet=Quiet(time(0), time(5))),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLite]:
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('routed')}/rejectwatch.db")
    assert isinstance(opened, SQLite)
    upgrade(opened)
    yield opened
    opened.close()


def at(step: int) -> datetime:
    return BEGIN + step * STEP


def story(chance: Random) -> list[Message]:
    """What the engine may say of two incidents."""
    messages: list[Message] = []
    for person in PEOPLE:
        incident, is_open = replace(INCIDENT, id=person, subject=person, users=(person,)), False
        for step in sorted(chance.sample(range(STEPS), chance.randint(0, 6))):
            kinds: list[Kind] = ["grown", "recovered", "expired"] if is_open else ["opened"]
            kind = chance.choice(kinds)
            is_open = kind in ("opened", "grown")
            people = chance.choice([1, 1, 30]) if is_open else incident.people
            opened_at = at(step) if kind == "opened" else incident.opened_at
            closed_at = None if is_open else at(step)
            incident = replace(incident, people=people, opened_at=opened_at, closed_at=closed_at)
            messages.append(Message(f"{person}-{step}", kind, at(step), incident))
    return sorted(messages, key=lambda one: one.at)


def muting(chance: Random) -> list[Silence]:
    begins = chance.randrange(STEPS)
    until = at(begins + chance.randint(1, 30))
    silence = Silence(at(begins), until, "jun", "known", user=chance.choice(PEOPLE))
    return [silence] if chance.random() < 0.5 else []


class Live:
    """An instance whose outbox is looked at every half hour."""

    def __init__(self, database: Database, routing: Routing) -> None:
        with database.write() as connection:
            for table in reversed(tables.METADATA.sorted_tables):
                connection.execute(table.delete())
        self.database = database
        self.routing = routing
        self.now = BEGIN
        self.sent: list[tuple[datetime, str, str, str]] = []
        self.restart()

    def restart(self) -> None:
        self._writer, self._state = Writer(self.database, "main", self.routing, lambda: self.now), State()
        self._writer.load(self._state)
        self._outbox = Outbox(self.database, "main", self.routing)

    def tell(self, messages: list[Message]) -> None:
        self._writer.commit(Changes(messages=messages), self._state)
        self._state.apply()

    def look(self) -> None:
        # What was told of one incident goes out one after the other.
        while due := self._outbox.due(self.now, 100):
            for one in due:
                told = one.message.messages if isinstance(one.message, Digest) else (one.message,)
                self.sent += [(self.now, one.kind, one.channel, self._incident(each)) for each in told]
                self._outbox.sent(one.row, self.now)

    def _incident(self, told: Any) -> str:
        assert isinstance(told, Message)
        return told.incident.id


@pytest.mark.parametrize("seed", range(60))
def test_what_was_planned_is_what_is_sent(file: SQLite, seed: int) -> None:
    chance = Random(seed)
    routing = Routing(tuple(chance.sample(ROUTES, chance.randint(1, 4))))
    messages, muted = story(chance), muting(chance)
    acknowledged = {person: at(chance.randrange(STEPS)) for person in PEOPLE if chance.random() < 0.5}
    live = Live(file, routing)
    for step in range(STEPS + 1):
        live.now = at(step)
        for silence in muted:
            if silence.created_at == live.now:
                silences.add(file, silence)
        if now := [one for one in messages if one.at == live.now]:
            live.restart()
            live.tell(now)
        for incident, when in acknowledged.items():
            if when == live.now:
                acks.ack(file, Ack("main", incident, when, "jun"))
        live.look()
    plan = planned(messages, routing.routes, UTC, at(STEPS), acks=acknowledged, silences=muted)

    assert sorted(live.sent) == sorted(
        (one.at, one.kind, str(one.channel), one.message.incident.id) for one in plan
    )
