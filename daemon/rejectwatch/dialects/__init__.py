"""How each mail server writes its log: a block of a log becomes facts. A new server is a new module here.

All dialects read each block, so that `cat mail.log mainlog | rejectwatch scan -` works and the way in
which a log was cut into blocks never shows.
"""

from __future__ import annotations

from functools import lru_cache

from stringzilla import Str

from rejectwatch.dialects import exim, logger, pieces, postfix
from rejectwatch.dialects.elsewhere import Again, Elsewhere
from rejectwatch.dialects.interface import Asked, LogMessage, Whole
from rejectwatch.dialects.remembered import Remembered
from rejectwatch.dialects.text import address_text
from rejectwatch.facts import Facts, Who

__all__ = ["DIALECTS", "Asked", "LogMessage", "Remembered", "address_text", "read", "who"]

DIALECTS = (postfix.DIALECT, exim.DIALECT)

_READERS = {dialect.name: dialect.who for dialect in DIALECTS}
_ALL = [*(dialect.needles for dialect in DIALECTS), logger.NEEDLES, pieces.NEEDLES]
_NEEDLES = tuple(needle for needles in _ALL for needle in needles)
_PARSES = tuple(parse for needles in _ALL for parse in needles.values())
_KIND_BITS = len(_NEEDLES).bit_length()
_KIND = (1 << _KIND_BITS) - 1


def read(block: bytes, asked: Asked, told: Facts) -> None:
    """Tell the facts of a block of whole lines, in the order of its lines."""
    if not block:
        return
    if not block.endswith(b"\n"):
        block += b"\n"
    before = block.rfind
    for nomination in _nominations(block):
        at = nomination >> _KIND_BITS
        start = before(b"\n", 0, at) + 1
        whole = _PARSES[nomination & _KIND](block, start, at, told, asked)
        if whole is not None:
            _read_whole(
                whole, asked, Again(told, start, whole.repeat) if whole.repeat else Elsewhere(told, start)
            )
    pieces.remember_last(block, asked)


def _read_whole(whole: Whole, asked: Asked, told: Facts) -> None:
    """Read a line that was put together; what it says stands at the place of the line that completed it."""
    for nomination in _nominations(whole.line):
        _PARSES[nomination & _KIND](whole.line, 0, nomination >> _KIND_BITS, told, asked)


def _nominations(block: bytes) -> list[int]:
    """Where needles stand, in the order of the block: offset and kind in one number, which sorts fast.

    Only the first of a kind in a line nominates it. So a line is parsed at most once for each needle,
    and a line full of needles costs no more than its length.
    """
    find, find_end = Str(memoryview(block)).find, block.find
    nominations: list[int] = []
    for kind, needle in enumerate(_NEEDLES):
        at = find(needle)
        while at >= 0:
            nominations.append(at << _KIND_BITS | kind)
            at = find(needle, find_end(b"\n", at))
    nominations.sort()
    return nominations


@lru_cache(maxsize=10_000)
def who(mta: str, raw: bytes) -> Who:
    """Who handed a message over: what `Facts.accepted` was told as `who`, read by the dialect that told it."""
    return _READERS[mta](raw)
