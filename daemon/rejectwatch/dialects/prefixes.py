"""What stands before the text of a line: when, and who wrote it. Decided line by line, by its first bytes.

- traditional syslog: `Nov  4 04:27:25 mail postfix/smtpd[249]: `, the day padded with a blank or a zero
- RFC 3339: `2026-11-04T04:27:25.012345+09:00 mail postfix/smtpd[249]: `, with and without fraction and colon
- Exim's own: `2026-11-24 07:54:18 `, then perhaps `.556`, ` +0900` and ` [81]`; it names neither host nor process
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rejectwatch.dialects.text import text

_TRADITIONAL = len(b"Nov  4 04:27:25")
_EXIM = len(b"2026-11-24 07:54:18")
_ZONE = len(b" +0900")
_ZERO, _NINE, _BLANK, _DASH = b"09 -"

_LONGEST_TAG = 200
_MOST_WRITERS = 10_000


class Writer(NamedTuple):
    """The process that wrote a line: its tag, and its pid in brackets as a key within its host.

    The tag is no part of the key: before it has read `-o syslog_name`, a Postfix process logs under its
    plain name (seen: `postfix/smtpd[27658]`, then `postfix/smtps/smtpd[27658]`).
    """

    tag: str
    pid: bytes


class _Writers(dict[bytes, Writer | None]):
    """Each `tag[pid]:` is taken apart once. Pids change for ever, so now and then all is forgotten."""

    def __missing__(self, written: bytes) -> Writer | None:
        if len(written) > _LONGEST_TAG:
            return None
        if len(self) >= _MOST_WRITERS:
            self.clear()
        self[written] = writer = _writer(written)
        return writer


def _writer(written: bytes) -> Writer | None:
    tag, _, pid = written.removesuffix(b"]:").rpartition(b"[")
    if not tag or not pid.isdigit() or not written.endswith(b"]:"):
        return None
    return Writer(text(tag), b"[" + pid + b"]")


_writers = _Writers()


def syslog(block: bytes, start: int, end: int) -> tuple[bytes, bytes, Writer, bytes] | None:
    """Stamp, host, writer, and the text as far as `end`; None if the line has no such prefix before it.

    A prefix has a fixed number of words, and all that others can write stands behind it: neither a host
    name nor a tag can hold a blank. The header lines of Exim's reject log (`T To: …`, `  Subject: …`)
    begin like neither form of a stamp.
    """
    first = block[start]
    try:
        if first > _NINE:
            stamp = block[start : start + _TRADITIONAL]
            host, tag, rest = block[start + _TRADITIONAL + 1 : end].split(b" ", 2)
            is_stamp = block[start + 3] == _BLANK
        else:
            stamp, host, tag, rest = block[start:end].split(b" ", 3)
            is_stamp = first >= _ZERO
    except ValueError:
        return None
    writer = _writers[tag]
    return (stamp, host, writer, rest) if is_stamp and writer is not None else None


def exim(block: bytes, start: int, limit: int) -> tuple[int, int] | None:
    """Where the stamp ends and the text begins in a line of Exim's own log files; None if it is none."""
    begin = start + _EXIM + 1
    if begin > limit or block[start + 10] != _BLANK or block[start + 4] != _DASH:
        return None
    if block[begin - 1] == _BLANK and block[begin] not in b"+-[":
        return begin - 1, begin
    return _exim_with_more(block, start, limit)


def _exim_with_more(block: bytes, start: int, limit: int) -> tuple[int, int] | None:
    """The log selectors +millisec and +pid, and the option log_timezone."""
    stamp_end = block.find(b" ", start + _EXIM, limit)
    zone = block[stamp_end + 1 : stamp_end + _ZONE]
    if zone[:1] in (b"+", b"-") and zone[1:].isdigit():
        stamp_end += _ZONE
    begin = stamp_end + 1
    if block.startswith(b"[", begin):
        begin = block.find(b"] ", begin, limit) + 2
    return (stamp_end, begin) if begin > stamp_end >= 0 else None


def untagged(block: bytes, start: int, limit: int, tag: re.Pattern[bytes]) -> tuple[bytes, int] | None:
    """The stamp, and where the text begins, of a line with this very tag; for tags that may have no pid."""
    if block[start] > _NINE:
        host, is_stamp = start + _TRADITIONAL + 1, block[start + 3] == _BLANK
    else:
        host, is_stamp = block.find(b" ", start, limit) + 1, block[start] >= _ZERO
    tag_begin = block.find(b" ", host, limit) + 1
    if not is_stamp or not host or not tag_begin:
        return None
    found = tag.match(block, tag_begin, limit)
    return None if found is None else (block[start : host - 1], found.end())
