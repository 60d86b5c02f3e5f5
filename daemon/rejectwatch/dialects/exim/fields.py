"""The fields that several of Exim's lines share, as patterns, and the two that need more than a pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.pattern import Pattern
from rejectwatch.dialects.prefixes import exim_line
from rejectwatch.dialects.text import ADDRESS, text, unquoted
from rejectwatch.facts import Stage

QUOTED = rb'"(?>[^"\\]|\\.)*+"'

MESSAGE_ID = rb"(?:\w{6}-\w{6}-\w{2}|\w{6}-\w{11}-\w{4})"
"""The second form since 4.97."""

_ID_LENGTHS = (16, 23)
_DASH = ord("-")

PEER = (
    # A HELO with brackets or blanks is refused unless helo_allow_chars or helo_accept_junk_hosts lets it in. Then it
    # ends where its brackets are closed, else at the first address: what a line says behind that is never a HELO.
    rb"(?>(?P<host>[^\s()\[\]]++)?+"
    rb"(?: ?\((?P<helo>[^()]*+(?:\([^()]*+\)[^()]*+)*+|.{1,512}?)\))? ?\[(?P<address>[^\[\]\s]*)\](?::\d+)?(?=[ :]|$))"
    rb"(?: I=\[[^\[\]\s]*\](?::\d+)?)?(?: TFO\*?)?(?: U=(?:(?>(?:[^\s:]|:(?! ))+)|.{1,128}?))?(?: Ci=(?>\w+))?"
)
"""`pc22.corp.example (desktop-k3) [127.0.0.22]`: verified name, HELO if it is another, address."""


def tls(behind: bytes) -> bytes:
    """`X=TLS1.3:… CV=no DN="CN=pc22" SNI=mail.corp.example`. With OpenSSL a quote in the client's certificate stays as it
    is: the last one before SNI= or what else stands `behind` is the true end.
    """
    name = rb'(?>".{0,1000}"(?= (?:SNI=|ALPN=|' + behind + rb"))|" + QUOTED + rb")"
    # In quotes up to 4.94, since then without blanks.
    asked_for = rb"(?>" + QUOTED + rb"(?= (?:ALPN=|" + behind + rb"))|\S+)"
    return (
        rb"(?: X=(?>\S+))?(?: CV=(?>\S+))?(?: DN="
        + name
        + rb")?(?: SNI="
        + asked_for
        + rb")?(?: ALPN=(?>\S+))?"
    )


TLS = tls(rb"F=<|rejected [A-Z]")


CLIENT = rb"(?:(?P<id>" + MESSAGE_ID + rb") )?(?: DS)?(?:H=" + PEER + rb"|U=(?>\S+)(?: Ci=(?>\S+))?)" + TLS
"""Whom a line about a session names first: `H=` and the client, or `U=` and a user of this machine (`exim -bs`)."""

LOGIN = rb"(?: A=(?>[^\s:]+)(?::(?P<login>.{0,512}?))?)?"
"""`A=plain_server:alice`. A login is any text: what follows it has to be asked for."""

ROUTE = (
    rb"(?: F=<(?P<from>" + ADDRESS + rb")>)?(?: Q=(?>\S+))?(?: P=<" + ADDRESS + rb">)?"
    rb"(?: R=(?>\S+))?(?: (?P<transport>T)=[^\s:]++)?(?: S=\d+)?(?: defer \(-?\d+\))?"
)
OTHER_FIELDS = rb"(?: [A-Z0-9]+(?:\*|=(?:" + QUOTED + rb'|[^\s"]*?))?)*'
REMOTE_HOST = rb"(?P<relay_host>[^\s\[\]]+)(?: DS)? \[(?P<relay_address>[^\[\]\s]*)\](?::\d+)?\*?"
"""`mx.partner.example [192.0.2.41]:25*`: the asterisk says that the connection had brought a message before."""

_ERROR = (
    rb"(?:(?:SMTP error from remote mail(?:er| server)|(?P<each>(?:LMTP|PRDR) error)) after (?:pipelined )?"
    rb"|(?P<callout>response to \"))"
    rb"(?P<step>initial connection|EHLO|HELO|LHLO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA|BDAT"
    rb"|sending data block|end of data)"
    rb"(?::<(?P<about>" + ADDRESS + rb")>)?(?: [^\s:\"]++(?::[^\s:\"]++)*+)*+"
    rb"(?(callout)\"(?: from (?P<asked_host>[^\s\[\]]+) \[(?P<asked_address>[^\[\]\s]*)\])? was): "
    # Up to 4.8x the remote host stood here.
    rb"(?:host (?P<old_host>[^\s\[\]]+) \[(?P<old_address>[^\[\]\s]*)\]: )?"
    rb"(?=(?P<code>[2-5]\d\d)(?:[ -]|\\n|$))"
)

REMOTE_ERROR = Pattern(
    ROUTE + rb"(?: H=" + REMOTE_HOST + rb")?" + OTHER_FIELDS + rb" ?: (?:[A-Z][^:<>\"]{1,80}: )??" + _ERROR
)
"""Behind the address of a failed delivery: ` R=dnslookup T=remote_smtp H=mx [192.0.2.1]: SMTP error from …`."""

CALLOUT_ERROR = Pattern(rb"(?:[^<>\[\]\"]{1,80}: )??(?:" + REMOTE_HOST + rb" : )?" + _ERROR)
"""What another server said to our own question about an address; an ACL's log_message can put words before.

