"""What our own Exim refused: `H=… F=<S> A=authenticator:login rejected RCPT <R>: 553 5.7.1 …`.

From smtp_in.c:smtp_handle_acl_fail. F= and A= stand only before RCPT and "after DATA", so that
the login of a refused MAIL is not in the log, unless the ACL's author has put it into the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rejectwatch.dialects.exim import strange
from rejectwatch.dialects.exim.fields import (
    CALLOUT_ERROR,
    CLIENT,
    LOGIN,
    OTHER_FIELDS,
    PEER,
    QUOTED,
    REMOTE_HOST,
    host_of,
    message_at,
    relay,
    service_of,
    stage,
    without_times,
)
from rejectwatch.dialects.exim.who import client
from rejectwatch.dialects.interface import Asked, LogMessage
from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.pattern import Pattern
from rejectwatch.dialects.prefixes import exim_line
from rejectwatch.dialects.text import ADDRESS, address_text, enhanced_code, text, unquoted
from rejectwatch.facts import Facts, Outcome, Refused, Stage

# Raw, as the client has sent it: perhaps without brackets, or with a name before them, a route in them, options behind.
# Since 4.95 cut after 100 bytes, so that there is no address.
_GIVEN = (
    rb"(?:(?:(?:" + QUOTED + rb"|[^\s<>\":]++) ++)*+<(?:@[^\s:<>\"]++:)?+(?P<given>" + ADDRESS + rb")>"
    rb"(?: [A-Z0-9]++(?:=[^\s<>\":]*+)?+)*+|(?P<bare>[^\s<>\"]{1,100})|<(?>\\[0-7]{3}|[^\s<>\"]){99})(?=: )"
)
_ADDRESS_CUT_AT = 99
# Since 2025-12 (+spf, +dmarc). A login is any text: behind one, only a result of DMARC is none of it.
_CHECKED = (
    rb"(?(login)(?:(?: SPF=[a-z]+)? DMARC=(?:accept|reject|quarantine|none|norecord|nofrom|(?:perm|temp)error|off))?"
    rb"|(?: SPF(?:=\w+)?)?(?: DMARC(?:=\w+)?)?)"
)

_REJECTED = Pattern(
    CLIENT
    + rb"(?: F=<(?P<sender>" + ADDRESS + rb")>" + LOGIN + rb")?"
    + _CHECKED + rb"(?P<words> rejected (?:"
    + rb"(?P<step>RCPT|MAIL) " + _GIVEN + rb": "
    + rb"|(?P<late_step>after DATA(?: PRDR)?|during MIME ACL checks|DATA): "
    # The argument: a HELO as it stands in H=, a mechanism (before 4.95 with what followed it), or BDAT's.
    + rb"|(?P<early_step>connection in \"connect\" ACL|EHLO or HELO|AUTH|STARTTLS|DKIM)"
    + rb"(?: (?:(?i:(?P=helo))|[^\s:]*+(?: [\w+/=]*+)?+|\S*))?: "
    # These take any text: it ends before the last thing that looks like a reply. AUTH shows it before 4.95.
    + rb"|(?P<auth>AUTH) \S+ .*: (?=\d{3} )"
    + rb"|(?P<verify>VRFY|EXPN) (?P<asked_for>.*): (?=\d{3} )"
    + rb"))",
    re.DOTALL,
)  # fmt: skip
_AGAIN = Pattern(
    rb" rejected (?P<step>RCPT) <(?P<given>" + ADDRESS + rb")>: "
    rb"| rejected (?P<late_step>after DATA|during MIME ACL checks): "
)
# Cutthrough: the next server has refused the message while the client was still there.
_CUTTHROUGH = Pattern(
    CLIENT
    + rb" (?P<final>" + ADDRESS + rb"|.{1,600}?)(?: \([^()]*\))?(?: <(?P<original>" + ADDRESS + rb")>)?"
    + rb" F=<(?P<sender>" + ADDRESS + rb")>(?: Q=(?>\S+))?(?: P=<" + ADDRESS + rb">)? rejected after DATA: "
    + rb"R=(?>\S+)(?: T=[^\s:]++)?(?: S=\d+)?(?: H=" + REMOTE_HOST + rb")?" + OTHER_FIELDS + rb' C="(?=(?P<code>[2-5]\d\d)[ -])'
)  # fmt: skip
_REPLY = Pattern(rb"(?P<code>[2-5]\d\d)(?: |$)")  # an ACL's `553-…` is no code: the wire had 550

_SENDER_VERIFY = Pattern(CLIENT + rb" sender verify fail for <(?P<given>" + ADDRESS + rb")>: ")
_AUTHENTICATION = Pattern(rb"[\w-]+ authenticator failed for (?:H=)?" + PEER + rb": ")
_UNEXPECTED = b"553 Initial data not expected"
"""The only 553 that Exim makes itself."""

_FOR_ONE = Pattern(rb"PRDR (?P<given>" + ADDRESS + rb") ")

_STAGES: Mapping[bytes, Stage | None] = {
    b"RCPT": "rcpt",
    b"MAIL": "mail",
    b"DATA": "data",
    b"after DATA": "eod",
    b"after DATA PRDR": "eod",
    b"during MIME ACL checks": "eod",
    b"EHLO or HELO": "ehlo",
    b'connection in "connect" ACL': "connect",
    b"DKIM": "eod",
    b"AUTH": "auth",
    b"STARTTLS": "starttls",
    b"VRFY": "vrfy",
    b"EXPN": None,
}


_COPY = b"copy"
_ALONE = b"alone"
_NO_COPIES, _AT_MOST_ALONE = 3, 6
"""Refusals that had no copy, less those that had one: from how many on there are none, and how far it is counted."""


class _Line(NamedTuple):
    """Where a line begins and what it says left of its text."""

    start: int
    stamp: bytes
    origin: Origin | None
    peer: re.Match[bytes] | None
    message: bytes | None = None
    sender: bytes | None = None
    recipient: bytes | None = None
    login: bytes | None = None
    owner: bytes | None = None


class _Matched(NamedTuple):
    """The stamp, who wrote the line, what stands left of its text, and the text."""

    stamp: bytes
    origin: Origin | None
    head: re.Match[bytes]
    said: bytes


class _Refusal(NamedTuple):
    """What the text of a line says: our own reply, or another server's to our question about an address."""

    outcome: Outcome
    stage: Stage | None
    code: int
    reply: bytes
    relay: tuple[str | None, str | None] | None = None
    asked_about: bytes | None = None


