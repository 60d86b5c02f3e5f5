"""The reply of the server that refused, cut out of what others wrote around it."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 2_000

_CODE = r"[45]\d\d(?:[ -]\#?[45]\.\d{1,3}\.\d{1,3}\b|[ :-]{1,3}(?=\S)|,[ ]ERROR_CODE)"
# A number alone is no reply ("after 500 attempts"): something has to say so, or an enhanced code to follow.
_REPLY = re.compile(
    rf"""(?:^|(?<=[:;>'"\#(【]))[ ]{{0,4}}(?P<reply>{_CODE})
    |(?:\b(?:said|error|returned|reply|replied|response|responded|code|was|reason|message|status|with|permanent)|:)
       [ ]{{1,2}}['"(\#]?(?P<told>{_CODE})
    |(?<![\w.=/-])(?P<plain>[45]\d\d[ -]\#?[45]\.\d{{1,3}}\.\d{{1,3}})\b
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ENHANCED = re.compile(r"^(?:-- )?(?P<reply>[45]\.\d{1,3}\.\d{1,3} )", re.MULTILINE)
_HEAD = re.compile(r"[245]\d\d(?:[ -]#?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})\b)?")

# What a server puts around the reply that it got; read from the left end, so that no words of a stranger count.
_AROUND = (
    # Microsoft 365: "550 5.0.350 Remote server returned an error -> 553 5.7.1 …"
    re.compile(r"[45]\d\d[ -][\d.]{0,12} ?Remote server returned [^>]{0,120}-> ?(?=[45]\d\d)", re.IGNORECASE),
    # Exchange, in any language: "Remote Server returned '553 5.7.1 …'"
    re.compile(r"[^'‘“\"\d]{0,80}['‘“\"](?=[45]\d\d[ -])"),
    # Exchange: "550 5.0.0 <mx.partner.example #5.7.1 smtp;553 5.7.1 …> #SMTP#"
    re.compile(
        r"(?:[45]\d\d )?(?:[\d.]{0,12} )?<[\w.-]{1,255} #[\d.]{5,12} smtp; ?(?=[45]\d\d)", re.IGNORECASE
    ),
    # IronPort: "5.1.0 - Unknown address error 553-'…'"
    re.compile(r"[45]\.\d\.\d - [\w ]{1,60} error (?=[45]\d\d[ -])"),
    # amavis: "554 5.1.0 id=…, from MTA(smtp:[127.0.0.1]:10025): 553 …"
    re.compile(r"[45]\d\d [\d.]{5,12} [^,]{0,80}, from MTA\([^()]{0,80}\): (?=[45]\d\d)"),
    # Gmail: "553 553 …"; Yahoo: "553: 553 …"
    re.compile(r"(?P<code>[45]\d\d):? (?=(?P=code)[ -])"),
    # Zoho: "ERROR_CODE :553, ERROR_CODE :5.7.1 …"
    re.compile(r"ERROR_CODE :(?=[45]\d\d)"),
)
# What follows it, of the server that wrote the bounce.
_AFTER = re.compile(
    r"(?:\(in reply to (?:the )?[A-Z ]{2,40}(?: command)?\)?|\(reply to [^()]{1,40}\)"
    r"|\(delivery attempts: \d+\)|\[[A-Z]{4}_?[A-Z]{0,5}\]$|##\S*|> #SMTP#|#SMTP#"
    r"|I'm not going to try again|Giving up on \S+|\(Other MXes)",
)
_CODES_AGAIN = re.compile(r"(?P<code>[45]\d\d), ERROR_CODE :")
# IronPort: "553-'5.7.1 …'"
_QUOTED_REST = re.compile(r"(?P<code>[45]\d\d)-'")
_PAIRS = {")": "(", ">": "<", "]": "[", "'": "'", "’": "‘", '"': '"', "”": "“"}
_BLANKS = re.compile(r"\s+")


class Server(NamedTuple):
    """Where a reply begins in a text, and the reply."""

    at: int
    reply: str


def find(text: str) -> Server | None:
    """The first reply of a server in this text, up to the end of the text."""
    found = _REPLY.search(text)
    if found is None:
        return None
    at = max(found.start("reply"), found.start("told"), found.start("plain"))
    opened = text[at - 1 : at]
    return Server(at, bare(text[at:], opened))


def find_enhanced(text: str) -> Server | None:
    """The same where only an enhanced code is given: "5.2.2 <…>... Mailbox Full"."""
    found = _ENHANCED.search(text)
    return Server(found.start("reply"), bare(text[found.start("reply") :])) if found else None


def bare(text: str, opened: str = "") -> str:
    """A reply on one line, without what the servers that passed it on wrote around it."""
    text = _BLANKS.sub(" ", text[: 2 * LONGEST]).strip()
    for _ in range(4):
        around = next((found for pattern in _AROUND if (found := pattern.match(text))), None)
        if around is None:
            break
        opened = text[around.end() - 1 : around.end()]
        text = text[around.end() :]
    text = _CODES_AGAIN.sub(r"\g<code> ", text, count=1)
    quoted = _QUOTED_REST.match(text)
    if quoted:
        text, opened = f"{quoted['code']} {text[quoted.end() :]}", "'"
    after = _AFTER.search(text)
    text = (text[: after.start()] if after else text)[:LONGEST].rstrip()
    return _closed(text, opened)


def _closed(text: str, opened: str) -> str:
    """Without the bracket or quote that closes what was opened before the reply."""
    last = text[-1:]
    opener = _PAIRS.get(last)
    if opener is None:
        return text
    alone = text.count(last) % 2 == 1 if opener == last else text.count(opener) < text.count(last)
    return text[:-1].rstrip() if alone and (opened == opener or opener != last) else text


def longer(reply: str, told: str) -> str:
    """Of a reply of several lines, of which a report may show the first alone, what is longer."""
    return told if reply[3:4] == "-" and told.startswith(reply) else reply


def has_code(text: str | None) -> bool:
    return bool(text and _HEAD.match(text))


def enhanced_code(reply: str | None) -> str | None:
    """The one that the reply begins with."""
    head = _HEAD.match(reply) if reply else None
    return head["enhanced"] if head else None
