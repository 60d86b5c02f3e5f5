"""Mail on its way. A hundred of these lines come for each refusal, so each function does it all by itself.

All have the same shape: the queue id has to fill the place between the prefix and the needle.
"""

from __future__ import annotations

from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.prefixes import syslog
from rejectwatch.dialects.text import address_at
from rejectwatch.facts import Facts

_NO_QUEUE_ID = b"NOQUEUE"


def accepted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: client=pc21.corp.example[127.0.0.21], sasl_method=PLAIN, sasl_username=alice`."""
    line = syslog(block, start, at)
    if line is None:
        return
    stamp, host, writer, queue_id = line
    # A proxy in front of the queue has no queue id to give: its line tells nothing of a message.
    if queue_id.isalnum() and queue_id != _NO_QUEUE_ID:
        who = block[at + 9 : block.find(b"\n", at)]
        told.accepted(start, stamp, "postfix", host + b" " + queue_id, host + writer.pid, who)


def submitted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`ACC932781AA: uid=33 from=<www-data>`: from this machine, where nobody logs in (pickup.c)."""
    line = syslog(block, start, at)
    if line is None:
        return
    stamp, host, _, queue_id = line
    if queue_id.isalnum():
        told.accepted(start, stamp, "postfix", host + b" " + queue_id, b"", b"")


def sender(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: from=<alice@corp.example>, size=405, nrcpt=1 (queue active)`."""
    line = syslog(block, start, at)
    if line is None:
        return
    _, host, _, queue_id = line
    if queue_id.isalnum():
        address = address_at(block, at + 8)
        if address is not None:
            told.sender(start, host + b" " + queue_id, address)


def done(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`4D43B278178: removed`."""
    line = syslog(block, start, at)
    if line is None:
        return
    _, host, _, queue_id = line
    if queue_id.isalnum():
        told.done(start, host + b" " + queue_id)


def opened(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`postfix/smtpd[249]: connect from host553.isp.example[127.0.0.24]`."""
    line = syslog(block, start, at + 3)
    if line is not None and not line[3]:
        told.opened(start, line[1] + line[2].pid)


def closed(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`postfix/smtpd[249]: disconnect from host553.isp.example[127.0.0.24] ehlo=1 mail=1 quit=1 commands=3`."""
    line = syslog(block, start, at + 3)
    if line is not None and not line[3]:
        told.closed(start, line[1] + line[2].pid)
