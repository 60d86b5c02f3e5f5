"""A listener that writes down what a dialect tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from rejectwatch import dialects
from rejectwatch.dialects import careful
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

    def accepted(self, stamp: bytes, mta: str, message: bytes, process: bytes, who: bytes) -> None:
        self.calls.append(("accepted", stamp, mta, message, process, who))

    def sender(self, message: bytes, address: bytes) -> None:
        self.calls.append(("sender", message, address))

    def handoff(self, message: bytes, onward: bytes, process: bytes = b"") -> None:
        self.calls.append(("handoff", message, onward, process))

    def delivered(
        self,
        stamp: bytes,
        mta: str,
        message: bytes,
        recipient: bytes,
        onward: bytes = b"",
        *,
        local: bool = False,
    ) -> None:
        more = [onward] if onward else []
        self.calls.append(("delivered", stamp, mta, message, recipient, *more))
        if local:
            self.into_mailboxes.append(recipient)

    def done(self, message: bytes) -> None:
        self.calls.append(("done", message))

    def opened(self, mta: str, process: bytes, who: bytes) -> None:
        self.calls.append(("opened", mta, process, who))

    def refused(self, refused: Refused) -> None:
        self.calls.append(("refused", refused))

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self.calls.append(("dropped", offset, stamp, lines, who))

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self.calls.append(("not_understood", offset, stamp, mta, shape))

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self.calls.append(("other_refusal", offset, mta, outcome, code))


def recorded(log: bytes, codes: frozenset[int] = CODES, nearest: datetime = NEAREST) -> Recording:
    recording = Recording()
    dialects.read(log, asked(codes, nearest), recording)
    return recording


def asked(codes: frozenset[int] = CODES, nearest: datetime = NEAREST) -> dialects.Asked:
    return dialects.Asked(codes, Stamps(UTC, nearest), dialects.Remembered(State().lines, ""))


def told(log: bytes, codes: frozenset[int] = CODES) -> list[tuple[Any, ...]]:
    return recorded(log, codes).calls


def told_with_care(log: bytes, codes: frozenset[int] = CODES) -> list[tuple[Any, ...]]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dialects, "_usual", lambda _line: None)
        return told(log, codes)


def usual_lines(log: bytes) -> int:
    """How many lines never come to the careful way: those that no needle nominates among them."""
    others: list[bytes] = []
    nominated = careful.Careful.nominated

    def noted(self: careful.Careful, lines: list[bytes]) -> dict[int, list[int]]:
        others.extend(lines)
        return nominated(self, lines)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(careful.Careful, "nominated", noted)
        told(log)
    return log.count(b"\n") - len(others)
