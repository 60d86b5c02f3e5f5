"""Match what was read with the files that are there: what is whose, and what is new.

All of it is decided here, for a log that is followed and after a restart alike: by content first, by the
inode where contents are the same, by the order of the siblings for what was never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from rejectwatch.sources.content import Content, Packed
from rejectwatch.sources.identity import Mark, mark

REMEMBERED = 8
"""So many generations that were read are known again, should somebody still write to one of them."""


class Generation:
    """A generation with its mark and, while it is read or watched for late lines, its open file."""

    def __init__(self, mark: Mark, content: Content | None, now: datetime) -> None:
        self.mark = mark
        self.content = content
        self.heard = now
        # The last look at it found no more lines. One that waits for its turn is not looked at.
        self.is_quiet = False
        self.reopened_at = mark.position
        self.is_done = False
        self._others: set[str] = set()

    def is_same_file(self, file: Content) -> bool:
        if self.content:
            return file.inode == self.content.inode
        return file.inode == self.mark.inode and self.fits(file)

    def is_in(self, file: Content) -> bool:
        """Whether this file, under whatever name, holds what this generation holds."""
        return self.is_same_file(file) or self.fits(file)

    def fits(self, file: Content) -> bool:
        return file.stamp not in self._others and self.mark.fits(file)

    def outran(self, file: Content) -> bool:
        """Whether this is a copy that was made before the last lines were written, which were read all the same."""
        return self.mark.is_head_of(file) and file.size() <= self.mark.position

    def is_not_in(self, file: Content) -> None:
        """Remember of a compressed file that it only begins the same."""
        self._others.add(file.stamp)

    def reopen(self, file: Content) -> None:
        self.content, self.reopened_at = file, self.mark.position
        self.is_done = self.is_quiet = False

    def may_be_lost(self) -> bool:
        """Whether it has lines that were not read, for all that is known, and no file to read them from."""
        return self.content is None and self.mark.length > 0 and not self.is_done

    def is_worth_keeping(self) -> bool:
        """Not, if it never had a line."""
        return self.mark.position > 0 or (self.content is not None and self.content.size() > 0)

    def release(self) -> None:
        if self.content:
            self.content.close()
        self.content = None


def begun(file: Content, position: int, taken: Collection[str], now: datetime) -> Generation:
    """A file that nobody has read. `taken`: names of other generations."""
    return Generation(mark(file, position, taken), file, now)


def matched(
    generations: list[Generation],
    files: list[Content],
    at_path: Content | None,
    now: datetime,
    taken: Collection[str],
    passed: Callable[[Generation], None],
) -> list[Generation]:
    """The generations with their files, and behind them the new ones. `files`: oldest first; `at_path`: the log.

    `taken`: names that belong to others. `passed` hears of the one that was read last, if reading goes on behind it.
    """
    kept, removed = _not_begun(generations, files)
    owned = _owned(kept, files, at_path)
    for one, own in owned.items():
        _reopen(one, own[0], at_path)
    after = kept + removed
    if new := _behind(kept[-1], owned, files, at_path):
        passed(kept[-1])
    for file in new:
        after.append(begun(file, 0, {*taken, *(one.mark.generation for one in after)}, now))
    return _forget(after)


def _not_begun(
    generations: list[Generation], files: list[Content]
) -> tuple[list[Generation], list[Generation]]:
    """Forget files that were not begun: they are found again; but not those removed, which only we hold."""
    kept = list(generations)
    waiting: list[Generation] = []
    while len(kept) > 1 and not kept[-1].mark.position:
        waiting.insert(0, kept.pop())
    if (file := kept[0].content) and not kept[0].mark.position and not kept[0].fits(file):
        kept[0].release()  # not begun, and in the file is another content by now
    removed = [one for one in waiting if one.mark.length and not any(one.is_in(file) for file in files)]
    for one in waiting:
        if one not in removed:
            one.release()
    return kept, removed


def _behind(
    newest: Generation, owned: dict[Generation, list[Content]], files: list[Content], at_path: Content | None
) -> list[Content]:
    """The files that no mark was made in and that are newer than what is read last."""
    if newest in owned:
        behind = files[max(map(files.index, owned[newest])) + 1 :]
    else:
        behind = [file for file in files if file is at_path or file.modified() > newest.mark.modified]
    taken = [file for own in owned.values() for file in own]
    return [file for file in behind if file not in taken]


def _owned(
    generations: list[Generation], files: list[Content], at_path: Content | None
) -> dict[Generation, list[Content]]:
    """The files of each generation, the best first: the very same file, else one of the same content."""
    free, owned = list(files), {}
    known = [one for one in reversed(generations) if one.mark.length]
    for one in known:
        if same := next((file for file in free if one.is_same_file(file)), None):
            owned[one] = [same]
            free.remove(same)
    for one in known:
        # A file that was renamed has no copies but compressed ones: others only begin with the same lines.
        copied = one not in owned or owned[one] == [at_path]
        own = [file for file in free if (copied or isinstance(file, Packed)) and one.fits(file)]
        own += [
            file for file in free if copied and file is not at_path and file not in own and one.outran(file)
        ]
        own.sort(key=lambda file: isinstance(file, Packed))
        owned.setdefault(one, []).extend(own)
        free = [file for file in free if file not in own]
    return {one: own for one, own in owned.items() if own}


def _reopen(one: Generation, best: Content, at_path: Content | None) -> None:
    """Open a generation's file, if there is more to read in it; one that is open stays so."""
    if one.content and (best is not at_path or one.is_same_file(best)):
        return
    one.release()
    one.is_done = True
    if best is at_path or (best.stamp != one.mark.spent and best.holds_more(one.mark.position)):
        one.reopen(best)


def _forget(generations: list[Generation]) -> list[Generation]:
    """Without marks in files that never had a line, and without those too old to matter."""
    kept = [one for one in generations if one is generations[-1] or one.is_worth_keeping()]
    old = [one for one in kept[:-1] if one.content is None][:-REMEMBERED]
    for one in generations:
        if one not in kept:
            one.release()
    return [one for one in kept if one not in old]
