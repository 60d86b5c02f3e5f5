"""What a line needs of the lines before it, also of those in the blocks before: kept in a table of the state."""

from __future__ import annotations

from typing import Protocol

_LONGEST = 16_384
"""Bytes of one entry: longer than any line that a logger writes whole."""


class Lines(Protocol):
    """A bounded table, such as `State.lines`."""

    def __len__(self) -> int: ...

    def get(self, key: bytes, /) -> bytes | None: ...

    def put(self, key: bytes, value: bytes, /) -> None: ...

    def drop(self, key: bytes, /) -> None: ...


class Remembered:
    """The lines of one source that are not done with."""

    def __init__(self, lines: Lines, source: str) -> None:
        self._lines = lines
        self._source = source.encode() + b"\0"

    def __bool__(self) -> bool:
        """Whether there is anything at all: most logs need nothing of this."""
        return len(self._lines) > 0

    def get(self, kind: bytes, whose: bytes = b"") -> bytes | None:
        return self._lines.get(self._source + kind + b"\0" + whose)

    def put(self, kind: bytes, whose: bytes, line: bytes) -> None:
        self._lines.put(self._source + kind + b"\0" + whose, line[:_LONGEST])

    def drop(self, kind: bytes, whose: bytes = b"") -> None:
        self._lines.drop(self._source + kind + b"\0" + whose)
