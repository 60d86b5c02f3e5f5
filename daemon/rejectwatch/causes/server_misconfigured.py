"""The server is set up wrongly: a mail loop, an MX that points back, a broken rule, the wrong host."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "server_misconfigured"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "admin" if reading.reply.refused_by != "remote" else "remote"


CAUSE = Cause(
    slug="server_misconfigured",
    judge=judge,
    who_acts=who_acts,
    recovery=("recipient_domain",),
    recovery_elsewhere=("recipient_domain",),
)
