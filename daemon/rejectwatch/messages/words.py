"""Say one refusal in plain words, for a terminal."""

from __future__ import annotations

from rejectwatch.causes import Reply, who_acts
from rejectwatch.facts import Event
from rejectwatch.messages.advice import situation
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import name, sender, values
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import INDENT
from rejectwatch.messages.neutral import quoted

_LONGEST_QUOTE = 240


def plain_words(event: Event, language: str) -> str:
    """Three lines: who, from where, to whom; why; what to do first."""
    words = catalogue(language)
    known = Known.of(event)
    acts = who_acts(event.cause, _reply(event))
    filled = values(known, words)
    first = words.say(f"{situation(event.cause, acts, known, words)}.first", filled)
    why = {
        "title": words.say(f"cause.{event.cause}.title"),
        "confidence": words.say(f"confidence.{event.confidence}"),
        "reply": quoted(event.reply, words.say("quotes"), _LONGEST_QUOTE),
    }
    do = {"first": first, "actor": words.say(f"actor.{acts}")}
    lines = (words.say("event.why", why), words.say("event.do", do))
    return "\n".join((_first_line(event, filled, words), *(INDENT + line for line in lines)))


def _first_line(event: Event, filled: dict[str, str], words: Catalogue) -> str:
    who = name(event.user, words, "event.nobody") if event.user else _sender(event, words)
    to = name(event.recipient, words, "event.nowhere")
    outcome = words.say(f"event.{event.outcome}", filled)
    entry = "event.first_line_from" if event.client_ip else "event.first_line"
    return words.say(entry, {"who": who, "client": filled["client"], "to": to, "outcome": outcome})


def _sender(event: Event, words: Catalogue) -> str:
    return words.say("event.nobody") if event.sender is None else sender(event.sender, words)


def _reply(event: Event) -> Reply:
    return Reply(
        event.reply, event.code, event.enhanced_code, event.refused_by, event.stage, event.user, event.sender
    )
