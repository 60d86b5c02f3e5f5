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
from typing import NamedTuple

from rejectwatch.dialects.text import text

_TRADITIONAL = len(b"Nov  4 04:27:25")
_EXIM = len(b"2026-11-24 07:54:18")
_ZONE = len(b" +0900")
_ZERO, _NINE, _BLANK, _DASH, _BRACKET = b"09 -["

_LONGEST = 500
_MOST_ORIGINS = 10_000

_POSTFIX = frozenset(
    "smtpd postscreen smtp lmtp local virtual pipe error retry discard qmgr nqmgr cleanup qmqpd bounce pickup"
    " trivial-rewrite verify flush postfix".split()
)
"""Programs of Postfix that write what is read here: the last part of a tag with a slash (`syslog_name/program`)."""

_OTHERS = frozenset(
    "rejectwatch sendmail sm-mta sm-msp-queue opendkim opendmarc openarc policyd-spf postsrsd postgrey amavis"
    " clamd spamd rspamd dovecot".split()
)
"""Programs that write like Postfix about their own affairs, or that quote its lines."""


class Origin(NamedTuple):
    """Who wrote a line: `mail postfix/smtpd[249]:`.

    `process` is the pid in brackets, behind its host. The tag is no part of it: before it has read `-o syslog_name`, a
    Postfix process logs under its plain name (seen: `postfix/smtpd[27658]`, then `postfix/smtps/smtpd[27658]`).
    `key` is what a queue id is put behind to name one message among all hosts of the log.
    """

    host: bytes
    tag: str
    process: bytes
    key: bytes
    mta: str
    """"postfix" or "exim", by the tag; "" if it is known to be neither. Any syslog_name may be Postfix's."""


class _Origins(dict[bytes, Origin | None]):
    """Each ` host tag[pid]:` is taken apart once. Pids change for ever, so now and then all is forgotten."""

    def __missing__(self, written: bytes) -> Origin | None:
        origin = _origin(written) if len(written) <= _LONGEST else None
        if origin is not None:
            if len(self) >= _MOST_ORIGINS:
                self.clear()
            self[written] = origin
        return origin


_FACILITY = rb"(?:auth|authpriv|cron|daemon|ftp|kern|lpr|mail|news|syslog|user|uucp|local[0-7])"
_PRIORITY = rb"(?:emerg|alert|crit|err|warn|warning|notice|info|debug)"
_ORIGIN = re.compile(rb" ([^ \n]+) (?:" + _FACILITY + rb"\." + _PRIORITY + rb" )?([^ \n]+)\[(\d+)\]:")


def _origin(written: bytes) -> Origin | None:
    found = _ORIGIN.fullmatch(written)
    if found is None:
        return None
    host, tag, pid = found.groups()
    return Origin(host, text(tag), host + b"[" + pid + b"]", host + b" ", _mta(text(tag)))


def _mta(tag: str) -> str:
    _name, slash, program = tag.rpartition("/")
    if program.startswith("exim"):
        return "exim"
    known = (program in _POSTFIX) if slash else (program not in _OTHERS)
    return "postfix" if known else ""


_origins = _Origins()

Prefix = tuple[int, Origin, int]
"""Where the stamp ends, who wrote the line, and where its text begins."""


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
        return _unusual(block, start, limit)
    return stamp_end, origin, _behind_id(block, begin, limit) if block[begin] == _BRACKET else begin


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
        origin = prefix[1]
    return origin


def _stamp_end(block: bytes, start: int, limit: int) -> int:
    """Where the first word or words end that may be a stamp; -1: they are none."""
    first = block[start]
    if first > _NINE:
        return start + _TRADITIONAL if block.startswith(b" ", start + 3) else -1
    return block.find(b" ", start, limit) if first >= _ZERO else -1


_SOLARIS = re.compile(rb"\[ID \d{1,12} [a-z0-9]{1,16}\.[a-z]{1,16}\] ")


def _behind_id(block: bytes, begin: int, limit: int) -> int:
    found = _SOLARIS.match(block, begin, limit)
    return begin if found is None else found.end()


_STAMP = rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:?\d\d)?)"
_BY_DOCKER = re.compile(rb"(?:<\d{1,3}>)?(?:\d{4}-\d\d-\d\dT[\d:.]{8,18}Z )?" + _STAMP + rb"(?= [^ \n])")
_RFC_5424 = re.compile(
    rb"(?P<stamp>(?:<\d{1,3}>)?1 "
    + _STAMP
    + rb") (?P<host>[^ \n]{1,255}) (?P<tag>[^ \n]{1,100}) (?P<pid>\d{1,10})"
    rb' [^ \n]{1,32} (?:-|(?:\[(?:[^\]"\\\n]|"(?:[^"\\\n]|\\.)*+")*+\])++) {1,2}(?:\xef\xbb\xbf)?'
)


def _unusual(block: bytes, start: int, limit: int) -> Prefix | None:
    found = _RFC_5424.match(block, start, limit)
    if found is not None:
        origin = _origins[b" %b %b[%b]:" % found.group("host", "tag", "pid")]
        return None if origin is None else (found.end("stamp"), origin, found.end())
    found = _BY_DOCKER.match(block, start, limit)
    if found is None:
        return None
    begin = block.find(b" ", block.find(b" ", found.end() + 1, limit) + 1, limit) + 1
    origin = _origins[block[found.end() : begin - 1]] if begin > found.end() else None
    if origin is None and begin > found.end():  # busybox has a word more; what it may be says `_ORIGIN`
        begin = block.find(b" ", begin, limit) + 1
        origin = _origins[block[found.end() : begin - 1]] if begin > found.end() else None
    return None if origin is None else (found.end(), origin, _behind_id(block, begin, limit))


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


PART = re.compile(rb"\[(?P<part>\d{1,3})(?P<by>[/\\])(?P<parts>\d{1,3})\] ")
"""Exim's number of a part: `[1/2] ` was cut for its length, `[1\\14] ` at a newline."""

_OWN = re.compile(
    rb"(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})? )?(?:\[\d{1,10}\] )?"
)


def exim_line(block: bytes, start: int, limit: int) -> tuple[int, Origin | None, int] | None:
    """The prefix of a line of Exim, in its own file (which names no origin) or in the system's log."""
    own = exim(block, start, limit) or _exim_by_docker(block, start, limit)
    return exim_by_syslog(block, start, limit) if own is None else (own[0], None, own[1])


_DOCKER = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?=\d{4}-\d\d-\d\d )")


def _exim_by_docker(block: bytes, start: int, limit: int) -> tuple[int, int] | None:
    """Exim's own form behind the time of `docker logs -t`."""
    found = _DOCKER.match(block, start, limit)
    return None if found is None else exim(block, found.end(), limit)


def exim_by_syslog(block: bytes, start: int, limit: int) -> Prefix | None:
    r"""The prefix of a line that Exim has given to the system's logger: the logger's own, then perhaps Exim's.

    A line whose reject log copy is cut at its newlines (`[1\14] `) is whole in its first part; of one that is cut
    for its length (`[1/2] `) this knows nothing: `pieces` puts it together first.
    """
    prefix = syslog(block, start, limit)
    if prefix is None or prefix[1].mta != "exim":
        return None
    stamp_end, origin, begin = prefix
    part = PART.match(block, begin, limit)
    if part is not None:
        if part["by"] == b"/" or int(part["part"]) != 1:
            return None
        begin = part.end()
    own = _OWN.match(block, begin, limit)
    return stamp_end, origin, begin if own is None else own.end()


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
