"""Exim 4: one line tells all; no session, no process, and the login stands on the line itself.

The text of a line begins with a message id and an arrow (`<=`, `=>`, `**` …), or with `H=` and the client.
`string_printing()` leaves no newline in it, and does not double a backslash nor escape `"`: what others wrote
(addresses, logins, replies) can imitate any text, so every line is read from the left.
"""

from __future__ import annotations

from rejectwatch.dialects.exim import failures, rejects, traffic
from rejectwatch.dialects.exim.usual import USUAL
from rejectwatch.dialects.exim.who import who
from rejectwatch.dialects.interface import Dialect

DIALECT = Dialect(
    "exim",
    {
        b" <= ": traffic.accepted,
        b" (= ": traffic.accepted,  # the client was told that it was refused (control = fakereject)
        b" => ": traffic.delivered,
        b" -> ": traffic.delivered,
        b" >> ": traffic.delivered,  # cutthrough: delivered while the client was still there
        b" Completed": traffic.done,
        b" ** ": failures.bounced,
        b" == ": failures.deferred,
        b" rejected ": rejects.rejected,
        b" PRDR ": rejects.refused_for_one,
        b" sender verify fail for <": rejects.sender_verify_failed,
        b" authenticator failed for ": rejects.authentication_failed,
    },
    USUAL,
    who,
)
