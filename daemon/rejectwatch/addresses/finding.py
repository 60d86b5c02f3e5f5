"""What can be wrong with an address, and what only has to be known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "a_label",
    "at_missing",
    "at_several",
    "bad_idn",
    "bad_punycode",
    "blank",
    "comma",
    "dash",
    "domain_missing",
    "domain_numbers",
    "domain_too_long",
    "domain_without_dot",
    "dot_at_end",
    "dots_domain",
    "dots_local",
    "full_width",
    "glued",
    "ideographic_stop",
    "idn",
    "invisible",
    "local_missing",
    "local_too_long",
    "look_alike",
    "near_miss",
    "near_miss_several",
    "needs_smtputf8",
    "not_allowed",
    "not_ascii_logged",
    "old_mobile_dots",
    "several_addresses",
    "tld",
    "too_long",
    "written_out",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about an address.

    `corrected` is the whole address without it (what was found before is corrected too), None where nobody can
    tell. `shown` is what to look at: the signs themselves, a domain, or another way to write the address.
    """

    code: Code
    corrected: str | None
    shown: str


Step = Callable[[str, tuple[str, ...]], Finding | None]
"""Looks for one thing in an address; also told one's own domains."""

INFORMATIONAL: frozenset[Code] = frozenset({"a_label", "idn", "needs_smtputf8", "old_mobile_dots"})
"""The address is right as it stands, or as right as it can be."""

PROBABLE: frozenset[Code] = frozenset(
    {
        "at_missing",
        "at_several",
        "dots_local",
        "look_alike",
        "domain_numbers",
        "near_miss",
        "not_ascii_logged",
        "old_mobile_dots",
        "tld",
    }
)
"""What the correction of these says is not certain, only very likely."""


def distinct(signs: str) -> str:
    """Each once, in the order in which they come; a few are enough to be found by."""
    return "".join(dict.fromkeys(signs))[:5]
