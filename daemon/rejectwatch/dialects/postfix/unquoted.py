"""The tail of a `reject:` line whose addresses have no quotes: before Postfix 3.5, or info_log_address_format = internal.

A client can write anything into a local part, a bracket and the rest of a line too:

    553 5.7.1 <x> to=<v@z.example>: Sender address rejected: …; from=<x> to=<v@z.example> proto=ESMTP helo=<h>

But the reply repeats one of the addresses as it is, which says where that one begins and ends in the tail; what stands
behind the last address holds neither brackets nor blanks of a client; and the command says which addresses there are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_END = re.compile(
    rb"> proto=\w+(?: helo=<(?P<helo>[^<>]*)>)?"
    rb"(?: sasl_method=(?>\S+))?(?: sasl_username=(?P<login>.+?))?(?: sasl_sender=\S+)?"
)
_FROM, _TO, _TO_ALONE = b"; from=<", b"> to=<", b"; to=<"
_OF_THE_SENDER = b">: Sender address rejected: "
_OF_THE_RECIPIENT = (b">: Recipient address rejected: ", b">: Relay access denied")


class Fields(NamedTuple):
    """Where the reply ends, and what stands behind it."""

    reply_end: int
    sender: bytes | None
    recipient: bytes | None
    helo: bytes | None
    login: bytes | None


def fields(said: bytes, begin: int, command: bytes) -> Fields | None:
    """Take apart a line whose reply repeats an address from `begin` on; None if this does not say where all is."""
    end = said.rfind(b"> proto=")
    rest = _END.fullmatch(said, end) if end >= 0 else None
    if rest is None:
        return None
    subject_end = said.rfind(b">: ", begin, end)
    while (
        subject_end >= 0
    ):  # the longest first: a forged one is shorter than the true one, in which it stands
        found = _around(said[:end], said[begin:subject_end], subject_end, command)
        if found is not None:
            return Fields(*found, rest["helo"], rest["login"])
        subject_end = said.rfind(b">: ", begin, subject_end)
    return None


def _around(
    said: bytes, subject: bytes, subject_end: int, command: bytes
) -> tuple[int, bytes | None, bytes | None] | None:
    """The end of the reply, the sender and the recipient, if the subject stands in the tail as one of them."""
    if said.startswith(_OF_THE_SENDER, subject_end):
        if command == b"MAIL":
            begin = len(said) - len(_FROM + subject)
            return (begin, subject, None) if said.endswith(_FROM + subject) and begin > subject_end else None
        begin = said.find(_FROM + subject + _TO, subject_end)
        return (begin, subject, said[begin + len(_FROM + subject + _TO) :]) if begin >= 0 else None
    if not said.startswith(_OF_THE_RECIPIENT, subject_end):
        return None
    begin, sender_end = said.find(_FROM, subject_end), len(said) - len(_TO + subject)
    if 0 <= begin < sender_end and said.endswith(_TO + subject):
        return begin, said[begin + len(_FROM) : sender_end], subject
    begin = len(said) - len(_TO_ALONE + subject)
    return (begin, None, subject) if said.endswith(_TO_ALONE + subject) and begin > subject_end else None
