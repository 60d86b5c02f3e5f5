"""When "auto" chooses another source than before, the new one begins where the old one was left.

Two sources of the same mail share nothing but the time of their lines: reading goes on with the first line after
the last one that was read. So the limits are those of the stamps. Lines of the very moment of the last line may be
missing, if it was not the last of them, and where the logger stamps a line a little later than the journal does, the
last line is read again. A stamp without a fraction stands for its whole second: there, up to a second is read again
rather than lost. And a log that was begun while nobody was reading does not hold what came before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rejectwatch.sources.begin import TimeOf
from rejectwatch.state import State

CHOSEN = "chosen"
"""The state's `times` hold ("chosen", name) for each source that was chosen last, with the moment at which it took
over, or NEVER."""

NEVER = datetime.min.replace(tzinfo=UTC)

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Left:
    """The source that was left, and the time of the log from which on another takes its place."""

    source: str
    since: datetime


def taken_over(chosen: set[str], stored: set[str], state: State, now: datetime) -> dict[str, Left]:
    """Which of the chosen sources take over, and have read nothing since; what is chosen now is remembered.

    `stored`: the sources that have a position. Asked again, before the commit or after it, the answer is the same.
    """
    before = _chosen_before(state) or stored
    moment = min(_newest(state, before - chosen)[0], now)
    for name in before - chosen:
        state.times.drop((CHOSEN, name))
    for name in chosen:
        if (CHOSEN, name) not in state.times:
            state.times.put((CHOSEN, name), NEVER if name in before else moment)
    left = _newest(state, stored - chosen)[1]
    waiting = {name: at for name in chosen if (at := _took_over(state, name)) > _last(state, name)}
    return {name: Left(left, at + TICK) for name, at in waiting.items()}


def _chosen_before(state: State) -> set[str]:
    return {name for (kind, name), _ in state.times.items() if kind == CHOSEN}


def _took_over(state: State, name: str) -> datetime:
    return state.times.get((CHOSEN, name)) or NEVER


def _last(state: State, name: str) -> datetime:
    return state.times.get(("source", name)) or NEVER


def _newest(state: State, names: set[str]) -> tuple[datetime, str]:
    """The last line of these sources, and whose it is."""
    return max(((_last(state, name), name) for name in names), default=(NEVER, ""))


def whole_seconds(time_of: TimeOf) -> TimeOf:
    """The last moment at which a line can have been written: a stamp without a fraction is cut, not exact."""

    def end_of(line: bytes, near: datetime) -> datetime | None:
        at = time_of(line, near)
        return at if at is None or at.microsecond else at + SECOND - TICK

    return end_of
