"""What the logger itself says: that it has dropped lines, and whose.

rsyslog (ratelimit.c; imuxsock.c before 7) and journald (journald-server.c) say so under their own tags. Nobody who
only sends mail can write a tag, so these words mean nothing anywhere else in a line.

    rsyslogd: imuxsock[pid 249]: begin to drop messages due to rate-limiting
    rsyslogd: imjournal: 236 messages lost due to rate-limiting (20000 allowed within 600 seconds)
    systemd-journald[346]: Suppressed 4150 messages from postfix@-.service
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rejectwatch.dialects.interface import Asked, Parse
from rejectwatch.dialects.text import text
from rejectwatch.dialects.unusual import prefix
from rejectwatch.facts import Facts

# "rsyslogd-2177" with the number of the message before rsyslog 8; whether there is a pid depends on the version.
_RSYSLOG = re.compile(r"rsyslogd(?:-\d+)?")
_JOURNALD = re.compile(
    r"systemd-journald?(?:\.service)?|journal"
)  # as systemd, or as rsyslog of RHEL 7, names it

# One process is limited, or the whole input. "from <HOST:PROGRAM>" names who was just speaking.
_LIMITED = re.compile(
    rb"(?P<input>\w{1,64})(?:\[(?:pid:? ?)?(?P<pid>\d{1,10})[^\]]{0,300}\])?(?: from <.{0,300}>)?: "
    rb"(?:begin to drop messages|(?P<lines>\d{1,18}) messages lost) due to rate-limiting"
)
_LIMITED_BEFORE_7 = re.compile(
    rb"(?P<input>imuxsock) (?:begins to drop|lost (?P<lines>\d{1,18})) messages from pid (?P<pid>\d{1,10}) due"
)
_SUPPRESSED = re.compile(rb"Suppressed (?P<lines>\d{1,18}) messages from (?P<unit>\S{1,255})$")

_LONGEST = 1000

_MAY_BE_MAIL = re.compile(
    r"postfix|exim|mail|smtp|mta|mx"
    # What may hold a mail server: a container, or all services at once, as systemd before 205 counted them.
    r"|docker|podman|libpod|containerd|lxc|nspawn|machine|kube|^/(?:system(?:\.slice)?)?$"
)


def limited(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`rsyslogd: imuxsock[249]: 123 messages lost due to rate-limiting (200 allowed within 5 seconds)`."""
    line = prefix(block, start, at)
    if line is None or not _RSYSLOG.fullmatch(line[1].tag):
        return
    stamp, begin = block[start : line[0]], line[2]
    end = min(block.find(b"\n", at), begin + _LONGEST)
    found = _LIMITED.match(block, begin, end) or _LIMITED_BEFORE_7.match(block, begin, end)
    if found is not None:
        who = text(found["input"] if found["pid"] is None else b"pid " + found["pid"])
        told.dropped(start, stamp, None if found["lines"] is None else int(found["lines"]), who)


def suppressed(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`systemd-journald[346]: Suppressed 4150 messages from /system.slice/postfix.service`."""
    line = prefix(block, start, at + 1)
    if line is None or not _JOURNALD.fullmatch(line[1].tag):
        return
    stamp, begin = block[start : line[0]], line[2]
    found = _SUPPRESSED.match(block, begin, block.find(b"\n", at))
    if found is not None and may_be_mail(unit := text(found["unit"])):
        told.dropped(start, stamp, int(found["lines"]), unit)


def may_be_mail(unit: str) -> bool:
    """Whether a mail server may run in this unit of systemd: the lines that others drop are no loss here."""
    return _MAY_BE_MAIL.search(unit.lower()) is not None


NEEDLES: Mapping[bytes, Parse] = {b" due to rate-limiting": limited, b" Suppressed ": suppressed}
