"""What a check finds: one sentence, how bad it is, and what helps. All of the doctor's words are English."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rejectwatch.doctor.case import Case

State = Literal["ok", "note", "trouble"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok; note, worth knowing; trouble, somebody has to act. `cure`: a command or a setting, if one helps."""

    state: State
    says: str
    cure: str | None = None


Check = Callable[[Case], Iterable[Finding]]


def ok(says: str) -> Finding:
    return Finding("ok", says)


def note(says: str, cure: str | None = None) -> Finding:
    return Finding("note", says, cure)


def trouble(says: str, cure: str | None = None) -> Finding:
    return Finding("trouble", says, cure)


def clock(at: datetime) -> str:
    """A time as a person on this machine reads it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def lasting(time: timedelta) -> str:
    """`12 s`, `5 min`, `3 h`, `4 days`."""
    seconds = abs(time.total_seconds())
    for longest, unit, word in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < longest:
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds / 86_400:.0f} days"


def large(size: float) -> str:
    """`512 bytes`, `12.3 MB`."""
    for least, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= least:
            return f"{size / least:.1f} {word}"
    return f"{size:.0f} bytes"


def some(names: Iterable[str], shown: int = 12) -> str:
    """The first names, and how many more."""
    names = list(names)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
