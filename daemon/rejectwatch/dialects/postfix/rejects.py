"""What our own smtpd refused: `Q: reject: RCPT from NAME[IP]: 553 5.7.1 <X>: …; from=<S> to=<R> proto=… helo=<H>`.

Written by smtpd_check.c:log_whatsup and, for milters, by smtpd.c:check_milter_reply. The sender, the
recipient and HELO are the client's words; how they are kept apart from ours stands in `tails`.

A proxy in front of the queue (smtpd_proxy_filter) is heard in two ways, neither of which names the client: what it
says to the end of a message (smtpd.c:common_post_message_handling), and what it says before (smtpd_proxy.c):

    proxy-reject: END-OF-MESSAGE: 553 5.7.1 …; from=<S> to=<R> proto=ESMTP helo=<H> sasl_username=<alice>
    warning: proxy 127.0.0.1:10025 rejected "MAIL FROM:<S>": "553 5.7.1 sender refused"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.postfix import strange
from rejectwatch.dialects.postfix.tails import Tail, tail
from rejectwatch.dialects.postfix.traffic import SAID_BY_PROXY
from rejectwatch.dialects.postfix.who import CLIENT, client_address, client_name
from rejectwatch.dialects.prefixes import syslog
from rejectwatch.dialects.text import ADDRESS, address_text, enhanced_code, text
from rejectwatch.dialects.unusual import Prefix
from rejectwatch.facts import Facts, Outcome, Refused, Stage, UserSource

_REJECT = re.compile(
    rb"(?:(?P<queue_id>[0-9A-Za-z]+): )?(?P<kind>reject|milter-reject|proxy-reject|reject_warning): "
    rb"(?P<command>[A-Z-]+)(?: from (?P<client>" + CLIENT + rb"))?: "
    rb"(?=(?P<code>[2-5]\d\d)[ -])"
)
_BY_PROXY = re.compile(
    rb'warning: proxy [^\s"]{1,255} rejected "(?P<command>(?i:MAIL|RCPT|DATA))'
    rb"(?: ++(?i:FROM|TO): *+(?P<given><" + ADDRESS + rb'>|[^\s<>"]++))?[^"\n]{0,500}": "'
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

# What a milter says to HELO the client hears at MAIL, which gets a line of its own. (At CONNECT it is greeted with 554.)
_NOT_YET_SAID = (b"EHLO", b"HELO")

# cleanup_milter.c:cleanup_milter_apply prints what stands behind the code; a code there is a milter's text.
_WITHOUT_CODE = "/cleanup"

_NO_QUEUE_ID = b"NOQUEUE"
_SOFTENED = 453
_SOFT = b"soft"

_CUT_AT = 2000
"""Bytes of text after which Postfix cuts a line (MSG_SYSLOG_RECLEN)."""


class _Head(NamedTuple):
    """What stands left of the reply."""

    start: int
    stamp: bytes
    origin: Origin
    match: re.Match[bytes]

    @property
    def outcome(self) -> Outcome:
        return "warned" if self.match["kind"] == b"reject_warning" else "rejected"


def reject(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <x@corp.example>: …`."""
    line_end = block.find(b"\n", at)
    prefix = syslog(block, start, line_end)
    if prefix is None or prefix[1].mta != "postfix":
        return
    stamp_end, origin, begin = prefix
    match = _REJECT.match(block, begin, line_end)
    if match is None or (match["client"] is None) != (match["kind"] == b"proxy-reject"):
        _otherwise(block, prefix, start, line_end, told, asked)
        return
    if match["kind"] == b"milter-reject" and match["command"] in _NOT_YET_SAID:
        return
    if origin.tag.endswith(_WITHOUT_CODE):
        return
    if match["kind"] == b"proxy-reject" and (
        _bounces_softly(origin, asked) or _is_told(origin, block[match.end() : line_end], asked)
    ):
        return
    code, head = int(match["code"]), _Head(start, block[start:stamp_end], origin, match)
    if match["kind"] != b"proxy-reject":
        _watch_soft_bounce(code, origin, asked)
    if code in asked.codes:
        was_cut = line_end - begin >= _CUT_AT
        told.refused(_refused(head, block[match.end() : line_end], asked, was_cut=was_cut))
    elif code >= 500:
        told.other_refusal(start, "postfix", head.outcome, code)


