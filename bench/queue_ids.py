"""What messages in the queue cost to remember: a hundred thousand open ones, and ids without end.

    python -m bench.queue_ids kept 1              read and committed now and then, as a log is followed
    python -m bench.queue_ids committed 1 URL     all in one batch, committed to an empty database
    python -m bench.queue_ids loaded URL          loaded from this database
    python -m bench.queue_ids endless 10000000    no id is ever closed, and the address space is limited

Each measurement is a process of its own, so that none finds memory that another has left; it prints a JSON
object. The lines are those of a server with long queue ids and 5,000 people who log in over IPv6; every message
has a sender, and one of so many (1: each) was refused, so that its attempt has a name as well.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from bench.measured import MB, address_space, memory, peak_memory, settled_memory

from rejectwatch.changes import Changes
from rejectwatch.facts import Batch
from rejectwatch.incidents.rules import Policy
from rejectwatch.pipeline import Terms, step
from rejectwatch.routing import Routing
from rejectwatch.state import State
from rejectwatch.store.database import open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.writer import Writer

ROOT = Path(__file__).resolve().parent.parent

OPEN = 100_000
"""Messages that the correlator remembers."""
PEOPLE = 5_000
MEMORY = 64 * MB
"""What so many open messages are promised to cost at most."""
ROOM = 128 * MB
"""Address space beyond what a process has when it begins to read ids without end."""
LINES_AT_ONCE = 5_000

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEVER = timedelta(days=36500)
TERMS = Terms(frozenset({553}), UTC, Policy((), NEVER, NEVER, NEVER))


@dataclass(frozen=True, slots=True)
class Open:
    """By how many bytes a process grows: with all messages `kept`, `read` in one batch and not committed yet, at
    most while it is `committed`, and once they are `loaded`.
    """

    kept: int
    read: int
    committed: int
    loaded: int

    def __str__(self) -> str:
        return (
            f"{OPEN:,} open messages take {self.kept / MB:.0f} MB, loaded from the database {self.loaded / MB:.0f} MB, "
            f"all in one batch {self.read / MB:.0f} MB, and {self.committed / MB:.0f} MB while it is committed"
        )


@dataclass(frozen=True, slots=True)
class Endless:
    """`grown`: by how many bytes the process grew at most."""

    ids: int
    kept: int
    forgotten: int
    grown: int

    def __str__(self) -> str:
        return (
            f"{self.ids:,} messages that never leave the queue: the last {self.kept:,} are known, {self.forgotten:,} "
            f"counted as forgotten; {self.grown / MB:.0f} MB"
        )


def open_messages(database_url: str, refused: int) -> Open:
    """Measure with an empty database."""
    return Open(
        **_told("kept", str(refused)),
        **_told("committed", str(refused), database_url),
        **_told("loaded", database_url),
    )


def endless_ids(ids: int) -> Endless:
    return Endless(**_told("endless", str(ids)))


def _told(*words: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.queue_ids", *words], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    told: dict[str, int] = json.loads(done.stdout)
    return told


# ── the lines ────────────────────────────────────────────────────────────────────────────────────


def handed_over(number: int) -> bytes:
    person = number % PEOPLE
    address = f"2001:db8:{person:x}:{person * 7 % 65536:x}::{person * 31 % 65536:x}"
    login = f"sasl_method=PLAIN, sasl_username=firstname.lastname{person}@corp.example"
    return _line(
        f"submission/smtpd[{1000 + number % 400}]",
        number,
        f"client=dyn{person}.isp.example[{address}], {login}",
    )


def all_of(number: int, refused: int) -> Iterator[bytes]:
    """All lines that tell something to remember of one message."""
    yield handed_over(number)
    sender = f"firstname.lastname{number % PEOPLE}@corp.example"
    yield _line("qmgr[551]", number, f"from=<{sender}>, size=5000, nrcpt=1 (queue active)")
    if number % refused:
        return
    yield _line(
        f"smtp[{9000 + number % 400}]",
        number,
        f"to=<somebody{number}@partner.example>, relay=mx.partner.example[203.0.113.9]:25, delay=1, "
        "delays=0/0/0/1, dsn=5.7.1, status=deferred (host mx.partner.example[203.0.113.9] said: 553 5.7.1 no "
        "(in reply to RCPT TO command))",
    )


def _line(tag: str, number: int, said: str) -> bytes:
    stamp = f"2026-11-24T12:00:00.{number % 1_000_000:06d}+00:00"
    return f"{stamp} mail.corp.example postfix/{tag}: 4bXy{number:09d}zQ: {said}\n".encode()


def read(
    state: State,
    lines: Iterable[bytes],
    committed: Callable[[], object] = lambda: None,
    at_once: int = LINES_AT_ONCE,
) -> None:
    """Read so many lines at once; `committed` is called after each block of them."""
    start, left = 0, iter(lines)
    while block := b"".join(islice(left, at_once)):
        batch = Batch(
            source="mail",
            generation="0123456789abcdef0123456789abcdef",
            block=block,
            start=start,
            end=start + len(block),
            position_of=start.__add__,
            checkpoint="{}",
            nearest=NOON,
            alert_from=NOON,
        )
        step(state, batch, Changes(), TERMS)
        committed()
        start = batch.end


# ── the measurements ─────────────────────────────────────────────────────────────────────────────


def _kept(refused: str) -> dict[str, int]:
    state = State()
    before = _begin()
    read(state, _everything(int(refused)), state.apply)
    grown = settled_memory() - before
    _must_know(state, OPEN)
    return {"kept": grown}


def _committed(refused: str, database_url: str) -> dict[str, int]:
    database, state = open_database(database_url), State()
    upgrade(database)
    writer = Writer(database, "main", Routing())
    writer.load(state)
    before = _begin()
    read(state, _everything(int(refused)))
    grown = memory() - before
    writer.commit(Changes(), state)
    state.apply()
    committed = peak_memory() - before
    _must_know(state, OPEN)
    return {"read": grown, "committed": committed}


def _loaded(database_url: str) -> dict[str, int]:
    database, state = open_database(database_url), State()
    with database.read() as connection:  # with the driver in memory
        connection.exec_driver_sql("SELECT 1")
    before = _begin()
    Writer(database, "main", Routing()).load(state)
    database.close()  # what it keeps for itself is given back
    grown = settled_memory() - before
    _must_know(state, OPEN)
    return {"loaded": grown}


def _endless(ids: str) -> dict[str, int]:
    state, forgotten, count = State(), 0, int(ids)

    def committed() -> None:
        nonlocal forgotten
        forgotten += state.forgotten
        state.apply()

    before = _begin()
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + ROOM, resource.RLIM_INFINITY))
    read(state, map(handed_over, range(count)), committed)
    grown = peak_memory() - before
    _must_know(state, count)
    return {"ids": count, "kept": len(state.queue), "forgotten": forgotten, "grown": grown}


def _everything(refused: int, messages: int = OPEN) -> Iterator[bytes]:
    return chain.from_iterable(all_of(number, refused) for number in range(messages))


def _begin() -> int:
    """What a process has that has worked already; from here on its peak counts anew."""
    read(State(), _everything(1, messages=100))
    before = settled_memory()
    Path("/proc/self/clear_refs").write_text("5")
    return before


def _must_know(state: State, ids: int) -> None:
    """The newest messages are known, and no others."""
    wanted = [f"mail.corp.example 4bXy{number:09d}zQ".encode() for number in range(max(ids - OPEN, 0), ids)]
    if [key for key, _ in state.queue.items()] != wanted:
        raise AssertionError(f"of {ids} messages others are known than the last {OPEN}")


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "kept": _kept,
    "committed": _committed,
    "loaded": _loaded,
    "endless": _endless,
}

if __name__ == "__main__":
    name, *words = sys.argv[1:]
    print(json.dumps(MEASUREMENTS[name](*words)))
