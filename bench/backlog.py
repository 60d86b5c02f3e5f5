"""What was logged while nobody read: after an outage, and at the first start on a log with a long history.

The log is written once, whole, by the generator; then it is cut at line ends into the files that logrotate
would have left: `mail.log`, `mail.log.1`, and older ones compressed.
"""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from bench.live import must_be_right
from bench.measured import MB, cpu_seconds, peak_memory
from bench.postfix_log import write
from bench.run import WrongAnswerError, same
from bench.written import Counts, read_truth

from parts.daemon import Daemon
from parts.network import free_port
from parts.waiting import until
from rejectwatch.state import State
from rejectwatch.store import keyed
from rejectwatch.store.database import open_database

CONFIGURATION = """
instance = "main"
first_read = "{first_read}"

[[sources]]
name = "mail"
path = "{log}"

[[rules]]
name = "user"
by = "user"
threshold = 2
window = "90d"

[incidents]
group_wait = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""

MEMORY = 200 * MB
"""What the daemon has to stay below, however much there is to read."""
AS_WRITTEN = {
    "sqlite": "SELECT occurred_at FROM events ORDER BY rowid",
    "postgresql": """
        SELECT min(occurred_at), max(occurred_at) FROM events
        GROUP BY xmin::text::bigint ORDER BY xmin::text::bigint
    """,
}
"""Times of events in the order in which they were stored."""
DAY = timedelta(days=1)
INSTANCE = "main"
STANDING = timedelta(hours=20)
"""How long the newest file of a first start is written already: the last day begins in the one before."""
PER_SECOND = 20_000
"""Lines that the slowest machine is expected to read; only to end a wait that is in vain."""
AT_ONCE = 1 << 20
FAST = 1  # gzip's level: what packing costs is no part of what is measured


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds and bytes; `waiting`: how much was still unread when it was `ready`; `pause`: the longest time
    without a commit that brought events.
    """

    counts: Counts
    events: int
    ready: float
    ready_cpu: float
    waiting: int
    seconds: float
    pause: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        return (
            f"{self.counts.lines:,} lines, {self.counts.bytes / MB:,.0f} MB; ready after {self.ready:.1f} s ({self.ready_cpu:.1f} s of CPU) "
            f"with {self.waiting / MB:,.0f} MB unread, read after "
            f"{self.seconds:.0f} s ({self.cpu:.0f} s of CPU), a commit at least every {self.pause:.1f} s; "
            f"{self.events:,} events, none lost, none twice, oldest first; memory {self.memory / MB:.0f} MB"
        )


def daemon(folder: Path, log: Path, first_read: str, database_url: str | None) -> Daemon:
    """One that would tell of everybody who fails twice; nobody takes its messages."""
    one = Daemon(folder, CONFIGURATION.format(log=log, first_read=first_read), database_url=database_url)
    (folder / "postmasters.url").write_text(
        f"mailto://127.0.0.1:{free_port()}?from=a@corp.example&to=b@corp.example"
    )
    one.upgrade()
    return one


