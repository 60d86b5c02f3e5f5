"""Postfix 3.x: one queue id a message, one process a session, one line for each step of both.

Where a line's text comes from: `smtpd_check.c` and `smtpd.c` (rejects, client=), `log_adhoc.c` (status=),
`qmgr_active.c` (from=, removed). `printable()` leaves no newline in any of them, so what a client or
another server wrote can imitate a text, never a line.
"""

from __future__ import annotations

from rejectwatch.dialects.interface import Dialect
from rejectwatch.dialects.postfix import deliveries, rejects, traffic
from rejectwatch.dialects.postfix.usual import USUAL
from rejectwatch.dialects.postfix.who import who

DIALECT = Dialect(
    "postfix",
    {
        b": client=": traffic.accepted,
        b": uid=": traffic.submitted,
        b": from=<": traffic.sender,
        b": removed\n": traffic.done,
        b": removed (canceled)\n": traffic.done,  # since 3.10
        b" connect from ": traffic.opened,
        b"\xef\xbb\xbfconnect from ": traffic.opened_behind_bom,
        b" proxy-accept: ": traffic.proxy_accepted,
        b", status=": deliveries.delivery,
        b"reject": rejects.reject,  # reject: milter-reject: proxy-reject: reject_warning: proxy … rejected
    },
    USUAL,
    who,
)
