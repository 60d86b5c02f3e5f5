"""How a time is written in front of a line, and what may stand before it; every form, and what each means.

Before a stamp: the file's begin (BOM, NULs of a crash), who has copied the line (`> `, grep, docker compose, kubectl),
whoever has received it on its way with a time of his own (docker, podman, CRI, svlogd, multilog, s6), and a priority:

    mail.log.1:27:Nov  4 04:27:25         mail-1  | Nov 04 04:27:25         <22>Nov  4 04:27:25
    2026-11-04T04:27:25.153874123Z stdout F Nov 04 04:27:25
    @40000000672841ad0f8b1c2c mail.info: Nov  4 04:27:25
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from rejectwatch.dialects.origins import FACILITY, PRIORITY
from rejectwatch.dialects.pattern import Pattern

CLOCK = rb"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
DATE = rb"\d{4}-\d\d-\d\d"
_MONTHS = (b"", *b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
_DAY = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}"
_WEEKDAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
OFFSET = rb"(?:Z|[+-]\d\d(?::?\d\d)?)"

LEAD = (
    rb"(?:\xef\xbb\xbf)?+\0*+(?:> ?){0,5}+"
    # Names, but not where a stamp begins (which costs less). A path that grep tells may have no blanks: a header in
    # Exim's reject log could look like one.
    rb"(?:(?!" + DATE + rb"[T_ ]|" + _DAY + rb" )"
    rb"(?:(?:[^\s:]{1,255}|\(standard input\))[:-](?:\d{1,9}[:-])?)?"
    rb"(?:[\w.@-]{1,255}+ {1,50}+\| )?(?:\[pod/[\w./-]{1,255}\] )?)?"
    rb"(?:(?:(?P<outer>" + DATE + rb"[T_ ]" + CLOCK + OFFSET + rb"?)(?: std(?:out|err) F| )?|@[0-9a-f]{24}) )?"
    rb"(?:" + FACILITY + rb"\." + PRIORITY + rb": )?(?:\d{1,6} (?=<))?(?:<\d{1,3}>)?"
)  # fmt: skip

_NAMED_CLOCK = rb"(?P<clock>" + CLOCK + rb")"
_NAMED_DATE = rb"(?P<date>" + DATE + rb")"
_NAMED_DAY = rb"(?P<day>" + _DAY + rb")"
FORMS = (
    # RFC 3339; with a blank in place of the T (syslog-ng, Exim's own, macOS), with `_` (svlogd)
    _NAMED_DATE + rb"(?P<between>[T_ ])" + _NAMED_CLOCK + rb"(?: ?(?P<zone>" + OFFSET + rb"|UTC|GMT))?",
    # journalctl -o short-full, with-unit
    _WEEKDAY + rb" " + _NAMED_DATE + rb" " + _NAMED_CLOCK + rb" (?P<zone>[A-Z]{1,5}|" + OFFSET + rb")",
    # traditional, its day padded or not, with a year before or behind it, with fractions
    rb"(?:(?P<year>\d{4}) )?" + _NAMED_DAY + rb"(?: (?P<year_behind>\d{4}))? " + _NAMED_CLOCK,
    # ctime, as OpenWrt's logread has it, which names no host but a priority
    _WEEKDAY + rb" " + _NAMED_DAY + rb" " + _NAMED_CLOCK + rb" (?P<year>\d{4})"
    rb"(?: " + FACILITY + rb"\." + PRIORITY + rb")?",
    rb"(?P<epoch>\d{10}(?:\.\d{1,9})?)",
    rb"@(?P<tai>[0-9a-f]{16})[0-9a-f]{8}",
)  # fmt: skip
STAMP = rb"(?P<stamp>" + re.sub(rb"\(\?P<\w+>", b"(?:", rb"|".join(FORMS)) + rb")"


class Moment(NamedTuple):
    """A time as it is written: the year, if there is one, month to microsecond, and the zone.

    `zone` is None where none is told, a word where only its name is. `and_then` is the second 60 behind second 59.
    """

    year: int | None
    in_year: tuple[int, int, int, int, int, int]
    zone: tzinfo | str | None
    and_then: timedelta = timedelta()


_WRITTEN = tuple(Pattern(LEAD + rb"(?:1 )?" + form) for form in FORMS)
_OUTER = Pattern(FORMS[0])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAP_SECOND = 60
_TAI = (1 << 62) + 10
"""The second of TAI64 that is 1970, as daemontools reckon: without leap seconds."""


def moment(stamp: bytes) -> Moment:
    """The time that stands in all that `unusual` takes for a stamp. ValueError: there is none.

    Whoever has received the line tells a year and a zone as well (but s6 no zone); the stamp behind may not.
    """
    for pattern in _WRITTEN:
        found = pattern.fullmatch(stamp)
        if found is not None:
            outer = _OUTER.fullmatch(found["outer"]) if found["outer"] else None
            return _moment((outer or found).groupdict(), by_itself=outer is None)
    raise ValueError(stamp)


def _moment(parts: dict[str, bytes | None], *, by_itself: bool) -> Moment:
    match parts:
        case {"epoch": bytes() as seconds}:
            return _since_epoch(int(seconds[:10]), _microseconds(seconds[11:]))
        case {"tai": bytes() as seconds}:
            return _since_epoch(int(seconds, 16) - _TAI)
        case {"date": bytes() as date, "clock": bytes() as clock, **more}:
            between, zone = more.get("between"), more.get("zone")
            # svlogd tells no zone, and means UTC: with -tt by `_`, with -ttt by nothing.
            is_svlogd = between == b"_" or (between == b"T" and not by_itself)
            return _at(
                int(date[:4]),
                int(date[5:7]),
                int(date[8:]),
                clock,
                UTC if is_svlogd and not zone else _zone(zone),
            )
        case {"day": bytes() as day, "clock": bytes() as clock, **more}:
            year = more.get("year") or more.get("year_behind")
            return _at(None if year is None else int(year), _MONTHS.index(day[:3]), int(day[3:]), clock, None)
    raise ValueError(parts)


def _at(year: int | None, month: int, day: int, clock: bytes, zone: tzinfo | str | None) -> Moment:
    hour, minute, second = int(clock[:2]), int(clock[3:5]), int(clock[6:8])
    leap = 1 if second == _LEAP_SECOND else 0
    in_year = (month, day, hour, minute, second - leap, _microseconds(clock[9:]))
    return Moment(year, in_year, zone, timedelta(seconds=leap))


def _since_epoch(seconds: int, microseconds: int = 0) -> Moment:
    at = _EPOCH + timedelta(seconds=seconds)
    return Moment(at.year, (at.month, at.day, at.hour, at.minute, at.second, microseconds), UTC)


def _microseconds(fraction: bytes) -> int:
    return int((fraction + b"000000")[:6])


HOURS_FROM_UTC: Mapping[str, int] = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,  # RFC 5322, 4.3
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""What the names of zones mean, as systemd writes them, to a reader who lives elsewhere."""


def _zone(written: bytes | None) -> tzinfo | str | None:
    """`+0900`, `+09:00`, `+09`, `Z`; a name such as JST is told as it is."""
    if not written:
        return None
    if written in (b"Z", b"UTC", b"GMT"):
        return UTC
    if written[:1] not in b"+-":
        return written.decode("ascii")
    digits = written[1:].replace(b":", b"") + b"00"
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-away if written.startswith(b"-") else away)
