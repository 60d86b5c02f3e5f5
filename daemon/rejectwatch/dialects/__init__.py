"""How each mail server writes its log: a block of a log becomes facts. A new server is a new module here.

All dialects read each block, so that `cat mail.log mainlog | rejectwatch scan -` works and the way in
which a log was cut into blocks never shows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress, count
from operator import itemgetter

from stringzilla import Str

from rejectwatch.dialects import exim, logger, pieces, postfix, unread
from rejectwatch.dialects.careful import Careful
from rejectwatch.dialects.interface import Asked, LogMessage, Row, Usual
from rejectwatch.dialects.remembered import Remembered
from rejectwatch.dialects.text import address_text, lines_between
from rejectwatch.facts import Facts, Who

__all__ = ["DIALECTS", "Asked", "LogMessage", "Remembered", "address_text", "read", "who"]

DIALECTS = (postfix.DIALECT, exim.DIALECT)

_READERS = {dialect.name: dialect.who for dialect in DIALECTS}
_CAREFUL = Careful(
    [*(dialect.needles for dialect in DIALECTS), logger.NEEDLES, pieces.NEEDLES, unread.NEEDLES]
)

_AT_ONCE = 1 << 16
"""Bytes that are looked at in one go: the processor's nearest memory holds them."""
_LONGEST_STAMP = 100


def read(block: bytes, asked: Asked, told: Facts) -> None:
    """Tell the facts of a block of whole lines, in the order of its lines."""
    if not block:
        return
    if not block.endswith(b"\n"):
        block += b"\n"
    if b"\r" in block:  # one byte is found ten times as fast as two
        block = block.replace(b"\r\n", b"\n\n")  # as long, and empty lines mean nothing
    begin = 0
    while begin < len(block):
        end = block.find(b"\n", min(begin + _AT_ONCE, len(block)) - 1) + 1
        _read_lines(block, begin, end, asked, told)
        begin = end
    pieces.remember_last(block, asked)


def _read_lines(block: bytes, begin: int, end: int, asked: Asked, told: Facts) -> None:
    """Read usual lines by the pattern of the dialect whose stamps they have, and all other lines with care."""
    first_end = block.find(b"\n", begin)
    found = _usual(block[begin : min(first_end, begin + _LONGEST_STAMP)])
    if found is None:
        _CAREFUL.read(block, begin, end, told, asked)
        return
    usual, pattern = found
    # The pattern knows a line by the end of the one before.
    rows: list[Row] = [
        (b"", b"", b"", b"", block[begin:first_end]),
        *pattern.findall(block, first_end, end - 1),
    ]
    if len(rows) != lines_between(block, begin, end):  # a line that was cut has run into the next one
        _CAREFUL.read(block, begin, end, told, asked)
        return
    others = list(compress(count(), map(itemgetter(-1), rows)))
    find, place, told_up_to = Str(memoryview(block)[:end]).find, begin, 0
    for number, nominations in _CAREFUL.nominated([rows[index][-1] for index in others]).items():
        index = others[number]
        line = rows[index][-1]
        place = find(b"\n%b\n" % line, place) + 1 if index else begin
        usual.tell(rows[told_up_to:index], told, asked)
        _CAREFUL.tell(block, place, nominations, told, asked)
        place, told_up_to = place + len(line), index + 1
    usual.tell(rows[told_up_to:], told, asked)


def _usual(line: bytes) -> tuple[Usual, re.Pattern[bytes]] | None:
    for dialect in DIALECTS:
        stamp = dialect.usual.stamp(line)
        if stamp is not None:
            return dialect.usual, _pattern(dialect.usual, stamp)
    return None


@lru_cache(maxsize=100)
def _pattern(usual: Usual, stamp: bytes) -> re.Pattern[bytes]:
    return usual.pattern(stamp)


@lru_cache(maxsize=10_000)
def who(mta: str, raw: bytes) -> Who:
    """Who handed a message over: what `Facts.accepted` was told as `who`, read by the dialect that told it."""
    return _READERS[mta](raw)
