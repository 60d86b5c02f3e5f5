"""The server takes no bounces (`<>`), or asks for a sender."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "null_sender_refused"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "admin" if reading.reply.refused_by == "local" else "remote"


CAUSE = Cause(
    slug="null_sender_refused",
    judge=judge,
    who_acts=who_acts,
    recovery=("client_ip",),
    recovery_elsewhere=("sender", "recipient_domain"),
    usually="remote",
)
