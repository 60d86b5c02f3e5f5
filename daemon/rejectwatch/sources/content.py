"""The bytes of one log file, plain or compressed, at any position; only regular files."""

from __future__ import annotations

import logging
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from rejectwatch.sources.interface import NotReadable

log = logging.getLogger(__name__)

HEAD = 1024
"""What identifies a file: its first bytes, up to so many."""

LONGEST = 1 << 20
"""A line without an end for so long is cut: no mail server writes one, and memory is bounded."""

KEPT = 1 << 16
"""What is kept of a line that is too long."""

_GZIP = b"\x1f\x8b\x08"
_CHUNK = 1 << 18


class Content(Protocol):
    """Positions count in the uncompressed bytes. `inode` is a hint; content tells what it is."""

    inode: str
    searched: int
    """There is no line end from the position of the last read to here: a line without end is searched once."""

    def pread(self, count: int, position: int) -> bytes:
        """Up to so many bytes from this position on; fewer only at the end."""

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

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.searched = 0
        self.inode = inode_of(os.fstat(fd))

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
        self._start = 0
        self._kept = b""

    @property
    def start(self) -> int:
        """The first position that can still be asked for."""
        return self._start

    def pread(self, count: int, position: int) -> bytes:
        kept, size = [self._kept], len(self._kept)
        while self._start + size < position + count and (chunk := next(self._chunks, b"")):
            kept.append(chunk)
            size += len(chunk)
            if self._start + size <= position:  # still on the way there
                self._start, kept, size = self._start + size, [], 0
        joined = b"".join(kept)
        skip = min(max(position - self._start, 0), len(joined))
        self._start, self._kept = self._start + skip, joined[skip:]
        return self._kept[:count]


class Gzip(_Descriptor):
    """A compressed file, read through; going back means beginning again."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self.damage: str | None = None
        self._window = Window(self._inflate())
        self._head = self._quick_head() or self._window.pread(HEAD, 0)

    def pread(self, count: int, position: int) -> bytes:
        if position < self._window.start:
            self._window = Window(self._inflate())
        return self._window.pread(count, position)

    def head(self) -> bytes:
        return self._head

    def size(self) -> int:
        """What the file's last four bytes say: right below 4 GiB, and if it was compressed in one piece."""
        packed = os.fstat(self._fd).st_size
        return int.from_bytes(os.pread(self._fd, 4, max(packed - 4, 0)), "little")

    def holds_more(self, position: int) -> bool:
        return self.size() != position & 0xFFFFFFFF

    def _quick_head(self) -> bytes | None:
        """At each rotation all heads are looked at, and unpacking a whole chunk for that takes its time."""
        with suppress(zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(os.pread(self._fd, 4 * HEAD, 0), HEAD)
            return head if len(head) == HEAD else None
        return None

    def _inflate(self) -> Iterator[bytes]:
        try:
            yield from inflated(_from_descriptor(self._fd))
        except zlib.error as error:  # still being written, cut or damaged: what could be read counts
            self.damage = str(error)


def _from_descriptor(fd: int) -> Callable[[int], bytes]:
    at = 0

    def read(count: int) -> bytes:
        nonlocal at
        data = os.pread(fd, count, at)
        at += len(data)
        return data

    return read


class Pipe:
    """What somebody else writes for us, plain or compressed; it can be read once."""

    inode = "pipe"

    def __init__(self, fd: int, now_ns: int) -> None:
        self.searched = 0
        self.damage: str | None = None
        self._now_ns = now_ns
        self._window = Window(self._chunks(fd))
        self._head = self._window.pread(HEAD, 0)

    def pread(self, count: int, position: int) -> bytes:
        return self._window.pread(count, position)

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
        first = os.read(fd, _CHUNK)
        while first and len(first) < len(_GZIP) and (more := os.read(fd, _CHUNK)):
            first += more
        if first.startswith(_GZIP):
            yield from self._inflate(fd, first)
            return
        while first:
            yield first
            first = os.read(fd, _CHUNK)

    def _inflate(self, fd: int, first: bytes) -> Iterator[bytes]:
        begun = iter([first])
        try:
            yield from inflated(lambda count: next(begun, b"") or os.read(fd, count))
        except zlib.error as error:
            self.damage = str(error)


def inflated(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """What gzip packed, also in several pieces, never more than a chunk at once. zlib.error: cut or damaged."""
    packed = read(_CHUNK)
    while packed[:1] == _GZIP[:1]:
        piece = zlib.decompressobj(wbits=31)
        yield from _one_piece(piece, packed, read)
        packed = piece.unused_data.lstrip(b"\0") or read(_CHUNK).lstrip(b"\0")  # gzip allows zeros as padding


def _one_piece(piece: zlib._Decompress, packed: bytes, read: Callable[[int], bytes]) -> Iterator[bytes]:
    while True:
        chunk = piece.decompress(packed, _CHUNK)
        if chunk:
            yield chunk
        if piece.eof:
            return
        packed = piece.unconsumed_tail or read(_CHUNK)
        if not packed and not chunk:
            raise zlib.error("the compressed data ends too early")


def inode_of(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def open_content(path: Path) -> Content:
    """Open a log, whatever it is packed in: the first bytes tell, never the name."""
    _refuse_others(path, path.stat())  # opening a device can already do something
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _refuse_others(path, os.fstat(fd))
        return Gzip(fd) if os.pread(fd, len(_GZIP), 0) == _GZIP else Plain(fd)
    except BaseException:
        os.close(fd)
        raise


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _refuse_others(path: Path, status: os.stat_result) -> None:
    kind = next((name for test, name in _KINDS if test(status.st_mode)), None)
    if kind:
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
