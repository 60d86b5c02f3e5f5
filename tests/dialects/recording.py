"""A listener that writes down what a dialect tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rejectwatch import dialects
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.facts import Outcome, Refused
from rejectwatch.state import State

CODES = frozenset({553})
NEAREST = datetime(2026, 11, 24, 4, tzinfo=UTC)


@dataclass
class Recording:
    """`calls` are all calls in their order, as tuples that begin with the name of the fact; `into_mailboxes`: recipients of ours."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    into_mailboxes: list[bytes] = field(default_factory=list)

    @property
    def refusals(self) -> list[Refused]:
        return [call[1] for call in self.calls if isinstance(call[1], Refused)]

    @property
    def refused_one(self) -> Refused:
        (refused,) = self.refusals
        return refused

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        """The calls of one kind, without its name."""
        return [call[1:] for call in self.calls if call[0] == kind]

    def offsets(self, kind: str) -> list[int]:
        return [call[0] for call in self.of(kind)]

    def accepted(
        self, offset: int, stamp: bytes, mta: str, message: bytes, process: bytes, who: bytes
    ) -> None:
        self.calls.append(("accepted", offset, stamp, mta, message, process, who))

    def sender(self, offset: int, message: bytes, address: bytes) -> None:
        self.calls.append(("sender", offset, message, address))

    def handoff(self, offset: int, message: bytes, onward: bytes, process: bytes = b"") -> None:
        self.calls.append(("handoff", offset, message, onward, process))

    def delivered(
        self,
        offset: int,
        stamp: bytes,
        mta: str,
        message: bytes,
        recipient: bytes,
        onward: bytes = b"",
        *,
        local: bool = False,
    ) -> None:
        more = [onward] if onward else []
        self.calls.append(("delivered", offset, stamp, mta, message, recipient, *more))
        if local:
            self.into_mailboxes.append(recipient)

    def done(self, offset: int, message: bytes) -> None:
        self.calls.append(("done", offset, message))

    def opened(self, offset: int, mta: str, process: bytes, who: bytes) -> None:
        self.calls.append(("opened", offset, mta, process, who))

    def refused(self, refused: Refused) -> None:
        self.calls.append(("refused", refused))

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self.calls.append(("dropped", offset, stamp, lines, who))

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str) -> None:
        self.calls.append(("not_understood", offset, stamp, mta, shape))

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self.calls.append(("other_refusal", offset, mta, outcome, code))


def recorded(log: bytes, codes: frozenset[int] = CODES, nearest: datetime = NEAREST) -> Recording:
    recording = Recording()
    dialects.read(log, asked(codes, nearest), recording)
    return recording


def asked(codes: frozenset[int] = CODES, nearest: datetime = NEAREST) -> dialects.Asked:
    return dialects.Asked(codes, Stamps(UTC, nearest), dialects.Remembered(State().lines, ""))
