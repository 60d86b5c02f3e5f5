"""Permanent replies in lines that no dialect reads: a refusal in a form that is new is counted, and not lost.

    mail postfix/smtpd[250]: NOQUEUE: refuse: RCPT from pc.corp.example[192.0.2.7]: 553 5.7.1 …
    mail postfix/smtp[251]: 4XyzAb12cD: to=<lee@partner.example>, relay=mx…, delays=…, dsn=5.7.1, st
    2026-11-24 07:54:18 H=pc (k3) [192.0.2.7] F=<kim@corp.example> refused RCPT <lee@partner.example>: 553 …

The needles are how such a reply looks, which is rare in other lines. What a dialect nominates by a needle of its own is
its affair (`strange`). Here as there, only what a program writes itself, at the left end, makes a line one of these.
"""

from __future__ import annotations

from collections.abc import Mapping

from rejectwatch.dialects.exim import strange as exim
from rejectwatch.dialects.interface import Asked, Parse
from rejectwatch.dialects.postfix import strange as postfix
from rejectwatch.dialects.prefixes import exim_line, syslog
from rejectwatch.facts import Facts

_CODE, _ENHANCED, _FIELD = b" 55", b" 5.", b", dsn=5."


def code(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """` 553 no`, ` 553-no`."""
    end = block.find(b"\n", at)
    prefix = syslog(block, start, end)
    if prefix is not None and prefix[1].mta == "postfix":
        is_nominated = block.find(b"reject", start, end) >= 0
        shape = None if is_nominated else postfix.unread(prefix[1].tag, block[prefix[2] : end])
        stamp_end, mta = prefix[0], "postfix"
    elif (line := exim_line(block, start, end)) is not None:
        shape = exim.unread(block, line[2], end)
        stamp_end, mta = line[0], "exim"
    else:
        return
    if shape is not None:
        told.not_understood(start, block[start:stamp_end], mta, shape)


def enhanced(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """` 521 5.7.1 no`: where the code alone has not nominated the line."""
    if block.find(_CODE, start, block.find(b"\n", at)) < 0:
        code(block, start, at, told, asked)


def field(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`, dsn=5.7.1` of a delivery whose line ends before the reply."""
    end = block.find(b"\n", at)
    if block.find(_CODE, start, end) < 0 and block.find(_ENHANCED, start, end) < 0:
        code(block, start, at, told, asked)


NEEDLES: Mapping[bytes, Parse] = {_CODE: code, _ENHANCED: enhanced, _FIELD: field}
