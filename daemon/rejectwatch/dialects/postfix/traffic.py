"""Mail on its way. A hundred of these lines come for each refusal, so each function does it all by itself.

All have the same shape: the queue id has to fill the place between the prefix and the needle.
"""

from __future__ import annotations

import re

from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.origins import Origin
from rejectwatch.dialects.prefixes import message, process, syslog
from rejectwatch.dialects.text import LONGEST, address_at
from rejectwatch.facts import Facts

SAID_BY_PROXY = b"proxy"
"""What a filter in front of the queue has just refused in a session; remembered for `rejects`."""

_NO_QUEUE_ID = b"NOQUEUE"
_HANDED_ON, _LOGIN = b", orig_queue_id=", b", sasl_username="
_ORIG_QUEUE_ID = re.compile(rb", orig_queue_id=(\w+)(?:, orig_client=[^\s,]+)?$")

# postsuper -r: the same message under a new queue id. All other lines of pickup end with the bracket.
_REQUEUED = re.compile(rb"> orig_id=([0-9A-Za-z]{6,40})$")

_QUEUED_BY_PROXY = re.compile(
    rb"proxy-accept: END-OF-MESSAGE: 2[^;\n]{0,500} queued as ([0-9A-Za-z]{6,40}); (?:from|to)=<"
)


def accepted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: client=pc21.corp.example[127.0.0.21], sasl_method=PLAIN, sasl_username=alice`."""
    line = message(block, start, at)
    if line is None:
        return
    stamp_end, origin, queue_id = line
    tell_accepted(block[start:stamp_end], origin, queue_id, block[at + 9 : block.find(b"\n", at)], told)


def tell_accepted(stamp: bytes, origin: Origin, queue_id: bytes, who: bytes, told: Facts) -> None:
    """Tell what stands behind `client=`."""
    # A proxy in front of the queue has no queue id to give: its line tells nothing of a message.
    key = b"" if queue_id == _NO_QUEUE_ID else origin.key + queue_id
    told.accepted(stamp, "postfix", key, origin.process, who)
    # Not behind a login, which is any text and could name another's message.
    if _HANDED_ON in who and _LOGIN not in who and (before := _ORIG_QUEUE_ID.search(who)) is not None:
        told.handoff(origin.key + before[1], key)


def submitted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`ACC932781AA: uid=33 from=<www-data>`: from this machine, where nobody logs in (pickup.c)."""
    line = message(block, start, at)
    if line is None:
        return
    stamp_end, origin, queue_id = line
    tell_submitted(block[start:stamp_end], origin, queue_id, block[at + 2 : block.find(b"\n", at)], told)


def tell_submitted(stamp: bytes, origin: Origin, queue_id: bytes, said: bytes, told: Facts) -> None:
    """Tell what begins with `uid=`."""
    told.accepted(stamp, "postfix", origin.key + queue_id, b"", b"")
    before = _REQUEUED.search(said)
    if before is not None:
        told.handoff(origin.key + before[1], origin.key + queue_id)


def sender(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: from=<alice@corp.example>, size=405, nrcpt=1 (queue active)`."""
    line = message(block, start, at)
    if line is None:
        return
    begin, line_end = at + len(b": from=<"), block.find(b"\n", at)
    # Before Postfix 3.5 an address has no quotes, whatever is in it; what stands behind it is ours.
    end = -1 if block.startswith(b'"', begin) else block.rfind(b">, size=", begin, line_end)
    address = block[begin:end] if 0 <= end - begin <= LONGEST else address_at(block, begin)
    if address is not None:
        told.sender(line[1].key + line[2], address)


def done(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: removed`."""
    line = message(block, start, at)
    if line is not None:
        told.done(line[1].key + line[2])


def opened(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """`postfix/smtpd[249]: connect from host553.isp.example[127.0.0.24]`: this ends what the process did before."""
    origin = process(block, start, at)
    if origin is not None and origin.mta == "postfix":
        tell_opened(origin, block[at + len(b" connect from ") : block.find(b"\n", at)], told, asked)


def tell_opened(origin: Origin, who: bytes, told: Facts, asked: Asked) -> None:
    """Tell what stands behind `connect from`."""
    if asked.remembered:
        asked.remembered.drop(SAID_BY_PROXY, origin.process)
    told.opened("postfix", origin.process, who)


def opened_behind_bom(block: bytes, start: int, at: int, told: Facts, asked: Asked) -> None:
    """RFC 5424 allows a byte order mark in front of a text in UTF-8, where every other line has a blank."""
    opened(block, start, at + 2, told, asked)


def proxy_accepted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 4D43B278178; from=<…>`: by a filter in front of the queue."""
    line = syslog(block, start, at + 1)
    if line is None or line[1].mta != "postfix":
        return
    queued = _QUEUED_BY_PROXY.match(block, line[2], block.find(b"\n", at))
    if queued is not None:
        told.handoff(b"", line[1].key + queued[1], line[1].process)
