"""Where the reply of a `reject:` line ends and what its tail says: `; from=<S> to=<R> proto=P helo=<H>`.

A client can write a whole tail into a quoted local part or into HELO, and the reply repeats its subject,
an address or HELO, without quotes (log_whatsup in smtpd_check.c):

    553 5.7.1 <x>: not owned by user root; from=<y@z>: not owned by user alice; from=<"x>: … from=<y"@z> proto=…

So neither the first nor the last thing that looks like a tail is the true one. But each can be compared
with the subject of the reply that it leaves, and a forged one matches only a part of the true subject:
quoting leaves no quote that a forger could close. The tail with the longest subject is the true one.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from rejectwatch.dialects.text import ADDRESS, unquoted

_FIELDS = (
    rb";(?: from=<(?P<sender>" + ADDRESS + rb")>)?"
    rb"(?:,? to=<(?P<recipient>" + ADDRESS + rb")>)?"  # the commas are postscreen's
    rb"(?:,? proto=(?>\w+))?"
)
_HELO = rb"(?:,? helo=<(?P<helo>[^<>]*)>)?"

# A login may be any text, but a milter's line has it in brackets (since 3.2) and others have not (since 3.10).
_OF_A_MILTER = re.compile(_FIELDS + _HELO + rb"(?: sasl_username=<(?P<login>[^<>]*)>)?")
_OF_OTHERS = re.compile(
    _FIELDS + _HELO + rb"(?: sasl_method=(?>\S+))?(?: sasl_username=(?P<login>.+?))?(?: sasl_sender=\S+)?"
)
# Refused at HELO itself, with smtpd_delay_reject = no, it is raw: `helo=<bad> helo=<x y (z)>` (seen).
_OF_HELO = re.compile(_FIELDS + rb" helo=<(?P<helo>.*)>")
# Postfix cuts a line after 2,000 bytes of text; only HELO can be long enough to be hit.
_CUT = re.compile(_FIELDS + rb",? helo=<(?P<helo>[^<>]*)")

_BEGINS = re.compile(rb"; (?=from=<|to=<|proto=)")
_MOST = 256
"""Tails that are compared; the 2,000 bytes that Postfix writes have no room for more."""
_LONGEST = 4096

_SUBJECT = re.compile(rb"\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?(?:<|Service unavailable; [A-Za-z ]{1,20} \[)")
_FOREIGN_REPLIES = (b"milter-reject", b"proxy-reject")
_NOT_OWNED = b">: Sender address rejected: not owned by user "


class Tail(NamedTuple):
    """A reply and the fields behind it, as logged; what the line does not say is None.

    `login` is that of the session, `owner` the one in our own server's words "not owned by user alice".
    """

    reply: bytes
    sender: bytes | None = None
    recipient: bytes | None = None
    helo: bytes | None = None
    login: bytes | None = None
    owner: bytes | None = None


def tail(said: bytes, kind: bytes, command: bytes, client: bytes, *, was_cut: bool) -> Tail:
    """Take apart what stands behind `reject: RCPT from CLIENT: `."""
    cuts = [cut.start() for cut in islice(_BEGINS.finditer(said, 0, _LONGEST), _MOST)]
    if len(said) > _LONGEST:
        return Tail(said[: cuts[0]] if cuts else said)
    if kind in _FOREIGN_REPLIES:
        cuts.reverse()  # such a reply needs no subject; then the tail nearest to the end is the true one
    for pattern in _patterns(kind, command, was_cut=was_cut):
        fitting = [fields for cut in cuts if (fields := pattern.fullmatch(said, cut)) is not None]
        if len(fitting) == 1:
            return _read(said, fitting[0])
        if fitting:
            return _read(said, max(fitting, key=lambda fields: _subject_length(said, fields, client)))
    # New, or written before Postfix 3.5, which left blanks in addresses unquoted: no more than is sure.
    return Tail(said[: min(cuts)] if cuts else said)


def _patterns(kind: bytes, command: bytes, *, was_cut: bool) -> list[re.Pattern[bytes]]:
    patterns = [_OF_A_MILTER if kind in _FOREIGN_REPLIES else _OF_OTHERS]
    if command in (b"EHLO", b"HELO"):
        patterns.insert(0, _OF_HELO)
    if was_cut:
        patterns.append(_CUT)
    return patterns


def _subject_length(said: bytes, fields: re.Match[bytes], client: bytes) -> int:
    """How long the subject of the reply is if these fields hold it, else -1."""
    begin = _SUBJECT.match(said, 0, fields.start())
    if begin is None:
        return -1
    subjects = [client, client[client.find(b"[") + 1 : -1]]
    subjects += [
        unquoted(fields[name]) for name in ("sender", "recipient", "helo") if fields[name] is not None
    ]
    closing = b">: " if begin[0].endswith(b"<") else b"] "
    return max(
        (len(subject) for subject in subjects if said.startswith(subject + closing, begin.end())), default=-1
    )


def _read(said: bytes, fields: re.Match[bytes]) -> Tail:
    reply = said[: fields.start()]
    return Tail(
        reply,
        fields["sender"],
        fields["recipient"],
        fields["helo"],
        fields.groupdict().get("login"),
        _owner(reply, fields["sender"]),
    )


def _owner(reply: bytes, sender: bytes | None) -> bytes | None:
    """Who owns no such address: the words of our own server, if they are about this very sender."""
    begin = _SUBJECT.match(reply)
    if begin is None or sender is None:
        return None
    words = unquoted(sender) + _NOT_OWNED
    return reply[begin.end() + len(words) :] if reply.startswith(words, begin.end()) else None
