"""Nothing in the text tells why. The bar that the evidence for any other cause has to clear."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Evidence, Reading
from rejectwatch.facts import WhoActs

THE_BAR = 20


def judge(reading: Reading) -> Evidence:  # noqa: ARG001 — it holds for every reply
    return Evidence(THE_BAR, "")


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — somebody has to read it
    return "admin"


CAUSE = Cause(
    slug="unknown",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
