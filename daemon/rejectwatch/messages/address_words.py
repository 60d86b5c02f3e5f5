"""Say what is wrong with an address itself: which signs, made visible, and how it is written right."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import reduce

from rejectwatch.addresses import INFORMATIONAL, PROBABLE, Finding, addresses_in, corrected, findings
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import listed
from rejectwatch.messages.known import Known
from rejectwatch.messages.neutral import named, quoted

_FIGURES = frozenset({"several_addresses", "local_too_long", "domain_too_long", "too_long"})


ABOUT_AN_ADDRESS = frozenset({"address_syntax", "recipient_unknown", "sender_domain_invalid", "unknown"})
"""Causes for which all that is odd about an address is worth saying; for others only what must be wrong."""


def address_rows(
    known: Known, cause: str, own_domains: Collection[str], words: Catalogue
) -> list[tuple[str, str]]:
    """A label and what is to be said, for each address that there is something to say about.

    A bare reply knows no sender and no recipient: then it is about the addresses that it quotes.
    """
    return [
        (words.say(f"address.label.{whose}"), _about(address, found, own_domains, words))
        for whose, address in _addresses(known)
        if (found := findings(address, own_domains)) and _is_worth_saying(found, cause)
    ]


def about_address(address: str, own_domains: Collection[str], language: str) -> str | None:
    """What is wrong with an address itself, and the right one; None: nothing."""
    found = findings(address, own_domains)
    return _about(address, found, own_domains, catalogue(language)) if found else None


def _is_worth_saying(found: tuple[Finding, ...], cause: str) -> bool:
    return cause in ABOUT_AN_ADDRESS or any(one.code not in INFORMATIONAL for one in found)


def _addresses(known: Known) -> Iterator[tuple[str, str]]:
    if known.sender is None and known.recipient is None:
        yield from (("reply", address) for address in addresses_in(known.reply or ""))
    if known.sender:
        yield "sender", known.sender
    if known.recipient:
        yield "recipient", known.recipient


def _about(address: str, found: tuple[Finding, ...], own_domains: Collection[str], words: Catalogue) -> str:
    sentences = (words.say(f"address.found.{one.code}", _values(one, words)) for one in found)
    said = reduce(_joined, sentences)
    if (right := corrected(address, own_domains)) is not None:
        entry = "address.probably" if any(one.code in PROBABLE for one in found) else "address.correct"
        said = words.say(entry, {"found": said, "corrected": _named(right, words)})
    return words.say("address.about", {"address": _named(address, words), "found": said})


def _joined(before: str, more: str) -> str:
    """Behind a Japanese full stop there is no blank."""
    return f"{before}{more}" if before.endswith("。") else f"{before} {more}"


def _values(finding: Finding, words: Catalogue) -> dict[str, str]:
    shown = finding.shown
    return {
        "shown": shown if finding.code in _FIGURES else quoted(shown, words.say("quotes"), 80),
        "signs": listed([_sign(sign, words) for sign in shown[:5]], words),
        "domain": _named(shown, words),
        "domains": words.say("and").join(shown.split()[:3]),
        "meant": _named((finding.corrected or "").rpartition("@")[2], words),
    }


def _named(text: str, words: Catalogue) -> str:
    return named(text, words.say("quotes"))


def _sign(sign: str, words: Catalogue) -> str:
    """So that it can be told from the one it looks like, or seen at all."""
    quotes = words.say("quotes")
    point = {"point": f"U+{ord(sign):04X}"}
    if sign in " \u3000":
        return words.say("address.sign.blank" if sign == " " else "address.sign.wide_blank")
    if sign.isspace():
        return words.say("address.sign.other_blank", point)
    visible = quoted(sign, quotes)[1:-1]
    if visible.startswith("\\") and visible != sign:
        return words.say("address.sign.unseen", point)
    if (kind := _kind(sign)) is not None:
        return words.say(f"address.sign.{kind}", {"sign": visible})
    return quoted(sign, quotes)


def _kind(sign: str) -> str | None:
    alphabet = unicodedata.name(sign, "").partition(" ")[0].lower()
    if alphabet in ("cyrillic", "greek"):
        return alphabet
    return "full_width" if unicodedata.east_asian_width(sign) == "F" else None
