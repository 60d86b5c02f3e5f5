"""The careful way to read: needles nominate lines, and each nominated line is parsed from its left end.

It reads every line that there is to read; the pattern for usual lines (`usual`) only saves its price for most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stringzilla import Str

from rejectwatch.dialects.elsewhere import Again, Elsewhere
from rejectwatch.dialects.interface import Asked, Parse
from rejectwatch.facts import Facts

Nomination = int
"""Where a needle stands, and its kind, in one number: so they sort fast."""


class Careful:
    """All needles, whichever dialect or logger they are of."""

    def __init__(self, needles: Iterable[Mapping[bytes, Parse]]) -> None:
        parses = [pair for mapping in needles for pair in mapping.items()]
        self._needles = [needle for needle, _ in parses]
        self._parses = [parse for _, parse in parses]
        self._bits = len(parses).bit_length()
        self._kind = (1 << self._bits) - 1

    def read(self, block: bytes, begin: int, end: int, told: Facts, asked: Asked) -> None:
        """Tell the facts of the lines of a block between two places, in their order."""
        self.tell(block, 0, self._nominations(block, begin, end), told, asked)

    def tell(
        self, block: bytes, shift: int, nominations: Iterable[Nomination], told: Facts, asked: Asked
    ) -> None:
        """Tell the facts of nominated lines. Needles stand by `shift` further in the block than was found."""
        before = block.rfind
        for nomination in nominations:
            at = (nomination >> self._bits) + shift
            start = before(b"\n", 0, at) + 1
            whole = self._parses[nomination & self._kind](block, start, at, told, asked)
            if whole is not None:  # what it says stands at the place of the line that completed it
                listener = Again(told, start, whole.repeat) if whole.repeat else Elsewhere(told, start)
                for one in self._nominations(whole.line, 0, len(whole.line)):
                    self._parses[one & self._kind](whole.line, 0, one >> self._bits, listener, asked)

    def nominated(self, lines: Sequence[bytes]) -> dict[int, list[Nomination]]:
        """How lines out of a block are nominated, by their index, in their order; places are counted from their begin."""
        nominated: dict[int, list[Nomination]] = {}
        text = b"\n".join(lines) + b"\n"
        index, begin, end = -1, 0, 0
        for nomination in self._nominations(text, 0, len(text)):
            while nomination >> self._bits >= end:
                index += 1
                begin, end = end, end + len(lines[index]) + 1
            nominated.setdefault(index, []).append(nomination - (begin << self._bits))
        return nominated

    def _nominations(self, block: bytes, begin: int, end: int) -> list[Nomination]:
        """Where needles stand, in the order of the block.

        Only the first of a kind in a line nominates it. So a line is parsed at most once for each needle,
        and a line full of needles costs no more than its length.
        """
        find, find_end = Str(memoryview(block)[:end]).find, block.find
        nominations: list[Nomination] = []
        for kind, needle in enumerate(self._needles):
            at = find(needle, begin)
            while at >= 0:
                nominations.append(at << self._bits | kind)
                at = find(needle, find_end(b"\n", at))
        nominations.sort()
        return nominations
