"""What `step` and `tick` have produced since the last commit: the store writes it in one transaction.

What the core remembers stands apart from this, in the overlays of the state's tables; changed incidents too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from rejectwatch.facts import Batch, Event, Gap, Outcome
from rejectwatch.incidents.incident import Message
from rejectwatch.watch import Notice


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source is read: as in `Batch`; `checkpoint` is the source's own JSON."""

    generation: str
    position: int
    checkpoint: str


class Hour(NamedTuple):
    """What deliveries are counted by in the database; `at` is the full hour of the log's time, UTC."""

    at: datetime
    mta: str
    outcome: str


class Shape(NamedTuple):
    """What lines or replies that were not understood have in common: equal when addresses, names, numbers are masked."""

    source: str
    mta: str
    shape: str


@dataclass(slots=True)
class Changes:
    """Grows with every step until it is committed.

    `positions`, `lines` and `bytes` are by source, `other_refusals` by mail server, outcome and reply code.
    `deliveries` are stored by the hour; the other counts are only shown, once the commit has succeeded.
    `messages` are about incidents, `notices` about the watch itself. `shapes` are of lines that
    were not understood, `replies` of refusals whose cause is not known.
    """

    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    shapes: Counter[Shape] = field(default_factory=Counter)
    replies: Counter[Shape] = field(default_factory=Counter)
    positions: dict[str, Position] = field(default_factory=dict)
    deliveries: Counter[Hour] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    other_refusals: Counter[tuple[str, Outcome, int]] = field(default_factory=Counter)

    def read(self, batch: Batch) -> None:
        """A batch has been read to its end."""
        self.positions[batch.source] = Position(batch.generation, batch.end, batch.checkpoint)
        self.lines[batch.source] += batch.block.count(b"\n")
        self.bytes[batch.source] += len(batch.block)
