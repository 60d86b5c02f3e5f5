"""Refusals and deliveries of Exim that can't be read: told by their shape, never guessed.

A line is one only by what Exim itself writes at its left end: a message id and an arrow, or the client and `rejected`.
The shape is made anew from the words that Exim puts at known places, so it has nothing of anybody else in it: no
address, no name, no number. Lines that we know and don't count are not strange: deliveries within this machine that
failed, deferrals for other reasons than a reply, refusals whose code the log does not have.
"""

from __future__ import annotations

import re

from rejectwatch.dialects.exim.fields import (
    CLIENT,
    LOGIN,
    MESSAGE_ID,
    OTHER_FIELDS,
    QUOTED,
    REMOTE_HOST,
    ROUTE,
)
from rejectwatch.dialects.pattern import Pattern
from rejectwatch.dialects.text import ADDRESS, unquoted

_LONGEST = 4096

_REASON = Pattern(
    ROUTE + rb"(?: H=" + REMOTE_HOST + rb")?" + OTHER_FIELDS + rb"(?: ?: |$)"
    rb"(?:(?P<who>SMTP|LMTP|PRDR) error (?:from remote mail(?:er| server) )?(?:after )?(?P<step>[A-Za-z]{1,16})?)?"
)
_FIELD = Pattern(
    rb" (?P<name>[A-Z][A-Z0-9]{0,3})=(?:<" + ADDRESS + rb">|" + QUOTED + rb"|[^\s\"<>\[\]]{0,300}(?<!:))"
    rb"(?: \[[^\[\]\s]{0,255}\](?::\d+)?)?"
)
_MOST_FIELDS = 12

_ROUTED = rb"(?: Q=(?>\S+))?(?: routing)?(?: defer \(-?\d+\))? ?: (?!(?:[SL]MTP|PRDR) error)"
_PLAIN = Pattern(rb"[^\s<>\":]{1,512}(?: <" + ADDRESS + rb">)?" + _ROUTED)
_QUOTED = Pattern(rb"(?= <(" + ADDRESS + rb")>" + _ROUTED + rb")")
_DISCARDED = b"blackhole ("

_REJECTED = Pattern(
    CLIENT + rb"(?: F=<(?P<sender>" + ADDRESS + rb")>" + LOGIN + rb")?"
    rb"(?: [A-Z]{1,8}=[^\s\"]{1,300}){0,4} (?P<later>temporarily )?rejected (?P<step>[A-Za-z]{1,16})?"
)

_HOLDS_REPLY = Pattern(rb"(?<!response was): 5[0-5]\d[ -]")
_STEP = rb"(?P<step>(?:after )?(?:RCPT|MAIL|DATA|BDAT|EHLO|HELO|VRFY|EXPN|AUTH|STARTTLS|connection))\b"
_BY_ANOTHER_WORD = Pattern(
    rb"(?:" + MESSAGE_ID + rb" )?H=(?>[^\s()\[\]]*) ?(?:\((?>[^()]{0,255})\) )?\[[^\s\[\]]{1,64}\](?::\d+)?"
    rb"(?: [A-Za-z]{1,4}=(?:<" + ADDRESS + rb">|" + QUOTED + rb"|(?>[^\s<>\"]{1,300})))*+"
    rb" (?:[^\s:=<>\"\[\]]{1,24} ){1,2}" + _STEP
)
"""`H=pc (k3) [192.0.2.7] F=<a@b> refused RCPT <c@d>: 553 …`."""
_IN_ANOTHER_ORDER = Pattern(
    rb"(?:(?:[A-Z]{1,3}=(?:<"
    + ADDRESS
    + rb">|[^\s<>\"]{1,300})|\([^\s()]{1,255}\)|\[[^\s\[\]]{1,64}\](?::\d+)?) ){1,8}"
    rb"(?:rejected|refused|denied) " + _STEP
)
_BY_ANOTHER_ARROW = Pattern(MESSAGE_ID + rb" (?!(?:<=|[-=>*]>|\*\*|==) )(?P<arrow>[-+<>=*!~#|]{2}) ")
_COMMANDS = frozenset(b"RCPT MAIL DATA BDAT EHLO HELO VRFY EXPN AUTH STARTTLS DKIM ATRN WELLKNOWN".split())


