"""Phrases: how the wordings of a cause are written down, and how they become patterns.

    (user|recipient) [is] not known     one of two, then a word that may be missing
    relay {of|access|mail} denied       any of these words between, up to six
    login…mismatch                      up to forty characters between, within the sentence
    verif~                              any ending
    NOT, MAILBOX, ADDRESS               a family with a name

No gap is unbounded, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Families = Mapping[str, str]

COMMON: Families = {
    "NOT": "(not|never)",
    "IS": "(is|are|was|were|has been|have been)",
    "DOES_NOT": (
        "((do|does|did|is|are|was|were|has|have)( not|n't)|cannot|can not|can't|couldn't|won't"
        "|(will|could|would|may|must) not)"
    ),
    "MAIL": "(mail|mails|email|emails|e mail|message|messages)",
    "THE": "(the|this|that|your|any)",
    "NEEDED": "(required|needed|necessary|mandatory)",
    # Whom it is said about. A name in brackets or an address may stand behind each: "sender <@@@>".
    "SENDER": (
        "([the|your] (envelope sender|mail from|mailfrom|return path|reverse path|from address|from field|from header"
        "|originator|sender's|sender|from:|from) [email|e mail|mail] [address|header|field] [ADDRESS])"
    ),
    "RECIPIENT": (
        "([the|this|your] (envelope recipient|rcpt to|recipient's|recipient|recipients|addressee|destination|user|mailbox"
        "|account|rcpt) [email|e mail|mail] [address|addresses|account] [ADDRESS])"
    ),
    "CLIENT": (
        "([the|your|this|client|sending|connecting|remote|smtp|server]"
        " (ip address|ip addresses|ip addr|ip|ips|host|hosts|server|mail server|mailserver|mta|mx|client|client host|computer|system|network|machine)"
        " [ADDRESS|NAME])"
    ),
    "MESSAGE": "([the|this|your] (message|mail|email|e mail|content|message content|letter|attachment) [ADDRESS])",
    # What is said.
    "REFUSED": (
        "(rejected|refused|denied|declined|not accepted|unacceptable|prohibited|forbidden|disallowed|barred|banned|blocked"
        "|(will|can) not be accepted|cannot be accepted|not welcome|unwelcome)"
    ),
    "LISTED": "(listed|blacklisted|black listed|blocklisted|block listed|blacklist|black list|blocklist|block list|on a list)",
    "UNKNOWN": "(unknown|not known|nonexistent|non existent|does not exist|doesn't exist|not exist|not found|cannot be found)",
    "INVALID": "(invalid|not valid|illegal|bad|malformed|incorrect|wrong|improper|unrecognized|unrecognised|improperly formatted)",
    "MAY_NOT": (
        "((not|isn't|aren't|never) [been] (authorized|authorised|allowed|permitted|entitled)"
        "|unauthorized|unauthorised|(may|must|can) not|cannot|can't)"
    ),
}
# Families that no phrase can say: an address that was blotted out, one word or name of any kind.
_PATTERNS: Families = {
    "ADDRESS": r"<?@{1,320}>?:?",
    "WORD": r"[^\s;]{1,255}",
    "NAME": r"[\"'(<\[]?[@\w.+]{1,80}[\"')>\]]?:?",
    "…": r"[^.;]{0,40}",
    "~": r"\w{0,40}",
}
_FAMILY = re.compile(r"\b[A-Z][A-Z_]+\b")
_PIECE = re.compile(r"\b[A-Z][A-Z_]+\b|[]()[{}|…~]|[^]()[{}|…~A-Z]+")
# Japanese, Chinese and Korean put no boundary between words.
_WIDE = re.compile("[⺀-\uffef]")


class Choice(NamedTuple):
    """One of several: necessary, or perhaps, or some of them one after another."""

    how: Literal["one", "perhaps", "some"]
    alternatives: tuple[tuple[str | Choice, ...], ...]


Sequence = tuple[str | Choice, ...]
_BRACKETS: dict[str, tuple[str, Literal["one", "perhaps", "some"]]] = {
    "(": (")", "one"),
    "[": ("]", "perhaps"),
    "{": ("}", "some"),
}


def parsed(phrase: str, families: Families) -> Sequence:
    known = {**COMMON, **families}
    while unfolded := [name for name in _FAMILY.findall(phrase) if name in known]:
        phrase = re.sub(rf"\b{unfolded[0]}\b", known[unfolded[0]], phrase)
    (sequence,) = _alternatives(iter(_PIECE.findall(phrase)), "")
    return sequence


def _alternatives(pieces: Iterator[str], closing: str) -> tuple[Sequence, ...]:
    """What stands up to the closing bracket, split at the bars."""
    found: list[list[str | Choice]] = [[]]
    for piece in pieces:
        if piece == closing:
            break
        if piece == "|":
            found.append([])
        elif piece in _BRACKETS:
            end, how = _BRACKETS[piece]
            found[-1].append(Choice(how, _alternatives(pieces, end)))
        else:
            found[-1].append(piece)
    return tuple(map(tuple, found))


def pattern(phrase: str, families: Families) -> str:
    inner = _written(parsed(phrase, families))
    return inner if _WIDE.search(phrase) else rf"(?<!\w){inner}(?!\w)"


def _written(sequence: Sequence) -> str:
    """A word that may be missing takes the blank before it along; the first of all, the one after it."""
    written = ""
    blank_is_taken = False
    for item in sequence:
        if isinstance(item, str):
            written += _PATTERNS.get(item) or re.escape(item[blank_is_taken:]).replace(r"\ ", " ")
            blank_is_taken = False
            continue
        inner = "(?:" + "|".join(map(_written, item.alternatives)) + ")"
        if item.how == "one":
            written += inner
        elif written.endswith(" "):
            written = written[:-1] + f"(?: {inner})" + ("?" if item.how == "perhaps" else "{0,6}")
            continue
        else:
            written += f"(?:{inner} )" + ("?" if item.how == "perhaps" else "{0,6}")
            blank_is_taken = True
    return written


def needed(sequence: Sequence) -> frozenset[str]:
    """Pieces of text of which every match holds at least one: few of them, and none so short that all texts have it."""
    slots = [slot for item in sequence if "" not in (slot := _slot(item))]
    return min(slots, key=_cost, default=frozenset({""}))


def _cost(slot: frozenset[str]) -> tuple[bool, int, int]:
    shortest = min(map(len, slot))
    return shortest < 4, len(slot), -shortest


def _slot(item: str | Choice) -> frozenset[str]:
    if isinstance(item, str):
        return frozenset({"" if item in _PATTERNS else item.strip()})
    if item.how != "one":
        return frozenset({""})
    words = frozenset().union(*map(needed, item.alternatives))
    return frozenset(word for word in words if not any(other in word for other in words - {word}))
