"""Is the watch itself well? One number that is the worst of what is known, and its words: 0 is well, more is worse.

It is asked of all chosen instances together (`by` is empty) or of each (`prometheus.EACH`). The conditions stand
from the worst to the mildest, and the first that holds is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tools.dashboards.panels import Json, words
from tools.dashboards.prometheus import EACH, chosen, equals, own, risen

NOBODY = -1
"""What a number of now shows where no rejectwatch is: an empty panel, or a green 0, would be a lie."""


class Condition(NamedTuple):
    """What is the case, if this query brings rows; in which words and colour it is told."""

    promql: str
    told: str
    colour: str


SEEN_LATELY = f"last_over_time({own('build_info')}[1d])"

GONE = (
    f"({SEEN_LATELY} unless on (job, instance) {own('build_info')})"
    f" or ({chosen('up')} == 0 and on (job) {SEEN_LATELY})"
)
"""What was there within a day and is not, and what does not answer in a job in which another one did."""

_AGE = f"time() - ({own('last_line_timestamp_seconds')} > 0)"
_USUAL = f"increase({own('lines_total')}[1h] offset 1w) >= 20"
_NEVER = f"max {EACH}({own('last_line_timestamp_seconds')}) == 0"


def _at_once(promql: str) -> str:
    """While a backlog is being read, the newest line is old on purpose."""
    return f"({promql}) unless on (job, instance, source) {own('catching_up')} == 1"


READS_NOTHING = Condition(
    f"{own('ready')} == 0 or {_at_once(f'{_AGE} > 86400 or ({_AGE} > 3600 and {_USUAL})')}",
    "reads nothing",
    "red",
)
QUIET = Condition(f"{_at_once(f'{_AGE} > 3600')} or ({_NEVER})", "no line for an hour", "yellow")
LOST = Condition(f"{risen('gaps_total', '1h')} > 0.5", "lines lost", "orange")
CATCHING_UP = Condition(f"{own('catching_up')} == 1", "catching up", "yellow")
NOT_UNDERSTOOD = Condition(
    f"{risen('lines_not_understood_total', '1h')} > 0.5", "lines not understood", "yellow"
)
FAILS = Condition(f"{own('channel_failing')} == 1", "a channel fails", "red")
GIVEN_UP = Condition(
    f"{risen('notifications_total', '$__range', equals('result', 'given_up'))} > 0.5",
    "an alert was given up",
    "orange",
)
WAIT = Condition(f"min_over_time({own('notifications_waiting')}[10m]) > 0", "alerts wait", "yellow")
NO_CHANNEL = Condition(
    f"{own('build_info')} unless on (job, instance) {own('channel_failing')}", "no channel is set", "yellow"
)
PEOPLE = f"({own('people_failing')} or on (job, instance) {own('incidents_open')})"
"""People, by what their incidents are named after; of a rejectwatch before 0.2, which does not count them, its incidents."""
PEOPLE_FAIL = Condition(f"{PEOPLE} > 0", "people fail", "red")
NOBODY_WATCHES = Condition(f"absent({own('build_info')})", "nobody watches", "red")
ONE_IS_GONE = Condition(GONE, "a server is gone", "red")
IS_GONE = Condition(GONE, "gone", "red")

SEES: tuple[Condition, ...] = (
    NOBODY_WATCHES,
    ONE_IS_GONE,
    READS_NOTHING,
    LOST,
    CATCHING_UP,
    QUIET,
    NOT_UNDERSTOOD,
)
TELLS: tuple[Condition, ...] = (NOBODY_WATCHES, FAILS, GIVEN_UP, WAIT, NO_CHANNEL)
IS: tuple[Condition, ...] = (
    IS_GONE, READS_NOTHING, FAILS, PEOPLE_FAIL, LOST, CATCHING_UP, GIVEN_UP, WAIT, NOT_UNDERSTOOD, NO_CHANNEL,
    QUIET,
)  # fmt: skip
"""One instance among others, the worst first."""


def worst(conditions: Sequence[Condition], by: str = "") -> str:
    """The number of the worst condition that holds."""
    told = [
        f"{number} + 0 * count {by}({condition.promql})"
        for number, condition in zip(range(len(conditions), 0, -1), conditions, strict=True)
    ]
    return "\nor ".join([*told, f"0 * count {by}({own('build_info')})" if by else "vector(0)"])


def as_words(conditions: Sequence[Condition], well: str) -> list[Json]:
    numbered = zip(range(len(conditions), 0, -1), conditions, strict=True)
    return words({"0": (well, "green")} | {str(number): (one.told, one.colour) for number, one in numbered})


def or_nobody(promql: str) -> str:
    """A number of now, and `NOBODY` where there is no rejectwatch that could tell."""
    return f"{promql}\nor vector({NOBODY})"


NOBODY_IN_WORDS = words({str(NOBODY): (NOBODY_WATCHES.told, "red")})
