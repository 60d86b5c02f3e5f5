"""Texts that speak for a cause, each with its strength; a cause is judged by the strongest of them.

They are written as phrases (see `phrases`) and match `Reading.plain`: lower case, no hyphens, names blotted out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property, lru_cache

from rejectwatch.causes.interface import Evidence, Reading
from rejectwatch.causes.phrases import Families, is_wide, landmarks, landmarks_in, pattern

CERTAIN = 90
"""The words say it themselves, in whatever system ("not logged in")."""
CLEAR = 75
"""The words say it, but a few systems say them of something else too."""
LIKELY = 55
"""Read with the usual meaning; another one is possible."""
HINT = 35
"""Better than nothing: the words are open, and this is what most often stands behind them."""

SUPPORT = 5
"""What an enhanced code adds to words that it fits."""

_LONGEST_EVIDENCE = 160
_REMEMBERED = 2_000
"""Replies whose judgement is remembered: the same user gets the same answer again and again."""


landmarks_of = lru_cache(maxsize=8)(landmarks_in)  # all causes ask for the same text, one after the other


class Text:
    """A phrase and how strongly it speaks, except in a text that holds `unless`.

    Its pattern is made when it is first needed: making all of them would be most of the start of every command.
    """

    def __init__(
        self, strength: int, phrase: str, families: Families, unless: re.Pattern[str] | None = None
    ) -> None:
        self.strength = strength
        self.phrase = phrase
        self._families = families
        self._unless = unless

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(pattern(self.phrase, self._families))

    def landmarks(self) -> frozenset[str]:
        return landmarks(self.phrase, self._families)

    def search(self, plain: str) -> re.Match[str] | None:
        match = self._pattern.search(plain)
        return None if match and self._unless and self._unless.search(plain) else match


class _Texts:
    """The texts of a cause, strongest first. Most are about something else than a given reply: no word of them stands in it."""

    def __init__(self, texts: tuple[Text, ...]) -> None:
        self._strongest_first = sorted(texts, key=lambda text: -text.strength)

    @cached_property
    def _by_landmark(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for number, text in enumerate(self._strongest_first):
            for landmark in text.landmarks():
                found[landmark].append(number)
        return dict(found)

    @cached_property
    def _without_landmark(self) -> tuple[list[int], list[int]]:
        """Those to be looked for in each text, and those in texts with Japanese, Chinese or Korean letters."""
        bare = [number for number, text in enumerate(self._strongest_first) if not text.landmarks()]
        wide = {number for number in bare if is_wide(self._strongest_first[number].phrase)}
        return [number for number in bare if number not in wide], sorted(wide)

    def strongest_in(self, plain: str) -> tuple[int, int, int] | None:
        """The strength of the strongest text that is found, and where."""
        for number in self._worth_a_look(plain):
            text = self._strongest_first[number]
            if match := text.search(plain):
                return text.strength, match.start(), match.end()
        return None

    def _worth_a_look(self, plain: str) -> list[int]:
        always, wide = self._without_landmark
        found = {*always} if plain.isascii() else {*always, *wide}
        for landmark in self._by_landmark.keys() & landmarks_of(plain):
            found.update(self._by_landmark[landmark])
        return sorted(found)


def judged_by(
    *texts: Text,
    unless: re.Pattern[str] | None = None,
    supported_by: frozenset[str] = frozenset(),
) -> Callable[[Reading], Evidence | None]:
    """The strongest text that the reply holds; silent where the reply speaks of something else (`unless`).

    An enhanced code in `supported_by` makes the words a little stronger. It never speaks alone: 5.7.1 stands
    on nearly every text of qmail, and 5.1.2 has been said of senders.
    """
    strongest_in = lru_cache(maxsize=_REMEMBERED)(_Texts(texts).strongest_in)

    def judge(reading: Reading) -> Evidence | None:
        found = strongest_in(reading.plain)
        if found is None or (unless and unless.search(reading.plain)):
            return None
        strength, begin, end = found
        support = SUPPORT if reading.enhanced_code in supported_by else 0
        return Evidence(strength + support, reading.words[begin:end][:_LONGEST_EVIDENCE])

    return judge


def texts(
    strength: int, *phrases: str, families: Families | None = None, unless: re.Pattern[str] | None = None
) -> tuple[Text, ...]:
    """Phrases of one strength, which say nothing where the reply holds `unless`."""
    return tuple(Text(strength, phrase, families or {}, unless) for phrase in phrases)
