"""A rule that somebody made: this user, this time, this group, this address may not."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "local_restriction"),
)


def who_acts(reading: Reading) -> WhoActs:
    return "admin" if reading.reply.refused_by != "remote" else "remote"


CAUSE = Cause(
    slug="local_restriction",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
