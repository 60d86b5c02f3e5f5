"""A log file, followed through rotation: what has been read is known by content, so no line is lost or read twice.

The source remembers a mark for each of the last generations. When the files in the folder change, marks and
files are matched by content, and what has unread lines is read, oldest first: the rest of a file that was
renamed, its copy if it was copied and truncated, files that came and went while nobody was reading, a late
line of a writer that still has the old file open. There is one way for all of these, and it is also the way
after a restart: whatever is not in the marks can be found again from them.

What can't be found is a gap. It is told when reading goes on behind it. A rotated file that could not be read is
tried again as soon as it changes: the rest of a file that was begun is read then, a file that was never begun is
not, because its lines are older than those that have been read since; `rejectwatch import` takes them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rejectwatch.facts import Batch, Gap, GapReason
from rejectwatch.sources.begin import TimeOf, last_line_end, place
from rejectwatch.sources.content import Content, Packed, close_all, inode_of, open_content, read_lines
from rejectwatch.sources.gaps import Gaps
from rejectwatch.sources.generations import Generation, begun, matched
from rejectwatch.sources.identity import Mark, dump_marks, load_marks, mark
from rejectwatch.sources.interface import BLOCK, NotReadable, Start, Started, pack, since, unpack
from rejectwatch.sources.permission import how_to_allow
from rejectwatch.sources.siblings import (
    Seen,
    glance_at,
    is_missing,
    is_packed,
    names,
    snapshot,
    without_copies,
)

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class File:
    """Follows one path.

    `rotated_to`: where rotated files go, if not into the folder of the log. `taken`: the names that generations of
    other logs have. `has_appeared`: the log was not there at the start, so that it is read from its first line.
    `linger`: how long a file that was rotated is kept open for late lines.
    """

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
        rotated_to: Path | None = None,
        taken: Callable[[], Collection[str]] = tuple,
        has_appeared: bool = False,
        linger: timedelta = timedelta(minutes=1),
    ) -> None:
        self.name = name
        self.started: Started | None = None
        self._path = path
        self._start = start
        self._time_of = time_of
        self._max_alert_age = max_alert_age
        self._clock = clock
        self._rotated_to = rotated_to
        self._taken = taken
        self._linger = linger
        self._gaps = Gaps()
        self._closed: list[Seen] = []
        self._torn: list[Seen] = []
        self._trouble: str | None = None
        self._seen: list[Seen] | None = None
        marks = load_marks(unpack(checkpoint)["marks"]) if checkpoint else []
        self._generations = [Generation(one, None, clock()) for one in marks]
        self._has_appeared = has_appeared or is_missing(path)
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
        folder = self._path.parent
        return {folder} if self._rotated_to is None else {folder, folder / self._rotated_to}

    def fileno(self) -> int | None:
        return None

    def at_end(self) -> bool:
        return True

    def trouble(self) -> str | None:
        return self._trouble

    def gaps(self) -> list[Gap]:
        return self._gaps.take()

    def close(self) -> None:
        for one in self._generations:
            one.release()

    # ── one of several logs ──

    @property
    def marks(self) -> list[Mark]:
        """As far as lines were read: files behind them are new files, whenever they are found."""
        marks = [one.mark for one in self._generations]
        while len(marks) > 1 and not marks[-1].position:
            marks.pop()
        return marks

    def is_gone(self) -> bool:
        """Whether there is neither the log nor a rotated one that could be taken for a log."""
        return is_missing(self._path) and all(is_packed(one.path) for one in self._snapshot())

    def part_with(self, content: Content) -> Mark | None:
        """The mark of a generation that has moved into this file, which somebody else follows from now on."""
        for one in self._generations:
            is_in = one.is_same_file(content) or (one.mark.position > 0 and one.fits(content))
            if is_in and not self._is_here(one):
                self._generations.remove(one)
                one.release()
                self._has_appeared, self._seen = True, None
                return one.mark
        return None

    def _is_here(self, one: Generation) -> bool:
        """Whether the log itself still is this generation."""
        here = glance_at(self._path)
        content = one.content
        return content is not None and here is not None and here.inode == content.inode and one.fits(content)

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
            self._is_other(one, one.content)
            return None
        one.is_quiet = not lines.block
        if one.is_quiet:
            self._at_its_end(one, one.content)
            return None
        if not (before.position or self._is_next()):
            return None
        one.heard = self._clock()
        one.mark = self._named(before, one.content).after(one.content, lines)
        if (cut := lines.end - before.position - len(lines.block)) > 0:
            self._note("damaged", one.mark, f"{one.content.path}: {cut} bytes of a line without an end")
        return self._batch(before.position, one.mark, one.content, lines.block)

    def _is_next(self) -> bool:
        """Whether a file may be begun, now that its first lines are read: another could have come before it.

        Between looking and reading, the log may have been written, copied, truncated and written again: these
        lines are then not the ones that come next. The copy was there before they were.
        """
        if self._seen is None or names(self._snapshot()) != names(self._seen):
            self._seen = None
            return False
        return True

    def _named(self, before: Mark, content: Content) -> Mark:
        """A generation gets its name for good with its first lines; before, its file may have been empty."""
        if before.position:
            return before
        others = {one.mark.generation for one in self._generations if one.mark is not before}
        return mark(content, 0, {*self._taken(), *others})

    def _is_other(self, one: Generation, content: Content) -> None:
        """What was read before this place is not there."""
        if isinstance(content, Packed) and (content.damage or one.outran(content)):
            self._at_its_end(one, content)
            return
        if isinstance(content, Packed):
            one.is_not_in(content)
        log.info(
            "%s: what was read up to %d is no longer there; looking where it went",
            self.name,
            one.mark.position,
        )
        one.release()
        self._seen = None

    def _at_its_end(self, one: Generation, content: Content) -> None:
        """Nothing is ever written to a compressed file: it is left, and what is torn off is a gap."""
        if not isinstance(content, Packed):
            return
        if content.damage:
            self._tell_torn(one, content, content.damage)
        one.mark, one.is_done = replace(one.mark, spent=content.stamp), True
        one.release()

    def _tell_torn(self, one: Generation, content: Content, damage: str) -> None:
        later = self._generations[self._generations.index(one) + 1 :]
        if one.mark.position > one.reopened_at or not any(other.mark.position for other in later):
            self._note("damaged", one.mark, f"{content.path}: {damage}")
        self._torn.extend(filter(None, [glance_at(content.path)]))

    def _batch(self, start: int, after: Mark, content: Content, block: bytes) -> Batch:
        now = self._clock()
        return Batch(
            source=self.name,
            generation=after.generation,
            block=block,
            start=start,
            end=after.position,
            position_of=start.__add__,
            checkpoint=self._checkpoint(),
            nearest=written_at(content),
            alert_from=now - self._max_alert_age,
            read_at=now,
        )

    def _checkpoint(self) -> str:
        return pack(marks=dump_marks(self.marks))

    # ── finding what to read ──

    def _look(self) -> None:
        """Match marks and files, and open what has unread lines."""
        self._release_the_quiet()
        if self._generations and self._is_settled(self._generations[-1]) and self._are_as_bad():
            return
        now_there = self._snapshot()
        has_path = bool(now_there) and now_there[-1].path == self._path
        if not has_path and not self._was_renamed():
            self._trouble = f"{self._path} does not exist; it is read as soon as it is there"
        if now_there == self._seen:
            return
        files = self._open(now_there)
        try:
            if names(self._snapshot()) == names(
                now_there
            ):  # else renamed under our hands: one could be missing
                self._take(files, files[-1] if has_path else None)
                self._seen = now_there
        finally:
            held = {id(one.content) for one in self._generations}
            close_all(file for file in files if id(file) not in held)

    def _snapshot(self) -> list[Seen]:
        return snapshot(self._path, self._rotated_to)

    def _are_as_bad(self) -> bool:
        """Whether the files that could not be read are as they were."""
        return all(glance_at(one.path) == one for one in self._closed + self._torn)

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
            if one.is_quiet and self._clock() - one.heard >= self._linger:
                one.release()

    def _open(self, seen: list[Seen]) -> list[Content]:
        """The files that can be read; that the log itself can't is an error, and nothing is decided without it."""
        files: list[Content] = []
        told, self._closed = self._closed, []
        self._torn = [one for one in self._torn if one in seen]
        for one in seen:
            try:
                files.append(open_content(one.path))
            except FileNotFoundError:
                continue  # renamed in the meantime, which is noticed
            except (OSError, NotReadable) as error:
                if one.path == self._path:
                    close_all(files)
                    raise
                if one not in told:
                    about = {"source": self.name}
                    log.warning("%s: a rotated file can't be read: %s", self.name, error, extra=about)
                self._closed.append(one)
        wanted = without_copies(files)
        close_all(file for file in files if file not in wanted)
        return wanted

    def _take(self, files: list[Content], at_path: Content | None) -> None:
        now, taken = self._clock(), self._taken()
        if self._generations:
            self._generations = matched(self._generations, files, at_path, now, taken, self._passed)
        elif at_path:
            index, position = self._beginning(files)
            for file in files[index:]:
                others = {*taken, *(one.mark.generation for one in self._generations)}
                self._generations.append(begun(file, position, others, now))
                position = 0
            self._tell_start()

    def _passed(self, one: Generation) -> None:
        """Reading goes on behind this generation: what is left behind unread, or may be, is a gap."""
        closed = [seen for seen in self._closed if self._may_hold_unread(seen, one)]
        if closed:
            more = f" and {len(closed) - 1} more" if len(closed) > 1 else ""
            self._note("unreadable", one.mark, f"{closed[-1].path}{more}")
        elif one.may_be_lost():
            self._note("removed", one.mark, str(self._path))

    def _may_hold_unread(self, seen: Seen, last: Generation) -> bool:
        """Whether lines behind those that were read last may stand in this file, as far as its folder tells."""
        for one in self._generations:
            if one.content and one.content.inode == seen.inode:
                return False
            if one.mark.inode == seen.inode:
                return seen.size > one.mark.position
        return seen.modified > last.mark.modified

    def _note(self, reason: GapReason, at: Mark, detail: str) -> None:
        self._gaps.note(Gap(self.name, reason, at.generation, at.position, detail))

    def _tell_start(self) -> None:
        first = self._generations[0].mark
        self.started = Started(
            first.generation,
            first.position,
            self._start.now,
            since(self._start),
            self._checkpoint(),
            self._start.left,
        )

    def _beginning(self, files: list[Content]) -> tuple[int, int]:
        """Which file to begin with, and where in it."""
        newest, moment = len(files) - 1, since(self._start)
        if moment is None:
            return newest, 0
        if self._start.first_read == "end" and not self._has_appeared:
            return newest, last_line_end(files[newest])
        index, position = place(files, moment, self._time_of)
        return index, 0 if self._has_appeared and index == newest else position

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
