"""What our own smtpd refused: `Q: reject: RCPT from NAME[IP]: 553 5.7.1 <X>: …; from=<S> to=<R> proto=… helo=<H>`.

Written by smtpd_check.c:log_whatsup and, for milters, by smtpd.c:check_milter_reply. The sender, the
recipient and HELO are the client's words; how they are kept apart from ours stands in `tails`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.postfix import strange
from rejectwatch.dialects.postfix.tails import Tail, tail
from rejectwatch.dialects.postfix.who import CLIENT, client_name
from rejectwatch.dialects.prefixes import Writer, syslog
from rejectwatch.dialects.text import address_text, enhanced_code, text
from rejectwatch.facts import Facts, Outcome, Refused, Stage, UserSource

_REJECT = re.compile(
    rb"(?P<queue_id>[0-9A-Za-z]+): (?P<kind>reject|milter-reject|reject_warning): (?P<command>[A-Z-]+) from "
    rb"(?P<client>" + CLIENT + rb"): "
    rb"(?=(?P<code>[2-5]\d\d)[ -])"
)

_STAGES: Mapping[bytes, Stage] = {
    b"CONNECT": "connect",
    b"EHLO": "ehlo",
    b"HELO": "ehlo",
    b"MAIL": "mail",
    b"RCPT": "rcpt",
    b"DATA": "data",
    b"BDAT": "data",
    b"END-OF-MESSAGE": "eod",
    b"VRFY": "vrfy",
    b"ETRN": "etrn",
    b"STARTTLS": "starttls",
    b"AUTH": "auth",
}

# What a milter says to CONNECT and HELO the client hears at MAIL, which gets a line of its own.
_NOT_YET_SAID = (b"CONNECT", b"EHLO", b"HELO")

_CUT_AT = 2000
"""Bytes of text after which Postfix cuts a line (MSG_SYSLOG_RECLEN)."""


class _Head(NamedTuple):
    """What stands left of the reply."""

    start: int
    stamp: bytes
    host: bytes
    writer: Writer
    match: re.Match[bytes]

    @property
    def outcome(self) -> Outcome:
        return "warned" if self.match["kind"] == b"reject_warning" else "rejected"


def reject(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <x@corp.example>: …`."""
    line = syslog(block, start, at)
    if line is None:
        return
    stamp, host, writer, text_before = line
    begin, line_end = at - len(text_before), block.find(b"\n", at)
    match = _REJECT.match(block, begin, line_end)
    if match is None:
        shape = strange.refusal(writer, block[begin:line_end])
        if shape is not None:
            told.not_understood(start, stamp, "postfix", shape)
        return
    if match["kind"] == b"milter-reject" and match["command"] in _NOT_YET_SAID:
        return
    code, head = int(match["code"]), _Head(start, stamp, host, writer, match)
    if code in asked.codes:
        told.refused(
            _refused(head, block[match.end() : line_end], asked, was_cut=line_end - begin >= _CUT_AT)
        )
    elif code >= 500:
        told.other_refusal(start, "postfix", head.outcome, code)


def _refused(head: _Head, said: bytes, asked: Asked, *, was_cut: bool) -> Refused:
    match = head.match
    found = tail(said, match["kind"], match["command"], match["client"], was_cut=was_cut)
    has_queue_id = match["queue_id"] != b"NOQUEUE"
    user, user_source = _user(found)
    return Refused(
        offset=head.start,
        n=0,
        at=asked.stamps.utc(head.stamp),
        mta="postfix",
        host=text(head.host),
        service=head.writer.tag,
        process=head.host + head.writer.pid,
        message=head.host + b" " + match["queue_id"] if has_queue_id else None,
        queue_id=text(match["queue_id"]) if has_queue_id else None,
        refused_by="local",
        outcome=head.outcome,
        stage=_STAGES.get(match["command"]),
        code=int(match["code"]),
        enhanced_code=enhanced_code(found.reply),
        reply=text(found.reply),
        user=user,
        user_source=user_source,
        client_ip=text(match["address"]),
        client_host=client_name(match["host"]),
        helo=None if found.helo is None else text(found.helo),
        sender=None if found.sender is None else address_text(found.sender),
        recipient=None if found.recipient is None else address_text(found.recipient),
    )


def _user(found: Tail) -> tuple[str | None, UserSource | None]:
    if found.login is not None:
        return text(found.login), "line"
    if found.owner is not None:
        return text(found.owner), "reply"
    return None, None
