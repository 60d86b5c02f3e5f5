"""A daemon follows a busy log: how long it takes from the write of a line until its refusal can be read.

For every refusal, and past the daemon: the writer's own journal has the moment of the write, and somebody who
looks into the database a hundred times a second has the moment at which the row was there. Both read the
machine's monotonic clock. What the looking costs counts as delay.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg
from bench.mailserver import Told
from bench.measured import MB, cpu_seconds, peak_memory, percentile
from bench.run import WrongAnswerError, placeless, same
from bench.written import Counts, read_truth

from parts.daemon import Daemon
from parts.postgresql import PostgreSQL
from parts.waiting import until

ROOT = Path(__file__).resolve().parent.parent

CONFIGURATION = """
first_read = "all"

[[sources]]
name = "mail"
path = "{log}"
"""

DELAY = 1.0
"""Seconds within which 99 of 100 refusals are promised to be stored."""
MEMORY = 150 * MB
"""What the daemon is promised to stay below."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

NEWER = "SELECT occurred_at FROM events WHERE occurred_at > {} ORDER BY occurred_at"
LOOK_EVERY = 0.01
"""Seconds."""
AFTERWARDS = 60
"""Seconds that the last lines may take, before they count as lost."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Delays in seconds, CPU as a share of one core, memory in bytes."""

    told: Told
    refusals: int
    median: float
    p99: float
    longest: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        rate = self.told.counts.lines / self.told.seconds
        return (
            f"{self.told.counts.lines:,} lines, {rate:,.0f} a second (the latest {self.told.latest * 1000:.0f} ms late), "
            f"{self.refusals:,} refusals, none lost, none twice; delay p50 {self.median:.2f} s, "
            f"p99 {self.p99:.2f} s, max {self.longest:.2f} s; CPU {self.cpu:.0%}, memory {self.memory / MB:.0f} MB"
        )


def follow(daemon: Daemon, log: Path, rate: int, seconds: float, rotate_after: float) -> Figures:
    """Let a mail server write and a daemon read; the daemon is running, and has read the log to its end."""
    with _Looking(daemon.database_url) as looking:
        before = cpu_seconds(daemon.child.pid)
        with writing(log, rate, seconds, rotate_after) as server:
            told = told_by(server)
        used = cpu_seconds(daemon.child.pid) - before
        truth = list(read_truth(log))
        until(lambda: len(looking.seen) >= len(truth), AFTERWARDS, daemon.child.story)
    must_be_right(daemon, truth, told.counts)
    delays = sorted((looking.seen[_micros(one["occurred_at"])] - one["written"]) / 1e9 for one in truth)
    return Figures(
        told=told,
        refusals=len(truth),
        median=percentile(delays, 0.5),
        p99=percentile(delays, 0.99),
        longest=delays[-1],
        cpu=used / told.seconds,
        memory=peak_memory(daemon.child.pid),
    )


def through_an_outage(
    daemon: Daemon, server: PostgreSQL, log: Path, rate: int, seconds: float, away: float
) -> Told:
    """While lines are written the database server stops, for so many seconds, and later it crashes."""
    with writing(log, rate, seconds) as mail:
        until(lambda: daemon.rows("SELECT 1 FROM events LIMIT 1"), 20, daemon.child.story)
        server.stop()
        daemon.until_said("reading waits until it works again")
        wait_for(mail, away)
        server.start()
        daemon.until_said("the database works again, reading goes on", 60)
        server.restart(immediate=True)
        told = told_by(mail)
    truth = list(read_truth(log))
    until(lambda: _stored(daemon) >= len(truth), AFTERWARDS, daemon.child.story)
    must_be_right(daemon, truth, told.counts)
    return told


def wait_for(mail: subprocess.Popen[str], seconds: float) -> None:
    """While the mail server writes."""
    try:
        mail.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise WrongAnswerError("the mail server has written everything too early")


def _stored(daemon: Daemon) -> int:
    try:
        return int(daemon.rows("SELECT count(*) FROM events")[0][0])
    except psycopg.Error:  # the server is away
        return 0


def writing(log: Path, rate: int, seconds: float, rotate_after: float | None = None) -> subprocess.Popen[str]:
    """A mail server that has begun to write."""
    rotation = () if rotate_after is None else ("--rotate-after", str(rotate_after))
    words = [
        *(sys.executable, "-m", "bench.mailserver", "--rate", str(rate), "--seconds", str(seconds)),
        *(*rotation, str(log)),
    ]
    server = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if server.stdout is None or server.stdout.readline() != "writing\n":
        raise WrongAnswerError("the mail server does not write")
    return server


def told_by(server: subprocess.Popen[str]) -> Told:
    """What the mail server says when it has written everything."""
    told = json.loads(server.communicate()[0])
    return Told(Counts(**told["counts"]), told["seconds"], told["latest"])


def must_be_right(daemon: Daemon, truth: list[dict[str, Any]], counts: Counts) -> None:
    """Every refusal is stored once, as it was; every delivery is counted once."""
    same("run", placeless(truth), placeless(daemon.events()))
    ((deliveries,),) = daemon.rows("SELECT sum(count) FROM delivery_counts WHERE outcome = 'sent'")
    if deliveries != counts.deliveries:
        raise WrongAnswerError(f"run: of {counts.deliveries} deliveries {deliveries} are counted")


class _Looking:
    """Looks into the database again and again; `seen` has the moment at which each event was there, by its time."""

    def __init__(self, database_url: str) -> None:
        self.seen: dict[int, int] = {}
        self._url = database_url
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _look(self) -> None:
        # Events of one source appear in the order of their times: what is new is later than what was seen.
        for found in self._newer():
            now = time.monotonic_ns()
            self.seen.update((_micros(at), now) for at in found)
            if self._enough.wait(LOOK_EVERY):
                return

    def _newer(self) -> Iterator[list[Any]]:
        if self._url.startswith("sqlite:///"):
            path = self._url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                yield from _newest(file, NEWER.format("?"), "")
        else:
            with psycopg.connect(self._url.replace("+psycopg", ""), autocommit=True) as server:
                yield from _newest(server, NEWER.format("%s"), EPOCH)


def _newest(connection: Any, query: str, last: Any) -> Iterator[list[Any]]:
    while True:
        found = [at for (at,) in connection.execute(query, (last,)).fetchall()]
        yield found
        last = found[-1] if found else last


def _micros(at: str | datetime) -> int:
    """Since the epoch; a time as text or as a database gives it."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return (moment - EPOCH) // MICROSECOND
