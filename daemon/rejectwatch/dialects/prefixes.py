"""What stands before the text of a line: when, and who wrote it. Decided line by line, by its first bytes.

- traditional syslog: `Nov  4 04:27:25 mail postfix/smtpd[249]: `, the day padded with a blank or a zero
- RFC 3339: `2026-11-04T04:27:25.012345+09:00 mail postfix/smtpd[249]: `, with and without fraction and colon
- Exim's own: `2026-11-24 07:54:18 `, then perhaps `.556`, ` +0900` and ` [81]`; it names neither host nor process

And those that are met less often, and cost more:
- RFC 5424: `<22>1 2026-11-04T04:27:25.012345+09:00 mail postfix/smtpd 249 - - `
- a priority before one of the first two, or the time of `docker logs -t` before one of these; `journalctl -o short-precise`
- Solaris: `Nov 24 04:27:25 mail postfix/smtpd[249]: [ID 197553 mail.info] `
- busybox (Alpine): `Nov 24 04:27:25 mail mail.info postfix/smtpd[249]: `
- Exim by way of syslog: one of these prefixes, then perhaps its own
"""

from __future__ import annotations

import re

from rejectwatch.dialects import unusual
from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.origins import origins as _origins
from rejectwatch.dialects.unusual import Prefix, behind_id

_EXIMS_OWN = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})?(?: \[\d{1,10}\])? "
    rb"(?:[HU]=|\w{6}-\w{6}-\w\w |\w{6}-\w{11}-\w{4} )"
)
"""What begins so names neither host nor tag, whatever a client's name or HELO may look like."""
_TRADITIONAL = len(b"Nov  4 04:27:25")
_EXIM = len(b"2026-11-24 07:54:18")
_ZONE = len(b" +0900")
_ZERO, _NINE, _BLANK, _DASH, _BRACKET = b"09 -["


def syslog(block: bytes, start: int, limit: int) -> Prefix | None:
    """The prefix of a line that the system's logger, or postlogd, has written; None if there is none before `limit`.

    A prefix has a fixed number of words, or of busybox one more out of a closed list, and all that others can write
    stands behind it: neither a host name nor a tag can hold a blank. The header lines of Exim's reject log (`T To: …`, `  Subject: …`)
    begin like no form of a stamp.
    """
    find = block.find
    stamp_end = _stamp_end(block, start, limit)
    begin = find(b" ", find(b" ", stamp_end + 1, limit) + 1, limit) + 1
    origin = _origins[block[stamp_end : begin - 1]] if begin > stamp_end > start else None
    if origin is None:
        return None if _EXIMS_OWN.match(block, start, limit) else unusual.prefix(block, start, limit)
    return stamp_end, origin, behind_id(block, begin, limit) if block[begin] == _BRACKET else begin


def message(block: bytes, start: int, at: int) -> tuple[int, Origin, bytes] | None:
    """Where the stamp ends, who wrote the line, and the queue id that fills all between the prefix and a needle.

    The way of traffic: it comes to the same as `syslog`, in half the time. (`_stamp_end` would be a call for each.)
    """
    if block[start] > _NINE:
        stamp_end = start + _TRADITIONAL if block[start + 3] == _BLANK else -1
    else:
        stamp_end = block.find(b" ", start, at) if block[start] >= _ZERO else -1
    begin = block.rfind(b" ", start, at) + 1
    origin = _origins[block[stamp_end : begin - 1]] if begin > stamp_end > start else None
    if origin is None:
        prefix = syslog(block, start, at)
        if prefix is None:
            return None
        stamp_end, origin, begin = prefix
    queue_id = block[begin:at]
    return (stamp_end, origin, queue_id) if queue_id.isalnum() and origin.mta == "postfix" else None


def process(block: bytes, start: int, end: int) -> Origin | None:
    """Who wrote a line whose prefix, up to the colon behind the pid, ends at `end`; as `syslog`, and quicker."""
    stamp_end = _stamp_end(block, start, end)
    origin = _origins[block[stamp_end:end]] if stamp_end > start else None
    if origin is None and (prefix := syslog(block, start, end + 1)) is not None and prefix[2] == end + 1:
        return prefix[1] if prefix[1].process else None
    return origin


def _stamp_end(block: bytes, start: int, limit: int) -> int:
    """Where the first word or words end that may be a stamp; -1: they are none."""
    first = block[start]
    if first > _NINE:
        return start + _TRADITIONAL if block.startswith(b" ", start + 3) else -1
    return block.find(b" ", start, limit) if first >= _ZERO else -1


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


_OTHERWISE = re.compile(
    rb" (?!DSH=)|(?:[^ \n=]{1,255} )?[^ \n\[\]]{1,100}\[\d{1,10}\]: |[^ \n=]{1,255} [^ \n\[\]]{1,100}: |exim[^ \n]{0,100}: "
)
"""Not Exim's own words but a tag: others can write a date and a time with a blank between, as Exim does.

+dnssec begins a refusal with ` DS`, and no blank behind it.
"""

PART = re.compile(rb"\[(?P<part>\d{1,3})(?P<by>[/\\])(?P<parts>\d{1,3})\] ")
"""Exim's number of a part: `[1/2] ` was cut for its length, `[1\\14] ` at a newline."""

_OWN = re.compile(
    rb"(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})? )?(?:\[\d{1,10}\] )?"
)


def exim_line(block: bytes, start: int, limit: int) -> tuple[int, Origin | None, int] | None:
    """The prefix of a line of Exim, in its own file (which names no origin) or in the system's log."""
    own = exim(block, start, limit)
    if own is not None and not _OTHERWISE.match(block, own[1], limit):
        return own[0], None, own[1]
    by_syslog = exim_by_syslog(block, start, limit)
    if by_syslog is None and (own := unusual.exim(block, start, limit)) is not None:
        return own[0], None, own[1]
    return by_syslog


def exim_by_syslog(block: bytes, start: int, limit: int) -> Prefix | None:
    r"""The prefix of a line that Exim has given to the system's logger: the logger's own, then perhaps Exim's.

    A line whose reject log copy is cut at its newlines (`[1\14] `) is whole in its first part; of one that is cut
    for its length (`[1/2] `) this knows nothing: `pieces` puts it together first.
    """
    prefix = syslog(block, start, limit)
    if prefix is None or not prefix[1].may_be_exim:
        return None
    stamp_end, origin, begin = prefix
    part = PART.match(block, begin, limit)
    if part is not None:
        if part["by"] == b"/" or int(part["part"]) != 1:
            return None
        begin = part.end()
    own = _OWN.match(block, begin, limit)
    return stamp_end, origin, begin if own is None else own.end()
