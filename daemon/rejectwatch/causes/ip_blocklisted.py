"""The client's or our server's address stands on a list, or has a bad reputation."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "ip_blocklisted"),
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server: whoever has logged in should not be asked for his address; who has not, should log in."""
    if reading.reply.refused_by != "local":
        return "admin"
    return "admin" if reading.reply.user else "user"


CAUSE = Cause(
    slug="ip_blocklisted",
    judge=judge,
    who_acts=who_acts,
    recovery=("client_ip",),
    recovery_elsewhere=("recipient_domain",),
    usually="remote",
)
