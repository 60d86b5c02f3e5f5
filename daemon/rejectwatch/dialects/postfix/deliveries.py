"""What became of one recipient: `to=<R>, relay=HOST[IP]:PORT, …, dsn=5.7.1, status=bounced (WHY)`.

Written by log_adhoc.c for smtp, lmtp and relay, and for deliveries within this machine. Everything between
the addresses and `status=` is ours; everything behind it may be the other server's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.postfix import strange
from rejectwatch.dialects.postfix.who import client_name
from rejectwatch.dialects.prefixes import message
from rejectwatch.dialects.text import ADDRESS, address_at, address_text, enhanced_code, text
from rejectwatch.facts import Facts, Outcome, Refused, Stage

_OUTCOMES: Mapping[bytes, Outcome] = {
    b"bounced": "bounced",
    b"deferred": "deferred",
    b"SOFTBOUNCE": "deferred",  # soft_bounce = yes
    b"undeliverable": "probed",  # address verification, sendmail -bv
    b"undeliverable-but-not-cached": "probed",
}

# Only a refusal by an SMTP server begins so. "Command output: 553 …" is the word of a program, and
# "delivery temporarily suspended: host …" repeats what was said to another message.
_REFUSAL = re.compile(
    rb", status=(?P<status>[A-Za-z-]+) \("
    rb"(?P<who>host|SASL authentication failed; server|(?:TLS is required|Sender requested REQUIRETLS), but host) "
    rb"(?P<host>[^\[\]\s]*)\[(?P<address>[^\[\]\s]*)\](?::\d+)? "
    rb"(?P<verb>said|refused to talk to me|refused to start TLS): "
    rb"(?=(?P<code>[2-5]\d\d)(?:[ -]|\)?$))"
)

_INTO_MAILBOXES = ("/local", "/virtual", "/lmtp")
"""The programs that deliver into mailboxes (local(8), virtual(8), lmtp(8)); pipe(8) may go anywhere, but to Dovecot."""
_BY_DOVECOT = b">, relay=dovecot"
_WITHOUT_SERVERS = ("/error", "/retry", "/pipe", "/local", "/virtual", "/discard", "/cleanup", "/qmgr")
"""The programs that speak with no server: what they log as one's words is a transport's or a program's text."""
_ORIG_TO = b">, orig_to=<"

# What a content filter passes on stands at the end: `(250 2.0.0 from MTA(…): 250 2.0.0 Ok: queued as 014912781AD)`.
_LOOPBACK = (b"127.", b"::1]")
_QUEUED_AS = re.compile(rb" queued as ([0-9A-Za-z]{6,40})\)$")

# All that stands between the addresses and `, status=`, since Postfix 2.3.
_BEHIND_ADDRESS = re.compile(
    rb">(?:, orig_to=<(?:"
    + ADDRESS
    + rb"|[^<>\n]{0,1000}+)>)?, relay=[^,\s]{1,1000}+, (?:conn_use=\d{1,9}+, )?"
    rb"delay=[\d.e+]{1,20}+, delays=[\d.e+/]{1,80}+, (?:tls=[^,\s]{1,100}+, )?dsn=[245]\.\d{1,3}+\.\d{1,3}+(?=, status=)"
)
_MOST = 8
"""Places that are compared; Postfix cuts a line after 2,000 bytes, and one of these takes more than 50."""

# By an alias or .forward, to another server: local(8) submits it anew, without a client (forward.c).
_FORWARDED_AS = re.compile(rb", status=sent \(forwarded as ([0-9A-Za-z]{6,40})\)$", re.MULTILINE)

# The reply may hold these words too; those of Postfix stand at the end of the line.
_IN_REPLY_TO = re.compile(rb" ?\(in reply to ([A-Za-z ]+) command\)\)$")

_STAGES: Mapping[bytes, Stage] = {
    b"MAIL FROM": "mail",
    b"RCPT TO": "rcpt",
    b"DATA": "data",
    b"end of DATA": "eod",
}


class _Delivery(NamedTuple):
    """One line: what stands left of its text, its queue id, and the text from `: to=<` on."""

    start: int
    stamp: bytes
    origin: Origin
    queue_id: bytes
    text: bytes


