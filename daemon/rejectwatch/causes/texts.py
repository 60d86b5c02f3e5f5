"""Texts that speak for a cause, each with its strength; a cause is judged by the strongest of them.

They are written as phrases (see `phrases`) and match `Reading.plain`: lower case, no hyphens, names blotted out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, lru_cache

from rejectwatch.causes.interface import Evidence, Reading
from rejectwatch.causes.phrases import Families, needed, parsed, pattern

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


class Text:
    """A phrase and how strongly it speaks.

    `needs` are pieces of text of which every match holds one: looking for them costs a fiftieth of the
    pattern, and most replies are about something else. So the pattern is made when it is first needed;
    making them all would take a twentieth of a second from the start of every command.
    """

    def __init__(
        self, strength: int, phrase: str, families: Families, unless: re.Pattern[str] | None = None
    ) -> None:
        self.strength = strength
        self._unless = unless
        self._needs = tuple(needed(parsed(phrase, families)))
        self._phrase = phrase
        self._families = families

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(pattern(self._phrase, self._families))

    def search(self, plain: str) -> re.Match[str] | None:
        for need in self._needs:
            if need in plain:
                match = self._pattern.search(plain)
                return None if match and self._unless and self._unless.search(plain) else match
        return None


def judged_by(
    *texts: Text,
    unless: re.Pattern[str] | None = None,
    supported_by: frozenset[str] = frozenset(),
) -> Callable[[Reading], Evidence | None]:
    """The strongest text that the reply holds; silent where the reply speaks of something else (`unless`).

    An enhanced code in `supported_by` makes the words a little stronger. It never speaks alone: 5.7.1 stands
    on nearly every text of qmail, and 5.1.2 has been said of senders.
    """
    strongest_first = sorted(texts, key=lambda text: -text.strength)

    @lru_cache(maxsize=_REMEMBERED)
    def first(plain: str) -> tuple[int, int, int] | None:
        return _first(strongest_first, plain)

    def judge(reading: Reading) -> Evidence | None:
        found = first(reading.plain)
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


def _first(strongest_first: list[Text], plain: str) -> tuple[int, int, int] | None:
    """The strength of the strongest text that is found, and where."""
    for text in strongest_first:
        if match := text.search(plain):
            return text.strength, match.start(), match.end()
    return None
