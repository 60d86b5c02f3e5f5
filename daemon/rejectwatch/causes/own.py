"""What an operator knows of the answers at his place: a text, its cause, and what a user is told about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rejectwatch.causes.reading import lower, one_line


@dataclass(frozen=True, slots=True)
class OwnText:
    """`match` is contained in the reply, in whatever case of letters; the words of `advice` stand for a language each."""

    match: str
    cause: str
    advice: tuple[tuple[str, str], ...] = ()

    def advice_in(self, language: str) -> str | None:
        """In another language rather than not at all."""
        spoken = dict(self.advice)
        return spoken.get(language) or next(iter(spoken.values()), None)


def found_in(reply: str, own: Sequence[OwnText]) -> tuple[OwnText, str] | None:
    """The longest text that the reply holds, with its words as they stand there; the order means nothing."""
    if not own:
        return None
    text = one_line(reply)
    plain = lower(text)
    found = [(one, at) for one in own if (at := plain.find(lower(one_line(one.match)))) >= 0]
    if not found:
        return None
    longest, at = max(found, key=lambda one: len(one[0].match))
    return longest, text[at : at + len(one_line(longest.match))]
