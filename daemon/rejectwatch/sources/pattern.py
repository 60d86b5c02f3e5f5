"""All logs that a pattern matches, as one source: each is followed as if it were alone.

A file is no log of its own if its name is that of a rotated one of another log, if it is compressed, if it is
a second name of another, or Exim's rejectlog beside its mainlog: it would be read twice. A log that was moved to another name goes on where it was. Only
regular files are read; a symbolic link in a folder of logs may have been put there by somebody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from glob import glob
from operator import attrgetter
from os import F_OK, R_OK, X_OK, access
from pathlib import Path
from typing import Any

from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.begin import TimeOf
from rejectwatch.sources.content import inode_of, kind_of, open_content
from rejectwatch.sources.file import File
from rejectwatch.sources.identity import Mark, dump_marks, load_marks
from rejectwatch.sources.interface import BLOCK, NotReadable, Start, Started, pack, since, unpack
from rejectwatch.sources.permission import how_to_list
from rejectwatch.sources.rejectlog import mainlog_among
from rejectwatch.sources.siblings import is_packed, is_sibling, snapshot

log = logging.getLogger(__name__)

MOST = 256
"""So many logs are followed, those that were written last; the checkpoint holds marks of each."""

REMEMBERED = timedelta(days=1)
"""So long after its last line a log that is gone is known, should it come back."""

EVERY = timedelta(seconds=1)
"""How often new logs are looked for while the others bring lines without an end."""

TRIED = 10
"""A stamp is looked for in so many of the last lines of a block."""

FAR_PAST = datetime.min.replace(tzinfo=UTC)


def is_pattern(path: Path) -> bool:
    return any(sign in str(path) for sign in "*?[")


@dataclass(slots=True)
class _Followed:
    """A log, and the time of the last line that was read of it."""

    file: File
    at: datetime = FAR_PAST


class Pattern:
    """Takes what `File` takes, with a pattern for the path."""

    def __init__(
        self,
        name: str,
        pattern: Path,
        *,
        checkpoint: str | None,
        start: Start,
        time_of: TimeOf,
        max_alert_age: timedelta,
        clock: Callable[[], datetime],
        rotated_to: Path | None = None,
    ) -> None:
        self.name = name
        self.started: Started | None = None
        self._pattern = pattern
        self._follow = partial(
            File, name, time_of=time_of, max_alert_age=max_alert_age, clock=clock, rotated_to=rotated_to
        )
        self._start = start
        self._since = since(start) or FAR_PAST
        self._time_of = time_of
        self._clock = clock
        self._rotated_to = rotated_to
        self._followed: dict[Path, _Followed] = {}
        self._logs: list[Path] = []
        self._told: set[str] = set()
        stored = {} if checkpoint is None else unpack(checkpoint)
        self._is_first = "files" not in stored
        """While the logs are found that are there at the very start."""
        self._single = load_marks(stored.get("marks", [])) if self._is_first else []
        """What was read when the source was a single log, which is one of these now."""
        if not self._is_first:
            self._restore(stored)
        self._look()
        self._is_first = False

    def read(self, limit: int = BLOCK) -> Batch | None:
        if self._clock() - self._looked >= EVERY:
            self._look()
        batch = self._next(limit)
        if batch is None and self._look():
            batch = self._next(limit)
        return batch

    def unread(self) -> int:
        return sum(one.file.unread() for one in self._followed.values())

    def watched(self) -> set[Path]:
        folders = {Path(folder) for folder in glob(str(self._pattern.parent))}  # noqa: PTH207 — a Path has no absolute patterns
        return folders.union(*(one.file.watched() for one in self._followed.values()))

    def fileno(self) -> int | None:
        return None

    def at_end(self) -> bool:
        return True

    def trouble(self) -> str | None:
        """Of a log that is gone nothing is said: patterns are there for logs that come and go."""
        folder = self._pattern.parent
        if access(folder, F_OK) and not access(folder, R_OK | X_OK):
            return how_to_list(folder)
        if not self._logs:
            return f"no log matches {self._pattern}; it is read as soon as it is there"
        followed = [self._followed[path] for path in self._logs if path in self._followed]
        troubles = sorted({trouble for one in followed if (trouble := one.file.trouble())})
        return "; ".join(troubles) or None

    def gaps(self) -> list[Gap]:
        return [gap for one in self._followed.values() for gap in one.file.gaps()]

    def close(self) -> None:
        for one in self._followed.values():
            one.file.close()

    # ── reading ──

    def _next(self, limit: int) -> Batch | None:
        """The next lines of the log that is furthest behind."""
        for one in sorted(self._followed.values(), key=attrgetter("at")):
            if (batch := one.file.read(limit)) is not None:
                one.at = self._last_time(batch) or one.at
                return replace(batch, checkpoint=self._checkpoint())
        return None

    def _last_time(self, batch: Batch) -> datetime | None:
        end = len(batch.block)
        for _ in range(TRIED):
            start = batch.block.rfind(b"\n", 0, end - 1) + 1
            if start == end or (at := self._time_of(batch.block[start:end], batch.nearest)) is not None:
                return None if start == end else at
            end = start
        return None

    def _checkpoint(self) -> str:
        """`marks` are those of all logs, one log after the other; `files` tells how many each has."""
        marks = {path: one.file.marks for path, one in self._followed.items()}
        return pack(
            marks=dump_marks(mark for of_one in marks.values() for mark in of_one),
            files=[(str(path), len(of_one)) for path, of_one in marks.items()],
            since=self._since.isoformat(),
        )

    def _restore(self, stored: Any) -> None:
        self._since = datetime.fromisoformat(stored["since"])
        marks = iter(load_marks(stored["marks"]))
        for path, count in stored["files"]:
            self._begin(Path(path), [next(marks) for _ in range(count)], has_appeared=False)

    # ── finding ──

    def _look(self) -> bool:
        """Follow what is new; whether there is something."""
        self._looked = self._clock()
        self._logs = self._own_logs()
        new = [path for path in self._logs if path not in self._followed]
        for path in new:
            self._begin(path, self._known(path), has_appeared=not self._is_first)
        self._forget()
        self._tell_start()
        return bool(new)

    def _begin(self, path: Path, marks: list[Mark], *, has_appeared: bool) -> None:
        now = self._clock()
        file = self._follow(
            path,
            checkpoint=pack(marks=dump_marks(marks)) if marks else None,
            start=self._start if self._is_first else Start(now - self._since, now),
            taken=partial(self._names_but, path),
            has_appeared=has_appeared,
        )
        self._followed[path] = _Followed(file)

    def _tell_start(self) -> None:
        began = [one.file.started for one in self._followed.values() if one.file.started is not None]
        if self.started is None and began:
            self.started = replace(
                began[0], at=self._start.now, since=since(self._start), checkpoint=self._checkpoint()
            )

    def _names_but(self, path: Path) -> set[str]:
        """The names that generations of the other logs have: two keys must not be the same."""
        others = (one.file for other, one in self._followed.items() if other != path)
        return {mark.generation for file in others for mark in file.marks}

    def _own_logs(self) -> list[Path]:
        """What is to be followed, that which was written last at the end."""
        found: dict[Path, tuple[int, str]] = {}
        told: set[str] = set()
        for path in map(Path, glob(str(self._pattern))):  # noqa: PTH207 — as above
            with suppress(FileNotFoundError):  # renamed in the meantime
                status = path.lstat()
                if kind := kind_of(status):
                    told.add(f"{path} is {kind}: it is not read")
                elif not is_packed(path):
                    found[path] = status.st_mtime_ns, inode_of(status)
        own = self._without_rejectlogs(self._without_rotated(found), found, told)
        own = self._without_second_names(own, found, told)
        if len(own) > MOST:
            told.add(f"{self._pattern} matches {len(own)} logs: the {MOST} that were written last are read")
        for sentence in told - self._told:
            log.warning("%s: %s", self.name, sentence, extra={"source": self.name})
        self._told = told
        return own[-MOST:]

    def _without_rotated(self, found: dict[Path, tuple[int, str]]) -> list[Path]:
        logs = found.keys() | self._followed.keys()
        own = [path for path in found if not any(is_sibling(path, one, self._rotated_to) for one in logs)]
        return sorted(own, key=lambda path: (found[path], path))

    def _without_rejectlogs(
        self, own: list[Path], found: dict[Path, tuple[int, str]], told: set[str]
    ) -> list[Path]:
        """One that was read while its mainlog was not there is left, too."""
        logs = found.keys() | self._followed.keys()
        repeated = {path: main for path in logs if (main := mainlog_among(path, logs, self._rotated_to))}
        told.update(
            f"{path} repeats {main}: it is not read" for path, main in repeated.items() if path in own
        )
        for path in repeated.keys() & self._followed.keys():
            self._drop(path)
        return [path for path in own if path not in repeated]

    def _without_second_names(
        self, own: list[Path], found: dict[Path, tuple[int, str]], told: set[str]
    ) -> list[Path]:
        first: dict[str, Path] = {}
        for path in sorted(own, key=lambda path: (path not in self._followed, path)):
            other = first.setdefault(found[path][1], path)
            if other != path:
                told.add(f"{path} is the same file as {other}: it is not read again")
        return [path for path in own if first[found[path][1]] == path]

    def _known(self, path: Path) -> list[Mark]:
        """What was read of a new log already: under another name, or before it was known whose rotated one it was."""
        if self._single and self._holds(path, self._single[-1]):
            marks, self._single = self._single, []
            return marks
        rotated = [one for one in self._followed if is_sibling(one, path, self._rotated_to)]
        marks = [mark for one in rotated for mark in self._drop(one).marks]
        return sorted(marks, key=attrgetter("modified")) or self._moved(path)

    def _holds(self, path: Path, mark: Mark) -> bool:
        """Whether this log, or a rotated one of it, is the one that was read so far."""
        for one in snapshot(path, self._rotated_to):
            with suppress(OSError, NotReadable), closing(open_content(one.path)) as content:
                if mark.fits(content):
                    return True
        return False

    def _moved(self, path: Path) -> list[Mark]:
        with (
            suppress(OSError, NotReadable),
            closing(open_content(path)) as content,
        ):  # its follower will say so
            for one in self._followed.values():
                if (mark := one.file.part_with(content)) is not None:
                    return [mark]
        return []

    def _forget(self) -> None:
        for path in self._followed.keys() - set(self._logs):
            if self._is_over(path, self._followed[path].file):
                self._drop(path)

    def _is_over(self, path: Path, file: File) -> bool:
        """Whether nothing is to come from a log that is gone, or that others have crowded out."""
        if file.unread():
            return False
        if not file.is_gone():
            return len(self._logs) == MOST and path.exists()
        last = max((mark.modified for mark in file.marks), default=0)
        return self._clock() - datetime.fromtimestamp(last / 1e9, UTC) > REMEMBERED

    def _drop(self, path: Path) -> File:
        file = self._followed.pop(path).file
        file.close()
        return file
