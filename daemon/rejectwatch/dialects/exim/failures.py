"""Another server refused: `** R R=router T=transport H=mx [ip]: SMTP error from remote mail server after …`."""

from __future__ import annotations

import re

from rejectwatch.dialects.exim import strange
from rejectwatch.dialects.exim.fields import (
    REMOTE_ERROR,
    Message,
    host_of,
    message_at,
    recipient,
    relay,
    service_of,
    stage,
    without_times,
)
from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.text import address_text, enhanced_code, text
from rejectwatch.facts import Facts, Outcome, Refused


def bounced(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`1xVlMD-00002Y-0q ** x@partner.example R=dnslookup T=remote_smtp H=mx [192.0.2.1]: SMTP error from …`."""
    _failure("bounced", "**", block, start, at, told, asked)


def deferred(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`1xVlMM-000088-1e == x@b.example R=r T=t defer (0) H=mx [192.0.2.1]: SMTP error from …: 553 …`.

    Exim tries again after a 553 to the connection or HELO, if there are hosts left that it has not asked.
    """
    _failure("deferred", "==", block, start, at, told, asked)


def _failure(
    outcome: Outcome, arrow: str, block: bytes, start: int, at: int, told: Facts, asked: Asked
) -> None:
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    to = recipient(block, at + 4, line_end)
    error = None if to is None else REMOTE_ERROR.match(block, to[1], line_end)
    if to is None or error is None:
        shape = strange.delivery(arrow, block, at + 4, None if to is None else to[1], line_end)
        if shape is not None:
            told.not_understood(start, message.stamp, "exim", shape)
        return
    if error["transport"] is None:  # a router's own words (`:fail: …`): no server has said them
        return
    code = int(error["code"])
    if code in asked.codes:
        reply = without_times(block[error.end() : line_end])
        recipients = address_text(to[0]), _original(block[at + 4 : to[1]], to[0])
        told.refused(_refused(outcome, start, message, recipients, error, reply, asked))
    elif code >= 500:
        told.other_refusal(start, "exim", outcome, code)


def _original(logged: bytes, to: bytes) -> str | None:
    """What an alias has made the recipient `to` of: `final@a.example (between@c.example) <original@b.example>`."""
    begin = logged.find(b") <", len(to)) + 1 if logged.startswith(to + b" (") else len(to)
    return address_text(logged[begin + 2 : -1]) if begin and logged.startswith(b" <", begin) else None


def _refused(
    outcome: Outcome,
    start: int,
    message: Message,
    recipients: tuple[str, str | None],
    error: re.Match[bytes],
    reply: bytes,
    asked: Asked,
) -> Refused:
    final, original = recipients
    relay_host, relay_ip = relay(error)
    return Refused(
        offset=start,
        n=0,
        at=asked.stamps.utc(message.stamp),
        mta="exim",
        host=host_of(message.origin),
        service=service_of(message.origin),
        process=b"",
        message=message.key,
        queue_id=text(message.id),
        refused_by="remote",
        outcome=outcome,
        stage=stage(error),
        code=int(error["code"]),
        enhanced_code=enhanced_code(reply),
        reply=text(reply),
        sender=None if error["from"] is None else address_text(error["from"]),
        recipient=final,
        original_recipient=original,
        relay_host=relay_host,
        relay_ip=relay_ip,
    )
