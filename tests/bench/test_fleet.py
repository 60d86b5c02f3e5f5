"""The fleet's measurement, small: what it fills in is right, and every question follows an index."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.fleet import (
    DAYS,
    END,
    EVENTS_A_COMMIT,
    OLD,
    QUESTIONS,
    Fleet,
    WrongAnswerError,
    check,
    main,
    remove_old,
)
from sqlalchemy import event, text

from rejectwatch.store.database import Database
from rejectwatch.store.queries import EventFilter, events

pytestmark = pytest.mark.slow

ROWS = 200_000


@contextmanager
def loaded(rows: int) -> Iterator[Fleet]:
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-test-"))
    folder.chmod(0o755)
    try:
        with Fleet(folder, rows) as fleet:
            list(fleet.load())
            yield fleet
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with loaded(ROWS) as fleet:
        yield fleet


def write(database: Database, statement: str) -> int:
    with database.write() as connection:
        return connection.execute(text(statement)).rowcount


def test_the_rollup_and_the_answers_are_what_the_events_say(fleet: Fleet) -> None:
    check(fleet.database)


@pytest.mark.parametrize(
    "fault, mended",
    [
        ("failures = failures + 1", "failures = failures - 1"),
        ("cause = 'unknown'", "cause = 'sender_not_authorized'"),  # every sum stays right
    ],
)
def test_a_wrong_rollup_is_found(fault: str, mended: str, fleet: Fleet) -> None:
    row = "WHERE by = 'user' AND hour = '2026-03-30 12:00Z' AND subject = 'user1@customer1.example.jp' AND instance = 'mx1'"
    assert write(fleet.database, f"UPDATE hourly SET {fault} {row}") == 1
    with pytest.raises(WrongAnswerError):
        check(fleet.database)
    assert write(fleet.database, f"UPDATE hourly SET {mended} {row}") == 1

    check(fleet.database)


def plan(database: Database, ask: Any) -> str:
    """What PostgreSQL does to answer."""
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(database._readers, "before_cursor_execute", listen)
    ask(database)
    event.remove(database._readers, "before_cursor_execute", listen)
    with database.read() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN {one}", parameters) for one, parameters in asked]
        return "\n".join(line for found in plans for (line,) in found)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_follows_an_index(question: str, fleet: Fleet) -> None:
    steps = plan(fleet.database, QUESTIONS[question])

    assert " on events" in steps or " on hourly" in steps
    assert "Seq Scan" not in steps, steps


def test_retention_removes_what_is_too_old_while_commits_go_on() -> None:
    with loaded(20_000) as small:
        stays = timedelta(days=DAYS - OLD)
        kept = list(events(small.database, EventFilter(since=END - stays)))
        removed = remove_old(small.database)
        left = list(events(small.database, EventFilter()))

    live = [one for one in left if one[1].generation == "live"]
    assert removed.rows == 20_000 - len(kept) > 1_000
    assert [one for one in left if one not in live] == kept
    assert len(live) == len(removed.commits) * EVENTS_A_COMMIT > 0


def test_where_there_is_no_room_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--events", str(10**12), "--folder", str(tmp_path)])

    assert status == 1
    assert "events need 1,400,003.00 GB" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
