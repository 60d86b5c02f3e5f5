"""The usual lines of a log, read by one pattern; every other line is read with care (`dialects.read`).

Nearly all lines of a mail log are mail on its way, all with one form of prefix. A pattern that begins at the left end
of each line finds them in one search over a block: what others have written can't lead it astray, their order is kept,
and a line costs a third of a microsecond, where a function called for each needs one or two. It knows less than the
careful way does, and what it knows it tells in the same words: `tests/dialects/test_usual.py` compares the two.
"""

from __future__ import annotations

import re

_TRADITIONAL = re.compile(rb"[A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d ")
_RFC_3339 = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d\d:\d\d|[+-]\d{4})? "
)
_EXIM = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?P<fraction>\.\d{3})?(?P<zone> [+-]\d{4})?(?P<pid> \[\d{1,10}\])? (?:H=|\w{6}-)"
)
_ZONES = {b"": rb"", b"Z": rb"Z", b":": rb"[+-]..:..", b" ": rb"\ [+-]....", b"+": rb"[+-]...."}


def of_syslog(line: bytes) -> bytes | None:
    """Stamps of syslog that look like that of `line`: traditional, or RFC 3339 with as many digits and such a zone.

    A digit may be anything here: what is no digit stands at a place of its own in each form, so that none of them
    passes for another, whatever host and tag follow.
    """
    if _TRADITIONAL.match(line):
        return rb"([A-Z]..\ ..\ ..:..:..)"
    found = _RFC_3339.match(line)
    if found is None:
        return None
    zone = found["zone"] or b""
    kind = zone if zone in (b"", b"Z") else b":" if b":" in zone else b"+"
    return rb"(\d.{3}-.{5}T.{8}" + _fraction(found) + _ZONES[kind] + rb")"


def of_exim(line: bytes) -> bytes | None:
    """The same of Exim's own files: with the selectors +millisec and +pid, with a zone."""
    found = _EXIM.match(line)
    if found is None:
        return None
    zone = _ZONES[b" " if found["zone"] else b""]
    pid = rb"\ \[\d++\]" if found["pid"] else b""
    return rb"(\d.{3}-.{5}\ .{8}" + _fraction(found) + zone + rb")" + pid


def _fraction(found: re.Match[bytes]) -> bytes:
    return b"" if found["fraction"] is None else rb"\..{%d}" % (len(found["fraction"]) - 1)
