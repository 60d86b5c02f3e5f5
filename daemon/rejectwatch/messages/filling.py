"""Fill in the texts from the record: names made harmless, and words for what the log does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rejectwatch.messages.catalogue import Catalogue, Unknown
from rejectwatch.messages.known import Known
from rejectwatch.messages.neutral import is_ordinary, named

SUBMISSION = 587
ENCRYPTION = {587: "STARTTLS", 465: "SSL/TLS"}
"""The pairs that work; the other way round mail programs say that the server does not support encryption."""


def values(known: Known, words: Catalogue) -> dict[str, str]:
    """For each name in braces what stands in its place."""
    port = known.port or SUBMISSION
    domain, sender_domain = _domain(known.recipient), _domain(known.sender)
    return {
        "who": name(known.user or known.sender, words, "fallback.who"),
        "user": name(known.user, words, "fallback.user"),
        "user_name": name(known.user, words, "fallback.user_name"),
        "sender": sender(known.sender, words),
        "sender_domain": name(sender_domain, words, "fallback.sender_domain"),
        "recipient": name(known.recipient, words, "fallback.recipient"),
        "domain": name(domain, words, "fallback.domain"),
        "client": client(known, words),
        "server": server(known, words),
        "relay": name(known.relay_host or known.relay_ip, words, "server.theirs_unnamed"),
        "service": name(known.service, words, "fallback.service"),
        "port": str(port),
        "arrived": words.say("arrived.25") if known.came_to_25 else Unknown(words.say("arrived.unknown")),
        "encryption": ENCRYPTION[port],
        **_listed(known.reply or ""),
        "sender_arg": argument(known.sender, words, "fallback.address_arg"),
        "recipient_arg": argument(known.recipient, words, "fallback.recipient_arg"),
        "domain_arg": argument(domain, words, "fallback.domain_arg"),
        "sender_domain_arg": argument(sender_domain, words, "fallback.domain_arg"),
    }


_IN_FIGURES = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_EXAMPLE = "192.0.2.10"


def _listed(reply: str) -> dict[str, str]:
    """The address that a reply speaks of, and the same as block lists name it (RFC 5782); else an example (RFC 5737)."""
    found = _IN_FIGURES.search(reply)
    address = found[0] if found else _EXAMPLE
    return {"listed": address, "listed_reversed": ".".join(reversed(address.split(".")))}


def name(text: str | None, words: Catalogue, fallback: str) -> str:
    return named(text, words.say("quotes")) if text else Unknown(words.say(fallback))


def sender(address: str | None, words: Catalogue) -> str:
    return words.say("fallback.null_sender") if address == "" else name(address, words, "fallback.sender")


def client(known: Known, words: Catalogue) -> str:
    """The address, with its name where it has one (Postfix writes "unknown" where it has none)."""
    address = name(known.client_ip, words, "fallback.client")
    if isinstance(address, Unknown) or known.client_host in (None, "", "unknown", known.client_ip):
        return address
    return f"{named(known.client_host or '', words.say('quotes'))} [{address}]"


def listed(names: Sequence[str], words: Catalogue) -> str:
    """As a sentence names several: "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return words.say("and").join(names[:-1]) + words.say("and_last") + names[-1]


def server(known: Known, words: Catalogue) -> str:
    """Whoever refused."""
    match known.refused_by:
        case "local":
            host = {"host": named(known.host, words.say("quotes"))} if known.host else None
            return words.say("server.ours", host) if host else words.say("server.ours_unnamed")
        case "remote":
            return name(known.relay_host or known.relay_ip, words, "server.theirs_unnamed")
    return words.say("server.unnamed")


def _domain(address: str | None) -> str:
    """What stands after the last @; a bare name ("root") has none."""
    _, at, domain = (address or "").rpartition("@")
    return domain if at else ""


def argument(text: str | None, words: Catalogue, fallback: str) -> str:
    """Part of a command that will be pasted into a shell: only what is nothing but an address may stand there."""
    return text if text and is_ordinary(text) else words.say(fallback)
