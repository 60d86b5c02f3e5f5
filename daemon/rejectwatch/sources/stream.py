"""A log read once from its first line to its last: files, plain or compressed, and standard input.

What is promised of a stream is less than of a source that is followed. A line is known by its place in a content
that is known by how it begins: the same bytes are stored once, however often they come, whether through a pipe or from
a file, also when more has been appended. What begins elsewhere is another log: two extracts that overlap count the
same lines twice. And nothing is remembered of how far it was read: what was not read when the process died is its
writer's to send again, from the beginning.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.content import KEPT, LONGEST, Content, Lines, Packed, Pipe, open_content, read_lines
from rejectwatch.sources.gaps import Gaps
from rejectwatch.sources.identity import Mark, dump_marks, known_name, mark
from rejectwatch.sources.interface import BLOCK, NotReadable, Started, pack
from rejectwatch.sources.permission import how_to_allow

STDIN = "-"
"""The name that stands for standard input."""

NEVER = datetime.max.replace(tzinfo=UTC)


class Stream:
    """One log from its start to its end; behind it nothing comes.

    `known`: marks of generations that have a name already. With `unfinished` a last line without an end is
    given too: right for looking at a log, wrong where half a line would be stored in place of the whole one.
    """

    def __init__(
        self,
        name: str,
        content: Content,
        *,
        known: Iterable[Mark] = (),
        unfinished: bool = False,
        alert_from: datetime = NEVER,
    ) -> None:
        self.name = name
        self.started: Started | None = None
        self._content = content
        self._unfinished = unfinished
        self._alert_from = alert_from
        self._gaps = Gaps()
        self._nearest = datetime.fromtimestamp(content.modified() / 1e9, UTC)
        begun = mark(content)
        self._mark = replace(begun, generation=known_name(content, known) or begun.generation)

    @property
    def modified(self) -> datetime:
        """When it was last written; of standard input, when it was opened."""
        return self._nearest

    def first_line(self) -> bytes:
        """The first line, or as much of it as the head of the file holds."""
        return self._content.head().partition(b"\n")[0] + b"\n"

    def first_lines(self) -> list[bytes]:
        """As many lines as the head of the file holds; the last may be cut."""
        return self._content.head().splitlines(keepends=True)

    def read(self, limit: int = BLOCK) -> Batch | None:
        before = self._mark
        lines = read_lines(self._content, before.position, limit, before.overlap)
        if not lines.block:
            lines = self._rest(lines)
        if not lines.block:
            return None
        self._mark = before.after(self._content, lines)
        return Batch(
            source=self.name,
            generation=before.generation,
            block=lines.block,
            start=before.position,
            end=lines.end,
            position_of=before.position.__add__,
            checkpoint=pack(marks=dump_marks([self._mark])),
            nearest=self._nearest,
            alert_from=self._alert_from,
        )

    def unread(self) -> int:
        return max(self._content.size() - self._mark.position, 0)

    def watched(self) -> set[Path]:
        return set()

    def fileno(self) -> int | None:
        return None

    def at_end(self) -> bool:
        return True

    def trouble(self) -> str | None:
        """Known at the end: compressed data that is cut or damaged."""
        damage = self._damage()
        return (
            damage
            and f"{self.name} can only be read up to byte {self._mark.position} of its content: {damage}"
        )

    def gaps(self) -> list[Gap]:
        damage = self._damage()
        if damage is not None:
            self._gaps.note(Gap(self.name, "damaged", self._mark.generation, self._mark.position, damage))
        return self._gaps.take()

    def close(self) -> None:
        self._content.close()

    def _damage(self) -> str | None:
        return self._content.damage if isinstance(self._content, Packed | Pipe) else None

    def _rest(self, lines: Lines) -> Lines:
        """The last line, if it has no end and is wanted all the same."""
        if not self._unfinished:
            return lines
        start = self._mark.position
        rest = self._content.pread(LONGEST, start)
        end = max(start + len(rest), self._content.searched)
        rest = rest[:KEPT] if len(rest) == LONGEST else rest
        return Lines(lines.before, rest and rest + b"\n", end)


def open_stream(
    path: str, *, known: Iterable[Mark] = (), unfinished: bool = False, alert_from: datetime = NEVER
) -> Stream:
    """Open a file, or standard input for "-". NotReadable: it can't be read, in one sentence."""
    content = (
        Pipe(sys.stdin.fileno(), time.time_ns(), as_it_comes=unfinished)
        if path == STDIN
        else _open_file(Path(path))
    )
    return Stream(path, content, known=known, unfinished=unfinished, alert_from=alert_from)


def _open_file(path: Path) -> Content:
    try:
        return open_content(path)
    except PermissionError:
        raise NotReadable(how_to_allow(path)) from None
    except OSError as error:
        raise NotReadable(f"{path} can't be read: {error.strerror}") from error
