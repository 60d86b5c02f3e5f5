"""What a log file is: its content. Names, inodes and compression change; the first bytes do not.

A generation is one life of a log file, from its first line to the last that is written before the next
file takes its place. Its name comes from its first lines alone, so that the daemon, which sees the file
grow, and `import`, which finds it rotated and compressed, give the same key to the same line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from rejectwatch.sources.content import HEAD, Content, Lines, Packed

ANCHOR = 256
"""So many bytes before a position are read again with the next block, and must still be the same."""

SMALL = 64
"""Fewer bytes than this are told apart by inode and time of writing as well; gzip keeps the latter."""

NAMED = 32
"""The first lines that give the name are at least so long: a stamp and who speaks."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def name_of(head: bytes) -> str | None:
    """The name of a generation: of its first line, or of as few as are long enough; None if there are too few yet."""
    end = head.find(b"\n", NAMED - 1) + 1
    return digest(head[:end]) if end else digest(head) if len(head) == HEAD else None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a generation has been read, and what its file looks like there."""

    generation: str
    length: int
    head: str
    position: int
    anchor: str
    inode: str
    modified: int
    spent: str = ""
    """The stamp of a compressed file that is known to hold nothing more: it is unpacked once, not at each look."""

    @property
    def overlap(self) -> int:
        return min(ANCHOR, self.position)

    def is_head_of(self, content: Content) -> bool:
        if not self.length:
            return False  # an inode alone says nothing: the next file may have got it
        if self.length < SMALL and content.inode != self.inode and content.modified() != self.modified:
            return False
        head = content.head()[: self.length]
        return len(head) == self.length and digest(head) == self.head

    def fits(self, content: Content) -> bool:
        """Whether this content was read up to this mark. What is compressed is looked at when it is read."""
        if not self.is_head_of(content):
            return False
        return isinstance(content, Packed) or self.follows(
            content.pread(self.overlap, self.position - self.overlap)
        )

    def follows(self, before: bytes) -> bool:
        return digest(before) == self.anchor

    def after(self, content: Content, lines: Lines) -> Mark:
        """The mark behind these lines."""
        tail = (lines.before + lines.block)[-ANCHOR:] if len(lines.block) < ANCHOR else lines.block[-ANCHOR:]
        if lines.end - self.position != len(lines.block):  # a line was cut
            size = min(ANCHOR, lines.end)
            tail = content.pread(size, lines.end - size)
        moved = replace(self, position=lines.end, anchor=digest(tail), modified=content.modified())
        return moved.grown(content)

    def grown(self, content: Content) -> Mark:
        """Know more of the head, as soon as there is more."""
        if self.length == HEAD:
            return self
        head = content.head()
        if len(head) <= self.length or digest(head[: self.length]) != self.head:
            return self  # rewritten at this very moment: the next read will see it
        return replace(self, length=len(head), head=digest(head))


def mark(content: Content, position: int = 0, taken: Collection[str] = ()) -> Mark:
    """A mark in a content that was never marked before. `taken`: names that belong to others."""
    head = content.head()
    before = min(ANCHOR, position)
    return Mark(
        generation=_unlike(taken, name_of(head) or _name_of_little(content, head)),
        length=len(head),
        head=digest(head),
        position=position,
        anchor=digest(content.pread(before, position - before)),
        inode=content.inode,
        modified=content.modified(),
    )


def _name_of_little(content: Content, head: bytes) -> str:
    return digest(f"{content.inode} {content.modified()} ".encode() + head)


def _unlike(taken: Collection[str], name: str) -> str:
    """Files that begin with the very same lines are still two files."""
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name}~{n}"
    return free


def known_name(content: Content, known: Iterable[Mark]) -> str | None:
    """The name that a content already has, wherever it stands now."""
    return next((one.generation for one in known if one.length >= SMALL and one.is_head_of(content)), None)


def dump_marks(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    return [asdict(one) for one in marks]


def load_marks(marks: Iterable[dict[str, Any]]) -> list[Mark]:
    return [Mark(**one) for one in marks]
