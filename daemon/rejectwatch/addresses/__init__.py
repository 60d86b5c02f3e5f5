"""What is wrong with an address itself: full-width signs, blanks, dots, missing parts, near misses; and the right one.

    findings("taro＠example．jp")  → full_width
    corrected("taro＠example．jp") → "taro@example.jp"

Addresses are an attacker's text: whatever they are, looking at one takes bounded time and raises nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from rejectwatch.addresses import domains, parts, shape, signs
from rejectwatch.addresses.finding import INFORMATIONAL, PROBABLE, Finding, Step
from rejectwatch.addresses.quoting import addresses_in

__all__ = ["INFORMATIONAL", "PROBABLE", "Finding", "addresses_in", "corrected", "findings"]

LONGEST = 1000
"""What is longer is no address, even with all that may be glued to it: RFC 5321 allows 320 characters."""

_MOST_LOOKS = 40

_LAST = frozenset({"not_ascii_logged", "several_addresses"})
"""Where nobody can tell the address itself, nothing else is to be said about it."""

# In this order: a step may rely on what those before it have put right.
_STEPS: tuple[Step, ...] = (
    signs.seven_bit,
    signs.invisible,
    signs.full_width,
    signs.ideographic_stop,
    signs.dash,
    shape.written_out,
    shape.glued,
    signs.not_ascii_logged,
    shape.several_addresses,
    signs.blank,
    shape.comma,
    shape.at_several,
    shape.at_missing,
    shape.part_missing,
    shape.dots_domain,
    signs.look_alike,
    domains.tld,
    domains.near_miss,
    shape.dots_local,
    parts.domain_without_dot,
    parts.domain_numbers,
    parts.too_long,
    parts.not_allowed,
    parts.punycode,
    parts.idn,
    parts.needs_smtputf8,
)


def findings(address: str, own_domains: Collection[str] = ()) -> tuple[Finding, ...]:
    """All that is to be said about an address; nothing about a good one, and about the null sender."""
    return _looked_at(address, own_domains)[0]


def corrected(address: str, own_domains: Collection[str] = ()) -> str | None:
    """The address as it was meant; None where there is nothing to correct, or nobody can tell."""
    found, final = _looked_at(address, own_domains)
    wrong = [finding for finding in found if finding.code not in INFORMATIONAL]
    if not wrong or any(finding.corrected is None for finding in wrong):
        return None
    return final


def _looked_at(address: str, own_domains: Collection[str]) -> tuple[tuple[Finding, ...], str]:
    own = domains.known_as(own_domains)
    if not address or (parts.is_plain(address) and not domains.is_odd(address.rpartition("@")[2], own)):
        return (), address
    if len(address) > LONGEST:
        return (Finding("too_long", None, str(len(address))),), address
    return _all_steps(address, own)


def _all_steps(address: str, own: tuple[str, ...]) -> tuple[tuple[Finding, ...], str]:
    """One thing after the other, from the first step again after each correction: it may uncover another fault."""
    found: dict[str, Finding] = {}
    steps = list(_STEPS)
    text = signs.unescaped(address)
    for _ in range(_MOST_LOOKS):
        step, finding = _first(steps, text, own)
        if finding is None:
            return tuple(found.values()), text
        if finding.corrected is None:
            found[finding.code] = finding
            if finding.code in _LAST:
                return tuple(found.values()), text
            steps.remove(step)
        else:
            found.setdefault(finding.code, finding)
            text = signs.unescaped(finding.corrected)
    return (*found.values(), Finding("not_allowed", None, "")), text


def _first(steps: list[Step], text: str, own: tuple[str, ...]) -> tuple[Step, Finding | None]:
    for step in steps:
        if (finding := step(text, own)) is not None:
            return step, finding
    return steps[-1], None
