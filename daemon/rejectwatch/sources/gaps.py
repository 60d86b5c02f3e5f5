"""Gaps that a source has noticed and nobody has taken yet; each is told once."""

from __future__ import annotations

from collections import deque

from rejectwatch.facts import Gap

REMEMBERED = 100
"""So many are known to be told already; reading stands at the same place only for a while."""


class Gaps:
    def __init__(self) -> None:
        self._waiting: list[Gap] = []
        self._told: deque[tuple[str, str, int]] = deque(maxlen=REMEMBERED)

    def note(self, gap: Gap) -> None:
        key = gap.reason, gap.generation, gap.position
        if key not in self._told:
            self._told.append(key)
            self._waiting.append(gap)

    def take(self) -> list[Gap]:
        taken, self._waiting = self._waiting, []
        return taken
