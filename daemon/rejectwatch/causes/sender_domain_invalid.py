"""The domain of the sender does not exist, does not resolve, or takes no mail."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "sender_domain_invalid"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "user" if reading.reply.refused_by != "remote" else "admin"


CAUSE = Cause(
    slug="sender_domain_invalid",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
)