def delivery(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`0D5B6278184: to=<lee@partner.example>, orig_to=<…>, relay=…, dsn=5.7.1, status=bounced (host …)`."""
    begin = block.find(b": to=<", start, at)
    line = message(block, start, begin) if begin >= 0 else None
    if line is None:
        return
    stamp_end, origin, queue_id = line
    # Without a quote no address holds a blank, and the needle that nominated the line is the true one.
    to: bytes | None
    if block.find(b'"', begin, at) < 0 and (to_end := block.find(b">, ", begin, at)) >= 0:
        to, place = block[begin + 6 : to_end], at
    else:
        to = address_at(block, begin + 6)
        place = -1 if to is None else _place_of_status(block, begin + 6 + len(to))
    if to is not None and (place < 0 or block.find(b", status=", place + 1, block.find(b"\n", at)) >= 0):
        to, place = _told_apart(block, begin, to, place)
    if to is not None and block.startswith(b", status=sent (", place):
        said = block[begin + 2 : block.find(b"\n", at)]
        _tell_sent(block[start:stamp_end], origin, queue_id, _Sent(said, to, place - begin - 2), told)
        return
    this = _Delivery(start, block[start:stamp_end], origin, queue_id, block[begin : block.find(b"\n", at)])
    if to is None or place < 0:
        _tell_strange(strange.delivery(origin.tag, queue_id, this.text), this, told)
    else:
        _not_delivered(this, to, place - begin, told, asked)


class _Sent(NamedTuple):
    """A delivery: what is said of it from `to=<` on, to whom, and where `, status=` stands in it."""

    said: bytes
    to: bytes
    status: int


def tell_sent(stamp: bytes, origin: Origin, queue_id: bytes, said: bytes, told: Facts) -> None:
    """Tell a delivery to an address without quotes."""
    to_end = said.find(b">")
    _tell_sent(stamp, origin, queue_id, _Sent(said, said[4:to_end], said.find(b", status=", to_end)), told)


def _tell_sent(stamp: bytes, origin: Origin, queue_id: bytes, sent: _Sent, told: Facts) -> None:
    said, to, place = sent
    address = said.find(b"[", 4 + len(to), place) + 1
    onward = _taken_over(said, place, origin) if said.startswith(_LOOPBACK, address) else b""
    local = origin.tag.endswith(_INTO_MAILBOXES) or said.find(_BY_DOVECOT, 0, place) >= 0
    if local and (forwarded := _FORWARDED_AS.match(said, place)) is not None:
        told.handoff(origin.key + queue_id, origin.key + forwarded[1])
    told.delivered(stamp, "postfix", origin.key + queue_id, to, onward, local=local)


def _taken_over(said: bytes, place: int, origin: Origin) -> bytes:
    """The key that a server of this machine gave to the message; empty where its answer names none."""
    found = _QUEUED_AS.search(said, place)
    return b"" if found is None else origin.key + found[1]


def _place_of_status(block: bytes, to_end: int) -> int:
    """Behind the addresses all is ours up to `, status=`: the first one there is the true one; -1: there is none."""
    if block.startswith(_ORIG_TO, to_end):
        orig_to = address_at(block, to_end + len(_ORIG_TO))
        to_end += 0 if orig_to is None else len(_ORIG_TO) + len(orig_to)
    if not block.startswith(b">, relay=", to_end):
        return -1
    return block.find(b", status=", to_end, block.find(b"\n", to_end))


def _told_apart(block: bytes, begin: int, to: bytes, place: int) -> tuple[bytes, int]:
    """The recipient and the place of `, status=` in a line that has it twice or not at its place: it is in a reply or an address.

    Before Postfix 3.5 addresses have no quotes. But a recipient has a domain, and what follows it is whole.
    """
    for behind in islice(_BEHIND_ADDRESS.finditer(block, begin, block.find(b"\n", begin)), _MOST):
        raw = block[begin + 6 : behind.start()]
        if raw.startswith(to) and b"@" in raw:
            return raw, behind.end()
    return to, place


def _not_delivered(this: _Delivery, to: bytes, status: int, told: Facts, asked: Asked) -> None:
    refusal = None if this.origin.tag.endswith(_WITHOUT_SERVERS) else _REFUSAL.match(this.text, status)
    if refusal is None or refusal["status"] not in _OUTCOMES:
        _tell_strange(strange.outcome(this.origin.tag, this.queue_id, this.text, status), this, told)
        return
    code, outcome = int(refusal["code"]), _OUTCOMES[refusal["status"]]
    if code in asked.codes:
        told.refused(_refused(this, to, refusal, asked))
    elif code >= 500:
        told.other_refusal(this.start, "postfix", outcome, code)


def _tell_strange(shape: str | None, this: _Delivery, told: Facts) -> None:
    if shape is not None:
        told.not_understood(this.start, this.stamp, "postfix", shape)


def _refused(this: _Delivery, to: bytes, refusal: re.Match[bytes], asked: Asked) -> Refused:
    said = this.text[refusal.end() :]
    # To a greeting, HELO, STARTTLS or AUTH none is named. A line that was cut after 2,000 bytes has neither.
    command = _IN_REPLY_TO.search(said) if refusal["who"] == b"host" and refusal["verb"] == b"said" else None
    reply = said[: command.start()] if command is not None else said.removesuffix(b")")
    return Refused(
        offset=this.start,
        n=0,
        at=asked.stamps.utc(this.stamp),
        mta="postfix",
        host=text(this.origin.host) or None,
        service=this.origin.tag,
        process=this.origin.process,
        message=this.origin.key + this.queue_id,
        queue_id=text(this.queue_id),
        refused_by="remote",
        outcome=_OUTCOMES[refusal["status"]],
        stage=_STAGES.get(command[1]) if command is not None else _stage_without_command(refusal),
        code=int(refusal["code"]),
        enhanced_code=enhanced_code(reply),
        reply=text(reply),
        recipient=address_text(to),
        original_recipient=_original(this, to),
        relay_host=client_name(refusal["host"]),
        relay_ip=text(refusal["address"]),
    )


def _original(this: _Delivery, to: bytes) -> str | None:
    """What an alias or a virtual domain has made the recipient of."""
    place = len(b": to=<") + len(to)
    if not this.text.startswith(_ORIG_TO, place):
        return None
    original = address_at(this.text, place + len(_ORIG_TO))
    return None if original is None else address_text(original)


def _stage_without_command(refusal: re.Match[bytes]) -> Stage | None:
    """The replies for which Postfix names no command.

    The words for a refused greeting and a refused HELO are the same (smtp_proto.c:smtp_helo). But with
    smtp_skip_5xx_greeting, the default, only the greeting is tried again.
    """
    match refusal["verb"]:
        case b"refused to talk to me":
            return "connect" if refusal["status"] == b"deferred" else "ehlo"
        case b"refused to start TLS":
            return "starttls"
        case _:
            return "auth" if refusal["who"].startswith(b"SASL") else None
