"""What the watch says of itself: silence, gaps, and what came late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from law.told import TERMS
from rejectwatch import watch
from rejectwatch.changes import Changes
from rejectwatch.facts import Gap
from rejectwatch.pipeline import missed, tick
from rejectwatch.state import State
from rejectwatch.watch import Notice

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GAP = Gap("mail", "removed", "g", 1000, "/var/log/mail.log.1")


def spoke(state: State, at: datetime, lines: int = 100) -> Notice | None:
    """Lines came then."""
    return watch.heard(state, "mail", at, lines)


def weeks_of_office_hours(until: datetime = MONDAY, lines: int = 100) -> State:
    """Two weeks in which lines came from 8 to 18 o'clock on workdays."""
    state = State()
    at = until - 15 * DAY
    while at < until:
        if at.weekday() < 5 and 8 <= at.hour < 18:
            spoke(state, at, lines)
        at += HOUR
    return state


def silent_at(state: State, now: datetime) -> Notice | None:
    return watch.silence(state, "mail", now, HOUR)


# ── silence ──


def test_a_log_that_is_silent_when_it_usually_speaks_is_told_once() -> None:
    state = weeks_of_office_hours()
    spoke(state, MONDAY)
    notices = [silent_at(state, MONDAY + timedelta(minutes=minute)) for minute in range(0, 240, 7)]

    (told,) = filter(None, notices)
    assert (told.kind, told.source, told.since) == ("silent", "mail", MONDAY)
    assert told.until == MONDAY + timedelta(minutes=63)


def test_the_night_and_the_weekend_of_an_office_are_no_silence() -> None:
    friday = MONDAY + 4 * DAY
    state = weeks_of_office_hours(friday)
    spoke(state, friday.replace(hour=17, minute=59))
    quiet_hours = [friday.replace(hour=19) + hour * HOUR for hour in range(61)]

    assert quiet_hours[-1] == (MONDAY + 7 * DAY).replace(hour=7, minute=30)
    assert not any(silent_at(state, hour) for hour in quiet_hours)


def test_it_is_noticed_when_the_office_opens_and_nothing_comes() -> None:
    state = weeks_of_office_hours()

    assert silent_at(state, MONDAY.replace(hour=8, minute=30)) is None
    assert silent_at(state, MONDAY.replace(hour=9, minute=30)) is not None


def test_hours_with_few_lines_are_never_missed() -> None:
    state = weeks_of_office_hours(lines=19)
    spoke(state, MONDAY, 1)

    assert silent_at(state, MONDAY + 2 * HOUR) is None


def test_nothing_is_usual_in_the_first_week() -> None:
    state = State()
    for hour in range(6 * 24):
        spoke(state, MONDAY + hour * HOUR)

    assert silent_at(state, MONDAY + 6 * DAY + 2 * HOUR) is None


def test_it_is_told_when_lines_come_again_and_silence_can_be_told_anew() -> None:
    state = weeks_of_office_hours()
    spoke(state, MONDAY)
    silent_at(state, MONDAY + 2 * HOUR)
    again = spoke(state, MONDAY + 3 * HOUR)

    assert again is not None
    assert (again.kind, again.since, again.until) == ("heard", MONDAY, MONDAY + 3 * HOUR)
    assert spoke(state, MONDAY + 3 * HOUR) is None
    assert silent_at(state, MONDAY + 5 * HOUR) is not None


def test_what_is_remembered_of_hours_is_bounded() -> None:
    state = State()
    for hour in range(100 * 24):
        spoke(state, MONDAY + hour * HOUR)

    assert len(state.heard) <= 15 * 24 + 1


# ── gaps ──


def told_of(state: State, gap: Gap, at: datetime) -> list[str]:
    changes = Changes()
    missed(state, gap, at, changes)

    assert changes.gaps == [gap]
    return [notice.kind for notice in changes.notices]


def test_gaps_of_one_kind_are_told_once_a_day_and_all_are_recorded() -> None:
    state = State()
    later = Gap("mail", "removed", "g", 2000, "/var/log/mail.log.1")

    assert told_of(state, GAP, MONDAY) == ["gap"]
    assert told_of(state, later, MONDAY + HOUR) == []
    assert told_of(state, Gap("mail", "damaged", "g", 2000, "x"), MONDAY + HOUR) == ["gap"]
    assert told_of(state, later, MONDAY + DAY) == ["gap"]


def test_a_gap_that_is_noticed_again_has_the_same_notice() -> None:
    first, again = (watch.lost(State(), GAP, at) for at in (MONDAY, MONDAY + HOUR))

    assert first is not None
    assert again is not None
    assert first.id == again.id


# ── a backlog ──


def test_what_came_late_is_told_in_one_summary() -> None:
    state, changes = State(), Changes()
    for minute in range(50):
        watch.came_late(state, f"user{minute % 7}@corp.example", MONDAY + timedelta(minutes=minute))
    watch.came_late(state, "user6@corp.example", MONDAY)
    tick(state, MONDAY + DAY, changes, TERMS)
    tick(state, MONDAY + DAY, changes, TERMS)

    (summary,) = changes.notices
    assert (summary.kind, summary.failures, summary.people) == ("caught_up", 51, 7)
    assert (summary.since, summary.until) == (MONDAY, MONDAY + timedelta(minutes=49))
    assert [*summary.named[0], len(summary.named)] == ["user0@corp.example", 8, 5]
    assert summary.named[1].name == "user6@corp.example"


def test_lines_that_always_come_late_are_summed_up_once_an_hour() -> None:
    state, changes = State(), Changes()
    for minute in range(150):
        now = MONDAY + timedelta(minutes=minute)
        watch.came_late(state, "alice@corp.example", now - 9 * HOUR)
        tick(state, now, changes, TERMS)

    assert [notice.failures for notice in changes.notices] == [1, 60, 60]


@pytest.mark.parametrize("kind", watch.NOTICES)
def test_a_notice_comes_back_from_json_as_it_was(kind: watch.NoticeKind) -> None:
    notice = Notice(
        "n", kind, MONDAY, "mail", since=MONDAY, lines=3, named=(watch.Person("a", 1),), reason="removed"
    )

    assert watch.notice_from_json(watch.to_json(notice)) == notice
