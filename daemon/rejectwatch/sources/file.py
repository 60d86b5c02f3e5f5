"""A log file, followed through rotation: what has been read is known by content, so no line is lost or read twice.

The source remembers a mark for each of the last generations. When the files in the folder change, marks and
files are matched by content, and what has unread lines is read, oldest first: the rest of a file that was
renamed, its copy if it was copied and truncated, files that came and went while nobody was reading, a late
line of a writer that still has the old file open. There is one way for all of these, and it is also the way
after a restart: whatever is not in the marks can be found again from them.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rejectwatch.facts import Batch
from rejectwatch.sources.begin import TimeOf, last_line_end, place
from rejectwatch.sources.content import Content, Gzip, close_all, inode_of, open_content, read_lines
from rejectwatch.sources.identity import Mark, dump_marks, load_marks, mark
from rejectwatch.sources.interface import BLOCK, NotReadable, Start, Started, pack, since, unpack
from rejectwatch.sources.permission import how_to_allow

log = logging.getLogger(__name__)

REMEMBERED = 8
"""So many generations are known again, should somebody still write to one of them."""

_ROTATED = re.compile(r"[.-](?P<number>\d{1,3})(?:\.gz)?|[.-](?P<date>\d[\d_T.:-]{5,}\d)(?:\.gz)?")
"""What logrotate and exicyclog put behind the name: mail.log.1, mail.log.2.gz, maillog-20261124, mainlog.01"""

Result = TypeVar("Result")
Snapshot = list[tuple[Path, str, int, int]]


class _Generation:
    """A generation with its mark and, while it is read or watched for late lines, its open file."""

    def __init__(self, mark: Mark, content: Content | None, now: datetime) -> None:
        self.mark = mark
        self.content = content
        self.heard = now

    def is_same_file(self, file: Content) -> bool:
        if self.content:
            return file.inode == self.content.inode
        return file.inode == self.mark.inode and self.mark.fits(file)

    def is_in(self, file: Content) -> bool:
        """Whether this file, under whatever name, holds what this generation holds."""
        return self.is_same_file(file) or self.mark.fits(file)

    def has_lines(self) -> bool:
        return self.content is not None and self.content.size() > 0

    def release(self) -> None:
        if self.content:
            self.content.close()
        self.content = None


class File:
    """Follows one path. `linger`: how long a file that was rotated is kept open for late lines."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        checkpoint: str | None,
        start: Start,
        time_of: TimeOf,
        max_alert_age: timedelta,
        clock: Callable[[], datetime],
        linger: timedelta = timedelta(minutes=1),
    ) -> None:
        self.name = name
        self.started: Started | None = None
        self._path = path
        self._start = start
        self._time_of = time_of
        self._max_alert_age = max_alert_age
        self._clock = clock
        self._linger = linger
        self._trouble: str | None = None
        self._seen: Snapshot | None = None
        marks = load_marks(unpack(checkpoint)["marks"]) if checkpoint else []
        self._generations = [_Generation(one, None, clock()) for one in marks]
        self._was_missing = _is_missing(path)
        self._try(self._look)

    def read(self, limit: int = BLOCK) -> Batch | None:
        self._trouble = None
        batch = self._unread_lines(limit, [one for one in self._generations if one.mark.position])
        if batch:
            return batch
        self._try(self._look)  # also before a file is begun: only now is it decided that it is the next one
        return self._unread_lines(limit, self._generations)

    def unread(self) -> int:
        return sum(
            max(one.content.size() - one.mark.position, 0)
            for one in self._generations
            if one.content is not None
        )

    def watched(self) -> set[Path]:
        return {self._path.parent}

    def fileno(self) -> int | None:
        return None

    def trouble(self) -> str | None:
        return self._trouble

    def close(self) -> None:
        for one in self._generations:
            one.release()

    # ── reading what is open ──

    def _unread_lines(self, limit: int, generations: list[_Generation]) -> Batch | None:
        for one in generations:
            batch = self._try(self._advance, one, limit)
            if batch:
                return batch
        return None

    def _advance(self, one: _Generation, limit: int) -> Batch | None:
        if one.content is None:
            return None
        before = one.mark
        try:
            lines = read_lines(one.content, before.position, limit, before.overlap)
        except OSError:  # a descriptor of a network file system can be stale: it is opened again
            one.release()
            raise
        if not before.follows(lines.before):
            self._rewritten(one)
            return None
        if not lines.block:
            return None
        one.heard = self._clock()
        one.mark = self._named(before, one.content).after(one.content, lines)
        return self._batch(before.position, one.mark, one.content, lines.block)

    def _named(self, before: Mark, content: Content) -> Mark:
        """A generation gets its name for good with its first lines; before, its file may have been empty."""
        if before.position:
            return before
        return mark(content, 0, {one.mark.generation for one in self._generations if one.mark is not before})

    def _rewritten(self, one: _Generation) -> None:
        log.info(
            "%s: what was read up to %d is no longer there; looking where it went",
            self.name,
            one.mark.position,
        )
        one.release()
        self._seen = None

    def _batch(self, start: int, after: Mark, content: Content, block: bytes) -> Batch:
        return Batch(
            source=self.name,
            generation=after.generation,
            block=block,
            start=start,
            end=after.position,
            position_of=start.__add__,
            checkpoint=self._checkpoint(),
            nearest=written_at(content),
            alert_from=self._clock() - self._max_alert_age,
        )

    def _checkpoint(self) -> str:
        """The marks as far as lines were read: files behind them are new files, whenever they are found."""
        marks = [one.mark for one in self._generations]
        while len(marks) > 1 and not marks[-1].position:
            marks.pop()
        return pack(marks=dump_marks(marks))

    # ── finding what to read ──

    def _look(self) -> None:
        """Match marks and files, and open what has unread lines."""
        self._release_the_quiet()
        if self._generations and self._is_settled(self._generations[-1]):
            return
        snapshot = _snapshot(self._path)
        has_path = bool(snapshot) and snapshot[-1][0] == self._path
        if not has_path:
            self._trouble = f"{self._path} does not exist; it is read as soon as it is there"
        if snapshot == self._seen:
            return
        files = self._open(snapshot)
        if _names(_snapshot(self._path)) != _names(snapshot):
            close_all(files)  # renamed under our hands: one could have been missed
            return
        self._take(files, has_path=has_path)
        self._seen = snapshot

    def _is_settled(self, one: _Generation) -> bool:
        """Whether this is the file that is being written; one that was not yet begun may have been replaced."""
        if one.content is None or not one.mark.position:
            return False
        try:
            return inode_of(self._path.stat()) == one.content.inode
        except FileNotFoundError:
            return False

    def _release_the_quiet(self) -> None:
        """Let go of rotated files that nobody has written to for a while."""
        for one in self._generations[:-1]:
            if self._clock() - one.heard >= self._linger:
                one.release()

    def _open(self, snapshot: Snapshot) -> list[Content]:
        """The files that can be read; that the log itself can't is an error, and nothing is decided without it."""
        files = []
        for path, *_ in snapshot:
            try:
                files.append(open_content(path))
            except (OSError, NotReadable) as error:
                if path == self._path:
                    close_all(files)
                    raise
                log.warning("%s: a rotated file can't be read: %s", self.name, error)
        return files

    def _take(self, files: list[Content], *, has_path: bool) -> None:
        at_path = files[-1] if has_path else None
        if not self._generations:
            if at_path:
                self._first_start(files)
        else:
            waiting = self._not_begun(files)
            new = [self._generation(file, 0) for file in self._unknown(files, at_path)]
            self._generations += waiting + new
        if self._generations:
            self._forget()
        held = {id(one.content) for one in self._generations}
        close_all(file for file in files if id(file) not in held)

    def _not_begun(self, files: list[Content]) -> list[_Generation]:
        """Forget the files that were not begun: they are found again, unless they were removed and only we hold them."""
        waiting: list[_Generation] = []
        while len(self._generations) > 1 and not self._generations[-1].mark.position:
            waiting.insert(0, self._generations.pop())
        first = self._generations[0]
        if first.content and not first.mark.position and not first.mark.fits(first.content):
            first.release()  # not begun, and in the file is another content by now
        gone = [one for one in waiting if one.mark.length and not any(one.is_in(file) for file in files)]
        for one in set(waiting) - set(gone):
            one.release()
        return gone

    def _generation(self, file: Content, position: int) -> _Generation:
        taken = {one.mark.generation for one in self._generations}
        return _Generation(mark(file, position, taken), file, self._clock())

    def _first_start(self, files: list[Content]) -> None:
        index, position = self._beginning(files)
        self._generations = [self._generation(files[index], position)]
        self._generations += [self._generation(file, 0) for file in files[index + 1 :]]
        first = self._generations[0].mark
        self.started = Started(
            first.generation, first.position, self._start.now, since(self._start), self._checkpoint()
        )

    def _beginning(self, files: list[Content]) -> tuple[int, int]:
        """Which file to begin with, and where in it."""
        newest, moment = len(files) - 1, since(self._start)
        if self._start.first_read == "end":
            return newest, 0 if self._was_missing else last_line_end(files[newest])
        return place(files, moment, self._time_of) if moment else (newest, 0)

    def _unknown(self, files: list[Content], at_path: Content | None) -> list[Content]:
        """The files that no mark was made in and that are newer than what is read last."""
        owned = self._owned(files, at_path)
        for one, own in owned.items():
            self._reopen(one, own, at_path)
        newest = self._generations[-1]
        if own := owned.get(newest, []):
            behind = files[max(map(files.index, own)) + 1 :]
        else:
            behind = [file for file in files if file is at_path or file.modified() > newest.mark.modified]
            self._warn_if_lost(newest)
        taken = [file for own in owned.values() for file in own]
        return [file for file in behind if file not in taken]

    def _owned(self, files: list[Content], at_path: Content | None) -> dict[_Generation, list[Content]]:
        """The files of each generation, the best first: the very same file, else one of the same content."""
        free, owned = list(files), {}
        known = [one for one in reversed(self._generations) if one.mark.length]
        for one in known:
            if same := [file for file in free if one.is_same_file(file)]:
                owned[one] = same
                free.remove(same[0])
        for one in known:
            # A file that was renamed has no copies but compressed ones: others only begin with the same lines.
            copied = one not in owned or owned[one] == [at_path]
            own = [file for file in free if (copied or isinstance(file, Gzip)) and one.mark.fits(file)]
            own.sort(key=lambda file: isinstance(file, Gzip))
            owned.setdefault(one, []).extend(own)
            free = [file for file in free if file not in own]
        return {one: own for one, own in owned.items() if own}

    def _reopen(self, one: _Generation, own: list[Content], at_path: Content | None) -> None:
        """Open the best file of a generation, if there is more to read; one that is open stays so."""
        if one.content and (own[0] is not at_path or one.is_same_file(own[0])):
            return
        one.release()
        if own[0] is at_path or own[0].holds_more(one.mark.position):
            one.content = own[0]

    def _warn_if_lost(self, newest: _Generation) -> None:
        if newest.content is None and newest.mark.length:
            log.warning("%s: the file that was read last is gone; its last lines may be lost", self.name)

    def _forget(self) -> None:
        """Marks in files that never had a line, and those too old to matter; none whose file is open."""
        last = self._generations[-1]
        kept = [one for one in self._generations if one is last or one.mark.position or one.has_lines()]
        old = [one for one in kept[:-1] if one.content is None][:-REMEMBERED]
        for one in set(self._generations) - set(kept):
            one.release()
        self._generations = [one for one in kept if one not in old]

    def _try(self, attempt: Callable[..., Result], *what: Any) -> Result | None:
        """What can't be read is a state, not the end: it is told, and tried again at the next read."""
        try:
            return attempt(*what)
        except PermissionError as error:
            self._trouble = how_to_allow(Path(error.filename or self._path))
        except (OSError, NotReadable) as error:
            self._trouble = str(error)
        self._seen = None
        return None


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _names(snapshot: Snapshot) -> list[tuple[Path, str]]:
    return [(path, inode) for path, inode, *_ in snapshot]


def _snapshot(path: Path) -> Snapshot:
    """The log and its rotated siblings as they are now, oldest first."""
    found = []
    for one in [*_rotated(path), path]:
        try:
            status = one.stat()
        except FileNotFoundError:
            continue
        found.append((one, inode_of(status), status.st_size, status.st_mtime_ns))
    return found


def _rotated(path: Path) -> list[Path]:
    """Oldest first, as their names tell; by their times where one folder mixes two ways of naming."""
    found = []
    with suppress(PermissionError), os.scandir(path.parent) as entries:
        for entry in entries:
            name = _ROTATED.fullmatch(entry.name.removeprefix(path.name))
            if name and entry.name.startswith(path.name) and entry.is_file(follow_symlinks=False):
                found.append((name, entry))
    if len({name["number"] is None for name, _ in found}) > 1:
        found.sort(key=lambda one: one[1].stat().st_mtime_ns)
    else:
        found.sort(key=lambda one: (-int(one[0]["number"] or 0), one[0]["date"] or ""))
    return [Path(entry.path) for _, entry in found]


def written_at(content: Content) -> datetime:
    return datetime.fromtimestamp(content.modified() / 1e9, UTC)
