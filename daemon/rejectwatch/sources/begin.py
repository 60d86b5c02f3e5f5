"""Where to begin in logs that were never read: at a moment of the log, found without reading all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from rejectwatch.sources.content import LONGEST, Content, Packed, read_lines

TimeOf = Callable[[bytes, datetime], datetime | None]
"""The time of a line, if it has one; the second argument is a time near it, for stamps without a year."""

_NEAR = 1 << 16
"""When the place is known so closely, or lines without a stamp are so many, it is simply read."""


def place(contents: Sequence[Content], since: datetime, time_of: TimeOf) -> tuple[int, int]:
    """The first line that is not older, in logs given oldest first: which log, and where in it.

    Logs are looked at from the newest back, and no further than one that begins before that moment.
    """
    newest = len(contents) - 1
    chosen = newest, 0
    for index in range(newest, -1, -1):
        log = _Log(contents[index], time_of)
        first = log.time_at(0)
        if first is None:
            continue
        if first[1] < since:
            position = log.not_older(since)
            if position is not None:
                return index, position
            return chosen if index < newest else (newest, last_line_end(contents[newest]))
        chosen = index, 0
    return chosen


def last_line_end(content: Content) -> int:
    """The position after the last whole line."""
    if isinstance(content, Packed):
        return _read_through(content)
    at = content.size()
    while at > 0:
        start = max(at - _NEAR, 0)
        found = content.pread(at - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def _read_through(content: Content) -> int:
    position = 0
    while (lines := read_lines(content, position, LONGEST)).block:
        position = lines.end
    return position


class _Log:
    """One log, asked for the time of its lines."""

    def __init__(self, content: Content, time_of: TimeOf) -> None:
        self._content = content
        self._time_of = time_of
        self._near = datetime.fromtimestamp(content.modified() / 1e9, UTC)

    def not_older(self, since: datetime) -> int | None:
        """The position of the first line that is not older; None: all are."""
        low, high = self._stretch(since) if isinstance(self._content, Packed) else self._halve(since)
        for start, line in self._lines(low, high):
            at = self._time_of(line, self._near)
            if at is not None and at >= since:
                return start
        return None

    def _halve(self, since: datetime) -> tuple[int, int]:
        """Two positions with the wanted line between them. Lines a little out of order move it a little."""
        low, high = 0, self._content.size()
        while high - low > _NEAR:
            middle = (low + high) // 2
            found = self.time_at(middle)
            if found is None or found[0] >= high or found[1] >= since:
                high = middle
            else:
                low = found[0]
        return low, high + _NEAR

    def _stretch(self, since: datetime) -> tuple[int, int]:
        """The same in a compressed log, in which nobody can jump."""
        low = position = 0
        while (lines := read_lines(self._content, position, LONGEST)).block:
            found = self._first_time(lines.block)
            if found is not None and found[1] >= since:
                return low, lines.end
            low, position = position, lines.end
        return low, position

    def time_at(self, position: int) -> tuple[int, datetime] | None:
        """The first line that begins here or behind and has a stamp, and its time; None: there is none near."""
        back = min(position, 1)
        data = self._content.pread(_NEAR + back, position - back)
        skip = data.find(b"\n") + 1 if back else 0
        if back and not skip:
            return None
        found = self._first_time(data[skip:])
        return found and (position - back + skip + found[0], found[1])

    def _first_time(self, block: bytes) -> tuple[int, datetime] | None:
        start = 0
        while (end := block.find(b"\n", start) + 1) > 0:
            at = self._time_of(block[start:end], self._near)
            if at is not None:
                return start, at
            start = end
        return None

    def _lines(self, low: int, high: int) -> Iterator[tuple[int, bytes]]:
        position = low
        while position < high and (lines := read_lines(self._content, position, LONGEST)).block:
            start = 0
            while start < len(lines.block):
                end = lines.block.index(b"\n", start) + 1
                yield position + start, lines.block[start:end]
                start = end
            position = lines.end
