"""The message itself was refused: an attachment, a virus, a link, its spam score, a header."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, judged_by, texts
from rejectwatch.facts import WhoActs

judge = judged_by(
    *texts(CERTAIN, "content_rejected"),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "user"


CAUSE = Cause(
    slug="content_rejected",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
    usually="remote",
)
