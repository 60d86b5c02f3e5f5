"""Which source takes the place of which, under "auto": decided by what was read last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rejectwatch.app.handover import TICK, Left, taken_over, whole_seconds
from rejectwatch.state import State
from sources.logdir import NOW, stamp_of

MINUTE = timedelta(minutes=1)


class Machine:
    """A daemon under "auto" that is started again and again, and what it has stored."""

    def __init__(self) -> None:
        self.state = State()
        self.stored: set[str] = set()

    def start(self, *chosen: str, now: datetime = NOW) -> dict[str, Left]:
        return taken_over(set(chosen), self.stored, self.state, now)

    def read(self, source: str, at: datetime) -> None:
        """A line was read, and all is committed."""
        self.stored.add(source)
        self.state.times.put(("source", source), at)
        self.state.apply()

    def fail(self) -> None:
        """A commit has failed: what was not stored is forgotten."""
        self.state.undo()


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_first_start_takes_nobodys_place(machine: Machine) -> None:
    assert machine.start("journal") == {}


def test_a_new_source_begins_after_the_last_line_of_the_one_that_was_left(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW - MINUTE)

    assert machine.start("journal") == {"journal": Left("mail.log", NOW - MINUTE + TICK)}


def test_a_restart_takes_nobodys_place(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW - MINUTE)

    assert machine.start("mail.log") == {}


def test_a_database_from_before_knows_by_its_positions_what_was_read(machine: Machine) -> None:
    machine.read("mail.log", NOW - MINUTE)

    assert machine.start("mail.log") == {}
    machine.fail()
    assert machine.start("journal") == {"journal": Left("mail.log", NOW - MINUTE + TICK)}


@pytest.mark.parametrize("committed", [True, False])
def test_the_place_is_the_same_until_a_line_was_read_there(machine: Machine, committed: bool) -> None:
    machine.start("mail.log", "mainlog")
    machine.read("mail.log", NOW - MINUTE)
    first = machine.start("journal", "mainlog")
    if committed:
        machine.read("mainlog", NOW)
    else:
        machine.fail()
    second = machine.start("journal", "mainlog")
    machine.read("journal", NOW + MINUTE)

    assert first == second == {"journal": Left("mail.log", NOW - MINUTE + TICK)}
    assert machine.start("journal", "mainlog") == {}


def test_a_source_that_comes_back_goes_on_where_the_other_was_left(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW - 3 * MINUTE)
    machine.start("journal")
    machine.read("journal", NOW - 2 * MINUTE)

    assert machine.start("mail.log") == {"mail.log": Left("journal", NOW - 2 * MINUTE + TICK)}


def test_a_source_that_comes_back_before_the_other_was_read_goes_on_by_itself(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW - 3 * MINUTE)
    machine.start("journal")
    machine.stored.add("journal")

    assert machine.start("mail.log") == {}


def test_a_source_that_stays_goes_on_by_itself(machine: Machine) -> None:
    machine.start("journal", "mainlog")
    machine.read("mainlog", NOW - 3 * MINUTE)
    machine.read("journal", NOW - 2 * MINUTE)

    assert machine.start("mainlog") == {}
    assert machine.start("mainlog", "mail.log") == {}


def test_a_source_that_was_left_long_ago_says_nothing_of_one_that_is_added(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW - timedelta(days=30))
    machine.start("journal")
    machine.read("journal", NOW)

    assert machine.start("journal", "mainlog") == {}


def test_a_stamp_in_the_future_holds_nothing_back(machine: Machine) -> None:
    machine.start("mail.log")
    machine.read("mail.log", NOW + timedelta(days=300))

    assert machine.start("journal") == {"journal": Left("mail.log", NOW + TICK)}


def test_a_stamp_without_a_fraction_stands_for_its_whole_second() -> None:
    end_of = whole_seconds(stamp_of)
    times = [end_of(line, NOW) for line in (b"2026-11-24T12:00:05Z x", b"2026-11-24T12:00:05.25Z x", b"x")]

    assert times == [
        datetime(2026, 11, 24, 12, 0, 5, 999_999, tzinfo=UTC),
        datetime(2026, 11, 24, 12, 0, 5, 250_000, tzinfo=UTC),
        None,
    ]
