"""Old logs through the deciding part of the daemon, with the logs' own clock: what would have been told, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from rejectwatch.changes import Changes
from rejectwatch.facts import Batch
from rejectwatch.incidents.incident import Message
from rejectwatch.pipeline import Terms, step, tick
from rejectwatch.sources.interface import BLOCK
from rejectwatch.sources.stamps import times
from rejectwatch.sources.stream import Stream
from rejectwatch.state import State

QUEUE_IDS = 1_000_000
"""How many open messages are remembered: there is no database that could bound it earlier."""
LEAST = 64 << 10
"""Bytes that are read at once at least, however many logs are read side by side."""
LONGEST_LINE = 4096
"""Bytes at the end of a log in which its last line is looked for."""

DAY = timedelta(days=1)
FAR_PAST = datetime.min.replace(tzinfo=UTC)
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Log:
    """A log that is read, as which source, and how far it has come: at first, the time of its first line."""

    stream: Stream
    reached: datetime
    source: str = ""
    end: bytes = b""


class Replay:
    """Reads logs by the same `step` as the daemon, and keeps what would have been told.

    Of several the one furthest behind is read next.
    """

    def __init__(self, terms: Terms, streams: Sequence[Stream]) -> None:
        self._terms = terms
        self._state = State(QUEUE_IDS, committed=False)
        self._time_of = times(terms.zone)
        self._logs = [_Log(stream, self._begin(stream)) for stream in streams]
        self._ended: list[_Log] = []
        self.messages: list[Message] = []
        self._first, self._last = FAR_FUTURE, FAR_PAST

    def read(self, read: Callable[[int], None]) -> None:
        """Read all logs to their end, telling `read` how much it was."""
        while self._logs:
            log = min(self._logs, key=lambda one: one.reached)
            beside = sum(bool(one.source) for one in self._logs)
            batch = log.stream.read(max(BLOCK // max(beside, 1), LEAST))
            if batch is None:
                self._end(log)
            else:
                self._step(log, batch)
                read(len(batch.block))

    def run_on(self, now: datetime | None) -> datetime:
        """Let the clock run on until `now`, at least to the last line; where it stands then."""
        until = max(now or self._last, self._last)
        changes = Changes()
        tick(self._state, until, changes, self._terms)
        self.messages += changes.messages
        return until

    def days(self, since: datetime | None, until: datetime | None) -> int:
        """How many days it is from the first to the last line between these times."""
        first, last = max(self._first, since or self._first), min(self._last, until or self._last)
        return max(-((first - last) // DAY), 1)

    def _step(self, log: _Log, batch: Batch) -> None:
        if not log.source:
            log.source = self._source(batch)
            self._first = min(self._first, log.reached)
        others = min((one.reached for one in self._logs if one is not log), default=None)
        changes = Changes()
        # Nothing is too old to be told.
        batch = replace(batch, source=log.source, alert_from=FAR_PAST)
        step(self._state, batch, changes, self._terms, others)
        self._state.apply()
        self.messages += changes.messages
        times = self._state.times
        log.reached = times.get(("reached", log.source)) or log.reached
        self._first = min(self._first, times.get(("stamped", log.source)) or log.reached)
        log.end = batch.block[-LONGEST_LINE:]

    def _source(self, batch: Batch) -> str:
        """Where a log ends and another begins, it goes on under a new name, as logs do: they are one source.

        It is named by what it holds: the same logs say the same, wherever they lie.
        """
        if not self._ended:
            return batch.generation
        before = max(self._ended, key=lambda one: one.reached)
        self._ended.remove(before)
        self._state.times.drop(("stamped", before.source))  # its year is that of its own file
        return before.source

    def _begin(self, stream: Stream) -> datetime:
        return self._time_of(stream.first_line(), stream.modified) or stream.modified

    def _end(self, log: _Log) -> None:
        self._logs.remove(log)
        if not log.source:
            return  # it is empty
        self._ended.append(log)
        last_line = log.end.rstrip(b"\n").rpartition(b"\n")[2] + b"\n"
        self._last = max(self._last, self._time_of(last_line, log.reached) or log.reached)
