"""What the watch says of itself is stored in the transaction that makes it true."""

from __future__ import annotations

from datetime import timedelta

from rejectwatch.changes import Changes, Shape
from rejectwatch.facts import Gap
from rejectwatch.pipeline import missed
from rejectwatch.store import tables
from rejectwatch.store.database import Database
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.shapes import SHAPES_KEPT
from store.made import NOON
from store.seen import rows, started

GAP = Gap("mail", "removed", "g", 1000, "/var/log/mail.log.1", since=NOON, until=NOON + timedelta(hours=1))


def test_a_gap_is_a_row_and_a_message(database: Database) -> None:
    writer, state = started(database)
    changes = Changes()
    missed(state, GAP, NOON, changes)
    writer.commit(changes, state)

    (row,) = rows(database, tables.GAPS)
    (waiting,) = Outbox(database, "main").due(NOON, 10)
    assert {name: row[name] for name in Gap.__slots__} == {name: getattr(GAP, name) for name in Gap.__slots__}
    assert [waiting.message] == changes.notices


def test_a_gap_that_is_noticed_again_after_a_crash_is_the_same_row_and_the_same_message(
    database: Database,
) -> None:
    for _ in range(2):
        writer, state = started(database)
        state.times.drop(("told", "mail removed"))  # as if the second noticed it a day later
        changes = Changes()
        missed(state, GAP, NOON + timedelta(minutes=1), changes)
        writer.commit(changes, state)

    assert len(rows(database, tables.GAPS)) == 1
    assert len(rows(database, tables.OUTBOX)) == 1


def test_lines_that_were_not_understood_are_counted_by_their_shape(database: Database) -> None:
    writer, state = started(database)
    for count in (2, 3):
        changes = Changes()
        changes.shapes[Shape("mail", "postfix", "reject: N from X")] += count
        writer.commit(changes, state)

    (row,) = rows(database, tables.SHAPES)
    assert (row["source"], row["mta"], row["shape"], row["count"]) == (
        "mail",
        "postfix",
        "reject: N from X",
        5,
    )


def test_few_shapes_are_kept_whatever_is_logged(database: Database) -> None:
    writer, state = started(database)
    for start in range(0, 1000, 100):
        changes = Changes()
        for number in range(start, start + 100):
            changes.shapes[Shape("mail", "postfix", f"shape {number}")] += 1
        writer.commit(changes, state)

    assert len(rows(database, tables.SHAPES)) == SHAPES_KEPT


def test_many_replies_leave_room_for_lines_and_many_lines_for_replies(database: Database) -> None:
    writer, state = started(database)
    changes = Changes()
    for number in range(SHAPES_KEPT + 50):
        changes.replies[Shape("mail", "postfix", f"reply: 553 {number}")] += 1
    writer.commit(changes, state)
    changes = Changes()
    for number in range(SHAPES_KEPT + 50):
        changes.shapes[Shape("mail", "postfix", f"*: {number}")] += 1
        changes.replies[Shape("mail", "postfix", f"reply: 553 {number}")] += 1
    writer.commit(changes, state)

    kinds = [row["shape"].partition(" ")[0] for row in rows(database, tables.SHAPES)]
    assert kinds.count("reply:") == kinds.count("*:") == SHAPES_KEPT
    assert {row["count"] for row in rows(database, tables.SHAPES)} == {1, 2}
