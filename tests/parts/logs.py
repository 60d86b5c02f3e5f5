"""Look into the log of a server that writes while the test reads."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from parts.processes import tail
from parts.waiting import until


class LogFile:
    """The complete lines of a log."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[str]:
        """All lines so far, without an unfinished last one."""
        if not self.path.exists():
            return []
        text = self.path.read_bytes().decode("utf-8", "backslashreplace")
        return text.split("\n")[:-1]

    def matching(self, pattern: str) -> list[str]:
        seen = re.compile(pattern)
        return [line for line in self.lines() if seen.search(line)]

    def with_rotated(self, pattern: str = "") -> list[str]:
        """The lines that match, here and in the rotated siblings, in no particular order of files."""
        siblings = self.path.parent.glob(f"{self.path.name}*")
        return [line for path in sorted(siblings) for line in LogFile(path).matching(pattern)]

    def rename(self) -> Path:
        """Give the log the next free name with a number; whoever writes it has to be told."""
        names = (self.path.with_name(f"{self.path.name}.{n}") for n in count(1))
        return self.path.rename(next(name for name in names if not name.exists()))

    def wait_for(self, pattern: str, times: int = 1, seconds: float = 20) -> list[str]:
        """The lines that match, as soon as there are `times` of them."""

        def enough() -> list[str] | None:
            found = self.matching(pattern)
            return found if len(found) >= times else None

        found = until(
            enough,
            seconds,
            lambda: f"{times} × {pattern!r} in {self.path}, which ends with\n{tail(self.path)}",
        )
        assert found is not None
        return found
