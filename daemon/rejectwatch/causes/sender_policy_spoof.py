"""SPF, DKIM, DMARC, a forged sender, or a host without a proper name (reverse DNS, HELO)."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "sender_policy_spoof"),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "admin"


CAUSE = Cause(
    slug="sender_policy_spoof",
    judge=judge,
    who_acts=who_acts,
    recovery=("sender", "client_ip"),
    usually="remote",
)