def rejected(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`H=pc22.corp.example (desktop-k3) [127.0.0.22] F=<a@b> A=login_server:carol rejected RCPT <c@d>: 553 …`."""
    found = _matched(_REJECTED, block, start, at)
    if found is None or _may_end_in_the_reply(found.head["given"]):
        _by_next_server(block, start, at, told, asked)
        return
    stamp, origin, head, said = found
    if origin is not None and _is_copy(origin, head[0] + said, asked):
        return
    step = head["step"] or head["late_step"] or head["early_step"] or head["auth"] or head["verify"]
    login, given = head["login"], head["given"] if head["bare"] is None else head["bare"]
    asked_for = head["asked_for"]
    if asked_for is not None and asked_for.startswith(b"<") and asked_for.endswith(b">"):
        asked_for = asked_for[1:-1]
    if login is not None and b" rejected " in said and CALLOUT_ERROR.match(said) is None:
        login, again, said = _whole_login(head, said)
        if again is not None:
            step, given = again["step"] or again["late_step"], again["given"]
    refusal = (
        _own_reply(said, _STAGES[step])
        or _answer_to_callout(said)
        or _mapped(said, _STAGES[step], asked.log_messages)
    )
    if refusal is None:
        return
    sender = given if step == b"MAIL" else head["sender"]
    recipient = given if step == b"RCPT" else asked_for
    owner = _owner(refusal.reply, sender) if step == b"MAIL" and sender is not None else None
    line = _Line(start, stamp, origin, head, head["id"], sender, recipient, login, owner)
    _tell(line, refusal, told, asked)


def _may_end_in_the_reply(given: bytes | None) -> bool:
    """Whether Exim has cut the address within its quotes: then the next quote is one that the reply repeats."""
    return given is not None and given.startswith(b'"') and given.startswith(b": ", _ADDRESS_CUT_AT)


def _whole_login(head: re.Match[bytes], said: bytes) -> tuple[bytes, re.Match[bytes] | None, bytes]:
    """A login may hold the very words that end it: the last ones are the true ones, unless the reply repeats them.

    What a reply to RCPT repeats are the addresses of the same line, and a line about a recipient has no message id.
    After DATA the reply may repeat anything of the message: there the first words are the true ones.
    """
    others = b"\n".join(filter(None, (head["sender"], head["given"])))
    others += b"\n" + unquoted(head["sender"] or b"")
    true = None
    for again in _AGAIN.finditer(said):
        if head["id"] is not None:
            true = true or (None if head["late_step"] or again["step"] else again)
        elif again["step"] and again[0].strip() not in others:
            true = again
    if true is None:
        return head["login"], None, said
    return head["login"] + head["words"] + said[: true.start()], true, said[true.end() :]


def _by_next_server(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`H=pc22 [127.0.0.22] x@p.example F=<a@b> rejected after DATA: R=out T=remote_smtp H=mx [192.0.2.1] C="553 …"`."""
    found = _matched(_CUTTHROUGH, block, start, at)
    if found is None:
        _tell_strange(block, start, at, told)
        return
    stamp, origin, head, said = found
    if origin is not None and _is_copy(origin, head[0] + said, asked):
        return
    host = None if head["relay_host"] is None else text(head["relay_host"])
    address = None if head["relay_address"] is None else text(head["relay_address"])
    refusal = _Refusal(
        "rejected", "eod", int(head["code"]), without_times(said).removesuffix(b'"'), (host, address)
    )
    to = _final_or_original(head)
    _tell(_Line(start, stamp, origin, head, head["id"], head["sender"], to), refusal, told, asked)


def _final_or_original(head: re.Match[bytes]) -> bytes:
    """Of `two words@a.example <"two words"@a.example>` the spelling that is true, as in a delivery."""
    final: bytes = head["final"]
    original: bytes | None = head["original"]
    return final if original is None or unquoted(original).lower() != final.lower() else original


def sender_verify_failed(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`H=gw.isp.example [127.0.0.26] sender verify fail for <a@b>: mx [192.0.2.1] : SMTP error from …`."""
    found = _matched(_SENDER_VERIFY, block, start, at)
    if found is None:
        return
    stamp, origin, head, said = found
    if origin is not None and _is_copy(origin, head[0] + said, asked):
        return
    refusal = _answer_to_callout(said)
    if refusal is None:
        return
    sender = head["given"]
    # Perhaps it was asked about the postmaster. Exim writes other than ASCII in octal there.
    about = refusal.asked_about
    recipient = sender if about is None or b"\\" in about else about
    _tell(_Line(start, stamp, origin, head, head["id"], sender, recipient), refusal, told, asked)


def authentication_failed(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`cram authenticator failed for (cram.example) [127.0.0.23]: 553 Initial data not expected`.

    A wrong password (535) is no refused mail: unless asked for, it is not counted either.
    """
    found = _matched(_AUTHENTICATION, block, start, at)
    if found is None:
        return
    stamp, origin, head, said = found
    if origin is not None and _is_copy(origin, head[0] + said, asked):
        return
    refusal = _own_reply(said, "auth")
    # A HELO can hold the rest of such a line, but not its end.
    if refusal is not None and refusal.code in asked.codes and (refusal.code != 553 or said == _UNEXPECTED):
        _tell(_Line(start, stamp, origin, head), refusal, told, asked)


def refused_for_one(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`1xVlMB-00002F-0U PRDR bob@corp.example 553 5.7.1 …`: one recipient's answer after the end of data (acl_smtp_data_prdr)."""
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    head = _FOR_ONE.match(block, at + 1, line_end)
    refusal = None if head is None else _own_reply(block[head.end() : line_end], "eod")
    if head is not None and refusal is not None:
        line = _Line(start, message.stamp, message.origin, None, message.id, None, head["given"])
        _tell(line, refusal, told, asked)


def _matched(pattern: Pattern, block: bytes, start: int, at: int) -> _Matched | None:
    prefix = exim_line(block, start, at)
    if prefix is None:
        return None
    stamp_end, origin, begin = prefix
    line_end = block.find(b"\n", at)
    head = pattern.match(block, begin, line_end)
    return (
        None if head is None else _Matched(block[start:stamp_end], origin, head, block[head.end() : line_end])
    )


def _is_copy(origin: Origin, line: bytes, asked: Asked) -> bool:
    """Whether this is the reject log's copy of the main log's line: syslog_duplication, the default.

    Each process writes a refusal twice, one right after the other, so that of equal lines every second one counts.
    Where several have stood alone lately there are no copies, and equal lines are two refusals.
    """
    remembered = asked.remembered
    whose = origin.process or line  # syslog_pid = no: processes can't be told apart
    before, alone = remembered.get(_COPY, whose), len(remembered.get(_ALONE, origin.host) or b"")
    if before == line:
        remembered.drop(_COPY, whose)
        if alone:
            remembered.put(_ALONE, origin.host, b"x" * (alone - 1))
        return alone < _NO_COPIES
    if before is not None and alone < _AT_MOST_ALONE:
        remembered.put(_ALONE, origin.host, b"x" * (alone + 1))
    remembered.put(_COPY, whose, line)
    return False


def _own_reply(said: bytes, stage: Stage | None) -> _Refusal | None:
    found = _REPLY.match(said)
    return None if found is None else _Refusal("rejected", stage, int(found["code"]), said)


def _mapped(said: bytes, stage: Stage | None, log_messages: tuple[LogMessage, ...]) -> _Refusal | None:
    """A refusal whose log_message holds no code: the operator has told which one the client was given."""
    if not log_messages:
        return None
    logged = text(said).casefold()
    for one in log_messages:
        if one.match.casefold() in logged:
            return _Refusal("rejected", stage, one.code, said)
    return None


def _answer_to_callout(said: bytes) -> _Refusal | None:
    error = CALLOUT_ERROR.match(said)
    if error is None:
        return None
    asked_host = relay(error)
    if asked_host == (None, None):
        return None
    about = error["about"] if error["step"] == b"RCPT TO" else None
    return _Refusal("probed", stage(error), int(error["code"]), said[error.end() :], asked_host, about)


def _owner(reply: bytes, sender: bytes) -> bytes | None:
    """The login in the words of an ACL, "… not owned by user alice", if the sender has not brought them."""
    _, words, login = reply.rpartition(b" not owned by user ")
    if not words or b"not owned by user" in unquoted(sender):
        return None
    return login


def _tell_strange(block: bytes, start: int, at: int, told: Facts) -> None:
    """What begins like a refusal, and is none that we can read."""
    prefix = exim_line(block, start, at)
    shape = None if prefix is None else strange.rejected(block, prefix[2], block.find(b"\n", at))
    if prefix is not None and shape is not None:
        told.not_understood(start, block[start : prefix[0]], "exim", shape)


def _tell(line: _Line, refusal: _Refusal, told: Facts, asked: Asked) -> None:
    if refusal.code in asked.codes:
        told.refused(_refused(line, refusal, asked))
    elif refusal.code >= 500:
        told.other_refusal(line.start, "exim", refusal.outcome, refusal.code)


def _refused(line: _Line, refusal: _Refusal, asked: Asked) -> Refused:
    client_host, client_ip, helo = (None, None, None) if line.peer is None else client(line.peer)
    if line.peer is not None and line.peer["helo"] is None and refusal.stage == "connect":
        helo = None  # nobody has said any yet
    relay_host, relay_ip = refusal.relay or (None, None)
    return Refused(
        offset=line.start,
        n=0,
        at=asked.stamps.utc(line.stamp),
        mta="exim",
        host=host_of(line.origin),
        service=service_of(line.origin),
        process=b"",
        message=_key(line),
        queue_id=None if line.message is None else text(line.message),
        refused_by="remote" if refusal.relay else "local",
        outcome=refusal.outcome,
        stage=refusal.stage,
        code=refusal.code,
        enhanced_code=enhanced_code(refusal.reply),
        reply=text(refusal.reply),
        user=_text_or_none(line.login if line.login is not None else line.owner),
        user_source="line" if line.login is not None else "reply" if line.owner is not None else None,
        client_ip=client_ip,
        client_host=client_host,
        helo=helo,
        sender=None if line.sender is None else address_text(line.sender),
        recipient=None if line.recipient is None else address_text(line.recipient),
        relay_host=relay_host,
        relay_ip=relay_ip,
    )


def _key(line: _Line) -> bytes | None:
    if line.message is None or line.origin is None:
        return line.message
    return line.origin.key + line.message


def _text_or_none(raw: bytes | None) -> str | None:
    return None if raw is None else text(raw)
