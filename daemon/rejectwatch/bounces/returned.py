"""What a bounce mail tells of one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rejectwatch.facts import RefusedBy


@dataclass(frozen=True, slots=True)
class Returned:
    """One recipient whom the mail did not reach; what the bounce does not say is None.

    `reply` is what the refusing server said, from its code on, on one line. Where nobody quotes a server it
    is the sentence that the bounce itself gives for a reason.
    `action` is the word of RFC 3464: `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    `refused_by` is `remote` where another server than the reporting one refused, `local` where the
    reporting one did.
    `sender`, `subject` and `message_id` are those of the mail that was sent.
    """

    recipient: str | None = None
    reply: str | None = None
    enhanced_code: str | None = None
    action: str | None = None
    refused_by: RefusedBy | None = None
    relay_host: str | None = None
    reported_by: str | None = None
    occurred_at: datetime | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