def after_an_outage(watch: Daemon, log: Path, lines: int, span: timedelta, end: datetime) -> Figures:
    """The daemon has read the beginning of a log and stops; the rest is logged and rotated three times; it starts."""
    counts = write(log, lines, start=end - span, end=end)
    whole = log.rename(log.with_name("whole"))
    with whole.open("rb") as all_lines, log.open("wb") as beginning:
        _copy(all_lines, beginning, _line_end(whole, counts.bytes // 100))
    with watch:
        until(lambda: watch.metric("rejectwatch_lines_total") > lines // 200, 60, watch.child.story)
        until(lambda: watch.metric("rejectwatch_unread_bytes") == 0, 60, watch.child.story)
    _set_back(watch, end - span)
    _cut(whole, log, (0.25, 0.5, 0.75))
    began = time.monotonic()
    with watch:
        figures = _measured(watch, began, counts, end)
        must_be_right(watch, list(read_truth(log)), counts)
        _must_be_oldest_first(watch)
        _must_tell_one_summary(watch)
    return figures


def first_start(watch: Daemon, log: Path, lines: int, span: timedelta) -> Figures:
    """A daemon reads the last day of a log for the first time; the day begins in a compressed file."""
    end = datetime.now(UTC)
    counts = write(log, lines, start=end - span, end=end)
    newest = 1 - STANDING / span
    _cut(log.rename(log.with_name("whole")), log, (newest / 2, newest), plain=1)
    began, earliest = time.monotonic(), datetime.now(UTC) - DAY
    with watch:
        watch.until_ready()
        latest = datetime.now(UTC) - DAY
        figures = _measured(watch, began, counts, end)
        _must_begin_between(watch, earliest, latest, list(read_truth(log)))
        _must_be_oldest_first(watch)
    return figures


def _set_back(watch: Daemon, begun: datetime) -> None:
    """As if the daemon had been started when the log begins: what is older than its first start is history."""
    database = open_database(watch.database_url)
    with database.write() as connection:
        state = State()
        keyed.load(connection, INSTANCE, state)
        state.times.put(("begun", "mail"), begun)
        keyed.store(connection, INSTANCE, state, revision=0)
    database.close()


def _measured(watch: Daemon, began: float, counts: Counts, end: datetime) -> Figures:
    """Wait until all is read."""
    watch.until_ready()
    ready, ready_cpu = time.monotonic(), cpu_seconds(watch.child.pid)
    waiting = watch.metric("rejectwatch_unread_bytes")
    stored, changed, pause = 0, ready, 0.0

    def is_read() -> bool:
        nonlocal stored, changed, pause
        before, stored, now = stored, _stored(watch), time.monotonic()
        if stored != before:
            pause, changed = max(pause, now - changed), now
        return (
            watch.metric("rejectwatch_last_line_timestamp_seconds") > end.timestamp() - 60
            and watch.metric("rejectwatch_unread_bytes") == 0
            and watch.metric("rejectwatch_catching_up") == 0
        )

    until(is_read, 60 + counts.lines / PER_SECOND, watch.child.story)
    pid = watch.child.pid
    return Figures(
        counts=counts,
        events=_stored(watch),
        ready=ready - began,
        ready_cpu=ready_cpu,
        waiting=int(waiting),
        seconds=time.monotonic() - began,
        pause=pause,
        cpu=cpu_seconds(pid),
        memory=peak_memory(pid),
    )


def _stored(watch: Daemon) -> int:
    return int(watch.rows("SELECT count(*) FROM events")[0][0])


# ── is it right? ─────────────────────────────────────────────────────────────────────────────────


def _must_begin_between(
    watch: Daemon, earliest: datetime, latest: datetime, truth: list[dict[str, Any]]
) -> None:
    """What was logged since some moment between these two is stored, all of it, and nothing older."""
    found = watch.events()
    first = min(_at(one) for one in found)
    if first < earliest or any(latest <= _at(one) < first for one in truth):
        raise WrongAnswerError(f"run: it was to begin at {earliest}, and its first event is of {first}")
    # Whose message it was may stand in older lines: what was read tells when, and to whom.
    wanted = Counter((_at(one), one["recipient"]) for one in truth if _at(one) >= first)
    same("run", wanted, Counter((_at(one), one["recipient"]) for one in found))


def _must_be_oldest_first(watch: Daemon) -> None:
    """In SQLite rows have numbers; in PostgreSQL a row knows the transaction that wrote it."""
    kind = "sqlite" if watch.database_url.startswith("sqlite") else "postgresql"
    times = [at for row in watch.rows(AS_WRITTEN[kind]) for at in row]
    if times != sorted(times):
        raise WrongAnswerError("run: newer events were stored before older ones")


def _must_tell_one_summary(watch: Daemon) -> None:
    """Everything is too old to be told one by one, and is told at once."""
    query = "SELECT kind FROM outbox"
    until(lambda: watch.rows(query), 20, watch.child.story)
    told = [kind for (kind,) in watch.rows(query)]
    if told != ["caught_up"]:
        raise WrongAnswerError(f"run: instead of one summary it told {Counter(told)}")


def _at(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["occurred_at"])


# ── the files ────────────────────────────────────────────────────────────────────────────────────


def _cut(whole: Path, log: Path, shares: Sequence[float], plain: int = 2) -> None:
    """Cut a log at these shares of it; the last files stay as they are, older ones are compressed."""
    size = whole.stat().st_size
    ends = [*(_line_end(whole, int(size * share)) for share in shares), size]
    with whole.open("rb") as lines:
        for age, end in zip(range(len(shares), -1, -1), ends, strict=True):
            name = log.with_name(f"{log.name}.{age}") if age else log
            with name.open("wb") as file:
                _copy(lines, file, end - lines.tell())
            if age >= plain:
                _pack(name)
    whole.unlink()


def _line_end(whole: Path, near: int) -> int:
    with whole.open("rb") as lines:
        lines.seek(near)
        lines.readline()
        return lines.tell()


def _copy(lines: BinaryIO, file: BinaryIO, count: int) -> None:
    while count and (block := lines.read(min(count, AT_ONCE))):
        file.write(block)
        count -= len(block)


def _pack(file: Path) -> None:
    """As gzip does it: the time of the file stays."""
    packed = file.with_name(f"{file.name}.gz")
    with file.open("rb") as lines, gzip.open(packed, "wb", compresslevel=FAST) as out:
        shutil.copyfileobj(lines, out, AT_ONCE)
    os.utime(packed, (file.stat().st_mtime,) * 2)
    file.unlink()
