"""The dates of a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 100


def read(text: str | None) -> datetime | None:
    """The time, in UTC; None where it is none."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text[:LONGEST])
        # "-0000": the zone is not told, the time is in UTC
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
