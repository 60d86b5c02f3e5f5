"""The bytes of one log file, plain or compressed, at any position; only regular files."""

from __future__ import annotations

import logging
import os
import select
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.packed import CHUNK, GZIP, SIGN, Damaged, Form, form_of, unpacked

log = logging.getLogger(__name__)

HEAD = 1024
"""What identifies a file: its first bytes, up to so many."""

LONGEST = 1 << 20
"""A line without an end for so long is cut: no mail server writes one, and memory is bounded."""

KEPT = 1 << 16
"""What is kept of a line that is too long."""

_NANOSECONDS = 1_000_000_000
_GZIP_TIME = 4
"""Where it stands in the head of a packed file, in four bytes, lowest first: RFC 1952, 2.3. 0: it is not known."""
_NO_TIME = 631_152_000 * _NANOSECONDS
"""The year 1990: programs that pack the same bytes to the same bytes write 0, 1 or the like."""

_USUAL = 12
"""So many times as large as packed is a mail log, where nothing tells."""


class Content(Protocol):
    """Positions count in the uncompressed bytes. `inode` is a hint; content tells what it is."""

    inode: str
    path: Path
    """Its name when it was opened."""
    searched: int
    """There is no line end from the position of the last read to here: a line without end is searched once."""

    @property
    def stamp(self) -> str:
        """Changes when somebody writes to the file."""

    def pread(self, count: int, position: int) -> bytes:
        """Up to so many bytes from this position on; fewer only at the end, or where it is to be read as it comes."""

    def head(self) -> bytes:
        """The first bytes."""

    def size(self) -> int:
        """How many bytes there are; of compressed ones a guess, never to be relied on."""

    def modified(self) -> int:
        """When it was last written, in nanoseconds."""

    def has_a_name(self) -> bool:
        """Whether the file is still in some folder."""

    def holds_more(self, position: int) -> bool:
        """Whether something may stand behind this position, cheaply told."""

    def close(self) -> None: ...


class _Descriptor:
    """What an open file tells about itself."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self.searched = 0
        self.path = path
        self.inode = inode_of(os.fstat(fd))

    @property
    def stamp(self) -> str:
        status = os.fstat(self._fd)
        return f"{self.inode}:{status.st_size}:{status.st_mtime_ns}"

    def modified(self) -> int:
        """When it was last written, in nanoseconds."""
        return os.fstat(self._fd).st_mtime_ns

    def has_a_name(self) -> bool:
        return os.fstat(self._fd).st_nlink > 0

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class Plain(_Descriptor):
    """A file as it is; it may grow."""

    def pread(self, count: int, position: int) -> bytes:
        return os.pread(self._fd, count, position)

    def head(self) -> bytes:
        return os.pread(self._fd, HEAD, 0)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def holds_more(self, position: int) -> bool:
        return self.size() > position


class Window:
    """A stream that can be asked for positions: what was last asked for is kept, and nothing else."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._kept = b""
        self.start = 0
        """The first position that can still be asked for."""
        self.end = 0
        """So far it is read."""

    def pread(
        self, count: int, position: int, would_wait: Callable[[], bool] | None = None, given: int = 0
    ) -> bytes:
        """`would_wait`: once a line has ended behind what was `given`, more is taken only if it is there."""
        kept = [self._kept]
        ended = b"\n" in self._kept[max(given - self.start, 0) :]
        while self.end < position + count and not (would_wait and ended and would_wait()):
            if not (chunk := next(self._chunks, b"")):
                break
            kept.append(chunk)
            ended = ended or b"\n" in chunk
            self.end += len(chunk)
            if self.end <= position:  # still on the way there
                self.start, kept = self.end, []
        joined = b"".join(kept)
        skip = min(max(position - self.start, 0), len(joined))
        self.start, self._kept = self.start + skip, joined[skip:]
        return self._kept[:count]


class Packed(_Descriptor):
    """A compressed file, read through; going back means beginning again."""

    def __init__(self, fd: int, path: Path, form: Form) -> None:
        super().__init__(fd, path)
        self._form = form
        self._length: int | None = None
        self.damage: str | None = None
        self._window = Window(self._unpack())
        self._head = self._first_bytes()

    def pread(self, count: int, position: int) -> bytes:
        if position < self._window.start:
            self._window = Window(self._unpack())
        return self._window.pread(count, position)

    def head(self) -> bytes:
        return self._head

    def size(self) -> int:
        """Known when it was read to its end; before, a guess that is larger than what was read."""
        return max(self._guess(), self._window.end + 1) if self._length is None else self._length

    def modified(self) -> int:
        """Gzip keeps the time of the file that it has packed: a copy of it may be of today."""
        written = super().modified()
        packed = int.from_bytes(os.pread(self._fd, 4, _GZIP_TIME), "little") * _NANOSECONDS
        return packed if self._form is GZIP and _NO_TIME < packed < written else written

    def holds_more(self, position: int) -> bool:
        return self._form is not GZIP or self._guess() != position & 0xFFFFFFFF

    def _guess(self) -> int:
        """Of gzip what the last four bytes say: right below 4 GiB, and if it was packed in one piece."""
        packed = os.fstat(self._fd).st_size
        if self._form is not GZIP:
            return packed * _USUAL
        return int.from_bytes(os.pread(self._fd, 4, max(packed - 4, 0)), "little")

    def _first_bytes(self) -> bytes:
        """At each rotation all heads are looked at: no more than that is unpacked, and no window is held for it."""
        head = b""
        with suppress(Damaged):
            for chunk in unpacked(self._form, _from_descriptor(self._fd), HEAD):
                head += chunk
                if len(head) >= HEAD:
                    break
        return head[:HEAD]

    def _unpack(self) -> Iterator[bytes]:
        self.damage = None
        try:
            yield from unpacked(self._form, _from_descriptor(self._fd))
            self._length = self._window.end
        except Damaged as damage:  # still being written, cut or damaged: what could be read counts
            self.damage = str(damage)


