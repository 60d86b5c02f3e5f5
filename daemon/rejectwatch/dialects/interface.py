"""What a dialect is: the needles that tell its lines from the rest, and how each nominated line is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
    count_delivered: Callable[[int], None] | None = None
    """For those who only want to know how many recipients got their mail, not who: told in place of each of them."""


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


Row = tuple[bytes, bytes, bytes, bytes, bytes]
"""A line as the groups of the pattern: its stamp, who wrote it, a queue id, what is said of that message or of a
session, and the whole line. The last only where the pattern does not know the line; then all others are empty."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual lines of one dialect.

    `stamp` gives the pattern of stamps such as that of a line, None if it is no line of this dialect. `lines` is the
    pattern of what stands behind a stamp, for the groups of a `Row` from the second to the fourth; empty groups are for
    lines that are known to say nothing. `tell` says what rows mean.
    """

    stamp: Callable[[bytes], bytes | None]
    lines: bytes
    tell: Callable[[Sequence[Row], Facts, Asked], None]

    def pattern(self, stamp: bytes) -> re.Pattern[bytes]:
        """Finds each line by the end of the one before; its groups are a `Row`.

        A class of one character such as `[^,]` is searched three times as fast as one of two, and may go beyond the end of a line where
        one is cut. So whoever searches has to see that there are as many rows as lines.
        """
        return re.compile(rb"\n(?:" + stamp + self.lines + rb"|(.*+))", re.MULTILINE | re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one mail server writes its log. `who` reads what the dialect told as `who` in `Facts.accepted`."""

    name: str
    needles: Mapping[bytes, Parse]
    usual: Usual
    who: Callable[[bytes], Who]
