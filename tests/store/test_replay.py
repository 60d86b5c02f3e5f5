"""What `replay` says is what the daemon has said: read in any pieces, with commits and restarts in between."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.test_interleavings import CLIENTS, NINE, PAUSES, PEOPLE, SCENES, postfix
from rejectwatch.changes import Changes
from rejectwatch.cli import group
from rejectwatch.cli.replayed import Replay
from rejectwatch.incidents.incident import Message
from rejectwatch.pipeline import Terms, step, tick
from rejectwatch.settings import Settings
from rejectwatch.sources.stream import Stream, open_stream
from rejectwatch.state import State
from rejectwatch.store import tables
from rejectwatch.store.database import Database
from rejectwatch.store.writer import Writer
from store.seen import EVERYBODY, rows

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NINE + timedelta(days=20)
TERMS = Terms(Settings().codes, UTC, Settings().policy)
ATTEMPTS = 150


def lines(server: str, seed: int) -> Iterator[str]:
    """A lively day of one server: few people who fail, in several ways, and succeed."""
    chance, second = random.Random(seed), 0
    for number in range(ATTEMPTS):
        second += chance.choice(PAUSES)
        at = (NINE + timedelta(seconds=second)).isoformat()
        scene, person, client = chance.choice(SCENES), chance.choice(PEOPLE), chance.choice(CLIENTS)
        yield from (f"{at} {text}\n" for text in postfix(server, number, scene, person, client))


@pytest.fixture(params=[1, 2], ids=["one log", "two logs"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    files = []
    for seed in range(request.param):
        files.append(tmp_path / f"mx{seed}.log")
        files[-1].write_text("".join(lines(f"mx{seed}", seed)))
    return files


def opened(logs: list[Path]) -> list[Stream]:
    return [open_stream(str(log), alert_from=LONG_AGO) for log in logs]


class Live:
    """The daemon's way of a batch, with a real database; a restart forgets all that is not stored there."""

    def __init__(self, database: Database, instance: str) -> None:
        self.said: list[Message] = []
        self._writer = Writer(database, instance, EVERYBODY)
        self._state = State()
        self.restart()

    def restart(self) -> None:
        self._state = State()
        self._writer.load(self._state)

    def read(self, stream: Stream, others: list[Stream], limit: int) -> bool:
        """Whether there was more."""
        batch, changes = stream.read(limit), Changes()
        if batch is None:
            return False
        until = min((self._reached(one) for one in others), default=None)
        step(self._state, replace(batch, source=batch.generation), changes, TERMS, until)
        self._commit(changes)
        return True

    def end(self) -> list[Message]:
        changes = Changes()
        tick(self._state, LATER, changes, TERMS)
        self._commit(changes)
        return self.said

    def _reached(self, stream: Stream) -> datetime:
        found = self._state.times.get(("reached", generation(stream.name)))
        return found or datetime.min.replace(tzinfo=UTC)

    def _commit(self, changes: Changes) -> None:
        self._writer.commit(changes, self._state)
        self._state.apply()
        self.said += changes.messages


@cache
def generation(log: str) -> str:
    """The name by which `replay` knows a log."""
    with closing(open_stream(log)) as stream:
        batch = stream.read()
    return "" if batch is None else batch.generation


def replayed(logs: list[Path]) -> list[Message]:
    replay = Replay(TERMS, opened(logs))
    replay.read(lambda _: None)
    replay.run_on(LATER)
    return replay.messages


def test_replay_equals_live(database: Database, logs: list[Path]) -> None:
    numbers, expected = iter(range(1_000_000)), replayed(logs)

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def law(draw: st.DataObject) -> None:
        live, left = Live(database, f"run {next(numbers)}"), opened(logs)
        while left:
            stream = draw.draw(st.sampled_from(left))
            others = [one for one in left if one is not stream]
            if not live.read(stream, others, draw.draw(st.integers(1, 30_000))):
                left.remove(stream)
            if draw.draw(st.booleans()):
                live.restart()

        assert live.end() == expected

    law()
    assert {message.kind for message in expected} >= {"opened", "recovered", "expired"}


def test_what_the_command_prints_is_what_the_database_has(database: Database, logs: list[Path]) -> None:
    live, left = Live(database, "main"), opened(logs)
    while left:
        if not live.read(left[0], left[1:], 3000):
            left.pop(0)
        live.restart()
    said = live.end()

    arguments = ["replay", "--format", "json", "--now", LATER.isoformat(), *map(str, logs)]
    told: list[dict[str, Any]] = json.loads(CliRunner().invoke(group, arguments).stdout)
    assert [(one["at"], one["kind"], one["incident"]) for one in told] == [
        (message.at.isoformat().replace("+00:00", "Z"), message.kind, message.incident.id) for message in said
    ]
    stored = {row["id"] for row in rows(database, tables.INCIDENTS)}
    assert {one["incident"] for one in told} == stored
