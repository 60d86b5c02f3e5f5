r"""Lines that are no whole line by themselves: one that says that another came again, and one of several parts.

    mail last message repeated 2 times                                    syslogd: the line before it, whoever wrote it
    mail postfix/smtpd[250]: message repeated 2 times: [ NOQUEUE: reject: RCPT from …]      rsyslog
    mail exim[81]: [1/2] 2026-11-24 07:54:18 H=… rejected RCPT <a@b>: 553 …                 Exim, every 870 characters
    mail exim[81]: [2/2] and the rest of it
    {"log":"Nov 24 07:54:18 mail postfix/…\n","stream":"stdout","time":"2026-11-24T07:54:18.153874123Z"}    docker

None can be imitated: all that others write stands behind the text's left end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from rejectwatch.dialects.interface import Asked, Parse, Whole
from rejectwatch.dialects.prefixes import PART, syslog
from rejectwatch.dialects.unusual import behind_id, without_a_tag
from rejectwatch.facts import Facts

_NEWLINE = ord("\n")
_BEFORE = b"before"
_PARTS = b"parts"
_MAY_COME_AGAIN = (b"reject", b", status=", b" ** ", b" == ", b" 55", b" 5.")
"""What stands in lines that tell of a refusal, and of some others."""

_LAST = rb"last message repeated (?P<times>[1-9]\d{0,5}) times?\b"
_REPEATED = without_a_tag(rb"(?:--- )?" + _LAST)
_REPEATED_BY_NAME = re.compile(_LAST)
_SYSLOGD = "syslogd"
_SAYS_AGAIN = re.compile(rb"message repeated (?P<times>[1-9]\d{0,5}) times: \[ ?")


class _Again(NamedTuple):
    """How often the line before came again, as a line of this stamp and host says; any host where it names none."""

    stamp: bytes
    host: bytes | None
    times: int


def repeated(block: bytes, start: int, at: int, _told: Facts, asked: Asked) -> Whole | None:
    """`Nov 24 04:27:25 mail last message repeated 2 times`: of the same host's line right before it."""
    again = _again(block, start, block.find(b"\n", at))
    if again is None:
        return _message_repeated(block, start, at)
    before = _before(block, start, asked)
    prefix = None if before is None else syslog(before, 0, len(before))
    if before is None or prefix is None or (again.host and again.host != prefix[1].host):
        return None
    asked.remembered.put(_BEFORE, b"", before)
    return Whole(again.stamp + before[prefix[0] :], again.times)


def _again(block: bytes, start: int, end: int) -> _Again | None:
    found = _REPEATED.match(block, start, end)
    if found is not None:
        return _Again(block[start : found.end("stamp")], found["host"], int(found["times"]))
    prefix = syslog(block, start, end)
    if prefix is None or prefix[1].tag != _SYSLOGD:
        return None
    found = _REPEATED_BY_NAME.match(block, prefix[2], end)
    return None if found is None else _Again(block[start : prefix[0]], prefix[1].host, int(found["times"]))


def _before(block: bytes, start: int, asked: Asked) -> bytes | None:
    """The line before, or before that, if it says itself that a line came again; with its end."""
    line = _last_line(block, start)
    return asked.remembered.get(_BEFORE) if line is None or _again(line, 0, len(line)) else line


def remember_last(block: bytes, asked: Asked) -> None:
    """Keep the last line of a block if the next one may say that a refusal came again."""
    line = _last_line(block, len(block))
    if line is None:
        return
    if any(word in line for word in _MAY_COME_AGAIN) and b", status=sent (" not in line:
        asked.remembered.put(_BEFORE, b"", line)
    elif not _again(line, 0, len(line)):
        asked.remembered.drop(_BEFORE)


def _last_line(block: bytes, end: int) -> bytes | None:
    """The last line that ends before, and is not empty; with its end."""
    while end > 1 and block[end - 2] == _NEWLINE:
        end -= 1
    return block[block.rfind(b"\n", 0, end - 1) + 1 : end] if end > 1 else None


def _message_repeated(block: bytes, start: int, at: int) -> Whole | None:
    """`mail postfix/smtpd[250]: message repeated 2 times: [ NOQUEUE: reject: RCPT from …]`."""
    prefix = syslog(block, start, at + 1)
    end = block.find(b"\n", at)
    again = None if prefix is None else _SAYS_AGAIN.match(block, prefix[2], end)
    if prefix is None or again is None:
        return None
    text = block[again.end() : end].removesuffix(b"]")
    return Whole(block[start : prefix[2]] + text + b"\n", int(again["times"]))


def part(block: bytes, start: int, at: int, _told: Facts, asked: Asked) -> Whole | None:
    r"""`mail exim[81]: [1/2] 2026-11-24 07:54:18 H=…`: the last part tells what the whole line says.

    A copy for the reject log goes on with the headers of the message; there a line ends with its part `[2\12]`.
    """
    begin = behind_id(block, block.find(b"[", at), len(block))
    prefix = syslog(block, start, begin)
    if prefix is None or prefix[2] != begin or not prefix[1].may_be_exim:
        return None
    end, whose = block.find(b"\n", at), prefix[1].process
    this = PART.match(block, prefix[2], end)
    if this is None:
        return None
    number, parts = int(this["part"]), int(this["parts"])
    if number == 1 and this["by"] == b"\\":  # whole as it is
        return None
    before = _read_so_far(asked.remembered.get(_PARTS, whose)) if number > 1 else (0, b"")
    asked.remembered.drop(_PARTS, whose)
    if before is None or before[0] != number - 1:
        return None
    line = before[1] + block[this.end() : end]
    if this["by"] == b"/" and number < parts:
        asked.remembered.put(_PARTS, whose, b"%d %b" % (number, line))
        return None
    return Whole(block[start : prefix[2]] + line + b"\n", 0)


def by_docker(block: bytes, start: int, at: int, _told: Facts, _asked: Asked) -> Whole | None:
    r"""`{"log":"Nov 24 07:54:18 mail postfix/…\n","stream":"stdout","time":"2026-11-24T07:54:18.153874123Z"}`."""
    line = shown_by_docker(block[start : block.find(b"\n", at)]) if start == at else None
    return None if line is None else Whole(line, 0)


def shown_by_docker(line: bytes) -> bytes | None:
    """What `docker logs -t` shows of a line of its json-file; None if it is none."""
    try:
        said = json.loads(line)
        shown = f"{said['time']} {said['log']}".partition("\n")[0]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return shown.encode("utf-8", "backslashreplace") + b"\n"


def _read_so_far(kept: bytes | None) -> tuple[int, bytes] | None:
    """How many parts were read, and what they say together."""
    if kept is None:
        return None
    number, _, line = kept.partition(b" ")
    return int(number), line


NEEDLES: Mapping[bytes, Parse] = {
    b" message repeated ": repeated,
    b": [": part,
    b"- [": part,  # behind RFC 5424
    b"-  [": part,
    b'{"log":"': by_docker,
}
