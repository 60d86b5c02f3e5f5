"""What is stored is found: by person, domain, address, cause and time, the newest first, along an index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from rejectwatch.changes import Changes, Position
from rejectwatch.facts import Event
from rejectwatch.identity import Identities
from rejectwatch.sources.identity import Mark, dump_marks
from rejectwatch.sources.interface import pack
from rejectwatch.store import queries
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.queries import EventFilter
from store.made import INCIDENT, NOON, event, identity
from store.seen import started

HOUR = timedelta(hours=1)

EVENTS = [
    event(0, user="alice", sender="alice@example.jp", recipient_domain="example.org", client_ip="192.0.2.1"),
    event(1, user=None, sender="alice@example.jp", recipient_domain="example.com", occurred_at=NOON + HOUR),
    event(2, user="bob", sender="alice@example.jp", recipient_domain="example.com", cause="unknown"),
    event(
        3, user="carol", sender="carol@Example.ORG", recipient_domain="example.org", occurred_at=NOON - HOUR
    ),
    event(4, user=None, sender="", recipient_domain=None, client_ip=None, occurred_at=NOON + 2 * HOUR),
]


@pytest.mark.parametrize(
    "wanted, found",
    [
        (EventFilter(), [4, 1, 2, 0, 3]),
        (EventFilter(since=NOON), [4, 1, 2, 0]),
        (EventFilter(until=NOON), [3]),
        (EventFilter(since=NOON, until=NOON + HOUR), [2, 0]),
        (EventFilter(user="alice"), [0]),
        (EventFilter(user="alice@example.jp"), [1]),
        (EventFilter(domain="example.org"), [0, 3]),
        (EventFilter(domain="EXAMPLE.JP"), [1, 2, 0]),
        (EventFilter(domain="example.jp", user="alice@example.jp"), [1]),
        (EventFilter(ip="192.0.2.1"), [0]),
        (EventFilter(cause="unknown"), [2]),
        (EventFilter(instance="other"), []),
    ],
)
def test_events_are_found(database: Database, wanted: EventFilter, found: list[int]) -> None:
    import_events(database, "main", EVENTS)

    assert [one.position for _, one in queries.events(database, wanted)] == found


CORP = Identities(realms=frozenset({"corp.example", "corp"}))
KEEPING = Identities("keep", CORP.realms)
WRITTEN = [
    event(0, user="alice", client_ip="2001:db8::7"),
    event(1, user="Alice@Corp.Example", client_ip="2001:db8:0:0:8:9:a:b"),
    event(2, user="CORP\\ALICE", client_ip="2001:db8:0:1::7"),
    event(3, user="alice@other.example", client_ip="192.0.2.1"),
    event(4, user=None, sender="Alice@Corp.Example", client_ip="::ffff:192.0.2.1"),
    event(5, user=None, sender="kim@BÜCHER.example", recipient_domain="xn--mller-kva.example"),
    event(6, user=None, sender="kim@xn--bcher-kva.example", recipient_domain="müller.example"),
]


@pytest.mark.parametrize(
    "wanted, found",
    [
        (EventFilter(user="ALICE", same=CORP), [0, 1, 2]),
        (EventFilter(user="corp\\alice", same=CORP), [0, 1, 2]),
        (EventFilter(user="ALICE@CORP.EXAMPLE", same=CORP), [0, 1, 2, 4]),
        (EventFilter(user="alice@OTHER.example", same=CORP), [3]),
        (EventFilter(user="ALICE"), [0]),
        (EventFilter(user="alice", same=KEEPING), [0]),
        (EventFilter(user="Alice@Corp.Example", same=KEEPING), [1, 4]),
        (EventFilter(user="kim@bücher.example"), [5, 6]),
        (EventFilter(user="kim@xn--bcher-kva.example"), [5, 6]),
        (EventFilter(domain="Bücher.example"), [5, 6]),
        (EventFilter(domain="XN--BCHER-KVA.example"), [5, 6]),
        (EventFilter(domain="müller.example"), [5, 6]),
        (EventFilter(domain="XN--MLLER-KVA.example"), [5, 6]),
        (EventFilter(domain="bücher.example", user="kim@bücher.example"), [5, 6]),
        (EventFilter(ip="2001:DB8::1"), [0, 1]),
        (EventFilter(ip="2001:db8::/64"), [0, 1]),
        (EventFilter(ip="2001:db8:0:1::1"), [2]),
        (EventFilter(ip="192.0.2.1"), [3, 4]),
        (EventFilter(ip="::ffff:192.0.2.1"), [3, 4]),
    ],
)
def test_events_are_found_however_they_are_written(
    database: Database, wanted: EventFilter, found: list[int]
) -> None:
    import_events(database, "main", WRITTEN)

    assert sorted(one.position for _, one in queries.events(database, wanted)) == found


def test_a_limit_gives_the_newest(database: Database) -> None:
    import_events(database, "main", EVENTS)

    assert [one.position for _, one in queries.events(database, EventFilter(domain="example.jp"), 2)] == [
        1,
        2,
    ]


def test_whoever_stops_reading_in_the_middle_leaves_nothing_open(database: Database) -> None:
    import_events(database, "main", [event(position) for position in range(2_000)])
    reading = queries.events(database, EventFilter())
    next(reading)
    reading.close()  # type: ignore[attr-defined]

    assert import_events(database, "main", [event(2_000)]) == 1


def plan(database: Database, wanted: EventFilter) -> str:
    query = queries._newest(wanted, 100).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(since=NOON),
        EventFilter(user="alice"),
        EventFilter(user="alice", since=NOON),
        EventFilter(domain="example.org"),
        EventFilter(ip="192.0.2.1"),
        EventFilter(cause="unknown", since=NOON),
    ],
)
def test_every_question_follows_an_index(tmp_path: Any, wanted: EventFilter) -> None:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    steps = plan(database, wanted)
    database.close()

    touched = [line for line in steps.splitlines() if " events" in line]
    assert all("USING INDEX ix_events_" in line for line in touched), steps


def test_incidents_are_found(database: Database) -> None:
    writer, state = started(database)
    closed = replace(
        INCIDENT, id="old", subject="bob", closed_at=NOON, ending="expired", last_at=NOON - 9 * HOUR
    )
    for one in (INCIDENT, closed):
        state.incidents.put(identity(one), one)
    writer.commit(Changes(), state)

    assert queries.incidents(database) == [INCIDENT]
    assert queries.incidents(database, closed_too=True) == [INCIDENT, closed]
    assert queries.incidents(database, closed_too=True, since=NOON) == [INCIDENT]
    assert queries.incidents(database, closed_too=True, limit=1) == [INCIDENT]
    assert queries.incident(database, "old") == closed
    assert queries.incident(database, "none") is None


def test_an_import_learns_which_logs_the_daemon_has_read(database: Database) -> None:
    writer, state = started(database)
    known = Mark("g1", 64, "head", 100, "anchor", "1:2", 3)
    changes = Changes()
    changes.positions["mail"] = Position("g1", 100, pack(marks=dump_marks([known])))
    changes.positions["journal"] = Position("s", 7, "{}")
    writer.commit(changes, state)

    assert queries.heads(database, "main") == [known]
    assert queries.heads(database, "other") == []


def test_events_keep_their_fields(database: Database) -> None:
    import_events(
        database, "main", [event(1, relay_host="mx.example.org", relay_ip="2001:db8::1", queue_id="Q")]
    )
    ((instance, found),) = queries.events(database, EventFilter())

    assert instance == "main"
    assert isinstance(found, Event)
    assert found == event(1, relay_host="mx.example.org", relay_ip="2001:db8::1", queue_id="Q")
