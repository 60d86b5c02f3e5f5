"""The two sides of an address that has its shape: which signs and lengths they may have, other alphabets."""

from __future__ import annotations

import re
import unicodedata

from rejectwatch.addresses.finding import Finding, distinct

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Ordinary, and nothing in it that a step looks for: no `?` (a letter that the log could not show), quote or code.
_PLAIN = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_+=-]*+(?:\.[A-Za-z0-9_+=-]++)*+"
    r"@(?:[A-Za-z0-9](?:-*[A-Za-z0-9])*+\.)+?[A-Za-z](?:-*[A-Za-z0-9])*+",
)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*+"@', re.DOTALL)
_LITERAL = re.compile(r"\[(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|IPv6:[0-9A-Fa-f:.]+)\]", re.IGNORECASE)
_ODD_IN_LOCAL = re.compile(r"[^A-Za-z0-9!#$%&'*+/=^_`{|}~.-]")
_ODD_IN_DOMAIN = re.compile(r"[\x00-\x2c/:-@\[-`{-\x7f]|(?<![^.])-|-(?![^.])")
_HALF_PUNYCODE = re.compile(r"xn-(?!-)[a-z0-9-]+", re.IGNORECASE)
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 255
_LONGEST_LABEL = 63


def is_plain(address: str) -> bool:
    """Whether an address is good as far as its signs tell; its domain may still be a misspelled one."""
    if len(address) > _LONGEST_LABEL or _PLAIN.fullmatch(address) is None:
        return False
    return "xn-" not in (lower := address.lower()) and "u003" not in lower


def is_quoted(text: str) -> bool:
    """Whether the part before the @ stands in quotes, as it must where it holds blanks or odd dots."""
    quoted = _QUOTED_LOCAL.match(text)
    return quoted is not None and "@" not in text[quoted.end() :]


def domain_without_dot(text: str, _own: tuple[str, ...]) -> Finding | None:
    domain = text.rpartition("@")[2]
    lacks = "@" in text and domain.strip(". ") and "." not in domain and not _LITERAL.fullmatch(domain)
    return Finding("domain_without_dot", None, domain) if lacks else None


def domain_numbers(text: str, _own: tuple[str, ...]) -> Finding | None:
    """The address of a host stands in brackets, or is no domain: no domain ends in a number."""
    local, _, domain = text.rpartition("@")
    last = domain.rpartition(".")[2]
    if "." not in domain or not (last.isascii() and last.isdecimal()):
        return None
    literal = _LITERAL.fullmatch(f"[{domain}]")
    return Finding("domain_numbers", f"{local}@[{domain}]" if literal else None, domain)


def too_long(text: str, _own: tuple[str, ...]) -> Finding | None:
    """RFC 5321, 4.5.3.1, in bytes."""
    local, at, domain = text.rpartition("@")
    if not at:
        return None
    if (length := _bytes(local)) > _LONGEST_LOCAL:
        return Finding("local_too_long", None, str(length))
    labels = max(map(len, domain.split(".")))
    if (length := _bytes(domain)) > _LONGEST_DOMAIN or labels > _LONGEST_LABEL:
        return Finding("domain_too_long", None, str(length))
    return None


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def not_allowed(text: str, _own: tuple[str, ...]) -> Finding | None:
    local, at, domain = text.rpartition("@")
    signs = "" if not at or is_quoted(text) else "".join(filter(_is_odd, _ODD_IN_LOCAL.findall(local)))
    if at and not _LITERAL.fullmatch(domain):
        signs += "".join(_ODD_IN_DOMAIN.findall(domain))
    # What other findings speak of.
    signs = "".join(sign for sign in signs if sign not in "@?" and not sign.isspace())
    return Finding("not_allowed", None, distinct(signs)) if signs else None


def _is_odd(sign: str) -> bool:
    return sign.isascii() or unicodedata.category(sign)[0] not in "LMN"


def punycode(text: str, _own: tuple[str, ...]) -> Finding | None:
    """A name of another alphabet as DNS writes it (xn--…): what it says, or that it is not whole."""
    local, at, domain = text.rpartition("@")
    if not at or not domain.isascii() or "xn-" not in (lower := domain.lower()):
        return None
    labels = lower.split(".")
    meant = [_HALF_PUNYCODE.sub(lambda half: half[0].replace("xn-", "xn--", 1), label) for label in labels]
    said = _decoded(meant)
    if meant != labels:
        return None if said is None else Finding("bad_punycode", f"{local}@{'.'.join(meant)}", domain)
    if not any(label.startswith("xn--") for label in labels):
        return None
    return Finding("bad_punycode", None, domain) if said is None else Finding("a_label", None, said)


def _decoded(labels: list[str]) -> str | None:
    # Not before it is needed: to load its tables takes longer than many a whole scan.
    import idna  # noqa: PLC0415

    try:
        return ".".join(idna.decode(label) if label.startswith("xn--") else label for label in labels)
    except UnicodeError:
        return None


def idn(text: str, _own: tuple[str, ...]) -> Finding | None:
    """A domain of another alphabet, and how DNS and older mail servers have to be told it."""
    domain = text.rpartition("@")[2]
    if "@" not in text or domain.isascii():
        return None
    import idna  # noqa: PLC0415 — as above

    try:
        return Finding("idn", None, idna.encode(domain, uts46=True).decode())
    except UnicodeError:
        return Finding("bad_idn", None, domain)


def needs_smtputf8(text: str, _own: tuple[str, ...]) -> Finding | None:
    """Letters that are no ASCII before the @: every server on the way has to know SMTPUTF8 (RFC 6531)."""
    local = text.rpartition("@")[0]
    letters = "".join(sign for sign in local if not sign.isascii() and not _is_odd(sign))
    return Finding("needs_smtputf8", None, distinct(letters)) if letters else None
