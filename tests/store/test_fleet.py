"""Several daemons in one database: each has its own, all of it, and nothing of the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from parts.daemon import Daemon
from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.tables import DELIVERY_COUNTS, EVENTS, INCIDENTS, OUTBOX, STATE
from store.counting import counted, rolled_up
from store.seen import rows
from whole.made import append, recipient, refusal, refusals

pytestmark = pytest.mark.slow

NAMES = ("mx1", "mx2", "mx3")
STEP = 20

CONFIGURATION = """
instance = "{name}"
first_read = "all"

[[sources]]
name = "shared"
path = "{folder}/shared.log"

[[sources]]
name = "own"
path = "{folder}/own.log"

[[rules]]
name = "user"
by = "user"
threshold = 3

[incidents]
group_wait = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""


def deliveries(numbers: range) -> bytes:
    now = datetime.now(UTC).isoformat()
    return b"".join(
        f"{now} mail postfix/smtp[7]: 4XyzAb{n:04d}: to=<d{n}@partner.example>, relay=mx.partner.example[198.51.100.9]:25,"
        " delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)\n".encode()
        for n in numbers
    )


class Fleet:
    """Three daemons. Each reads the same lines, and after them some that only it has."""

    def __init__(self, place: Path, url: str) -> None:
        self._written = 0
        self.daemons: dict[str, Daemon] = {}
        for name in NAMES:
            folder = place / name
            folder.mkdir()
            configuration = CONFIGURATION.format(name=name, folder=folder)
            self.daemons[name] = Daemon(folder, configuration, database_url=url)
            for log in ("shared.log", "own.log"):
                (folder / log).touch()
            (folder / "postmasters.url").write_text("json://127.0.0.1:9/")  # nobody is there: it stays a row
        self.daemons["mx1"].upgrade()

    def write(self) -> None:
        numbers = range(self._written, self._written + STEP)
        shared = refusals(numbers) + deliveries(numbers)
        self._written += STEP
        for place, (name, daemon) in enumerate(self.daemons.items(), 1):
            append(daemon.folder / "shared.log", shared)
            own = range(place * 10_000 + numbers.start, place * 10_000 + numbers.stop)
            refused = b"".join(refusal(number, user=f"own-{name}") for number in own)
            append(daemon.folder / "own.log", refused + deliveries(own[:place]))

    def recipients(self, place: int) -> set[str]:
        """To whom the refusals of one daemon were."""
        own = range(place * 10_000, place * 10_000 + self._written)
        return {recipient(number) for number in (*range(self._written), *own)}

    def deliveries(self, place: int) -> int:
        return self._written + self._written // STEP * place

    def until_stored(self, *names: str) -> None:
        for name in names:
            self._until_stored(self.daemons[name], f"SELECT count(*) FROM events WHERE instance = '{name}'")

    def _until_stored(self, daemon: Daemon, query: str) -> None:
        until(lambda: daemon.rows(query) == [(2 * self._written,)], 30, daemon.child.story)


@pytest.fixture
def database(postgresql: PostgreSQL) -> Iterator[Database]:
    database = open_database(postgresql.url)
    yield database
    database.close()


def of(database: Database, table: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in rows(database, table) if row["instance"] == name]


def test_daemons_of_one_database_neither_double_nor_mix(
    place: Path, postgresql: PostgreSQL, database: Database
) -> None:
    fleet = Fleet(place, postgresql.url)
    with ExitStack() as running:
        for daemon in fleet.daemons.values():
            running.enter_context(daemon)
        fleet.write()
        fleet.until_stored(*NAMES)
        fleet.daemons["mx1"].kill()
        assert fleet.daemons["mx2"].stop() == 0
        fleet.write()
        fleet.until_stored("mx3")
        fleet.daemons["mx1"].start()
        fleet.write()
        fleet.until_stored("mx1", "mx3")
        fleet.daemons["mx2"].start()
        fleet.until_stored(*NAMES)
        until(lambda: len(rows(database, OUTBOX)) == 2 * len(NAMES), 20, "two messages of each")
        assert [daemon.stop() for daemon in fleet.daemons.values()] == [0, 0, 0]

    generations = set()
    for place_, name in enumerate(NAMES, 1):
        events = of(database, EVENTS, name)
        assert len(events) == len({event["recipient"] for event in events})
        assert {event["recipient"] for event in events} == fleet.recipients(place_)
        generations |= {event["generation"] for event in events if event["source"] == "shared"}
        sent = [row["count"] for row in of(database, DELIVERY_COUNTS, name) if row["outcome"] == "sent"]
        assert sum(sent) == fleet.deliveries(place_)
        assert rolled_up(database, name) == counted(database, name)
        incidents = {row["subject"]: row["attempts"] for row in of(database, INCIDENTS, name)}
        assert incidents == {"alice": 3 * STEP, f"own-{name}": 3 * STEP}
        told = [(row["kind"], row["incident"]) for row in of(database, OUTBOX, name)]
        assert sorted(told) == sorted(("opened", row["id"]) for row in of(database, INCIDENTS, name))
        others = [other for other in NAMES if other != name]
        state = of(database, STATE, name)
        assert any(f"own-{name}" in row["key"] for row in state)
        assert not any(f"own-{other}" in row["key"] + row["value"] for row in state for other in others)
    assert len(generations) == 1  # the hardest case: the same keys, but for the instance
