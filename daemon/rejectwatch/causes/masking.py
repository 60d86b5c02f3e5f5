"""What a reply looks like whose cause nobody could tell, with nothing of anybody's in it: to be kept and reported.

    553 5.7.1 <a.smith@corp.example>: Mailbox of Smith at mx1 (ref 8f3c2) has "moved"
    reply: 553 5.7.1 <*>: Mailbox of * at * (ref *) has "*"

Only words stay, as a sentence has them: letters, small or all capital or with one capital in front. All else may be
an address, a host, a number, a link, an id; and a word may be somebody's name, if sender, recipient or login have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from rejectwatch.causes.interface import Reply
from rejectwatch.causes.reading import read

SIGN = "reply: "
"""How each of them begins."""

LONGEST = 240
MOST_WORDS = 30
LONGEST_WORD = 24

# What has no end is taken to the end of the text: it may be cut.
_INSIDE = (
    (re.compile(r"<[^<>]*(?:>|$)"), "<*>"),
    (re.compile(r"\[[^\[\]]*(?:\]|$)"), "[*]"),
    (re.compile(r'"[^"]*(?:"|$)|“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)'), '"*"'),
    (re.compile(r"(?<!\w)['`][^'`]*['`](?!\w)"), '"*"'),
)
_TOKEN = re.compile(
    r"(?P<before>\(?)(?P<core><\*>|\[\*\]|\"\*\"|[^\s()<>\[\]\",;:!?]*?)(?P<behind>[).,;:!?]{0,3})"
)
_MASKED = frozenset(("*", "<*>", "[*]", '"*"', ""))
_PARTS = re.compile(r"['’-]")
_WORDS = re.compile(r"[^\W\d_]{2,}")


def masked(reply: Reply) -> str:
    """The reply without addresses, names and numbers; replies of one kind are the same text."""
    reading = read(reply)
    text = reading.words
    for inside, mask in _INSIDE:
        text = inside.sub(mask, text)
    names = _names(reply)
    tokens = [_token(token, names) for token in text.split()]
    words = [word for word, several in groupby(tokens) for word in ([word] if word == "*" else several)]
    more = ["…"] if len(words) > MOST_WORDS else []
    codes = [str(reply.code or reply.text[:3]), *filter(None, [reading.enhanced_code])]
    return _bounded(SIGN + " ".join([*codes, *words[:MOST_WORDS], *more]))


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0] + " …"


def _token(token: str, names: frozenset[str]) -> str:
    found = _TOKEN.fullmatch(token)
    if found is None:
        return "*"
    core = found["core"]
    kept = core if core in _MASKED or _is_word(core, names) else "*"
    return f"{found['before']}{kept}{found['behind']}"


def _is_word(core: str, names: frozenset[str]) -> bool:
    parts = _PARTS.split(core)
    if len(core) > LONGEST_WORD or not names.isdisjoint(part.casefold() for part in parts):
        return False
    return all(
        part.isalpha() and (part == part.lower() or part.isupper() or part[1:].islower()) for part in parts
    )


def _names(reply: Reply) -> frozenset[str]:
    """The words of which the login and the local parts consist."""
    return frozenset(word for name in _local_parts(reply) for word in _WORDS.findall(name.casefold()))


def _local_parts(reply: Reply) -> Iterator[str]:
    for name in (reply.user, reply.sender, reply.recipient):
        if name is not None:
            yield name.rpartition("@")[0] or name