Up to 4.8x the remote host stood behind the question.
"""

_STAGES: Mapping[bytes, Stage] = {
    b"initial connection": "connect",
    b"EHLO": "ehlo",
    b"HELO": "ehlo",
    b"LHLO": "ehlo",
    b"STARTTLS": "starttls",
    b"AUTH": "auth",
    b"MAIL FROM": "mail",
    b"RCPT TO": "rcpt",
    b"DATA": "data",
    b"BDAT": "data",
    b"sending data block": "data",
    b"end of data": "eod",
}


class Message(NamedTuple):
    """What stands left of an arrow: stamp, who wrote the line (None in Exim's own files), message id."""

    stamp: bytes
    origin: Origin | None
    id: bytes

    @property
    def key(self) -> bytes:
        return self.id if self.origin is None else self.origin.key + self.id


def message_at(block: bytes, start: int, at: int) -> Message | None:
    """The message whose id fills all between the prefix and a needle."""
    prefix = exim_line(block, start, at)
    if prefix is None:
        return None
    stamp_end, origin, begin = prefix
    message = block[begin:at]
    # A shorter id and an arrow may come to the length of a longer one.
    if len(message) not in _ID_LENGTHS or message[6] != _DASH or b" " in message:
        return None
    return Message(block[start:stamp_end], origin, message)


_ORIGINAL = Pattern(rb"(?= <(" + ADDRESS + rb")>(?: [A-Z]=))")
_PARENT = rb"(?:" + QUOTED + rb")?+[^\s<>\"(),]++"
_PARENTS = re.compile(rb" \(" + _PARENT + rb"(?:, " + _PARENT + rb")*+\)")
_MOST_BRACKETS = 20
_FIELD_FOLLOWS = (b" R=", b" F=<", b" Q=", b" P=<")
_LONGEST_PAIR = 1500
"""Bytes of both addresses; RFC 5321, 4.5.3.1.3, allows 256 for each."""


def recipient(block: bytes, begin: int, line_end: int) -> tuple[bytes, int] | None:
    """The address of a delivery and where it ends: `two words@a.example <"two words"@a.example> R=…`.

    The first form is the final address, its local part unquoted and in lower case. Behind it stands the
    original one if it is another: an alias, or the same in quotes or with capitals, which is then the true
    spelling. A quoted local part can imitate all of this, except an original that is equal to what it left.
    """
    blank = block.find(b" ", begin, line_end)
    if block.startswith(_FIELD_FOLLOWS, blank):
        return block[begin:blank], blank
    other = None
    for found in _ORIGINAL.finditer(block, begin, min(line_end, begin + _LONGEST_PAIR)):
        final, original, end = block[begin : found.start()], found[1], found.end(1) + 1
        if final.endswith(b")"):
            final = _without_parents(final)
        if unquoted(original).lower() == final.lower():
            return original, end
        other = other or (final if b"@" in final else original, end)
    return other


def _without_parents(final: bytes) -> bytes:
    """+all_parents: `lee@a.example (staff@b.example, all@b.example)`. No domain ends with a bracket."""
    begin = -1
    for _ in range(_MOST_BRACKETS):
        begin = final.find(b" (", begin + 1)
        if begin < 0:
            break
        if _PARENTS.fullmatch(final, begin):
            return final[:begin]
    return final


def relay(error: re.Match[bytes]) -> tuple[str | None, str | None]:
    """Name and address of the server that refused."""
    for place in ("relay", "asked", "old"):
        host, address = error[f"{place}_host"], error[f"{place}_address"]
        if host is not None:
            return text(host), text(address)
    return None, None


def stage(error: re.Match[bytes]) -> Stage | None:
    """What was refused. LMTP and PRDR answer for each recipient, after the end of data, and call it DATA (RFC 2033)."""
    step = _STAGES[error["step"]]
    return "eod" if error["each"] is not None and step == "data" else step


def host_of(origin: Origin | None) -> str | None:
    """The host that the system's log names; Exim's own files name none."""
    return None if origin is None else text(origin.host) or None


def service_of(origin: Origin | None) -> str | None:
    """The tag of the line in the system's log."""
    return None if origin is None else origin.tag


_TIMES = Pattern(rb" (?:DT|QT|RT)=[\w.]+$")
_LONGEST_TIME = 32


def without_times(reply: bytes) -> bytes:
    """The reply without what +deliver_time and +queue_time add behind it."""
    for _ in range(2):
        times = _TIMES.search(reply, max(0, len(reply) - _LONGEST_TIME))
        if times is None:
            break
        reply = reply[: times.start()]
    return reply
