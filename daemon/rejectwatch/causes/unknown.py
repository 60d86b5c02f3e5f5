"""Nothing in the text tells why: no text speaks for it, it is what remains."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import judged_by
from rejectwatch.facts import WhoActs


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — somebody has to read it
    return "admin"


CAUSE = Cause(
    slug="unknown",
    judge=judged_by(),
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
