"""The fleet's measurement, small: what it fills in is right, and every question follows an index."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.dashboards import CASES, ROLE, add_more, as_grafana, questions
from bench.dashboards import plan as plan_of_panel
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

from grafana.sql.answering import OnPostgreSQL
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


@pytest.fixture(scope="module")
def asked(fleet: Fleet) -> OnPostgreSQL:
    """The same server as Grafana asks it, with incidents and memories."""
    add_more(fleet.database, incidents=400, remembered=6_000)
    return as_grafana(fleet)


@pytest.mark.parametrize("board", sorted({case.board for case in CASES}))
def test_every_panel_of_a_dashboard_follows_an_index(board: str, asked: OnPostgreSQL) -> None:
    asking = questions("postgresql", [case for case in CASES if case.board == board])
    plans = [(question, plan_of_panel(asked, question)) for question in asking]

    assert [one.name for one, steps in plans if re.search("Seq Scan on (events|hourly)", steps)] == []
    assert [one.name for one, steps in plans if not _along(one.case.along, steps)] == []


def _along(columns: str, steps: str) -> bool:
    """Does no other index lead to the events? None is named where several are right."""
    found = set(re.findall(r"ix_events_(\w+?)(?:_occurred_at|_instance)\b", steps))
    return not columns or found <= set(columns.split())


def test_the_settings_that_were_measured_with_are_those_that_are_documented() -> None:
    told = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text()

    assert {
        name: value
        for name, value in ROLE.items()
        if f"ALTER ROLE grafana SET {name} = '{value}';" not in told
    } == {}


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
