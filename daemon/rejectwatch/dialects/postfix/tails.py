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
from operator import itemgetter
from typing import NamedTuple

from rejectwatch.dialects.postfix import unquoted as without_quotes
from rejectwatch.dialects.text import ADDRESS, unquoted

_FIELDS = (
    rb";(?: from=<(?P<sender>" + ADDRESS + rb")>)?"
    rb"(?:,? to=<(?P<recipient>" + ADDRESS + rb")>)?"  # the commas are postscreen's
    rb"(?:,? proto=(?>\w+))?"
)
# Before Postfix 3.5, and with info_log_address_format = internal, addresses have no quotes, whatever is in them.
_RAW_FIELDS = rb";(?: from=<(?P<sender>[^<>]*+)>)?(?: to=<(?P<recipient>[^<>]*+)>)?(?: proto=(?>\w+))?"
_HELO = rb"(?:,? helo=<(?P<helo>[^<>]*)>)?"

# A login may be any text, but a milter's line has it in brackets (since 3.2) and others have not (since 3.10).
_LOGIN_OF_A_MILTER = rb"(?: sasl_username=<(?P<login>[^<>]*)>)?"
_LOGIN_OF_OTHERS = rb"(?: sasl_method=(?>\S+))?(?: sasl_username=(?P<login>.+?))?(?: sasl_sender=\S+)?"
_OF_A_MILTER = re.compile(_FIELDS + _HELO + _LOGIN_OF_A_MILTER)
_OF_OTHERS = re.compile(_FIELDS + _HELO + _LOGIN_OF_OTHERS)
_STRANGE_LOGIN_OF_A_MILTER = re.compile(_FIELDS + _HELO + rb" sasl_username=<(?P<login>.*)>")
_RAW_OF_A_MILTER = re.compile(_RAW_FIELDS + _HELO + _LOGIN_OF_A_MILTER)
_RAW_OF_OTHERS = re.compile(_RAW_FIELDS + _HELO + _LOGIN_OF_OTHERS)
# Refused at HELO itself, with smtpd_delay_reject = no, it is raw: `helo=<bad> helo=<x y (z)>` (seen).
_OF_HELO = re.compile(_FIELDS + rb" helo=<(?P<helo>.*)>")
# Postfix cuts a line after 2,000 bytes of text: mostly in HELO. Where only one tail begins, the addresses before are sure.
_CUT = re.compile(_FIELDS + rb",? helo=<(?P<helo>[^<>]*)")
_CUT_BEFORE_HELO = re.compile(
    rb"; from=<(?P<sender>" + ADDRESS + rb")>(?:,? to=<(?P<recipient>" + ADDRESS + rb")>)?(?: .*+)?"
)

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
        if not fitting:
            continue
        length, best = max(
            ((_subject_length(said, fields, client), fields) for fields in fitting), key=itemgetter(0)
        )
        return (None if length >= 0 else _without_quotes(said, kind, command)) or _read(said, best)
    if (found := _without_quotes(said, kind, command)) is not None:
        return found
    if was_cut and len(cuts) == 1 and (fields := _CUT_BEFORE_HELO.fullmatch(said, cuts[0])) is not None:
        return _read(said, fields)
    # New, or addresses without quotes that the reply does not repeat: no more than is sure.
    return Tail(said[: min(cuts)] if cuts else said)


def _without_quotes(said: bytes, kind: bytes, command: bytes) -> Tail | None:
    """The tail of a line in which addresses are not quoted, if the reply says where they begin and end."""
    begin = None if kind in _FOREIGN_REPLIES else _SUBJECT.match(said)
    found = None if begin is None else without_quotes.fields(said, begin.end(), command)
    if found is None:
        return None
    reply = said[: found.reply_end]
    return Tail(reply, found.sender, found.recipient, found.helo, found.login, _owner(reply, found.sender))


def _patterns(kind: bytes, command: bytes, *, was_cut: bool) -> list[re.Pattern[bytes]]:
    patterns = [_OF_OTHERS, _RAW_OF_OTHERS]
    if kind in _FOREIGN_REPLIES:
        patterns = [_OF_A_MILTER, _STRANGE_LOGIN_OF_A_MILTER, _RAW_OF_A_MILTER]
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
    place, closing = begin.end(), b">: " if begin[0].endswith(b"<") else b"] "
    subjects = [unquoted(field) for field in fields.group("sender", "recipient", "helo") if field is not None]
    subjects += (client, client[client.find(b"[") + 1 : client.find(b"]")])
    return max(
        [len(subject) for subject in subjects if said.startswith(subject + closing, place)], default=-1
    )


def _read(said: bytes, fields: re.Match[bytes]) -> Tail:
    reply, named = said[: fields.start()], fields.groupdict()
    return Tail(
        reply,
        fields["sender"],
        fields["recipient"],
        named.get("helo"),
        named.get("login"),
        _owner(reply, fields["sender"]),
    )


def _owner(reply: bytes, sender: bytes | None) -> bytes | None:
    """Who owns no such address: the words of our own server, if they are about this very sender."""
    begin = _SUBJECT.match(reply)
    if begin is None or sender is None:
        return None
    words = unquoted(sender) + _NOT_OWNED
    return reply[begin.end() + len(words) :] if reply.startswith(words, begin.end()) else None
