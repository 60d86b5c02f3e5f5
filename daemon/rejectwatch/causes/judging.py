"""Compare a reply with the texts of all causes at once, and let the strongest win."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from rejectwatch.causes.interface import Cause, Evidence, Reading
from rejectwatch.causes.phrases import A_LINK, ANYWHERE, IN_WIDE, Held, landmarks_in
from rejectwatch.causes.reading import lower
from rejectwatch.causes.texts import CLEAR, SUPPORT, Sight, Text
from rejectwatch.facts import Confidence

_LONGEST_EVIDENCE = 160
_REMEMBERED = 2_000
"""Replies whose judgement is remembered: the same user gets the same answer again and again."""

FAR_AHEAD = 20
"""A cause that is so far behind the strongest can change nothing: not who wins, nor how sure it is."""


THE_BAR = 20
"""What the evidence for any cause is compared with where no other cause is near."""


class Judgement(NamedTuple):
    """What one cause says of a reply."""

    cause: Cause
    evidence: Evidence


class Verdict(NamedTuple):
    """The cause with the strongest evidence, how sure it is, and where its words stand; no cause: we do not know."""

    cause: Cause | None
    confidence: Confidence
    begin: int = 0
    end: int = 0


class _Found(NamedTuple):
    """The strongest text of a cause in a reply, and where it stands."""

    cause: Cause
    strength: int
    begin: int
    end: int


class Judging:
    """All texts of some causes, strongest first.

    A reply is compared with few of them: those that share words with it, as long as they can still change something.
    """

    def __init__(self, causes: Sequence[Cause]) -> None:
        every_text = [(cause, text) for cause in causes for text in cause.judge.texts]
        self._texts: list[tuple[Cause, Text | Sight]] = sorted(every_text, key=lambda one: -one[1].strength)
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._verdict)

    def verdict(self, reading: Reading) -> Verdict:
        """Where two causes are equally strong, we do not know."""
        return self._remembered(reading.plain, _with_links(reading), reading.enhanced_code)

    def ranking(self, reading: Reading) -> list[Judgement]:
        """All causes for which the reply speaks, the strongest first."""
        found = self._ranked(reading.plain, _with_links(reading), reading.enhanced_code, within=100)
        return [
            Judgement(one.cause, Evidence(one.strength, reading.words[one.begin : one.end])) for one in found
        ]

    def _verdict(self, plain: str, words: str, enhanced_code: str | None) -> Verdict:
        found = self._ranked(plain, words, enhanced_code, within=FAR_AHEAD)
        if not found:
            return Verdict(None, "low")
        first, margin = found[0], found[0].strength - (found[1].strength if len(found) > 1 else THE_BAR)
        if margin == 0:
            return Verdict(None, "low")
        return Verdict(first.cause, _confidence(first.strength, margin), first.begin, first.end)

    def _ranked(self, plain: str, words: str, enhanced_code: str | None, within: int) -> list[_Found]:
        """The causes for which a text speaks, the strongest first; without those that are too far behind (`within`)."""
        found = [_supported(one, enhanced_code) for one in self._found(plain, words, within)]
        return sorted(found, key=lambda one: -one.strength)

    def _found(self, plain: str, words: str, within: int) -> tuple[_Found, ...]:
        landmarks, held = landmarks_in(plain), Held(plain)
        found: dict[str, _Found | None] = {}
        enough = 0
        for number in self._with_one_of(landmarks):
            cause, text = self._texts[number]
            if text.strength + SUPPORT < enough - within:
                break
            if cause.slug in found or not text.may_stand_in(held):
                continue
            if match := text.search(plain, words):
                is_silent = cause.judge.unless and cause.judge.unless.search(plain)
                end = min(match.end(), match.start() + _LONGEST_EVIDENCE)
                found[cause.slug] = None if is_silent else _Found(cause, text.strength, match.start(), end)
                enough = enough or (0 if is_silent else text.strength)
        return tuple(filter(None, found.values()))

    def _with_one_of(self, landmarks: frozenset[str]) -> list[int]:
        found: set[int] = set()
        for landmark in self._by_landmark.keys() & landmarks:
            found.update(self._by_landmark[landmark])
        return sorted(found)

    @cached_property
    def _by_landmark(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for number, (_, text) in enumerate(self._texts):
            for landmark in text.rarest_landmarks or (IN_WIDE if text.is_wide else ANYWHERE,):
                found[landmark].append(number)
        return dict(found)


def _supported(found: _Found, enhanced_code: str | None) -> _Found:
    if enhanced_code not in found.cause.judge.supported_by:
        return found
    return found._replace(strength=found.strength + SUPPORT)


def _confidence(strength: int, margin: int) -> Confidence:
    if strength >= CLEAR and margin >= FAR_AHEAD:
        return "high"
    return "medium" if strength >= 50 and margin >= 5 else "low"


def _with_links(reading: Reading) -> str:
    """The words where they hold a link, which is blotted out elsewhere; else nothing, so that more is remembered."""
    return lower(reading.words) if A_LINK in reading.plain else ""
