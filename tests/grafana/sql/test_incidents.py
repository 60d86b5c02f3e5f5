"""Incidents over time, the messages about them, who takes care, what is silenced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from tools.dashboards.incidents import LARGEST, incidents

from grafana.sql.answering import Span
from grafana.sql.asking import EVER, Asking
from grafana.sql.seed import BEGINS, HOSTILE, NOW
from rejectwatch.store.database import open_database

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TABLE, TIMELINE = "Incidents, the newest", "When what failed"
WEDNESDAY = Span(BEGINS + 2 * DAY, NOW)


@contextmanager
def written(asking: Asking, table: str, **columns: str) -> Iterator[None]:
    """Rows of another daemon, for a while: each column in SQL, `i` counts from 1 to 40."""
    numbers = "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 40)"
    with closing(open_database(asking.url)) as database:
        with database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO instances SELECT 'more', revision, created_at FROM instances LIMIT 1"
            )
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({', '.join(columns)}) {numbers} SELECT {', '.join(columns.values())} FROM numbers"
            )
        try:
            yield
        finally:
            with database.write() as connection:
                for one in (table, "instances"):
                    connection.exec_driver_sql(f"DELETE FROM {one} WHERE instance = 'more'")


def at(asking: Asking, hours: str) -> str:
    """A time in SQL: so many hours after the beginning; `hours` in SQL."""
    if asking.database.name == "postgresql":
        return f"CAST('{BEGINS.isoformat()}' AS timestamptz) + ({hours}) * interval '1 hour'"
    begins = BEGINS.strftime("%Y-%m-%dT%H:%M:%S")
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', '{begins}', '+' || ({hours}) || ' hours')"


def incidents_written(asking: Asking, **columns: str) -> dict[str, str]:
    """An incident each hour, for half a day each: about a person of the same number, who is more important than the last."""
    return {
        "instance": "'more'", "id": "'more' || i", "rule": "'r'", "by": "'user'", "subject": "'u' || i", "cause": "'unknown'",
        "refused_by": "'local'", "who_acts": "'remote'", "opened_at": at(asking, "i"), "last_at": at(asking, "i"),
        "closed_at": at(asking, "i + 12"), "ending": "'expired'", "attempts": "i", "refusals": "1", "record": "'{}'", "people": "i",
    } | columns  # fmt: skip


def test_incidents_are_counted_by_how_they_ended(asking: Asking) -> None:
    assert asking.panel(incidents, "Incidents of this time").named() == [
        {"incidents": 7, "still open": 5, "works again": 2, "not tried again": 0, "part of another one": 0}
    ]


def test_an_incident_belongs_to_a_time_in_which_it_was_open(asking: Asking) -> None:
    tuesday = Span(BEGINS + DAY, BEGINS + 2 * DAY)
    between = Span(BEGINS + DAY + 9 * HOUR + 10 * MINUTE, BEGINS + DAY + 9 * HOUR + 20 * MINUTE)

    assert asking.panel(incidents, TABLE, tuesday).column("subject") == ["grace", "bob@corp.example"]
    assert asking.panel(incidents, TABLE, between).column("subject") == ["bob@corp.example"]
    assert asking.panel(incidents, TABLE, Span(BEGINS, BEGINS + DAY)).rows == []


def test_the_table_tells_when_it_was_noticed_told_and_over_and_how(asking: Asking) -> None:
    (found,) = asking.panel(incidents, TABLE, user="bob@corp.example").named()

    tuesday = BEGINS + DAY
    assert (found["opened"], found["told"], found["closed"]) == (
        tuesday + 9 * HOUR + 4 * MINUTE, tuesday + 9 * HOUR + 6 * MINUTE, tuesday + 9 * HOUR + 40 * MINUTE,
    )  # fmt: skip
    assert (found["ending"], found["cause"], found["people"], found["attempts"], found["who_acts"]) == (
        "recovered", "rate_or_quota", 1, 3, "user",
    )  # fmt: skip


@pytest.mark.parametrize(
    "variable, typed, subjects",
    [
        ("user", "alice", ["alice"]),
        ("user", "p3", ["partner.example"]),
        ("user", "ali", []),
        ("domain", "city.example", ["city.example"]),
        ("domain", "shop.example", ["ivan@shop.example"]),
        ("client", "192.168.1.20", ["dave@corp.example"]),
        ("partner", "partner.example", ["partner.example"]),
        ("user", "' OR '1' = '1", []),
        ("user", '"', []),
    ],
)
def test_a_filter_finds_what_is_about_it_and_what_names_it(
    variable: str, typed: str, subjects: list[str], asking: Asking
) -> None:
    assert asking.panel(incidents, TABLE, EVER, **{variable: typed}).column("subject") == subjects


def test_a_row_of_the_timeline_is_coloured_from_the_opening_to_the_end(asking: Asking) -> None:
    changes = asking.panel(incidents, TIMELINE).rows
    bob = [(row[0] - BEGINS, row[2]) for row in changes if row[1].startswith("bob")]
    city = [(row[0] - BEGINS, row[2]) for row in changes if row[1].startswith("city")]

    assert bob == [(0 * DAY, 0), (DAY + 9 * HOUR + 4 * MINUTE, 1), (DAY + 9 * HOUR + 40 * MINUTE, 0)]
    assert city == [(0 * DAY, 0), (2 * DAY + 15 * HOUR + timedelta(seconds=20), 2)]


def test_what_was_open_before_begins_with_the_time_range(asking: Asking) -> None:
    later = Span(BEGINS + 2 * DAY + 12 * HOUR, NOW)

    assert (later.since, "alice · sender address not theirs", 1) in asking.panel(
        incidents, TIMELINE, later
    ).rows


def test_the_same_again_is_the_same_row_and_stays_coloured_where_two_overlap(asking: Asking) -> None:
    same = incidents_written(
        asking, subject="'same'", opened_at=at(asking, "i"), closed_at=at(asking, "i + 2")
    )
    with written(asking, "incidents", **same):
        found = asking.panel(incidents, TIMELINE, instance=["more"]).rows

    assert {row[1] for row in found} == {"same · reason not known"}
    assert [(row[0] - BEGINS, row[2]) for row in found if row[2] == 0] == [(0 * DAY, 0), (42 * HOUR, 0)]


def test_of_many_the_largest_are_shown(asking: Asking) -> None:
    with written(asking, "incidents", **incidents_written(asking)):
        rows = asking.panel(incidents, TIMELINE, instance=["more"]).rows
        table = asking.panel(incidents, TABLE, instance=["more"]).rows

    assert {row[1] for row in rows} == {f"u{i} · reason not known" for i in range(41 - LARGEST, 41)}
    assert len(table) == 40


def test_what_became_part_of_another_one_is_no_row_of_its_own(asking: Asking) -> None:
    with written(asking, "incidents", **incidents_written(asking, ending="'merged'")):
        assert asking.panel(incidents, TIMELINE, instance=["more"]).rows == []
        assert (
            asking.panel(incidents, "Incidents of this time", instance=["more"]).named()[0][
                "part of another one"
            ]
            == 40
        )


def test_messages_are_told_by_channel_and_what_became_of_them(asking: Asking) -> None:
    states = ("sent", "waiting", "held", "failed", "given_up", "dropped", "merged", "sent")
    cases = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(states))
    state = f"CASE i - i / 8 * 8 {cases} END"
    row = {
        "instance": "'more'", "message_id": "'m' || i", "channel": "CASE WHEN i / 2 * 2 = i THEN 'even' ELSE 'odd' END", "kind": "'opened'",
        "incident": "'i'", "at": at(asking, "i"), "payload": "'{}'", "state": state, "tries": "1", "last_error": "'no route'",
        "sent_at": f"CASE WHEN i - i / 8 * 8 IN (0, 7) THEN {at(asking, 'i')} END",
    }  # fmt: skip
    with written(asking, "outbox", **row):
        even, odd = asking.panel(incidents, "Messages", instance=["more"]).named()

    assert even == {
        "channel": "even", "sent": 5, "waiting": 5, "failed": 0, "given_up": 5, "not_needed": 5,
        "last_sent": BEGINS + 40 * HOUR, "error": "no route",
    }  # fmt: skip
    assert {name: odd[name] for name in ("sent", "waiting", "failed", "given_up", "not_needed")} == {
        "sent": 5, "waiting": 5, "failed": 5, "given_up": 0, "not_needed": 5,
    }  # fmt: skip


def test_a_silence_is_in_force_until_it_ends(asking: Asking) -> None:
    (found,) = asking.panel(incidents, "Silences").named()

    assert (found["user"], found["author"], found["reason"], found["until"]) == (
        "ivan@shop.example",
        HOSTILE,
        HOSTILE,
        NOW + DAY,
    )
    assert asking.panel(incidents, "Silences", Span(NOW, NOW + 2 * DAY)).rows == []
    assert asking.panel(incidents, "Silences", Span(BEGINS, NOW - DAY)).rows == []


def test_who_takes_care_is_told_with_their_note_as_text(asking: Asking) -> None:
    (found,) = asking.panel(incidents, "Who takes care").named()

    assert (found["who"], found["note"], found["subject"]) == (HOSTILE, HOSTILE, "alice")
    assert asking.panel(incidents, "Who takes care", instance=["mx2"]).rows == []
