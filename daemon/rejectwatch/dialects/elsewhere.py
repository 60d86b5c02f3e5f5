"""Listeners for a line that does not stand in the log as it is (`pieces`): they tell its facts at another place."""

from __future__ import annotations

from rejectwatch.facts import Facts, Outcome, Refused


class Elsewhere:
    """Tells all facts of a line at the offset of the line that has completed it."""

    def __init__(self, told: Facts, offset: int) -> None:
        self._told = told
        self._offset = offset
        # What is said of mail on its way has no place.
        self.accepted, self.sender, self.handoff = told.accepted, told.sender, told.handoff
        self.delivered, self.done, self.opened = told.delivered, told.done, told.opened

    def refused(self, refused: Refused) -> None:
        refused.offset = self._offset
        self._told.refused(refused)

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self._told.other_refusal(self._offset, mta, outcome, code, times)

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self._told.dropped(self._offset, stamp, lines, who)

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self._told.not_understood(self._offset, stamp, mta, shape, times)


class Again:
    """Of a line that came again only refusals are told, with their number; all else would be no news."""

    def __init__(self, told: Facts, offset: int, times: int) -> None:
        self._told = told
        self._offset = offset
        self._times = times

    def refused(self, refused: Refused) -> None:
        refused.offset, refused.repeat = self._offset, self._times
        self._told.refused(refused)

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self._told.other_refusal(self._offset, mta, outcome, code, self._times)

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self._told.not_understood(self._offset, stamp, mta, shape, self._times)

    def _nothing_new(self, *_: object, **__: object) -> None:
        """The line before has said it."""

    accepted = sender = handoff = delivered = done = opened = dropped = _nothing_new
