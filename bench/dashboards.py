"""How fast the dashboards answer that ask SQL: every query of every panel, on a fleet's PostgreSQL.

    make dashboards-bench                                        10 million events: half an hour, 17 GB of disk
    make dashboards-bench ARGS='--events 2000000 --folder /var/tmp'
    make dashboards-bench ARGS='--sqlite --events 1000000'       the same in an SQLite file

Each board is opened as people open it: with nothing typed for a day and a week, with the user, the domain, the client
and the partner that failed most, with a cause that is rare, with words that stand in no reply.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from bench.fleet import BEGIN, BYTES_A_ROW, DAY, DAYS, END, FEWEST_BYTES, HOUR, Fleet
from sqlalchemy import insert, select
from tools.dashboards.boards import BOARDS

from grafana.sql.answering import OnPostgreSQL, OnSQLite, Source, Span, Value, answer
from grafana.sql.asking import standard
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.tables import EVENTS, HOURLY, INSTANCES

ROWS = 10_000_000
ROUNDS = 5
PROMISED = 1.0
"""Seconds for each panel, once what it needs is in memory."""

ROLE = {"jit": "off", "work_mem": "64MB", "random_page_cost": "1.1"}
"""What docs/fleet.md sets for the role that Grafana asks as. To compile a question takes longer than to answer it; what
is counted has to fit into memory; on an SSD, or in memory, a page is as near as the next one."""

UNTIL = END - 0.37 * HOUR
"""Not where an hour begins: the ends of a time range are the dear part."""
POINTS = 400
"""Of a curve, as many as Grafana asks for on a usual screen."""

USER = "user1@customer1.example.jp"
DOMAIN = "customer1.example.jp"
CLIENT = "10.1.0.7"
PARTNER = "partner1.example"
STRANGER = "info1@spam1.example"
"""Those that fail most (refusals.sql)."""

Typed = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Case:
    """How somebody opens a board; `along`: the columns whose indexes lead to the events."""

    board: str
    told: str
    days: int
    typed: Typed
    along: str = ""


def _often(
    board: str, told: str, days: Sequence[int] = (1, 7), along: str = "", **typed: Value
) -> list[Case]:
    return [Case(board, told, one, typed, along) for one in days]


CASES: tuple[Case, ...] = (
    *_often("who", ""),
    *_often("who", "one server", instance=["mx1"]),
    *_often("domain", "the worst domain", (30,), along="sender_domain", domain=DOMAIN),
    *_often("events", "", along="occurred_at"),
    *_often("events", "the worst user", along="user sender", user=USER),
    *_often("events", "the worst domain", along="sender_domain", domain=DOMAIN),
    *_often("events", "the worst client", along="client_ip", client=CLIENT),
    *_often("events", "the worst partner", along="recipient_domain", partner=PARTNER),
    *_often("events", "one cause", cause=["auth_required"]),
    *_often("events", "a cause that never was", cause=["tls_required"]),
    *_often("events", "words that stand nowhere", along="occurred_at", reply="no such words"),
    *_often("incidents", "", (7, 30)),
    *_often("incidents", "the worst user", (30,), user=USER),
    *_often("user", "the worst user", (1, 7, 30), user=USER),
    *_often("user", "the worst stranger", (7,), user=STRANGER),
    *_often("helpdesk", "the worst user", (1, 7, 30), user=USER),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A query of a panel, for one case."""

    case: Case
    panel: str
    target: Mapping[str, Any]
    values: Typed
    span: Span

    @property
    def name(self) -> str:
        return f"{self.case.board}, {self.case.days} d{self.case.told and ', '}{self.case.told}: {self.panel}"

    def ask(self, source: Source) -> object:
        return answer(source, self.target, self.values, self.span)


def questions(database: str, cases: Sequence[Case] = CASES) -> Iterator[Question]:
    """All of them, as the dashboards for this kind of database ask."""
    for case in cases:
        board = json.loads(BOARDS[f"{database}/rejectwatch-{case.board}.json"]().as_json())
        for panel in board["panels"]:
            span = _span(panel, case.days * DAY)
            for target in panel.get("targets", ()):
                yield Question(case, panel["title"], target, {**standard(board), **case.typed}, span)