def unread(block: bytes, begin: int, line_end: int) -> str | None:
    """The shape of a line with a permanent reply that nothing else of this dialect nominates; None: it is no refusal."""
    is_nominated = block.find(b" rejected ", begin, line_end) >= 0
    return None if is_nominated else _in_other_words(block, begin, line_end)


def _in_other_words(block: bytes, begin: int, line_end: int) -> str | None:
    end = min(line_end, begin + _LONGEST)
    found = (
        _BY_ANOTHER_WORD.match(block, begin, end)
        or _IN_ANOTHER_ORDER.match(block, begin, end)
        or _BY_ANOTHER_ARROW.match(block, begin, end)
    )
    if found is None or _HOLDS_REPLY.search(block, found.end(), line_end) is None:
        return None
    return f"* {found[found.lastgroup or 0].decode()} *"


def delivery(arrow: str, block: bytes, begin: int, to_end: int | None, line_end: int) -> str | None:
    """The shape of a delivery from its recipient on, which ends at `to_end` if anybody can tell.

    None if it failed for a reason that is no server's reply.
    """
    reason = None if to_end is None else _REASON.match(block, to_end, min(line_end, to_end + _LONGEST))
    if reason is not None and reason["who"] is None:
        return _reply_otherwise(arrow, reason, block, line_end)
    if reason is None and _has_only_a_reason(block, begin, min(line_end, begin + _LONGEST)):
        return None
    fields = "" if to_end is None else _fields(block, to_end, line_end)
    if reason is None:
        return f"* {arrow} *{fields}"
    return f"* {arrow} *{fields}: {reason['who'].decode()} error after {(reason['step'] or b'').decode()} *"


def _reply_otherwise(arrow: str, reason: re.Match[bytes], block: bytes, line_end: int) -> str | None:
    """A server's reply behind words that are not Exim's usual ones; None where there is none."""
    has_reply = _HOLDS_REPLY.search(block, reason.end() - len(b": "), line_end)
    if reason["relay_host"] is None or has_reply is None:
        return None
    return f"* {arrow} *{_fields(block, reason.start(), line_end)}: *: 5*"


def _fields(block: bytes, at: int, line_end: int) -> str:
    """The names of the fields behind a recipient."""
    names = ""
    for _ in range(_MOST_FIELDS):
        field = _FIELD.match(block, at, line_end)
        if field is None:
            break
        names, at = f"{names} {field['name'].decode()}=*", field.end()
    return names


def _has_only_a_reason(block: bytes, begin: int, end: int) -> bool:
    """Whether behind the recipient, a true one, there is no field: `x@corp.example: Unrouteable address`."""
    if block.startswith(_DISCARDED, begin) or _PLAIN.match(block, begin, end):
        return True
    originals = _QUOTED.finditer(block, begin, end)
    return any(unquoted(one[1]).lower() == block[begin : one.start()].lower() for one in originals)


def rejected(block: bytes, begin: int, line_end: int) -> str | None:
    """The shape of a refusal at a step that we don't know; None if it is none, or not for good."""
    found = _REJECTED.match(block, begin, min(line_end, begin + _LONGEST))
    if found is None:
        return _in_other_words(block, begin, line_end)
    if found["later"] or found["step"] == b"ETRN":  # which Exim only ever refuses with 4xx
        return None
    if block.find(b": ", found.end(), line_end) < 0 and not _is_new(found["step"]):
        return None  # an ACL without words: the log does not have the code
    client = "U=*" if found["address"] is None else "H=*"
    sender = "" if found["sender"] is None else " F=<*>"
    step = "" if found["step"] is None else f" {found['step'].decode()}"
    return f"{client}{sender} rejected{step} *"


def _is_new(step: bytes | None) -> bool:
    """Whether this is a command that Exim has not, or has been cut."""
    return step is not None and step.isupper() and step not in _COMMANDS
