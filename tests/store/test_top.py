"""Who fails most: the answer is what counting the events gives, wherever the time begins and ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from rejectwatch.facts import FAILURES, OUTCOMES, domain_of
from rejectwatch.identity import Identities
from rejectwatch.store import queries
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.queries import EventFilter
from rejectwatch.store.rollup import ROWS, By
from rejectwatch.store.tables import EVENTS
from rejectwatch.store.top import Top, _counted, top
from store.made import NOON, event

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def by_hand(database: Database, by: By, wanted: EventFilter) -> list[Top]:
    """The answer, from the events that `rejectwatch events` would list."""
    causes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    hours: defaultdict[str, list[Any]] = defaultdict(list)
    for _, one in queries.events(database, wanted):
        subject = domain_of(one.sender) if by == "sender_domain" else getattr(one, by)
        if one.outcome not in FAILURES or not (subject or (by == "sender" and subject is not None)):
            continue
        if by == "sender" and one.user is not None:
            continue
        causes[subject][one.cause] += one.repeat
        hours[subject].append(one.occurred_at.replace(minute=0, second=0, microsecond=0))
    told = [
        Top(
            by,
            subject,
            found.total(),
            min(hours[subject]),
            max(hours[subject]),
            tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))),
        )
        for subject, found in causes.items()
    ]
    return sorted(told, key=lambda one: (-one.failures, one.subject))


TIMES = st.none() | st.integers(-10, 320).map(lambda minutes: NOON + minutes * MINUTE)
EVENTS_STORED: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        occurred_at=st.integers(0, 300).map(lambda minutes: NOON + minutes * MINUTE),
        outcome=st.sampled_from(OUTCOMES),
        user=st.sampled_from([None, "alice", "bob"]),
        sender=st.sampled_from([None, "", "a@", "a@example.jp", "b@example.org"]),
        recipient_domain=st.sampled_from([None, "", "example.org", "example.jp"]),
        client_ip=st.sampled_from([None, "192.0.2.1", "192.0.2.2"]),
        cause=st.sampled_from(["relay_denied", "unknown", "auth_required"]),
        repeat=st.sampled_from([1, 1, 5]),
    ),
    max_size=30,
)
WANTED: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    since=TIMES,
    until=TIMES,
    user=st.none() | st.sampled_from(["alice", "a@example.jp"]),
    domain=st.none() | st.sampled_from(["example.org", "EXAMPLE.jp"]),
    ip=st.none() | st.just("192.0.2.1"),
    cause=st.none() | st.just("unknown"),
)
_numbers = count()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored=EVENTS_STORED, wanted=WANTED, by=st.sampled_from(list(ROWS)), limit=st.integers(0, 4))
def test_the_answer_is_the_count_of_the_events(
    database: Database, stored: list[dict[str, Any]], wanted: dict[str, Any], by: By, limit: int
) -> None:
    instance = f"i{next(_numbers)}"
    import_events(database, instance, [event(n, **one) for n, one in enumerate(stored)])
    asked = EventFilter(**wanted, instance=instance)

    assert top(database, [by], asked, limit) == by_hand(database, by, asked)[: limit or None]


def test_whole_hours_come_from_the_rollup_and_the_ends_from_the_events(database: Database) -> None:
    told = [event(n, occurred_at=NOON + n * 20 * MINUTE) for n in range(12)]
    import_events(database, "main", told)
    with database.write() as connection:  # what is counted can't be read any more, but for the ends
        inside = EVENTS.c.occurred_at.between(NOON + HOUR, NOON + 3 * HOUR - MINUTE)
        connection.execute(EVENTS.delete().where(inside))

    wanted = EventFilter(since=NOON + 30 * MINUTE, until=NOON + 3 * HOUR + 30 * MINUTE)
    (one,) = top(database, ["user"], wanted)

    assert one.failures == 1 + 6 + 2
    assert (one.first_hour, one.last_hour) == (NOON, NOON + 3 * HOUR)


def test_instances_are_counted_together_unless_one_is_asked_for(database: Database) -> None:
    for instance in ("east", "west"):
        import_events(database, instance, [event(1), event(2)])

    assert [one.failures for one in top(database, ["user"], EventFilter())] == [4]
    assert [one.failures for one in top(database, ["user"], EventFilter(instance="east"))] == [2]


def test_a_limit_gives_the_first(database: Database) -> None:
    people = ["carol"] * 3 + ["alice"] * 2 + ["bob"] * 2 + ["dave"]
    import_events(database, "main", [event(n, user=user) for n, user in enumerate(people)])

    assert [one.subject for one in top(database, ["user"], EventFilter(), 3)] == ["carol", "alice", "bob"]


CORP = Identities(realms=frozenset({"corp.example", "corp"}))
ONE: dict[By, tuple[str, list[dict[str, Any]]]] = {
    "user": ("alice", [{"user": one} for one in ("alice", "ALICE", "Alice@Corp.Example", "CORP\\alice")]),
    "sender": (
        "news@lists.example",
        [
            {"user": None, "sender": f"news-2025-{one}@lists.example"}
            for one in ("bob=a.example", "eve=b.example", "Kim=C.example")
        ],
    ),
    "sender_domain": (
        "xn--bcher-kva.example",
        [{"sender": f"kim@{one}"} for one in ("bücher.example", "BÜCHER.example", "xn--bcher-kva.example")],
    ),
    "recipient_domain": (
        "xn--bcher-kva.example",
        [{"recipient_domain": one} for one in ("bücher.example", "xn--bcher-kva.example")],
    ),
    "client_ip": (
        "2001:db8::/64",
        [{"client_ip": one} for one in ("2001:db8::7", "2001:db8:0:0:8:9:a:b", "2001:DB8::7")],
    ),
}


@pytest.mark.parametrize("limit", [0, 1])
@pytest.mark.parametrize("by, written", ONE.items(), ids=ONE)
def test_one_subject_is_counted_together_however_it_is_written(
    database: Database, by: By, written: tuple[str, list[dict[str, Any]]], limit: int
) -> None:
    name, ways = written
    others = [event(n, user="eve", sender="eve@x.example", recipient_domain="x.example") for n in (100, 101)]
    told = [event(n, **way) for n, way in enumerate(ways)]
    import_events(database, "main", others[: len(ways) - 1] + told)

    first, *_ = top(database, [by], EventFilter(same=CORP), limit)

    assert (first.subject, first.failures) == (name, len(ways))


def test_what_is_written_in_one_way_is_named_so(database: Database) -> None:
    import_events(database, "main", [event(1, user="ALICE", client_ip="2001:db8::7")])

    assert [one.subject for one in top(database, ["user"], EventFilter())] == ["ALICE"]
    assert [one.subject for one in top(database, ["client_ip"], EventFilter())] == ["2001:db8::7"]


def test_a_sender_that_is_written_in_more_ways_than_a_question_can_name_is_counted_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejectwatch.store.top.ASKED_FOR", 2)
    _, ways = ONE["sender"]
    import_events(database, "main", [event(n, **way) for n, way in enumerate([*ways, {"user": None}])])

    (first,) = top(database, ["sender"], EventFilter(), 1)

    assert (first.subject, first.failures) == ("news@lists.example", 3)


@pytest.mark.parametrize("subjects", [None, ["alice", "bob"]])
@pytest.mark.parametrize("since", [None, NOON, NOON + MINUTE])
def test_the_question_follows_the_key_of_the_rollup(
    tmp_path: Path, since: datetime | None, subjects: list[str] | None
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    query = _counted({"user": subjects}, EventFilter(since=since), "cause")
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with database.read() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    database.close()

    touched = [step for step in steps if "hourly" in step or "events" in step]
    assert len(touched) == 1 + (since == NOON + MINUTE)
    assert all(step.startswith("SEARCH") and " USING " in step for step in touched), steps
