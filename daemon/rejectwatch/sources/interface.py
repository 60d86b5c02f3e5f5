"""What the rest of the program may ask of a source of log lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from rejectwatch.facts import Batch, Gap

BLOCK = 1 << 20
"""How much is read at once; larger blocks were slower."""

FirstRead = timedelta | Literal["all", "end"]


class NotReadable(Exception):  # noqa: N818 — it is no fault of ours: the sentence is for the operator
    """One clear sentence: what can't be read, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin when nothing of this source is stored: so far back from now, at its start, at its end.

    `left`: the source whose place it takes, if it takes one.
    """

    first_read: FirstRead
    now: datetime
    left: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """Where reading began: a row of its own, because what lies before it was never promised.

    `since` is the time of the log from which on it is read, None if from its very start; `left` as in `Start`.
    """

    generation: str
    position: int
    at: datetime
    since: datetime | None
    checkpoint: str
    left: str | None = None


class Source(Protocol):
    """Lines of one log, in blocks. What it knows can be told from a checkpoint; the rest is only quicker.

    After a commit that failed, the source is closed and built again from the checkpoint in the database.
    """

    name: str
    """As configured: the label of its metrics, and the key of its stored position."""

    @property
    def started(self) -> Started | None:
        """Where it began, if that was decided by this object and not read from a checkpoint."""

    def read(self, limit: int = BLOCK) -> Batch | None:
        """The next whole lines; None at the end, or when it can't be read now (`trouble` says why)."""

    def unread(self) -> int:
        """Bytes that wait to be read; 0 if nobody can tell."""

    def watched(self) -> set[Path]:
        """Folders in which a change means that there may be something to read."""

    def fileno(self) -> int | None:
        """A descriptor that becomes readable when there is something to read, if it has one."""

    def at_end(self) -> bool:
        """After a `read` that gave None: whether that was the end, or nothing came yet. Trouble holds nobody up."""

    def trouble(self) -> str | None:
        """Why it can't be read just now, in one sentence; it tries again by itself at each read."""

    def gaps(self) -> list[Gap]:
        """What was noticed since the last call: lines that may be lost. Without times, where only the log knows them.

        It goes into the next commit. After a restart that did not come to it, the same gap is noticed again.
        """

    def close(self) -> None:
        """Let go of files and processes. May be called twice."""


def since(start: Start) -> datetime | None:
    """The time of the log at which reading begins; None: at its very start."""
    match start.first_read:
        case timedelta():
            return start.now - start.first_read
        case "end":
            return start.now
        case _:
            return None


def pack(**what: object) -> str:
    return json.dumps(what, separators=(",", ":"))


def unpack(checkpoint: str) -> Any:
    return json.loads(checkpoint)
