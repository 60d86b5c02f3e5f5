"""Texts that speak for a cause, each with its strength; a cause is judged by the strongest of them.

They are written as phrases (see `phrases`) and match `Reading.plain`: lower case, no hyphens, names blotted out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

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


class Text:
    """A phrase and how strongly it speaks.

    `needs` are pieces of text of which every match holds one: looking for them costs a fiftieth of the
    pattern, and most replies are about something else. So the pattern is made when it is first needed;
    making them all would take a twentieth of a second from the start of every command.
    """

    def __init__(self, strength: int, phrase: str, families: Families) -> None:
        self.strength = strength
        self._needs = tuple(needed(parsed(phrase, families)))
        self._phrase = phrase
        self._families = families

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(pattern(self._phrase, self._families))

    def search(self, plain: str) -> re.Match[str] | None:
        for need in self._needs:
            if need in plain:
                return self._pattern.search(plain)
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

    def judge(reading: Reading) -> Evidence | None:
        found = _first(strongest_first, reading)
        if found is None or (unless and unless.search(reading.plain)):
            return None
        support = SUPPORT if reading.enhanced_code in supported_by else 0
        return Evidence(found.strength + support, found.words)

    return judge


def texts(strength: int, *phrases: str, families: Families | None = None) -> tuple[Text, ...]:
    """Phrases of one strength."""
    return tuple(Text(strength, phrase, families or {}) for phrase in phrases)


def _first(strongest_first: list[Text], reading: Reading) -> Evidence | None:
    for text in strongest_first:
        if match := text.search(reading.plain):
            return Evidence(text.strength, reading.words[match.start() : match.end()][:_LONGEST_EVIDENCE])
    return None
