"""The mail server's side: writes a story into a log, keeps its own journal, and rotates the log in every way there is.

What no log follower can survive is left out, as it is published: nothing is written between the copy and the
truncation of copytruncate, and only files that were read to their end are deleted.
"""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from parts.waiting import until
from soak.story import Story

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BURST = 40
"""At most so many lines are written at once."""

FEWEST = 5
"""Lines of a file at least: two files that begin with identical lines are no affair of this test."""

MOMENT = 0.02
"""Seconds between two changes of names, so that the times of the files tell their order."""

PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}
"""What rotated logs are packed with, by the ending of their names."""

Way = Callable[["Writer", Path], None]
"""A way to rotate: the log becomes a file of this name."""


class Writer:
    """Writes from `go` to `stand`, so many lines a second, and rotates after so many lines on average. A thread of its own."""

    def __init__(self, folder: Path, story: Story, chance: Random, *, pace: int, rotated_every: int) -> None:
        folder.mkdir()
        self.log = folder / "mail.log"
        self.story = story
        self.written = 0
        self.rotations: Counter[str] = Counter()
        self.afterwards: Counter[str] = Counter()
        self._chance = chance
        self._pace = pace
        self._rotated_every = rotated_every
        self._until_rotated = rotated_every
        self._journal = (folder.parent / "journal.log").open("ab")
        self._fd = _opened(self.log)
        self._rotated: list[Path] = []  # oldest first
        self._read = 0  # so many of them, the oldest, may be deleted
        self._may_go, self._stands, self._enough = (threading.Event() for _ in range(3))
        self._stands.set()
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def go(self) -> None:
        self._stands.clear()
        self._may_go.set()

    def stand(self) -> None:
        """From here on nothing is written; no rotation is under way."""
        self._may_go.clear()
        until(lambda: self._stands.is_set() or self._is_dead())

    def until_written(self, more: int, unless: Callable[[], bool] = lambda: False) -> None:
        """Go on until so many more lines are written, unless something comes before."""
        wanted = self.written + more
        self.go()
        until(lambda: self.written >= wanted or unless() or self._is_dead(), 600)

    def all_was_read(self) -> None:
        """Whoever reads has read all that was written: what is rotated so far may be deleted."""
        self._read = len(self._rotated)

    def write_sentinel(self) -> None:
        self._write(self.story.sentinel())

    def end(self) -> None:
        """End the story."""
        self.stand()
        for line in self.story.end():
            self._write(line)

    def close(self) -> None:
        self._enough.set()
        self._may_go.set()
        self._thread.join()
        self._journal.close()
        os.close(self._fd)

    def _is_dead(self) -> bool:
        if self._trouble is not None:
            raise AssertionError("the writer has died") from self._trouble
        return False

    def _run(self) -> None:
        try:
            while not self._enough.is_set():
                if not self._may_go.is_set():
                    self._stands.set()
                    self._may_go.wait()
                    continue
                self._say()
                if self._until_rotated <= 0:
                    self.rotate(self._chance.choice(WAYS))
        except BaseException as trouble:  # noqa: BLE001 — told by whoever waits for lines
            self._trouble = trouble

    # ── writing ──

    def _say(self) -> None:
        """Some lines; then a rest that keeps the pace."""
        lines = self._chance.randint(1, BURST)
        self._write(b"".join(self.story.line() for _ in range(lines)))
        self._rest(lines / self._pace)

    def _write(self, lines: bytes, fd: int | None = None) -> None:
        """In two parts: whoever looks just now sees half a line."""
        self._journal.write(lines)
        cut = self._chance.randrange(len(lines))
        for part in (lines[:cut], lines[cut:]):
            os.write(self._fd if fd is None else fd, part)
        many = lines.count(b"\n")
        self.written += many
        self._until_rotated -= many

    def _rest(self, seconds: float = MOMENT) -> None:
        self._enough.wait(seconds)

    # ── rotating ──

    def rotate(self, way: Way) -> None:
        naming = self._chance.choice(NAMINGS)
        name = naming(self)
        self._rest()
        way(self, name)
        self._rotated.append(name)
        self.rotations[f"{naming.__name__} {way.__name__}"] += 1
        self._rest()
        if self._chance.random() < 0.5:
            self._pack(self._chance.randrange(len(self._rotated)))
        while self._read and self._chance.random() < 0.5:
            self._rotated.pop(0).unlink()
            self._read -= 1
            self.afterwards["deleted"] += 1
        self._until_rotated = self._chance.randint(FEWEST, 2 * self._rotated_every)

    def numbered(self) -> Path:
        """`mail.log.1`; those that have a number get the next one."""
        for index in [i for i, path in enumerate(self._rotated) if number_of(path)]:
            path = self._rotated[index]
            packed = path.suffix if path.suffix in PACKED else ""
            self._rotated[index] = path.rename(self.log.with_name(f"mail.log.{number_of(path) + 1}{packed}"))
        return self.log.with_name("mail.log.1")

    def dated(self) -> Path:
        """`mail.log-20261124-042725`, of the log's own time."""
        return self.log.with_name(f"mail.log-{self.story.now:%Y%m%d-%H%M%S}")

    def renamed(self, name: Path) -> None:
        """The new file is made by the next line."""
        self.log.rename(name)
        self._reopen()

    def renamed_and_made(self, name: Path) -> None:
        """The new file is there at once, and the writer has the old one open for a while."""
        self.log.rename(name)
        os.close(_opened(self.log))
        self._write_on()
        self._reopen()

    def renamed_and_held(self, name: Path) -> None:
        """For a while there is no file under the log's name."""
        self.log.rename(name)
        self._write_on()
        self._reopen()

    def renamed_with_stragglers(self, name: Path) -> None:
        """Another process goes on writing to the old file, while the new one is written already."""
        self.log.rename(name)
        old, self._fd = self._fd, _opened(self.log)
        for _ in range(self._chance.randint(1, 5)):
            self._say()
            self._write(self.story.sentinel(), old)
        os.close(old)

    def copied_and_truncated(self, name: Path) -> None:
        shutil.copyfile(self.log, name)
        os.truncate(self.log, 0)

    def _write_on(self) -> None:
        for _ in range(self._chance.randint(1, 5)):
            self._say()

    def _reopen(self) -> None:
        os.close(self._fd)
        self._fd = _opened(self.log)

    def _pack(self, index: int) -> None:
        """As gzip does: written under its name, piece by piece, before the other is removed."""
        path = self._rotated[index]
        ending = self._chance.choice(list(PACKED))
        if path.suffix in PACKED:
            return
        packed, content = path.with_name(path.name + ending), PACKED[ending](path.read_bytes())
        with packed.open("wb", buffering=0) as out:
            for start in range(0, len(content), 1 << 14):
                out.write(content[start : start + (1 << 14)])
                self._rest()
        shutil.copystat(path, packed)
        path.unlink()
        self._rotated[index] = packed
        self.afterwards[f"packed as {ending}"] += 1


NAMINGS = (Writer.numbered, Writer.dated)
WAYS = (
    Writer.renamed,
    Writer.renamed_and_made,
    Writer.renamed_and_held,
    Writer.renamed_with_stragglers,
    Writer.copied_and_truncated,
)


def number_of(path: Path) -> int:
    """0 if it has none."""
    number = path.name.split(".")[2:3]
    return int(number[0]) if number and number[0].isdigit() else 0


def _opened(log: Path) -> int:
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
