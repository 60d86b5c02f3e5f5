"""The one write: all of a batch or nothing, and what is loaded is what was there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rejectwatch.changes import Changes, Hour, Position
from rejectwatch.errors import Superseded
from rejectwatch.facts import Event
from rejectwatch.incidents.casebook import Casebook
from rejectwatch.incidents.rules import Policy
from rejectwatch.routing import Route, Routing
from rejectwatch.store import queries, tables
from rejectwatch.store.database import Database
from rejectwatch.store.events import import_events
from rejectwatch.store.writer import Writer
from store.made import INCIDENT, NOON, batch, event, identity, message
from store.seen import EVERYBODY, contents, loaded, positions, rows, sizes, started


def test_everything_of_a_batch_is_stored(database: Database) -> None:
    writer, state = started(database)
    state.incidents.put(identity(), INCIDENT)

    new = writer.commit(batch(end=100, events=3), state)

    assert new == 3
    assert [row["position"] for row in rows(database, tables.EVENTS)] == [97, 98, 99]
    assert positions(database) == {"mail": Position("g1", 100, '{"marks":[]}')}
    assert [row["count"] for row in rows(database, tables.DELIVERY_COUNTS)] == [7]
    assert [(row["message_id"], row["channel"]) for row in rows(database, tables.OUTBOX)] == [
        (message().id, "postmasters")
    ]
    assert queries.incidents(database, closed_too=True) == [INCIDENT]


def test_an_incident_that_became_part_of_another_is_open_no_more(database: Database) -> None:
    writer, state = started(database)
    part = replace(INCIDENT, users=(), senders=(), client_ips=(), recipients=(), recipient_domains=())
    state.incidents.put(part.id, part)
    writer.commit(Changes(), state)
    state.apply()
    whole = Casebook(state, Policy(rules=())).absorbed(replace(part, id="whole"), part, NOON)
    state.incidents.put(whole.id, whole)
    writer.commit(Changes(), state)

    assert [one.id for one in queries.incidents(database)] == ["whole"]
    assert {one.id: one.ending for one in queries.incidents(database, closed_too=True)} == {
        part.id: "merged",
        "whole": None,
    }


def test_an_event_comes_back_as_it_was(database: Database) -> None:
    writer, state = started(database)
    writer.commit(Changes(events=[event(5)]), state)

    assert list(queries.events(database, queries.EventFilter())) == [("main", event(5))]


def test_an_event_told_twice_is_stored_once(database: Database) -> None:
    writer, state = started(database)
    writer.commit(Changes(events=[event(1), event(1)]), state)
    new = writer.commit(Changes(events=[event(1, cause="unknown"), event(2)]), state)

    assert new == 1
    assert [row["cause"] for row in rows(database, tables.EVENTS)] == ["sender_not_authorized"] * 2


def test_deliveries_of_an_hour_add_up(database: Database) -> None:
    writer, state = started(database)
    for hour in (NOON, NOON, NOON + timedelta(hours=1)):
        changes = Changes()
        changes.deliveries[Hour(hour, "postfix", "sent")] += 5
        writer.commit(changes, state)

    assert sorted((row["hour"], row["count"]) for row in rows(database, tables.DELIVERY_COUNTS)) == [
        (NOON, 10),
        (NOON + timedelta(hours=1), 5),
    ]


def test_the_same_message_is_queued_once_for_each_channel(database: Database) -> None:
    writer, state = started(database, routing=Routing((Route("mail"), Route("teams"))))
    writer.commit(Changes(messages=[message()]), state)
    writer.commit(Changes(messages=[message()]), state)

    assert sorted(row["channel"] for row in rows(database, tables.OUTBOX)) == ["mail", "teams"]


def test_a_commit_that_was_overtaken_writes_nothing(database: Database) -> None:
    first, first_state = started(database)
    second, second_state = started(database)
    second.commit(batch(end=50), second_state)
    before = sizes(database)
    first_state.sessions.put(b"P1", ("postfix", b"a@example.org"))

    with pytest.raises(Superseded):
        first.commit(batch(end=100, events=9), first_state)

    assert sizes(database) == before
    assert positions(database)["mail"].position == 50


def test_an_overtaken_writer_goes_on_after_it_has_read_again(database: Database) -> None:
    first, first_state = started(database)
    second, second_state = started(database)
    second_state.sessions.put(b"P1", ("postfix", b"a@example.org"))
    second.commit(batch(end=50), second_state)
    with pytest.raises(Superseded):
        first.commit(batch(end=100), first_state)

    read_again = first.load(first_state)
    first.commit(batch(end=100), first_state)

    assert read_again["mail"].position == 50
    assert first_state.sessions.get(b"P1") == ("postfix", b"a@example.org")


@pytest.mark.parametrize("fault", ["event", "route"])
def test_a_commit_that_fails_in_the_middle_writes_nothing(database: Database, fault: str) -> None:
    class Broken(Routing):
        def channels(self, *_: Any) -> list[Route]:
            raise ZeroDivisionError

    writer, state = started(database, routing=Broken() if fault == "route" else EVERYBODY)
    before = sizes(database)
    state.sessions.put(b"P1", ("postfix", b"a@example.org"))
    changes = batch()
    if fault == "event":
        changes.events.append(event(7, occurred_at=datetime(2025, 1, 1)))  # noqa: DTZ001 — the fault

    with pytest.raises(Exception, match=r"without a zone|^$"):
        writer.commit(changes, state)
    after = sizes(database)
    written = Writer(database, "main", EVERYBODY)
    written.load(state)
    written.commit(batch(), state)

    assert after == before
    assert sizes(database)["events"] == 1


def test_instances_do_not_mix(database: Database) -> None:
    for instance in ("east", "west"):
        writer, state = started(database, instance)
        state.sessions.put(b"P1", ("postfix", instance.encode()))
        state.incidents.put(identity(), INCIDENT)
        writer.commit(batch(), state)

    assert sizes(database)["events"] == 2
    assert [value for _, value in loaded(database, "east")["sessions"]] == [("postfix", b"east")]
    assert queries.incident(database, INCIDENT.id) == INCIDENT
    assert sizes(database)["incidents"] == 2


def test_the_first_start_of_a_source_is_recorded_once(database: Database) -> None:
    writer, state = started(database)
    writer.record_start("mail", Position("g1", 4711, "{}"), "first_read = 24h")
    writer.commit(batch(), state)
    writer.record_start("mail", Position("g2", 1, "{}"), "again")

    (row,) = rows(database, tables.POSITIONS)

    assert (row["started_generation"], row["started_position"]) == ("g1", 4711)
    assert row["started_reason"] == "first_read = 24h"
    assert datetime.now(UTC) - row["started_at"] < timedelta(minutes=1)
    assert (row["generation"], row["position"]) == ("g1", 100)


def test_an_incident_that_made_room_within_one_batch_keeps_its_end(database: Database) -> None:
    writer, state = started(database)
    closed = replace(INCIDENT, closed_at=NOON, ending="recovered")
    following = replace(INCIDENT, id="next", opened_at=NOON + timedelta(hours=1))
    state.incidents.put(identity(), closed)
    state.incidents.put(identity(), following)
    writer.commit(Changes(messages=[message("recovered", closed)]), state)

    assert queries.incidents(database, closed_too=True) == [following, closed]


def test_an_incident_that_was_forgotten_stays_in_history(database: Database) -> None:
    writer, state = started(database)
    state.incidents.put(identity(), INCIDENT)
    writer.commit(Changes(), state)
    state.apply()
    state.incidents.drop(identity())
    writer.commit(Changes(), state)

    assert loaded(database)["incidents"] == []
    assert queries.incidents(database, closed_too=True) == [INCIDENT]


def test_an_import_stores_events_and_touches_nothing_else(database: Database) -> None:
    writer, state = started(database)
    writer.commit(batch(end=10), state)

    news = [import_events(database, "main", [event(position) for position in range(8, 12)]) for _ in range(2)]
    writer.commit(batch(end=20), state)  # not superseded

    assert news == [3, 0]


def test_keys_longer_than_an_index_takes_are_stored(database: Database) -> None:
    writer, state = started(database)
    # Random text does not become short when PostgreSQL compresses it.
    key = bytes(range(256)) * 250
    state.sessions.put(key, ("postfix", key))
    writer.commit(Changes(), state)
    state.apply()
    state.sessions.put(key, ("postfix", b""))
    writer.commit(Changes(), state)

    assert loaded(database)["sessions"] == [(key, ("postfix", b""))]


HOSTILE = {
    "nul": "a\0b",
    "surrogate": "a\udcffb",
    "megabyte": "ユ\udc80\0" * 400_000,
    "quotes": "'; DROP TABLE events; -- %s %(x)s :x \\",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_makes_a_commit_fail(database: Database, text: str) -> None:
    writer, state = started(database)
    own_names = {"generation", "position", "n", "occurred_at", "code", "repeat"}
    hostile = {name: text for name in Event.__dataclass_fields__ if name not in own_names}
    incident = replace(INCIDENT, subject=text, users=(text,), sample=replace(INCIDENT.sample, reply=text))
    changes = Changes(events=[event(1, **hostile, repeat=10**30)], messages=[message("opened", incident)])
    state.incidents.put(identity(incident), incident)
    state.successes.put(("user", text), NOON)
    writer.commit(changes, state)
    state.apply()

    assert loaded(database) == contents(state)
    assert sizes(database)["events"] == 1
    assert queries.incidents(database)[0] == incident


def test_a_cut_text_is_found_by_its_whole(database: Database) -> None:
    writer, state = started(database)
    writer.commit(Changes(events=[event(1, user="x" * 1_000 + "\0")]), state)

    assert len(list(queries.events(database, queries.EventFilter(user="x" * 1_000 + "\0")))) == 1


def test_text_is_cut_and_unprintable_bytes_are_shown(database: Database) -> None:
    writer, state = started(database)
    writer.commit(Changes(events=[event(1, helo="a\0b\udcff", user="y" * 300)]), state)

    (row,) = rows(database, tables.EVENTS)

    assert row["helo"] == r"a\x00b\udcff"
    assert row["user"] == "y" * 254 + "…"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda changes: changes.positions.update({"x" * 300: Position("g", 1, "{}")}), id="source"
        ),
        pytest.param(lambda changes: changes.events.append(event(1, generation="x" * 200)), id="generation"),
    ],
)
def test_a_name_of_our_own_is_never_cut(database: Database, change: Callable[[Changes], None]) -> None:
    writer, state = started(database)
    changes = Changes()
    change(changes)

    with pytest.raises(Exception, match="has at most"):
        writer.commit(changes, state)


def test_the_time_of_the_log_and_that_of_writing_are_both_kept(database: Database) -> None:
    noticed = NOON + timedelta(hours=3)
    _, state = started(database)
    writer = Writer(database, "main", EVERYBODY, lambda: noticed)
    writer.load(state)
    writer.commit(Changes(events=[event(5)]), state)

    (row,) = rows(database, tables.EVENTS)
    assert (row["occurred_at"], row["stored_at"]) == (NOON, noticed)
