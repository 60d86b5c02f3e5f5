"""A folder with a log in it, its writer, and somebody who follows it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.begin import TimeOf
from rejectwatch.sources.file import File
from rejectwatch.sources.interface import FirstRead, Start
from rejectwatch.sources.pattern import Pattern, is_pattern

if sys.version_info >= (3, 14):
    from compression import zstd as zstd  # noqa: PLC0414 — tests take it from here
else:
    from backports import zstd as zstd  # noqa: PLC0414 — tests take it from here

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": partial(bz2.compress, compresslevel=1),  # of what is torn, whole blocks can be read: small ones
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def stamp_of(line: bytes, near: datetime) -> datetime | None:
    """RFC 3339 only; the real one belongs to the dialects."""
    try:
        return datetime.fromisoformat(line.split(b" ", 1)[0].decode())
    except ValueError:
        return None


class Writer:
    """Writes to the file that it opened, whatever its name has become; a second passes with each line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1
        self._time = NOW.timestamp()
        self._open()

    def write(self, data: bytes) -> None:
        if not data:
            return
        os.write(self._fd, data)
        self.tick(self._fd)

    @property
    def is_new(self) -> bool:
        return not os.fstat(self._fd).st_size

    def close(self) -> None:
        os.close(self._fd)
        self._fd = -1

    def __del__(self) -> None:
        """A process that ends closes its files; a thousand tests are one process."""
        if self._fd >= 0:
            self.close()

    def reopen(self) -> None:
        os.close(self._fd)
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        if self.is_new:
            self.tick(self._fd)

    def tick(self, touched: int | str | Path) -> None:
        self._time += 1
        os.utime(touched, (self._time, self._time))


def rotate(path: Path) -> None:
    """Every number one higher, and the log itself becomes number 1, as logrotate does it."""
    make_room(path)
    path.rename(path.parent / f"{path.name}.1")


def make_room(path: Path) -> None:
    for old in sorted(path.parent.glob(path.name + ".*"), key=number, reverse=True):
        old.rename(path.parent / old.name.replace(f".{number(old)}", f".{number(old) + 1}"))


def number(path: Path) -> int:
    return int(re.findall(r"\d+", path.name)[-1])


def compress(path: Path, suffix: str = ".gz") -> Path:
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(PACK[suffix](path.read_bytes()))
    shutil.copystat(path, packed)
    path.unlink()
    return packed


@dataclass
class Follower:
    """Reads as the daemon does, and can be killed and started again. The path may be a pattern."""

    path: Path
    first_read: FirstRead = "all"
    clock: Clock = field(default_factory=Clock)
    time_of: TimeOf = stamp_of
    checkpoint: str | None = None
    rotated_to: Path | None = None
    heard: list[Batch] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = self.build()

    def build(self) -> File | Pattern:
        kind = Pattern if is_pattern(self.path) else File
        return kind(
            "mail",
            self.path,
            checkpoint=self.checkpoint,
            start=Start(self.first_read, self.clock()),
            time_of=self.time_of,
            max_alert_age=timedelta(hours=1),
            clock=self.clock,
            rotated_to=self.rotated_to,
        )

    def read(self, limit: int = 1 << 20) -> bytes | None:
        """Read and commit one batch."""
        batch = self.source.read(limit)
        self.gaps += self.source.gaps()
        self.keep_start()
        if batch is None:
            return None
        self.heard.append(batch)
        self.checkpoint = batch.checkpoint
        return batch.block

    def keep_start(self) -> None:
        if self.checkpoint is None and self.source.started:
            self.checkpoint = self.source.started.checkpoint

    def read_all(self, limit: int = 1 << 20) -> bytes:
        return b"".join(iter(lambda: self.read(limit) or b"", b""))

    def read_in_vain(self, limit: int = 1 << 20) -> None:
        """A batch that is never committed: killed in between."""
        self.source.read(limit)
        self.restart()

    def restart(self) -> None:
        self.keep_start()
        self.source.close()
        self.source = self.build()

    def __del__(self) -> None:
        """A process that ends closes its files; a thousand tests are one process."""
        self.source.close()

    @property
    def text(self) -> bytes:
        return b"".join(batch.block for batch in self.heard)
