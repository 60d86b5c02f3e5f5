"""Too many recipients, messages or connections; a message or a mailbox too large."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "rate_or_quota"),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "user"


CAUSE = Cause(
    slug="rate_or_quota",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
