"""What a dialect is: the needles that tell its lines from the rest, and how each nominated line is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rejectwatch.dialects.remembered import Remembered
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.facts import Facts, Who


@dataclass(frozen=True, slots=True)
class LogMessage:
    """An operator's text that stands in the log where the client was given a reply with a code.

    `match` is contained in the logged text, in whatever case of letters.
    """

    match: str
    code: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a block: which reply codes are wanted, what its stamps mean, what was read before it."""

    codes: frozenset[int]
    stamps: Stamps
    remembered: Remembered
    log_messages: tuple[LogMessage, ...] = ()


class Whole(NamedTuple):
    """A line that does not stand in the log as it is: put together from its parts, or said to have come again.

    `repeat`: how often it came again; 0 if it is one line in several parts.
    """

    line: bytes
    repeat: int


Parse = Callable[[bytes, int, int, Facts, Asked], Whole | None]
"""Reads one nominated line: the block, where the line begins, where the needle stands.

A needle only nominates its line, since anybody can write it into an address or a reply. The parse begins
at the left end of the line and tells a fact only if it comes by itself to a place where the needle belongs.
It may answer with another line that has to be read in place of this one.
"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one mail server writes its log. `who` reads what the dialect told as `who` in `Facts.accepted`."""

    name: str
    needles: Mapping[bytes, Parse]
    who: Callable[[bytes], Who]
