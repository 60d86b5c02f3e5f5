"""Failures by the hour: what the roll-up says is what counting the events says, whatever has happened."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejectwatch.changes import Changes
from rejectwatch.errors import Superseded
from rejectwatch.facts import FAILURES, OUTCOMES, Event
from rejectwatch.routing import Route, Routing
from rejectwatch.store import migrate
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.tables import EVENTS, INSTANCES
from store.counting import counted, rolled_up
from store.made import NOON, event, message
from store.seen import rows, sizes, started

HOUR = timedelta(hours=1)

# ── after anything ───────────────────────────────────────────────────────────────────────────────

EVENTS_TOLD = st.builds(
    event,
    st.integers(0, 12),
    generation=st.sampled_from(["g1", "g2"]),
    n=st.integers(0, 1),
    occurred_at=st.integers(0, 180).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    outcome=st.sampled_from(OUTCOMES),
    # Two that are too long for their column, and are one there.
    user=st.sampled_from([None, "alice", "Alice", "x" * 300, "x" * 301, "b\0\udcff"]),
    sender=st.sampled_from([None, "", "a@", "a@example.jp", "a@EXAMPLE.jp", "y" * 400 + "@example.org"]),
    recipient_domain=st.sampled_from([None, "", "example.org", "z" * 255, "z" * 256]),
    client_ip=st.sampled_from([None, "192.0.2.1", "2001:db8::1"]),
    cause=st.sampled_from(["relay_denied", "unknown"]),
    repeat=st.sampled_from([1, 1, 4]),
)
STEPS = st.tuples(
    st.sampled_from(["commit", "failed commit", "overtaken commit", "import", "restart"]),
    st.lists(EVENTS_TOLD, max_size=8),
)
_numbers = count()


class _Broken(Routing):
    """Fails a commit that has something to tell."""

    def channels(self, *_: Any) -> list[Route]:
        raise ZeroDivisionError


class Story:
    """One instance, to which things happen."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.instance = f"i{next(_numbers)}"
        self.told: dict[tuple[str, int, int], int] = {}
        self.restart([])

    def restart(self, _: list[Event]) -> None:
        self._writer, self._state = started(self.database, self.instance, _Broken())

    def commit(self, events: list[Event]) -> None:
        new = self._writer.commit(Changes(events=events), self._state)
        assert new == self._tell(events)

    def failed_commit(self, events: list[Event]) -> None:
        changes = Changes(events=events, messages=[message()])
        with pytest.raises(ZeroDivisionError):
            self._writer.commit(changes, self._state)

    def overtaken_commit(self, events: list[Event]) -> None:
        started(self.database, self.instance)[0].commit(Changes(), self._state)
        with pytest.raises(Superseded):
            self._writer.commit(Changes(events=events), self._state)
        self.restart([])

    def import_(self, events: list[Event]) -> None:
        new = import_events(self.database, self.instance, events)
        assert new == self._tell(events)

    def _tell(self, events: list[Event]) -> int:
        """How many refusals are new; of those with one place in the log the first is stored."""
        before = sum(self.told.values())
        for one in events:
            self.told.setdefault((one.generation, one.position, one.n), one.repeat)
        return sum(self.told.values()) - before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_the_rollup_is_the_count_of_the_events(database: Database, steps: list[Any]) -> None:
    story = Story(database)
    for name, events in steps:
        getattr(story, {"import": "import_"}.get(name, name.replace(" ", "_")))(events)

    stored = {
        (row["generation"], row["position"], row["n"])
        for row in rows(database, EVENTS)
        if row["instance"] == story.instance
    }
    assert stored == set(story.told)
    assert rolled_up(database, story.instance) == counted(database, story.instance)


# ── what counts ──────────────────────────────────────────────────────────────────────────────────


def test_a_failure_counts_for_its_person_its_recipients_domain_and_its_cause(database: Database) -> None:
    import_events(database, "main", [event(1), event(2, occurred_at=NOON + HOUR / 2)])

    cause = "sender_not_authorized"
    assert rolled_up(database) == Counter(
        {
            ("user", NOON, "alice@example.jp", "example.jp", "192.0.2.7", cause): 2,
            ("recipient_domain", NOON, "example.org", "", "", cause): 2,
            ("cause", NOON, cause, "", "", cause): 2,
        }
    )


