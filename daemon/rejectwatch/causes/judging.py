"""Compare a reply with the texts of all causes at once, and let the strongest win."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from rejectwatch.causes.interface import Cause, Evidence, Reading
from rejectwatch.causes.phrases import A_LINK, landmarks_in
from rejectwatch.causes.reading import lower
from rejectwatch.causes.texts import SUPPORT, Sight, Text

_LONGEST_EVIDENCE = 160
_REMEMBERED = 2_000
"""Replies whose judgement is remembered: the same user gets the same answer again and again."""

FAR_AHEAD = 20
"""A cause that is so far behind the strongest can change nothing: not who wins, nor how sure it is."""


class Judgement(NamedTuple):
    """What one cause says of a reply."""

    cause: Cause
    evidence: Evidence


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
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._found)

    def ranking(self, reading: Reading, within: int = FAR_AHEAD) -> list[Judgement]:
        """The causes for which the reply speaks, the strongest first; without those that are too far behind (`within`)."""
        judgements = [
            Judgement(one.cause, self._evidence(one, reading))
            for one in self._remembered(reading.plain, _with_links(reading), within)
        ]
        return sorted(judgements, key=lambda one: -one.evidence.strength)

    @staticmethod
    def _evidence(found: _Found, reading: Reading) -> Evidence:
        support = SUPPORT if reading.enhanced_code in found.cause.judge.supported_by else 0
        return Evidence(found.strength + support, reading.words[found.begin : found.end][:_LONGEST_EVIDENCE])

    def _found(self, plain: str, words: str, within: int) -> tuple[_Found, ...]:
        landmarks = landmarks_in(plain)
        found: dict[str, _Found | None] = {}
        enough = 0
        for number in self._with_one_of(landmarks, is_wide=not plain.isascii()):
            cause, text = self._texts[number]
            if text.strength + SUPPORT < enough - within:
                break
            if cause.slug in found or not text.may_stand_in(landmarks):
                continue
            if match := text.search(plain, words):
                is_silent = cause.judge.unless and cause.judge.unless.search(plain)
                found[cause.slug] = (
                    None if is_silent else _Found(cause, text.strength, match.start(), match.end())
                )
                enough = enough or (0 if is_silent else text.strength)
        return tuple(filter(None, found.values()))

    def _with_one_of(self, landmarks: frozenset[str], *, is_wide: bool) -> list[int]:
        always, wide = self._without_landmark
        found = {*always, *wide} if is_wide else {*always}
        for landmark in self._by_landmark.keys() & landmarks:
            found.update(self._by_landmark[landmark])
        return sorted(found)

    @cached_property
    def _by_landmark(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for number, (_, text) in enumerate(self._texts):
            for landmark in text.rarest_landmarks:
                found[landmark].append(number)
        return dict(found)

    @cached_property
    def _without_landmark(self) -> tuple[list[int], list[int]]:
        """Those to be looked for in each text, and those in texts with Japanese, Chinese or Korean letters."""
        bare = [number for number, (_, text) in enumerate(self._texts) if not text.rarest_landmarks]
        wide = {number for number in bare if self._texts[number][1].is_wide}
        return [number for number in bare if number not in wide], sorted(wide)


def _with_links(reading: Reading) -> str:
    """The words where they hold a link, which is blotted out elsewhere; else nothing, so that more is remembered."""
    return lower(reading.words) if A_LINK in reading.plain else ""