def _span(panel: Mapping[str, Any], asked: timedelta) -> Span:
    """A panel may have a time of its own, and a least distance of two points."""
    lasts = timedelta(days=int(panel["timeFrom"].removesuffix("d"))) if "timeFrom" in panel else asked
    least = {"5m": timedelta(minutes=5), "1h": HOUR, "1d": DAY}.get(
        panel.get("interval", ""), timedelta(minutes=1)
    )
    distance = max(lasts / POINTS, least)
    return Span(UNTIL - lasts, UNTIL, timedelta(seconds=distance // timedelta(seconds=1)))


def as_grafana(fleet: Fleet) -> OnPostgreSQL:
    """The fleet's server, asked with the settings of Grafana's role."""
    options = " ".join(f"-c {name}={value}" for name, value in ROLE.items())
    return OnPostgreSQL(f"{fleet.url}?options={quote(options)}")


# ── what stands there besides events ─────────────────────────────────────────────────────────────

INCIDENTS = 20_000
"""One a little more than every half hour for each server."""
REMEMBERED = 300_000
"""Times of successes and logins: as many as daemons remember."""

_NUMBERS = "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {})"

_INCIDENTS = """
INSERT INTO incidents (instance, id, rule, by, subject, cause, refused_by, who_acts, opened_at, told_at, last_at,
  closed_at, ending, attempts, refusals, record, people, severity, flags)
{numbers}
SELECT 'mx' || (1 + i % 5), 'i' || i, 'rule', CASE WHEN i % 4 = 0 THEN 'sender_domain' ELSE 'user' END,
  CASE WHEN i % 4 = 0 THEN '' ELSE 'user' || (i % 3000) || '@' END || 'customer' || (i % 500) || '.example.jp',
  CASE WHEN i % 3 = 0 THEN 'auth_required' ELSE 'sender_not_authorized' END, 'local',
  CASE WHEN i % 4 = 0 THEN 'admin' ELSE 'user' END, {opened}, {opened}, {opened},
  CASE WHEN i % 300 > 0 THEN {closed} END, CASE WHEN i % 300 > 0 THEN 'recovered' END, 3 + i % 40, 9,
  '{{"users": ["user' || (i % 3000) || '@customer' || (i % 500) || '.example.jp"], "proofs": [], "more": "{padding}"}}',
  1 + i % 12, 'warning', ''
FROM numbers"""

_STATE = """
INSERT INTO state (instance, name, id, key, value, serial)
{numbers}
SELECT 'mx' || (1 + i % 5), CASE WHEN i % 5 = 0 THEN 'known' ELSE 'successes' END, 's' || i,
  CASE WHEN i % 5 = 0 THEN '["client_ip","10.' || (i % 256) || '.' || (i / 256) || '.7"]'
    ELSE '["user","user' || (i / 12) || '@customer' || (i / 12 % 500) || '.example.jp"]' END,
  '"2026-03-30T10:00:00+00:00"', i
FROM numbers"""


def add_more(database: Database, incidents: int = INCIDENTS, remembered: int = REMEMBERED) -> None:
    """Incidents, and what is remembered: boards that join them to events have to be quick, too."""
    with database.write() as connection, database.without_limits(connection):
        is_postgresql = connection.dialect.name == "postgresql"
        begin, apart = f"'{BEGIN:%Y-%m-%dT%H:%M:%S}.000000Z'", DAYS * 86400 // incidents
        if is_postgresql:
            opened = f"CAST({begin} AS timestamptz) + i * interval '{apart} seconds'"
            closed = f"{opened} + interval '50 minutes'"
        else:
            moment = "strftime('%Y-%m-%dT%H:%M:%f000Z', {}, '+' || (i * {} + {}) || ' seconds')"
            opened, closed = (moment.format(begin, apart, late) for late in (0, 3000))
        numbers = _NUMBERS.format(incidents)
        told = _INCIDENTS.format(numbers=numbers, opened=opened, closed=closed, padding="x" * 2500)
        for statement in (told, _STATE.format(numbers=_NUMBERS.format(remembered))):
            connection.exec_driver_sql(statement.replace("%", "%%") if is_postgresql else statement)
        connection.exec_driver_sql("ANALYZE")


def copied(fleet: Fleet, path: Path) -> Database:
    """The fleet's events and its counts by the hour, in an SQLite file."""
    into = open_database(f"sqlite:///{path}")
    upgrade(into)
    with fleet.database.read() as reading, into.write() as writing:
        for table in (INSTANCES, EVENTS, HOURLY):
            rows = reading.execution_options(yield_per=10_000).execute(select(table))
            for several in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in several])
    return into


# ── how fast? ────────────────────────────────────────────────────────────────────────────────────


def times(source: Source, question: Question) -> list[float]:
    """Seconds of each of several rounds; the first finds little of what it needs in memory."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        question.ask(source)
        taken.append(time.perf_counter() - began)
        if taken[0] > SLOW:
            break
    return taken


SLOW = 10 * PROMISED
"""Seconds: what takes so long need not be asked again."""


def plan(source: Source, question: Question) -> str:
    """What PostgreSQL does to answer."""
    target = {**question.target, "format": "table", "rawSql": f"EXPLAIN {question.target['rawSql']}"}
    found = answer(source, target, question.values, question.span)
    return "\n".join(line for (line,) in found.rows)


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make dashboards-bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=ROWS, help=f"how many refusals [{ROWS:,}]")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="where there is room"
    )
    parser.add_argument("--sqlite", action="store_true", help="ask a copy in SQLite")
    given = parser.parse_args(arguments)
    needed, free = FEWEST_BYTES + given.events * BYTES_A_ROW, shutil.disk_usage(given.folder).free
    if free < needed:
        print(
            f"{given.events:,} events need {needed / 1e9:,.1f} GB in {given.folder} (--events, --folder)",
            file=sys.stderr,
        )
        return 1
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-dashboards-", dir=given.folder))
    folder.chmod(0o755)  # PostgreSQL does not run as root
    try:
        with Fleet(folder / "postgresql", given.events) as fleet:
            return _report(fleet, folder, sqlite=given.sqlite)
    finally:
        shutil.rmtree(folder)


def _report(fleet: Fleet, folder: Path, *, sqlite: bool) -> int:
    began = time.monotonic()
    for step in fleet.load():
        print(f"{time.monotonic() - began:7.0f} s  {step}", flush=True)
    source: Source
    if sqlite:
        path = folder / "rejectwatch.db"
        database, source, kind = copied(fleet, path), OnSQLite(path), "sqlite"
    else:
        fleet.serve()
        database, source, kind = fleet.database, as_grafana(fleet), "postgresql"
    add_more(database)
    slow = print_times(source, kind)
    database.close()
    return int(slow and not sqlite)


def print_times(source: Source, kind: str, cases: Sequence[Case] = CASES) -> bool:
    """Whether the promise is broken."""
    print(f"{'':90}{'first':>12}{'median':>12}")
    slowest = 0.0
    for question in questions(kind, cases):
        taken = times(source, question)
        print(f"{question.name:90}{taken[0] * 1000:>9,.0f} ms{median(taken) * 1000:>9,.0f} ms", flush=True)
        slowest = max(slowest, median(taken))
    return slowest > PROMISED


if __name__ == "__main__":
    sys.exit(main())
