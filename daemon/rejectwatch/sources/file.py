"""A log file, followed through rotation: what has been read is known by content, so no line is lost or read twice.

The source remembers a mark for each of the last generations. When the files in the folder change, marks and
files are matched by content, and what has unread lines is read, oldest first: the rest of a file that was
renamed, its copy if it was copied and truncated, files that came and went while nobody was reading, a late
line of a writer that still has the old file open. There is one way for all of these, and it is also the way
after a restart: whatever is not in the marks can be found again from them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.begin import TimeOf, last_line_end, place
from rejectwatch.sources.content import Content, close_all, inode_of, open_content, read_lines
from rejectwatch.sources.generations import Generation, begun, matched
from rejectwatch.sources.identity import Mark, dump_marks, load_marks, mark
from rejectwatch.sources.interface import BLOCK, NotReadable, Start, Started, pack, since, unpack
from rejectwatch.sources.permission import how_to_allow
from rejectwatch.sources.siblings import Seen, is_missing, names, snapshot

log = logging.getLogger(__name__)

Result = TypeVar("Result")


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
        self._seen: list[Seen] | None = None
        marks = load_marks(unpack(checkpoint)["marks"]) if checkpoint else []
        self._generations = [Generation(one, None, clock()) for one in marks]
        self._was_missing = is_missing(path)
        self._try(self._look)

    def read(self, limit: int = BLOCK) -> Batch | None:
        self._trouble = None
        batch = self._unread_lines(limit, [one for one in self._generations if one.mark.position])
        if batch:
            return batch
        for _ in range(3):  # when files change while we look, look again
            self._try(self._look)
            batch = self._unread_lines(limit, self._generations)
            if batch or self._seen is not None:
                break
        return batch

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

    def at_end(self) -> bool:
        return True

    def trouble(self) -> str | None:
        return self._trouble

    def gaps(self) -> list[Gap]:
        return []

    def close(self) -> None:
        for one in self._generations:
            one.release()

    # ── reading what is open ──

    def _unread_lines(self, limit: int, generations: list[Generation]) -> Batch | None:
        for one in generations:
            batch = self._try(self._advance, one, limit)
            if batch:
                return batch
        return None

    def _advance(self, one: Generation, limit: int) -> Batch | None:
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
        if not lines.block or not (before.position or self._is_next()):
            return None
        one.heard = self._clock()
        one.mark = self._named(before, one.content).after(one.content, lines)
        return self._batch(before.position, one.mark, one.content, lines.block)

    def _is_next(self) -> bool:
        """Whether a file may be begun, now that its first lines are read: another could have come before it.

        Between looking and reading, the log may have been written, copied, truncated and written again: these
        lines are then not the ones that come next. The copy was there before they were.
        """
        if self._seen is None or names(snapshot(self._path)) != names(self._seen):
            self._seen = None
            return False
        return True

    def _named(self, before: Mark, content: Content) -> Mark:
        """A generation gets its name for good with its first lines; before, its file may have been empty."""
        if before.position:
            return before
        return mark(content, 0, {one.mark.generation for one in self._generations if one.mark is not before})

    def _rewritten(self, one: Generation) -> None:
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
        now_there = snapshot(self._path)
        has_path = bool(now_there) and now_there[-1].path == self._path
        if not has_path and not self._was_renamed():
            self._trouble = f"{self._path} does not exist; it is read as soon as it is there"
        if now_there == self._seen:
            return
        files = self._open(now_there)
        try:
            if names(snapshot(self._path)) == names(
                now_there
            ):  # else renamed under our hands: one could be missing
                self._take(files, files[-1] if has_path else None)
                self._seen = now_there
        finally:
            held = {id(one.content) for one in self._generations}
            close_all(file for file in files if id(file) not in held)

    def _was_renamed(self) -> bool:
        """Rotated, and nobody has logged since: many loggers make the new file with its first line."""
        last = self._generations[-1].content if self._generations else None
        return last is not None and last.has_a_name()

    def _is_settled(self, one: Generation) -> bool:
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

    def _open(self, seen: list[Seen]) -> list[Content]:
        """The files that can be read; that the log itself can't is an error, and nothing is decided without it."""
        files = []
        for one in seen:
            try:
                files.append(open_content(one.path))
            except FileNotFoundError:
                continue  # renamed in the meantime, which is noticed
            except (OSError, NotReadable) as error:
                if one.path == self._path:
                    close_all(files)
                    raise
                log.warning("%s: a rotated file can't be read: %s", self.name, error)
        return files

    def _take(self, files: list[Content], at_path: Content | None) -> None:
        now = self._clock()
        if self._generations:
            self._generations = matched(self._generations, files, at_path, now)
        elif at_path:
            index, position = self._beginning(files)
            for file in files[index:]:
                self._generations.append(begun(file, position, self._generations, now))
                position = 0
            self._tell_start()

    def _tell_start(self) -> None:
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

    def _try(self, attempt: Callable[..., Result], *what: Any) -> Result | None:
        """What can't be read is a state, not the end: it is told, and tried again at the next read."""
        try:
            return attempt(*what)
        except PermissionError as error:
            self._trouble = how_to_allow(Path(error.filename or self._path))
        except OSError as error:
            self._trouble = f"{error.filename or self._path} can't be read: {error.strerror}"
        except NotReadable as error:
            self._trouble = str(error)
        self._seen = None
        return None


def written_at(content: Content) -> datetime:
    return datetime.fromtimestamp(content.modified() / 1e9, UTC)
