"""Compressed logs: gzip, bzip2, xz and zstd, told by their first bytes, unpacked by the piece with bounded memory."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 18
"""So much is read at once, and so much is unpacked at once."""

WINDOW = 26
"""Unpacking may look back so far, as a power of two: 64 MiB. `xz -9` needs it; `zstd` more only with --ultra or --long."""

SIGN = 6
"""Bytes after which it is known what a file is packed in."""

_XZ_MEMORY = (1 << WINDOW) + (1 << 20)

Read = Callable[[int], bytes]
"""Gives up to so many packed bytes; none at the end."""


class Damaged(Exception):  # noqa: N818 — what could be unpacked before it counts
    """Packed data that is cut, damaged, or wants more memory than we give: why, in a few words."""


class Unpacker(Protocol):
    """One piece of packed data, as the standard library unpacks all but gzip."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib in the manner of the others."""

    def __init__(self) -> None:
        self._piece = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._piece.eof

    @property
    def needs_input(self) -> bool:
        return not self._piece.eof and not self._piece.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._piece.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._piece.decompress(self._piece.unconsumed_tail + data, max_length)


def _xz() -> Unpacker:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


def _zstd() -> Unpacker:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW})


class Form(NamedTuple):
    """A way of packing: how each piece begins, and what unpacks one."""

    signs: tuple[bytes, ...]
    unpacker: Callable[[], Unpacker]

    def begins(self, packed: bytes) -> bool:
        return packed.startswith(self.signs)


GZIP = Form((b"\x1f\x8b\x08",), _Gzip)
# Its size, and the begin of the first block or, of nothing, of the end. FreeBSD's newsyslog packs so.
BZIP2 = Form(
    tuple(b"BZh%d" % size + begin for size in range(1, 10) for begin in (b"1A", b"\x17r")),
    bz2.BZ2Decompressor,
)
XZ = Form((b"\xfd7zXZ\0",), _xz)
# The second is a frame without content, as pzstd puts it in front.
ZSTD = Form((b"\x28\xb5\x2f\xfd", *(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))), _zstd)

SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
"""What the programs put behind the name; only where a name is all that there is to go by."""


def form_of(first: bytes) -> Form | None:
    """What a file that begins like this is packed in; None: it is plain."""
    return next((form for form in (GZIP, BZIP2, XZ, ZSTD) if form.begins(first)), None)


def unpacked(form: Form, read: Read, at_once: int = CHUNK) -> Iterator[bytes]:
    """What was packed, also in several pieces, never more than `at_once` bytes at once. Damaged: comes at the end."""
    packed = read(CHUNK)
    while packed:
        if not form.begins(packed):
            raise Damaged("something else stands behind the compressed data")
        packed = yield from _one_piece(form.unpacker(), packed, read, at_once)
        packed = _next_piece(packed, read)


def _one_piece(piece: Unpacker, packed: bytes, read: Read, at_once: int) -> Generator[bytes, None, bytes]:
    """Unpack it; what stands behind it."""
    while True:
        try:
            chunk = piece.decompress(packed, at_once)
        except (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError) as error:  # the last of bzip2
            raise Damaged(str(error)) from error
        if chunk:
            yield chunk
        if piece.eof:
            return piece.unused_data
        packed = read(CHUNK) if piece.needs_input else b""
        if not packed and not chunk and piece.needs_input:
            raise Damaged("the compressed data ends too early")


def _next_piece(packed: bytes, read: Read) -> bytes:
    """From its first byte on; gzip and xz allow zeros as padding in between."""
    packed = packed.lstrip(b"\0")
    while len(packed) < SIGN and (more := read(CHUNK)):
        packed = (packed + more).lstrip(b"\0")
    return packed
