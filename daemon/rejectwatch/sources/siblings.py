"""A log and its rotated siblings, oldest first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rejectwatch.sources.content import inode_of

_ROTATED = re.compile(r"[.-](?P<number>\d{1,3})(?:\.gz)?|[.-](?P<date>\d[\d_T.:-]{5,}\d)(?:\.gz)?")
"""What logrotate and exicyclog put behind the name: mail.log.1, mail.log.2.gz, maillog-20261124, mainlog.01"""


class Seen(NamedTuple):
    """A file as the folder shows it."""

    path: Path
    inode: str
    size: int
    modified: int


class Rotated(NamedTuple):
    path: Path
    number: int | None
    date: str


def snapshot(path: Path) -> list[Seen]:
    """The log and its siblings as they are now; the log itself is the last, if it exists."""
    return [seen for one in [*_rotated(path), path] if (seen := _look_at(one))]


def names(seen: list[Seen]) -> list[tuple[Path, str]]:
    """Which file has which name: this changes when a log is rotated, and not when it is written."""
    return [(one.path, one.inode) for one in seen]


def is_missing(path: Path) -> bool:
    """Whether it is known not to exist."""
    with suppress(PermissionError):
        return _look_at(path) is None
    return False


def _look_at(path: Path) -> Seen | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Seen(path, inode_of(status), status.st_size, status.st_mtime_ns)


def _rotated(path: Path) -> list[Path]:
    """As their names tell; by their times where one folder mixes two ways of naming."""
    found = list(_siblings(path))
    if len({one.number is None for one in found}) > 1:
        found.sort(key=lambda one: getattr(_look_at(one.path), "modified", 0))
    else:
        found.sort(key=lambda one: (-(one.number or 0), one.date))
    return [one.path for one in found]


def _siblings(path: Path) -> Iterator[Rotated]:
    with suppress(PermissionError, FileNotFoundError, NotADirectoryError), os.scandir(path.parent) as entries:
        for entry in entries:
            if not entry.name.startswith(path.name) or not entry.is_file(follow_symlinks=False):
                continue
            if name := _ROTATED.fullmatch(entry.name, len(path.name)):
                number = name["number"]
                yield Rotated(Path(entry.path), int(number) if number else None, name["date"] or "")
