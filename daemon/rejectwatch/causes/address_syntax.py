"""A sender or recipient address that no mail server can read: full-width letters, blanks, no domain, wrong signs."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "address_syntax"),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "user"


CAUSE = Cause(
    slug="address_syntax",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
)
