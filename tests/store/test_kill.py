"""A process killed in the middle of its commit has written all of it or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from parts.waiting import until
from rejectwatch.store.database import Database, SQLite
from store.seen import positions, sizes

NOTHING = {"events": 3, "outbox": 1, "delivery_counts": 1, "incidents": 1, "state": 1}
ALL = {"events": 6, "outbox": 1, "delivery_counts": 1, "incidents": 2, "state": 3}

CHILD = """
import sys
from dataclasses import replace
from store.made import INCIDENT, batch, identity
from store.seen import EVERYBODY
from rejectwatch.state import State
from rejectwatch.store.database import open_database
from rejectwatch.store.writer import Writer

writer, state = Writer(open_database(sys.argv[1]), "main", EVERYBODY), State()
writer.load(state)
state.sessions.put(b"P1", ("postfix", b"first"))
writer.commit(batch(end=10, events=3), state)
state.apply()
state.sessions.put(b"P2", ("postfix", b"second"))
state.incidents.put(identity(), replace(INCIDENT, id="second"))
writer.commit(batch(end=20, events=3), state)
print("not killed")
"""


def killed_at(url: str, point: str) -> None:
    tests = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", CHILD, url],
        env={"PYTHONPATH": ":".join([str(tests), *sys.path]), "REJECTWATCH_FAULTPOINT": point},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def wait_until_the_server_knows(database: Database) -> None:
    """PostgreSQL notices a little later that its client is gone, and ends what it was doing."""
    if isinstance(database, SQLite):
        return

    def nobody_else() -> bool:
        with database.read() as connection:
            others = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
            return bool(connection.exec_driver_sql(others).scalar_one())

    until(nobody_else, 10, "the killed client's backend to end")


@pytest.mark.parametrize(
    "point, end, written",
    [
        ("begin:2", 10, NOTHING),
        ("before-commit:2", 10, NOTHING),
        ("commit-sent:2", 20, ALL),
        ("after-commit:2", 20, ALL),
    ],
)
def test_a_killed_commit_is_whole_or_absent(
    database_url: str, database: Database, point: str, end: int, written: dict[str, int]
) -> None:
    killed_at(database_url, point)
    wait_until_the_server_knows(database)

    assert positions(database)["mail"].position == end
    assert {name: count for name, count in sizes(database).items() if name in written} == written


def test_a_fault_point_that_is_not_named_does_nothing(database_url: str, database: Database) -> None:
    with pytest.raises(AssertionError, match="not killed"):
        killed_at(database_url, "before-commit:3")
