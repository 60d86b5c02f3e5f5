"""What a dialect is: the needles that tell its lines from the rest, and how each nominated line is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.facts import Facts, Who


@dataclass(frozen=True, slots=True)
class Asked:
    """What only a refusal needs: which reply codes are wanted, and what its stamp means."""

    codes: frozenset[int]
    stamps: Stamps


Parse = Callable[[bytes, int, int, Facts, Asked], None]
"""Reads one nominated line: the block, where the line begins, where the needle stands.

A needle only nominates its line, since anybody can write it into an address or a reply. The parse begins
at the left end of the line and tells a fact only if it comes by itself to a place where the needle belongs.
"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one mail server writes its log. `who` reads what the dialect told as `who` in `Facts.accepted`."""

    name: str
    needles: Mapping[bytes, Parse]
    who: Callable[[bytes], Who]
