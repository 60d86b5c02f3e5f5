r"""Lines that are no whole line by themselves: one that says that another came again, and one of several parts.

    mail last message repeated 2 times                                    syslogd: the line before it, whoever wrote it
    mail postfix/smtpd[250]: message repeated 2 times: [ NOQUEUE: reject: RCPT from …]      rsyslog
    mail exim[81]: [1/2] 2026-11-24 07:54:18 H=… rejected RCPT <a@b>: 553 …                 Exim, every 870 characters
    mail exim[81]: [2/2] and the rest of it

Neither can be imitated: all that others write stands behind the text's left end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rejectwatch.dialects.interface import Asked, Parse, Whole
from rejectwatch.dialects.prefixes import PART, syslog
from rejectwatch.facts import Facts

_BEFORE = b"before"
_PARTS = b"parts"

_REPEATED = re.compile(
    rb"(?P<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[^ \n]{5,30}) (?P<host>[^ \n]{1,255}) "
    rb"(?:syslogd(?:\[\d{1,10}\])?: |--- )?last message repeated (?P<times>[1-9]\d{0,5}) times?\b"
)
_OF_A_LINE = re.compile(
    rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[^ \n]{5,30}) (?=(?P<host>[^ \n]{1,255}) )"
)
_MESSAGE_REPEATED = re.compile(rb"message repeated (?P<times>[1-9]\d{0,5}) times: \[ ?")


def repeated(block: bytes, start: int, at: int, _told: Facts, asked: Asked) -> Whole | None:
    """`Nov 24 04:27:25 mail last message repeated 2 times`: of the same host's line right before it."""
    again = _REPEATED.match(block, start, block.find(b"\n", at))
    before = None if again is None else _before(block, start, asked)
    of_before = None if before is None else _OF_A_LINE.match(before)
    if again is None or before is None or of_before is None or of_before["host"] != again["host"]:
        return None
    asked.remembered.put(_BEFORE, b"", before)
    return Whole(again["stamp"] + b" " + before[of_before.end() :], int(again["times"]))


def _before(block: bytes, start: int, asked: Asked) -> bytes | None:
    """The line before, or before that, if it says itself that a line came again; with its end."""
    if start == 0:
        return asked.remembered.get(_BEFORE)
    line = block[block.rfind(b"\n", 0, start - 1) + 1 : start]
    return asked.remembered.get(_BEFORE) if _REPEATED.match(line) else line


def remember_last(block: bytes, asked: Asked) -> None:
    """Keep the last line of a block if the next one may say that a refusal came again."""
    line = block[block.rfind(b"\n", 0, -1) + 1 :]
    if b"reject" in line:
        asked.remembered.put(_BEFORE, b"", line)
    elif not _REPEATED.match(line):
        asked.remembered.drop(_BEFORE)


def message_repeated(block: bytes, start: int, at: int, _told: Facts, _asked: Asked) -> Whole | None:
    """`mail postfix/smtpd[250]: message repeated 2 times: [ NOQUEUE: reject: RCPT from …]`."""
    prefix = syslog(block, start, at + 2)
    end = block.find(b"\n", at)
    again = None if prefix is None else _MESSAGE_REPEATED.match(block, prefix[2], end)
    if prefix is None or again is None:
        return None
    text = block[again.end() : end].removesuffix(b"]")
    return Whole(block[start : prefix[2]] + text + b"\n", int(again["times"]))


def part(block: bytes, start: int, at: int, _told: Facts, asked: Asked) -> Whole | None:
    r"""`mail exim[81]: [1/2] 2026-11-24 07:54:18 H=…`: the last part tells what the whole line says.

    A copy for the reject log goes on with the headers of the message; there a line ends with its part `[2\12]`.
    """
    prefix = syslog(block, start, at + 3)
    if prefix is None or prefix[1].mta != "exim":
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


def _read_so_far(kept: bytes | None) -> tuple[int, bytes] | None:
    """How many parts were read, and what they say together."""
    if kept is None:
        return None
    number, _, line = kept.partition(b" ")
    return int(number), line


NEEDLES: Mapping[bytes, Parse] = {
    b" last message repeated ": repeated,
    b": message repeated ": message_repeated,
    b"]: [": part,
}
