"""The connection was not encrypted, or not well enough, for this route."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "tls_required"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "user" if reading.reply.refused_by != "remote" else "admin"


CAUSE = Cause(
    slug="tls_required",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
    recovery_elsewhere=("recipient_domain",),
)
