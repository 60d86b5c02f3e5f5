"""Texts that speak for a cause, each with its strength; a cause is judged by the strongest of them.

They are written as phrases (see `phrases`) and match `Reading.plain`: lower case, no hyphens, names blotted out.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module

from rejectwatch.causes.phrases import (
    A_LINK,
    AN_ADDRESS,
    COMMON,
    Families,
    Held,
    Needed,
    is_wide,
    landmarks_of,
    needed,
    pattern,
)


def _prepared() -> Mapping[str, tuple[str, ...]]:
    """By hatch_build.py, when it was built; in a checkout they are reckoned at the first refusal."""
    try:
        texts: Mapping[str, tuple[str, ...]] = import_module("rejectwatch.causes.prepared").TEXTS
    except (ImportError, AttributeError):  # AttributeError: prepared by an older one, in a checkout
        return {}
    return texts


PREPARED = _prepared()
"""By the key of a text: the words by which it is found, then each set of pieces, joined by bars."""

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


class Words:
    """A pattern (`re`) for text in lower case that is made when it is first needed; most commands need few of them."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text)


class Text:
    """A phrase and how strongly it speaks, except in a text that holds `unless`.

    Its pattern is made when it is first needed: making all of them would be most of the start of every command.
    """

    def __init__(
        self, strength: int, phrase: str, families: Families, unless: Words | None, sign: int
    ) -> None:
        self.strength = strength
        self.phrase = phrase
        self.key = f"{phrase} {sign}"
        self._families = families
        self._unless = unless

    @property
    def pattern(self) -> str:
        return pattern(self.phrase, self._families)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @property
    def rarest_landmarks(self) -> frozenset[str]:
        """By which it is found; empty where no word is sure."""
        return frozenset(self._prepared[0].split())

    @cached_property
    def _needed(self) -> list[Needed]:
        return [Needed.of(one.split("|")) for one in self._prepared[1:]]

    @cached_property
    def _prepared(self) -> tuple[str, ...]:
        return PREPARED.get(self.key) or self.reckoned()

    def reckoned(self) -> tuple[str, ...]:
        """What is prepared of it."""
        each = needed(self.phrase, self._families)
        return " ".join(sorted(landmarks_of(each))), *("|".join(sorted(pieces)) for pieces in each)

    def may_stand_in(self, held: Held) -> bool:
        """Whether a text is worth a pattern, which takes a thousand times as long to be made."""
        return all(map(held.one_of, self._needed))

    @property
    def is_wide(self) -> bool:
        return is_wide(self.phrase)

    def search(self, plain: str, _: str) -> re.Match[str] | None:
        match = self._compiled.search(plain)
        return None if match and self._unless and self._unless.search(plain) else match


class Sight:
    """What no phrase can say, because it has no words: a link, or something about an address in figures.

    Its pattern is compared with a text that holds one, in lower case, and with links as they stand.
    """

    is_wide = False

    def __init__(self, strength: int, pattern: str, sign: str) -> None:
        self.strength = strength
        self.phrase = self.pattern = pattern
        self.rarest_landmarks = frozenset({sign})
        self._words = Words(pattern)

    def may_stand_in(self, held: Held) -> bool:
        return True

    def search(self, plain: str, words: str) -> re.Match[str] | None:
        return self._words.search(words or plain)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """What a cause is recognised by: it is silent where the reply holds `unless`.

    An enhanced code in `supported_by` makes the words a little stronger. It never speaks alone: 5.7.1 stands
    on nearly every text of qmail, and 5.1.2 has been said of senders.
    """

    texts: tuple[Text | Sight, ...] = ()
    unless: Words | None = None
    supported_by: frozenset[str] = frozenset()

    def without(self, muted: AbstractSet[Text | Sight]) -> Texts:
        """As if these had never been written."""
        return replace(self, texts=tuple(text for text in self.texts if text not in muted))


def judged_by(
    *texts: Text | Sight, unless: Words | None = None, supported_by: frozenset[str] = frozenset()
) -> Texts:
    return Texts(texts, unless, supported_by)


_NO_FAMILIES: Families = {}
_SIGNS: dict[int, tuple[Families, int]] = {}
"""Of the families of a module: what was prepared for others than these is not found."""


def texts(
    strength: int, *phrases: str, families: Families | None = None, unless: Words | None = None
) -> tuple[Text, ...]:
    """Phrases of one strength, which say nothing where the reply holds `unless`."""
    words = families or _NO_FAMILIES
    if id(words) not in _SIGNS:
        _SIGNS[id(words)] = words, zlib.crc32(repr((COMMON, words)).encode())
    _, sign = _SIGNS[id(words)]
    return tuple(Text(strength, phrase, words, unless, sign) for phrase in phrases)


def links(strength: int, *patterns: str) -> tuple[Sight, ...]:
    """Links that say it: patterns (`re`) for text in lower case."""
    return tuple(Sight(strength, pattern, A_LINK) for pattern in patterns)


def figures(strength: int, *patterns: str) -> tuple[Sight, ...]:
    """What is said of an address in figures: patterns (`re`) for text in lower case."""
    return tuple(Sight(strength, pattern, AN_ADDRESS) for pattern in patterns)
