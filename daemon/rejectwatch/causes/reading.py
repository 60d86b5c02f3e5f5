"""Make a reply ready for judging: one line, no codes, no addresses; done once, for all causes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rejectwatch.causes.interface import About, Reading, Reply

LONGEST = 1024
"""More of a reply is not judged: servers write less, and what a stranger wrote has to be bounded."""
_REMEMBERED = 1_000
"""Texts that are remembered: whoever is refused tries again and again."""

# "553-5.7.1 <a@corp.example>: Sender …", "553 sorry, …", "553 5.7.1: blocked", "553 #5.1.1 no such user"
_HEAD = re.compile(
    r"(?P<code>[2-5]\d\d)(?P<joint>[- ]|$) {0,4}(?:#?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})\b:? {0,4})?"
)
# "… allowed rcpthosts (#5.7.1)", "(# 5.5.3 - chkuser)", "… for gateway #5.7.1"
_TAIL = re.compile(r" \(?# ?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})\b")
_BRACKETS = re.compile(r"<[^<>]+>")
_TOKEN = re.compile(r"[^\s<>]+")
_ABOUT = re.compile(r"\b(sender address|recipient address|client host|helo command) rejected\b")
_WHOM: dict[str, About] = {
    "sender address": "sender",
    "recipient address": "recipient",
    "client host": "client",
    "helo command": "helo",
}


def read(reply: Reply) -> Reading:
    words, plain, enhanced_code, about = _read(reply.text[:LONGEST])
    return Reading(reply, words, plain, reply.enhanced_code or enhanced_code, about)


class _Text(NamedTuple):
    """What a reading has of the text alone; the names are those of `Reading`."""

    words: str
    plain: str
    enhanced_code: str | None
    about: About | None


@lru_cache(_REMEMBERED)
def _read(text: str) -> _Text:
    text = one_line(text)
    head = _HEAD.match(text)
    words = text
    if head:
        words = text[head.end() :]
        if head["joint"] == "-":
            words = _without_repeated_codes(words, head["code"])
    plain = _plain(words)
    about = _ABOUT.search(plain)
    return _Text(words, plain, _enhanced_code(head, plain), about and _WHOM[about[1]])


def address_named(reading: Reading) -> tuple[About, str] | None:
    """The address that a reply begins with, and whose it is, as Postfix writes: "<a@corp.example>: Sender address rejected: …"."""
    if reading.about not in ("sender", "recipient") or not reading.words.startswith("<"):
        return None
    address, closed, _ = reading.words[1:].partition(">")
    return (reading.about, address) if closed else None


def one_line(text: str) -> str:
    r"""Exim logs the lines of a reply with a `\n` of two characters between them, others with real ones."""
    return " ".join(text[:LONGEST].replace("\\n", " ").split())


def _without_repeated_codes(words: str, code: str) -> str:
    """Postfix joins the lines of a reply by blanks: "553-5.1.2 The sender 553 5.1.2 is not …"."""
    return re.sub(rf"(?:^|(?<= )){code}(?:[- ]|$)(?:[245]\.\d{{1,3}}\.\d{{1,3}}(?: |$))?", "", words)


def _enhanced_code(head: re.Match[str] | None, plain: str) -> str | None:
    if head and head["enhanced"]:
        return head["enhanced"]
    tail = _TAIL.search(plain)
    return tail["enhanced"] if tail else None


def _plain(words: str) -> str:
    plain = lower(words)
    if "<" in plain:
        plain = _BRACKETS.sub(_blot_inside, plain)
    if "@" in plain or "://" in plain:
        plain = " ".join([_blotted(word) for word in plain.split(" ")])
    # "isn’t" is typed by people; "e-mail", "e mail", "pop-before-smtp" and "POP before SMTP" are the same.
    return plain.replace("’", "'").replace("-", " ")  # afterwards: an address may have hyphens


def lower(words: str) -> str:
    """In lower case and as long as before, which `str.lower` does not promise ("İ" becomes two characters)."""
    lower = words.lower()
    if len(lower) == len(words):
        return lower
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in words)


def _blot_inside(match: re.Match[str]) -> str:
    return "<" + "@" * (len(match[0]) - 2) + ">"


def _blotted(word: str) -> str:
    return _TOKEN.sub(_blot, word) if "@" in word or "://" in word else word


def _blot(match: re.Match[str]) -> str:
    token = match[0]
    if "://" in token:
        return "/" * len(token)
    return "@" * len(token) if "@" in token else token
