"""A log and its rotated siblings, oldest first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rejectwatch.sources.content import Content, Packed, inode_of
from rejectwatch.sources.packed import SUFFIXES

_SUFFIX = re.compile(rf"(?:{'|'.join(map(re.escape, SUFFIXES))})$")
_NUMBER, _DATE = r"(?P<number>\d{1,3})", r"[._-](?P<date>\d[\d_T.:+-]{5,}\d)"
_BEHIND = re.compile(rf"[.-]{_NUMBER}|{_DATE}")
_INSIDE = re.compile(rf"\.{_NUMBER}|{_DATE}")


_ANYWHERE = re.compile(rf"[.-]{_NUMBER}(?=\.\D|$)|{_DATE}")


class Seen(NamedTuple):
    """A file as the folder shows it."""

    path: Path
    inode: str
    size: int
    modified: int
    changed: int
    """When it was written, renamed or given other permissions."""


class Rotated(NamedTuple):
    """What the name of a rotated file tells; neither number nor date: that it was only compressed."""

    number: int | None
    date: str

    @property
    def manner(self) -> str:
        """How names were made: those of one manner can be put in order."""
        return "number" if self.number is not None else re.sub(r"\d", "0", self.date)


def rotated(name: str, log: str) -> Rotated | None:
    """What this name tells, if it is one that rotation gives to this log.

    logrotate puts a number or a date behind the name, or in front of its extension, and then what it was
    packed with: mail.log.1, mail.log.2.gz, maillog-20261124.xz, mail.log-2026112413, mail.log-1764028800,
    mail-20261124.log.zst, mail.1.log. exicyclog: mainlog.01. `postfix logrotate`: maillog.20261124-235959.
    """
    stem, dot, extension = log.rpartition(".")
    if not name.startswith(stem or log):  # quickly said of most files in a folder
        return None
    bare = re.sub(_SUFFIX, "", name)
    if bare == log:
        return Rotated(None, "") if name != log else None
    if bare.startswith(log):
        found = _BEHIND.fullmatch(bare, len(log))
    elif stem and bare.startswith(stem) and bare.endswith(dot + extension):
        found = _INSIDE.fullmatch(bare, len(stem), len(bare) - len(dot + extension))
    else:
        return None
    return found and Rotated(int(found["number"]) if found["number"] else None, found["date"] or "")


def rank(name: str) -> tuple[bool, str, int]:
    """Puts the files of one log in order, oldest first, by their names alone; the log itself is the last."""
    found = _ANYWHERE.search(re.sub(_SUFFIX, "", name))
    date, number = (found["date"], found["number"]) if found else (None, None)
    return date is None, date or "", -1 - int(number) if number else 0


def before(path: Path) -> list[Seen]:
    """The files of the same log that were written before this one, as their names tell, oldest first."""
    bare = re.sub(_SUFFIX, "", path.name)
    found = _ANYWHERE.search(bare)
    log = path.with_name(bare if found is None else bare[: found.start()] + bare[found.end() :])
    seen = snapshot(log)
    at = next((at for at, one in enumerate(seen) if one.path == path), 0)
    return seen[:at]


def is_sibling(path: Path, log: Path, rotated_to: Path | None = None) -> bool:
    """Whether this file, as its name tells, is a rotated one of this log."""
    return path.parent in _folders(log, rotated_to) and rotated(path.name, log.name) is not None


def is_packed(path: Path) -> bool:
    """Whether its name says that it is compressed."""
    return path.name.endswith(SUFFIXES)


def snapshot(path: Path, rotated_to: Path | None = None) -> list[Seen]:
    """The log and its siblings as they are now; the log itself is the last, if it exists."""
    siblings = [seen for one in _siblings(path, rotated_to) if (seen := glance_at(one))]
    return [*siblings, *filter(None, [look_at(path)])]


def names(seen: list[Seen]) -> list[tuple[Path, str]]:
    """Which file has which name: this changes when a log is rotated, and not when it is written."""
    return [(one.path, one.inode) for one in seen]


def is_missing(path: Path) -> bool:
    """Whether it is known not to exist."""
    with suppress(PermissionError):
        return look_at(path) is None
    return False


def look_at(path: Path) -> Seen | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Seen(path, inode_of(status), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def glance_at(path: Path) -> Seen | None:
    """Of a sibling that nobody may look at nothing is known."""
    with suppress(PermissionError):
        return look_at(path)
    return None


def without_copies(files: list[Content]) -> list[Content]:
    """While a file is being compressed there are two of it, and what is packed already is not the whole."""
    plain = {file.path: file for file in files if not isinstance(file, Packed)}

    def is_copy(file: Content) -> bool:
        original = plain.get(file.path.with_suffix(""))
        return isinstance(file, Packed) and original is not None and original.head().startswith(file.head())

    return [file for file in files if not is_copy(file)]


def _siblings(path: Path, rotated_to: Path | None) -> list[Path]:
    """As their names tell; by their times where two ways of naming, or two folders, are mixed."""
    found = [one for folder in _folders(path, rotated_to) for one in _in_folder(folder, path.name)]
    if len({(one.parent, name.manner) for one, name in found}) > 1:
        found.sort(key=lambda one: getattr(glance_at(one[0]), "modified", 0))
    else:
        found.sort(key=lambda one: (-(one[1].number or 0), one[1].date))
    return [one for one, _ in found]


def _folders(path: Path, rotated_to: Path | None) -> list[Path]:
    return [path.parent] if rotated_to is None else [path.parent, path.parent / rotated_to]


def _in_folder(folder: Path, log: str) -> Iterator[tuple[Path, Rotated]]:
    with suppress(PermissionError, FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if (name := rotated(entry.name, log)) and entry.is_file(follow_symlinks=False):
                yield Path(entry.path), name