def _from_descriptor(fd: int) -> Callable[[int], bytes]:
    at = 0

    def read(count: int) -> bytes:
        nonlocal at
        data = os.pread(fd, count, at)
        at += len(data)
        return data

    return read


class Pipe:
    """What somebody else writes for us, plain or compressed; it can be read once.

    `as_it_comes`: lines are given as soon as they are there. Else the head is waited for, and whole blocks are.
    """

    inode = stamp = "pipe"
    path = Path("-")

    def __init__(self, fd: int, now_ns: int, *, as_it_comes: bool = False) -> None:
        self.searched = 0
        self.damage: str | None = None
        self._now_ns = now_ns
        self._would_wait = partial(_would_wait, fd) if as_it_comes else None
        self._window = Window(self._chunks(fd))
        self._given = 0
        self._head = self._window.pread(HEAD, 0, self._would_wait)

    def pread(self, count: int, position: int) -> bytes:
        data = self._window.pread(count, position, self._would_wait, self._given)
        self._given = position + len(data)
        return data

    def head(self) -> bytes:
        return self._head

    def size(self) -> int:
        return 0

    def modified(self) -> int:
        return self._now_ns

    def has_a_name(self) -> bool:
        return False

    def holds_more(self, position: int) -> bool:  # nobody knows before it is read
        return True

    def close(self) -> None:
        """The descriptor belongs to whoever gave it."""

    def _chunks(self, fd: int) -> Iterator[bytes]:
        first = os.read(fd, CHUNK)
        while form_of(first) is None and 0 < len(first) < SIGN and (more := os.read(fd, CHUNK)):
            first += more
        if form := form_of(first):
            yield from self._unpack(form, fd, first)
            return
        while first:
            yield first
            first = os.read(fd, CHUNK)

    def _unpack(self, form: Form, fd: int, first: bytes) -> Iterator[bytes]:
        begun = iter([first])
        try:
            yield from unpacked(form, lambda count: next(begun, b"") or os.read(fd, count))
        except Damaged as damage:
            self.damage = str(damage)


def _would_wait(fd: int) -> bool:
    waiting = select.poll()
    waiting.register(fd, select.POLLIN)
    return not waiting.poll(0)


def inode_of(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def open_content(path: Path) -> Content:
    """Open a log, whatever it is packed in: the first bytes tell, never the name."""
    _refuse_others(path, path.stat())  # opening a device can already do something
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _refuse_others(path, os.fstat(fd))
        form = form_of(os.pread(fd, SIGN, 0))
        return Packed(fd, path, form) if form else Plain(fd, path)
    except BaseException:
        os.close(fd)
        raise


_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(status: os.stat_result) -> str | None:
    """What it is, if it is no regular file."""
    return next((name for test, name in _KINDS if test(status.st_mode)), None)


def _refuse_others(path: Path, status: os.stat_result) -> None:
    if kind := kind_of(status):
        raise NotReadable(f"{path} is {kind}; only a regular file can be read as a log")


class Lines(NamedTuple):
    """Whole lines, the bytes that stood before them, and the position after them."""

    before: bytes
    block: bytes
    end: int


def read_lines(content: Content, position: int, limit: int, overlap: int = 0) -> Lines:
    """As many whole lines as fit into `limit`, at least one; an empty block: no line has ended yet.

    `overlap` bytes before the position are read with them, in the same call, so that they can be checked.
    """
    limit = min(limit, LONGEST)
    data = content.pread(overlap + limit, position - overlap)
    cut = data.rfind(b"\n", overlap) + 1
    if not cut and len(data) == overlap + limit < overlap + LONGEST:
        # A line is the same line, whatever the limit.
        data = content.pread(overlap + LONGEST, position - overlap)
        cut = data.find(b"\n", overlap) + 1
    before, block = data[:overlap], data[overlap:cut]
    if not cut and len(data) == overlap + LONGEST:
        return Lines(before, *_too_long(content, position, data[overlap:]))
    return Lines(before, block, position + len(block))


def _too_long(content: Content, position: int, data: bytes) -> tuple[bytes, int]:
    at = max(content.searched, position + len(data))
    while chunk := content.pread(LONGEST, at):
        found = chunk.find(b"\n")
        if found >= 0:
            log.warning("cut a line of %d bytes at position %d", at + found + 1 - position, position)
            return data[:KEPT] + b"\n", at + found + 1
        content.searched = at = at + len(chunk)
    return b"", position


def close_all(contents: Iterator[Content] | list[Content]) -> None:
    for content in contents:
        with suppress(OSError):
            content.close()
