"""The loop of the daemon: read a batch, decide, commit, show; then wait for more.

The log is the buffer: when the database is away, nothing is read. After a commit that failed nobody knows
whether it was written, so everything in memory is thrown away and read again from the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

from rejectwatch import watch
from rejectwatch.changes import Changes, Position
from rejectwatch.errors import Superseded, TransientError
from rejectwatch.facts import Batch
from rejectwatch.faultpoint import reach
from rejectwatch.metrics import LIVE, Metrics
from rejectwatch.pipeline import Terms, missed, step, tick
from rejectwatch.sources.interface import BLOCK, Source
from rejectwatch.sources.wake import Waker
from rejectwatch.state import State
from rejectwatch.store.writer import Writer

log = logging.getLogger(__name__)

COMMIT_EVERY = 0.5
"""Seconds between two commits while lines trickle in."""
BACKLOG = 16 << 20
"""Bytes that are read before a commit when there are that many."""
MANY = 20_000
"""Changes of the state after which a commit is due, too: until then each is held beside what it replaces."""
POLL = 1.0
"""Seconds until the sources are looked at again, whatever the system's file events say."""
BEHIND = timedelta(seconds=2)
"""How far the wall clock is kept behind the log: a line may be written a little after its time."""
RETRY = 2.0
"""Seconds until a database that was away is tried again."""
STUCK = 60.0
"""Seconds without a turn of the loop after which it counts as hanging."""

FAR_PAST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """What can be had from a database that answers: a writer, and the sources at their stored positions."""

    writer: Writer
    open_sources: Callable[[dict[str, Position], State], list[Source]]