def _otherwise(block: bytes, prefix: Prefix, start: int, line_end: int, told: Facts, asked: Asked) -> None:
    """A line with the word that begins otherwise: a proxy's refusal, nothing of interest, or something new."""
    stamp_end, origin, begin = prefix
    stamp = block[start:stamp_end]
    match = _BY_PROXY.match(block, begin, line_end)
    if match is None:
        shape = strange.refusal(origin.tag, block[begin:line_end])
        if shape is not None:
            told.not_understood(start, stamp, "postfix", shape)
        return
    if _bounces_softly(origin, asked):
        return
    code, reply = int(match["code"]), block[match.end() : line_end].removesuffix(b'"')
    asked.remembered.put(SAID_BY_PROXY, origin.process, reply)
    if code in asked.codes:
        told.refused(_by_proxy(_Head(start, stamp, origin, match), reply, asked))
    elif code >= 500:
        told.other_refusal(start, "postfix", "rejected", code)


def _watch_soft_bounce(code: int, origin: Origin, asked: Asked) -> None:
    """With `soft_bounce = yes` each 5 becomes a 4, and 453 is no code that Postfix has of its own."""
    if code == _SOFTENED:
        asked.remembered.put(_SOFT, origin.host, b"yes")
    elif code >= 500:
        asked.remembered.drop(_SOFT, origin.host)


def _bounces_softly(origin: Origin, asked: Asked) -> bool:
    """Then the client of a proxy hears 4xx, though the log has the proxy's own reply."""
    return asked.remembered.get(_SOFT, origin.host) is not None


def _is_told(origin: Origin, said: bytes, asked: Asked) -> bool:
    """With `smtpd_proxy_options = speed_adjust` the warning and the last line tell of one refusal, with one reply."""
    before = asked.remembered.get(SAID_BY_PROXY, origin.process)
    asked.remembered.drop(SAID_BY_PROXY, origin.process)
    return before is not None and said.startswith(before + b"; ")


def _refused(head: _Head, said: bytes, asked: Asked, *, was_cut: bool) -> Refused:
    match = head.match
    found = tail(said, match["kind"], match["command"], match["client"] or b"", was_cut=was_cut)
    has_queue_id = match["queue_id"] not in (None, _NO_QUEUE_ID)
    user, user_source = _user(found)
    return Refused(
        offset=head.start,
        n=0,
        at=asked.stamps.utc(head.stamp),
        mta="postfix",
        host=text(head.origin.host) or None,
        service=head.origin.tag,
        process=_process(head.origin),
        message=head.origin.key + match["queue_id"] if has_queue_id else None,
        queue_id=text(match["queue_id"]) if has_queue_id else None,
        refused_by="local",
        outcome=head.outcome,
        stage=_STAGES.get(match["command"]),
        code=int(match["code"]),
        enhanced_code=enhanced_code(found.reply),
        reply=text(found.reply),
        user=user,
        user_source=user_source,
        client_ip=None if match["address"] is None else client_address(match["address"]),
        client_host=None if match["host"] is None else client_name(match["host"]),
        helo=None if found.helo is None else text(found.helo),
        sender=None if found.sender is None else address_text(found.sender),
        recipient=None if found.recipient is None else address_text(found.recipient),
    )


def _by_proxy(head: _Head, reply: bytes, asked: Asked) -> Refused:
    """The warning is the only line of such a refusal; it has the command as the client gave it, in its own letters."""
    command, given = head.match["command"].upper(), head.match["given"]
    address = None if given is None else address_text(given.removeprefix(b"<").removesuffix(b">"))
    return Refused(
        offset=head.start,
        n=0,
        at=asked.stamps.utc(head.stamp),
        mta="postfix",
        host=text(head.origin.host) or None,
        service=head.origin.tag,
        process=_process(head.origin),
        message=None,
        queue_id=None,
        refused_by="local",
        outcome="rejected",
        stage=_STAGES.get(command),
        code=int(head.match["code"]),
        enhanced_code=enhanced_code(reply),
        reply=text(reply),
        sender=address if command == b"MAIL" else None,
        recipient=address if command == b"RCPT" else None,
    )


def _process(origin: Origin) -> bytes:
    """The process whose session this is. One postscreen serves all clients at once and logs no session."""
    return b"" if origin.tag.endswith("postscreen") else origin.process


def _user(found: Tail) -> tuple[str | None, UserSource | None]:
    if found.login is not None:
        return text(found.login), "line"
    if found.owner is not None:
        return text(found.owner), "reply"
    return None, None
