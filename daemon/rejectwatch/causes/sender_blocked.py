"""That sender, or the domain of it, is on the receiver's own list."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "sender_blocked"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "admin" if reading.reply.refused_by == "local" else "remote"


CAUSE = Cause(
    slug="sender_blocked",
    judge=judge,
    who_acts=who_acts,
    recovery=("sender",),
    recovery_elsewhere=("sender", "recipient_domain"),
    usually="remote",
)
