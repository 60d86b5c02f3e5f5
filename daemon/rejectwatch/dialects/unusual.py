"""Prefixes that are met less often: `prefixes` asks here where none of the usual ones is found.

Behind the stamp (and what may be before it: `moments`) stands who wrote the line:

    Nov  4 04:27:25 mail postfix/smtpd[249]: [ID 197553 mail.info] …            Solaris
    Nov  4 04:27:25 mail mail.info postfix/smtpd[249]: …                        busybox (Alpine); AIX has a colon there
    Nov  4 04:27:25 <mail.info> mail postfix/smtpd[249]: …                      FreeBSD, syslogd -vv; <2.6> with one -v
    2026-11-04T04:27:25.012345+00:00 INFO    postfix/smtpd[249]: …              images that leave the host out
    <22>1 2026-11-04T04:27:25.012345+09:00 mail postfix/smtpd 249 - - …         RFC 5424

Everything is matched from the left end of the line: what others write stands behind it.
"""

from __future__ import annotations

from rejectwatch.dialects.moments import CLOCK, DATE, LEAD, OFFSET, STAMP
from rejectwatch.dialects.origins import FACILITY, LEVEL, PRIORITY, Origin, origin_of
from rejectwatch.dialects.pattern import Pattern

Prefix = tuple[int, Origin, int]
"""Where the stamp ends, who wrote the line, and where its text begins."""

_BEFORE_HOST = (
    LEAD + STAMP + rb"(?: std(?:out|err) F)? {1,2}"
    rb"(?:<(?:" + FACILITY + rb"\." + PRIORITY + rb"|\d{1,2}\.\d)> )?(?:" + LEVEL + rb" {1,10})?"
)  # fmt: skip
_HOST = rb"(?:(?P<host>\S{1,255}+)(?<!:) )"
_BEHIND_HOST = rb"(?:" + FACILITY + rb"[.:]" + PRIORITY + rb" )?"

_TAGGED = Pattern(
    _BEFORE_HOST + _HOST + rb"?" + _BEHIND_HOST
    + rb"(?P<tag>[^\s\[\]:]{1,200}+)(?:\[(?P<pid>\d{1,10})\])?(?: <[A-Z][a-z]{1,10}>)?: "
)  # fmt: skip
_RFC_5424 = Pattern(
    LEAD
    + rb"(?P<stamp>(?:1 )?" + DATE + rb"T" + CLOCK + OFFSET + rb"?)"
    rb" (?P<host>\S{1,255}) (?P<tag>[^\s\[\]]{1,100})(?<!:) (?:-|(?P<pid>\d{1,10})) [^ \n]{1,32}"
    rb' (?:-|(?:\[(?:[^\]"\\\n]|"(?:[^"\\\n]|\\.){0,1000}+"){0,1000}+\]){1,20}+) {1,2}(?:\xef\xbb\xbf)?'
)  # fmt: skip
_SOLARIS = Pattern(rb"\[ID \d{1,12} [a-z0-9]{1,16}\.[a-z]{1,16}\] ")


def prefix(block: bytes, start: int, limit: int) -> Prefix | None:
    """The prefix of a line; None if there is none before `limit`. Without a pid, if the log has none."""
    found = _TAGGED.match(block, start, limit) or _RFC_5424.match(block, start, limit)
    if found is None:
        return None
    host, tag, pid = found.group("host", "tag", "pid")
    origin = origin_of(b"" if host in (None, b"-") else host, tag, pid or b"")
    return found.end("stamp"), origin, behind_id(block, found.end(), limit)


def without_a_tag(text: bytes) -> Pattern:
    """Lines that begin with such a prefix and this text, and name a host at most."""
    return Pattern(_BEFORE_HOST + _HOST + rb"??" + _BEHIND_HOST + text)


def behind_id(block: bytes, begin: int, limit: int) -> int:
    """Where the text begins behind the number that Solaris gives to each format of a message."""
    found = _SOLARIS.match(block, begin, limit)
    return begin if found is None else found.end()


_EXIM = Pattern(
    LEAD
    + rb"(?P<stamp>" + DATE + rb" \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})?) (?:\[\d{1,10}\] )?(?=[^\s\[])"
)  # fmt: skip


def exim(block: bytes, start: int, limit: int) -> tuple[int, int] | None:
    """Where the stamp ends and the text begins in a line of Exim's own files that somebody has passed on."""
    found = _EXIM.match(block, start, limit)
    return None if found is None else (found.end("stamp"), found.end())
