"""Explain a cause: what it means, who acts, and the steps of each; filled in from the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from rejectwatch.causes import BY_SLUG, Diagnosis
from rejectwatch.facts import Confidence
from rejectwatch.messages import support
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import listed, name, values
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import numbered, table
from rejectwatch.messages.neutral import quoted

SHOWN = 10
"""Recipients that are named; the others are counted."""

NotRefused = Literal["accepted", "temporary", "delayed", "delivered", "nothing"]
"""What a text may tell instead of a refusal."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The fields of `explain --format json`, under the same names."""

    cause: str
    confidence: Confidence
    evidence: str
    title: str
    meaning: str
    who_acts: str
    admin_steps: tuple[str, ...]
    user_steps: tuple[str, ...]
    forward_text: str
    addresses: tuple[str, ...] = ()
    """What is wrong with an address itself, and the right one."""


def explain(diagnosis: Diagnosis, known: Known, language: str, house: House = NO_HOUSE) -> Explanation:
    words = catalogue(language)
    filled = values(known, words)
    about = situation(diagnosis.cause, diagnosis.who_acts, known, words)
    advice = house.advice(known.reply or "", language)
    notes = _address_notes(diagnosis.cause, known, house, words)
    user_steps = (
        *filter(None, [advice]),
        *notes,
        *words.steps(f"{about}.user_steps", filled, known.mta),
    )
    return Explanation(
        cause=diagnosis.cause,
        confidence=diagnosis.confidence,
        evidence=diagnosis.evidence,
        title=words.say(nearest(about, "title", words)),
        meaning=words.say(f"{about}.meaning", filled),
        who_acts=diagnosis.who_acts,
        admin_steps=words.steps(f"{about}.admin_steps", filled, known.mta),
        user_steps=user_steps,
        forward_text=_forward_text(about, filled, user_steps, words),
        addresses=notes,
    )


def _address_notes(cause: str, known: Known, house: House, words: Catalogue) -> tuple[str, ...]:
    # Where nothing is explained, as in `scan`, nobody pays for loading it.
    from rejectwatch.messages.address_words import address_rows  # noqa: PLC0415

    return tuple(sentence for _, sentence in address_rows(known, cause, house.domains, words))


def not_refused(what: NotRefused, code: str, language: str) -> Explanation:
    """The answer where nothing was refused: there is no cause, and nobody has to do anything."""
    words = catalogue(language)
    return Explanation(
        cause="unknown",
        confidence="low",
        evidence="",
        title=words.say(f"explain.{what}.title"),
        meaning=words.say(f"explain.{what}.meaning", {"code": code}),
        who_acts="admin",
        admin_steps=words.steps("explain.not_refused.admin_steps", {}),
        user_steps=(),
        forward_text=words.say("explain.not_refused.forward"),
    )


def situation(cause: str, who_acts: str, known: Known, words: Catalogue) -> str:
    """The catalogue's name for a cause at this place: whose server refused, and whose fault it is there.

    The verdict on an incident may say somebody else than the texts of its cause know of: then they are the nearest.
    """
    refused_by = known.refused_by or BY_SLUG[cause].usually
    if "remote" in (refused_by, who_acts):
        return f"cause.{cause}.theirs"
    ours = [f"cause.{cause}.ours_{who}" for who in (who_acts, "user", "admin")]
    return next(about for about in ours if words.has(f"{about}.meaning"))


def nearest(about: str, part: str, words: Catalogue) -> str:
    """The entry that says `part` of a cause: of this place, where it has words of its own, else of the cause."""
    return f"{about}.{part}" if words.has(f"{about}.{part}") else f"{about.rpartition('.')[0]}.{part}"


def as_text(
    explanation: Explanation,
    known: Known | None,
    language: str,
    zone: tzinfo,
    recipients: Sequence[str] = (),
) -> str:
    """An explanation for a terminal; `known` None: nothing was refused, so there is nothing to do.

    `recipients`: whom all this was refused, if they are several.
    """
    words = catalogue(language)
    if known is None:
        return f"{explanation.title}\n{explanation.meaning}\n"
    told = support.for_support(known, words, zone)
    asked = (support.still_asked(told, words),)
    sections = [
        table([*_to(recipients, words), *_head(explanation, words)], indent=""),
        f"{words.say('explain.admin')}\n{numbered(explanation.admin_steps)}",
        f"{words.say('explain.user')}\n\n{explanation.forward_text}",
        f"{words.say('explain.support')}\n{table([*support.rows(told, words), *asked])}",
    ]
    return "\n\n".join(sections) + "\n"


def _to(recipients: Sequence[str], words: Catalogue) -> list[tuple[str, str]]:
    if len(recipients) < 2:
        return []
    shown = listed([name(one, words, "fallback.recipient") for one in recipients[:SHOWN]], words)
    more = len(recipients) - SHOWN
    return [
        (
            words.say("explain.refused"),
            words.say("and_more", {"names": shown, "n": str(more)}) if more > 0 else shown,
        )
    ]


def _head(explanation: Explanation, words: Catalogue) -> list[tuple[str, str]]:
    return [
        (words.say("explain.cause"), f"{explanation.title} ({explanation.cause})"),
        (words.say("explain.evidence"), _evidence(explanation, words)),
        (words.say("explain.means"), explanation.meaning),
        (words.say("explain.address"), "\n".join(explanation.addresses)),
        (words.say("explain.acts"), words.say(f"explain.acts.{explanation.who_acts}")),
    ]


def _evidence(explanation: Explanation, words: Catalogue) -> str:
    confidence = words.say(f"confidence.{explanation.confidence}")
    if not explanation.evidence:
        return words.say("explain.evidence_none", {"confidence": confidence})
    evidence = quoted(explanation.evidence, words.say("quotes"))
    return words.say("explain.evidence_value", {"evidence": evidence, "confidence": confidence})


def _forward_text(about: str, filled: dict[str, str], steps: tuple[str, ...], words: Catalogue) -> str:
    """A text that a user gets as it stands: what happened, what to do, what to send if it does not help."""
    opening = words.say(f"{about}.forward", filled)
    names_menus = words.includes(f"{about}.user_steps", "clients.")
    return forward_text(
        opening, steps, words.say("forward.closing_menus" if names_menus else "forward.closing")
    )


def forward_text(opening: str, steps: Sequence[str], closing: str) -> str:
    return f"{opening}\n\n" + "\n".join(f"- {step}" for step in steps) + f"\n\n{closing}"