class Reading:
    """`run` returns when `stopping` is set. `opened` may raise TransientError; it is called until it does not.

    `shown` gets what each commit has written, `started` is called once, when all is open for the first time.
    """

    def __init__(
        self,
        opened: Callable[[], Opened],
        terms: Terms,
        metrics: Metrics,
        waker: Waker,
        stopping: Flag,
        shown: Callable[[Changes], None],
        started: Callable[[], None],
        turned: Callable[[str], None],
    ) -> None:
        self._opened = opened
        self._terms = terms
        self._metrics = metrics
        self._waker = waker
        self._stopping = stopping
        self._shown = shown
        self._started = started
        self._turned = turned
        self._state = State()
        self._writer: Writer | None = None
        self._sources: list[Source] = []
        self._unrecorded: set[str] = set()
        self._trouble: str | None = "starting"
        self._told: set[str] = set()
        self._away: set[str] = set()
        self._behind: set[str] = set()
        self._last_turn = time.monotonic()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                wait = self._turn()
                self._last_turn = time.monotonic()
                self._metrics.ready.set(self._trouble is None)
                self._turned(self.status())
                if wait:
                    self._wait(wait, began)
        finally:
            self._forget()

    def _wait(self, seconds: float, began: float) -> None:
        """Until the time between two commits is over, whatever happens; then until something does."""
        if self._stopping.wait(max(began + COMMIT_EVERY - time.monotonic(), 0)):
            return
        self._waker.watch({folder for source in self._sources for folder in source.watched()})
        self._waker.wait(seconds - COMMIT_EVERY, [source.fileno() for source in self._sources])

    def ready(self) -> str | None:
        """Why it is not watching, None if it is."""
        return self._trouble

    def healthy(self) -> str | None:
        """Why it seems to hang, None while the loop turns."""
        still = time.monotonic() - self._last_turn
        return f"nothing was read or written for {still:.0f} seconds" if still > STUCK else None

    def status(self) -> str:
        if self._trouble:
            return self._trouble
        return " ".join([f"{self._backlog()}." if self._behind else "watching.", *sorted(self._told)])

    def _turn(self) -> float:
        """Read and commit once; how long to wait before the next turn."""
        try:
            if self._writer is None:
                self._open()
            return self._read_and_commit()
        except Superseded as error:
            log.warning("%s", error)
        except TransientError as error:
            self._tell_away(str(error))
        self._forget()
        return RETRY

    def _open(self) -> None:
        opened = self._opened()
        self._state = State()
        positions = opened.writer.load(self._state)
        self._sources = opened.open_sources(positions, self._state)
        self._unrecorded = {source.name for source in self._sources} - set(positions)
        self._writer = opened.writer
        self._record_starts()
        # One may have been killed after its start was recorded, and before the first commit.
        for source in self._sources:
            if ("begun", source.name) not in self._state.times:
                self._state.times.put(("begun", source.name), datetime.now(UTC))
        if not self._away:  # else a turn has to show that it can be written again, too
            self._trouble = None
        self._show_progress()
        self._started()

    def _forget(self) -> None:
        for source in self._sources:
            source.close()
        self._sources, self._writer = [], None

    def _record_starts(self) -> None:
        """Where reading began is a row of its own: what lies before it was never promised."""
        for source in self._sources:
            started = source.started
            if source.name in self._unrecorded and started is not None and self._writer is not None:
                position = Position(started.generation, started.position, started.checkpoint)
                reason = (
                    f"from {started.since.isoformat(' ', 'seconds')} on"
                    if started.since
                    else "from its beginning"
                )
                reason += f", where {started.left} was left" if started.left else ""
                self._writer.record_start(source.name, position, reason)
                self._state.times.put(("begun", source.name), started.at)
                self._unrecorded.discard(source.name)
                log.info("reading %s %s", source.name, reason)

    def _read_and_commit(self) -> float:
        began, changes, size, read = time.monotonic(), Changes(), 0, None
        while size < BACKLOG and self._state.changed < MANY and time.monotonic() - began < COMMIT_EVERY:
            if (read := self._next(changes)) is None:
                self._tick(changes)
                break
            batch, until = read
            reach("read")
            step(self._state, batch, changes, self._terms, until)
            reach("step")
            size += len(batch.block)
        self._record_starts()
        self._hear(changes)
        if read is not None:
            self._set_behind(self._behind | self._old())  # before the counts rise
        if size or changes.messages or changes.notices or changes.gaps:
            self._commit(changes)
        self._set_behind(self._old() if read is not None else set())
        self._show_progress()
        self._tell_back()
        self._tell_troubles()
        return 0.0 if read is not None else POLL

    def _tick(self, changes: Changes) -> None:
        """Only here does the wall clock decide: no line that is still to be read can be older."""
        if all(source.at_end() for source in self._sources):
            names = [source.name for source in self._sources]
            tick(self._state, datetime.now(UTC) - BEHIND, changes, self._terms, names)

    def _next(self, changes: Changes) -> tuple[Batch, datetime | None] | None:
        """The next lines of the source that is furthest behind; None when all are read to their end.

        With them, how far the others have come that may have more to tell; None: there are none.
        """
        # One without any stamp that can be read is as far as its file is old, and holds up nobody.
        sources = sorted(self._sources, key=lambda one: (self._reached(one), self._last_stamp(one)))
        unread = list(sources)
        for source in sources:
            batch = source.read(BLOCK // len(sources))
            self._miss(source, changes)
            if batch is not None:
                return batch, min((self._reached(one) for one in unread if one is not source), default=None)
            if source.at_end():
                unread.remove(source)
        return None

    def _miss(self, source: Source, changes: Changes) -> None:
        """What a source has lost lies between the last line that was read of it and now."""
        now = datetime.now(UTC)
        since = self._state.times.get(("source", source.name))
        for gap in source.gaps():
            about = {"source": source.name}
            log.warning("%s: lines may be lost: %s (%s)", source.name, gap.reason, gap.detail, extra=about)
            missed(self._state, replace(gap, since=since, until=gap.until or now), now, changes)

    def _hear(self, changes: Changes) -> None:
        """Remember when lines came, and in which hours they are usual."""
        now = datetime.now(UTC)
        for source, lines in changes.lines.items():
            changes.notices += filter(None, [watch.heard(self._state, source, now, lines)])

    def _last_stamp(self, source: Source) -> datetime:
        return self._state.times.get(("source", source.name)) or FAR_PAST

    def _reached(self, source: Source) -> datetime:
        return self._state.times.get(("reached", source.name)) or FAR_PAST

    def _commit(self, changes: Changes) -> None:
        if self._writer is None:
            return
        forgotten = self._state.forgotten
        with self._metrics.commit_duration.time():
            self._writer.commit(changes, self._state)
        self._state.apply()
        self._metrics.committed(changes, datetime.now(UTC))
        self._metrics.forgotten.inc(forgotten)
        self._shown(changes)

    def _old(self) -> set[str]:
        """The sources that were not read to their end and whose lines are no news."""
        long_ago = datetime.now(UTC) - LIVE
        return {one.name for one in self._sources if one.unread() and self._last_stamp(one) < long_ago}

    def _set_behind(self, behind: set[str]) -> None:
        if behind and not self._behind:
            log.info("%s", self._backlog())
        elif self._behind and not behind:
            log.info("caught up")
        self._behind = behind
        for source in self._sources:
            self._metrics.catching_up.labels(source.name).set(source.name in behind)

    def _backlog(self) -> str:
        unread = sum(source.unread() for source in self._sources)
        return f"catching up, {unread / 1e6:.0f} MB to read" if unread > BLOCK else "catching up"

    def _show_progress(self) -> None:
        for source in self._sources:
            if (stamp := self._state.times.get(("source", source.name))) is not None:
                self._metrics.last_line.labels(source.name).set(stamp.timestamp())
            self._metrics.unread.labels(source.name).set(source.unread())
        self._metrics.not_watched.set(len(self._waker.deaf))
        self._metrics.remembered(self._state)

    def _tell_away(self, why: str) -> None:
        """The database does not work: each reason is told once, not at each try."""
        if why not in self._away:
            log.error("%s; reading waits until it works again", why)
        self._away.add(why)
        self._trouble = why

    def _tell_back(self) -> None:
        if self._away:
            log.info("the database works again, reading goes on")
        self._away.clear()

    def _tell_troubles(self) -> None:
        """The same for the sources; as long as one of them can be read, we are watching."""
        troubles = {trouble for source in self._sources if (trouble := source.trouble()) is not None}
        for trouble in troubles - self._told:
            log.error("%s", trouble)
        for mended in self._told - troubles:
            log.info("no longer so: %s", mended)
        self._told = troubles
        self._trouble = (
            " ".join(sorted(troubles)) if troubles and len(troubles) == len(self._sources) else None
        )
