"""What the support of the other side, or one's own, asks for first: filled in from the record."""

from __future__ import annotations

from datetime import tzinfo

from rejectwatch.messages.catalogue import Catalogue
from rejectwatch.messages.filling import client, sender
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import exact
from rejectwatch.messages.neutral import named, quoted

_LONGEST_ANSWER = 1200
_ALWAYS_ASKED = ("time", "sender", "recipient", "client", "reply")


def for_support(known: Known, words: Catalogue, zone: tzinfo) -> dict[str, str]:
    """By the names of the catalogue's entries (`support.…`); empty where the record does not tell."""
    quotes = words.say("quotes")
    relay = [named(one, quotes) for one in (known.relay_host, known.relay_ip) if one]
    log = [named(one, quotes) for one in (known.host, known.service or known.mta) if one]
    helo = f" {quoted(known.helo, quotes)}" if known.helo else ""
    return {
        "time": exact(known.occurred_at, zone) if known.occurred_at else "",
        "sender": "" if known.sender is None else sender(known.sender, words),
        "recipient": named(known.recipient, quotes) if known.recipient else "",
        "login": named(known.user, quotes) if known.user else "",
        "client": client(known, words) + helo if known.client_ip else "",
        "server": " ".join(log),
        "relay": " ".join(relay),
        "reply": quoted(known.reply, quotes, _LONGEST_ANSWER) if known.reply else "",
    }


def rows(told: dict[str, str], words: Catalogue) -> list[tuple[str, str]]:
    return [(words.say(f"support.{name}"), value) for name, value in told.items()]


def still_asked(told: dict[str, str], words: Catalogue) -> tuple[str, str]:
    """One more row: what the user has to be asked for, because the record does not tell it."""
    missing = [words.say(f"support.asked.{name}") for name in _ALWAYS_ASKED if not told[name]]
    return words.say("support.still_asked"), words.say("and").join(missing)