def test_a_line_that_stands_for_several_counts_as_many(database: Database) -> None:
    new = import_events(database, "main", [event(1), event(2, repeat=3)])

    assert new == 4
    assert sizes(database)["events"] == 2
    assert set(rolled_up(database).values()) == {4}


def test_what_is_no_failure_does_not_count(database: Database) -> None:
    others = [outcome for outcome in OUTCOMES if outcome not in FAILURES]
    import_events(database, "main", [event(n, outcome=outcome) for n, outcome in enumerate(others)])

    assert sizes(database)["events"] == len(others) > 0
    assert rolled_up(database) == Counter()


def test_a_sender_counts_where_nobody_logged_in(database: Database) -> None:
    import_events(database, "main", [event(1, user=None, sender=""), event(2, user=None, sender=None)])

    assert {key[:3]: n for key, n in rolled_up(database).items() if key[4]} == {
        ("sender", NOON, ""): 1,
        ("nobody", NOON, ""): 1,
    }


def test_instances_are_counted_apart(database: Database) -> None:
    import_events(database, "east", [event(1), event(2)])
    import_events(database, "west", [event(1)])

    assert set(rolled_up(database, "east").values()) == {2}
    assert set(rolled_up(database, "west").values()) == {1}


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


def at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Do all of these at the same time; what went wrong."""
    starting, faults = threading.Barrier(len(works)), list[BaseException]()

    def do(work: Callable[[], None]) -> None:
        try:
            starting.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 — shown by the assertion
            faults.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return faults


def test_imports_and_a_daemon_at_once_count_each_event_once(database_url: str, database: Database) -> None:
    """Three write the same events, in another order each, so that they meet everywhere."""
    parts = [[event(position) for position in range(start, start + 60)] for start in range(0, 1_500, 30)]

    def importing(order: int) -> None:
        opened = open_database(database_url)
        for part in parts[::order]:
            import_events(opened, "main", part[::order])
        opened.close()

    def reading() -> None:
        writer, state = started(database)
        for part in parts:
            writer.commit(Changes(events=part), state)

    faults = at_once(lambda: importing(1), lambda: importing(-1), reading)

    assert faults == []
    assert sizes(database)["events"] == 1_530
    assert rolled_up(database) == counted(database)


def test_an_import_before_the_first_start_makes_the_instance_known(database: Database) -> None:
    import_events(database, "main", [event(1)])
    writer, state = started(database)
    new = writer.commit(Changes(events=[event(1), event(2)]), state)

    assert [row["instance"] for row in rows(database, INSTANCES)] == ["main"]
    assert new == 1
    assert rolled_up(database) == counted(database)


# ── how large it gets ────────────────────────────────────────────────────────────────────────────


def of_endless_senders(number: int) -> Iterator[Event]:
    for n in range(number):
        domain = f"{n * 7919:x}.example"
        yield event(
            n * 900,
            user=None,
            sender=f"{n:x}@{domain}",
            client_ip=f"2001:db8::{n:x}",
            occurred_at=NOON + timedelta(seconds=n),
        )


def test_endless_senders_add_one_row_an_event(database: Database) -> None:
    import_events(database, "main", of_endless_senders(5_000))

    assert 5_000 <= sizes(database)["hourly"] < 5_010


# ── older databases ──────────────────────────────────────────────────────────────────────────────


def test_an_upgrade_counts_what_is_stored_already(database_url: str) -> None:
    database = open_database(database_url)
    migrate.upgrade(database)
    told = [
        event(n, user=[None, "alice"][n % 2], outcome=OUTCOMES[n % 5], occurred_at=NOON + n * HOUR / 3)
        for n in range(40)
    ]
    import_events(database, "east", told)
    import_events(database, "west", told[5:])
    expected = [counted(database, name) for name in ("east", "west")]
    with database.write() as connection:
        command.downgrade(migrate._config(connection), "0001")
    migrate.upgrade(database)

    assert [rolled_up(database, name) for name in ("east", "west")] == expected
    assert expected[0].total() > expected[1].total() > 0
    database.close()
