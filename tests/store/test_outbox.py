"""Messages wait in the outbox until they are sent, tried again later, or given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rejectwatch.changes import Changes
from rejectwatch.routing import Route, Routing
from rejectwatch.store.database import Database
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.tables import OUTBOX
from store.made import NOON as MADE
from store.made import message
from store.seen import rows, started

NOON = MADE + timedelta(minutes=2)
"""When the message was made."""


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Holds one message for two channels."""
    writer, state = started(database, routing=Routing((Route("mail"), Route("teams"))))
    writer.commit(Changes(messages=[message()]), state)
    return Outbox(database, "main")


def test_a_new_message_is_due_at_once_and_comes_back_as_it_was(outbox: Outbox) -> None:
    due = outbox.due(NOON, 10)

    assert [(one.message, one.channel, one.tries) for one in due] == [
        (message(), "mail", 0),
        (message(), "teams", 0),
    ]


def test_no_more_are_given_than_asked_for(outbox: Outbox) -> None:
    assert [one.channel for one in outbox.due(NOON, 1)] == ["mail"]


def test_a_sent_message_is_not_due_again(outbox: Outbox, database: Database) -> None:
    first, _ = outbox.due(NOON, 10)
    outbox.sent(first.row, NOON)

    assert [one.channel for one in outbox.due(NOON, 10)] == ["teams"]
    assert outbox.waiting_count() == 1
    assert [row["sent_at"] for row in rows(database, OUTBOX) if row["state"] == "sent"] == [NOON]


def test_a_failed_message_is_due_when_its_time_has_come(outbox: Outbox) -> None:
    first, second = outbox.due(NOON, 10)
    outbox.sent(second.row, NOON)
    outbox.failed(first.row, "450 \0 later", NOON + timedelta(minutes=1))

    before = outbox.due(NOON + timedelta(seconds=59), 10)
    after = outbox.due(NOON + timedelta(seconds=60), 10)

    assert before == []
    assert [(one.channel, one.tries) for one in after] == [("mail", 1)]
    assert outbox.waiting_count() == 1


def test_a_message_that_was_given_up_keeps_its_reason(outbox: Outbox, database: Database) -> None:
    for one in outbox.due(NOON, 10):
        outbox.given_up(one.row, "there is no such channel any more")

    assert outbox.due(NOON + timedelta(days=365), 10) == []
    assert outbox.waiting_count() == 0
    assert {row["last_error"] for row in rows(database, OUTBOX)} == {"there is no such channel any more"}


def test_another_instance_sends_its_own_messages_only(outbox: Outbox, database: Database) -> None:
    other = Outbox(database, "other")
    for one in outbox.due(NOON, 10):
        other.sent(one.row, NOON)

    assert other.due(NOON, 10) == []
    assert outbox.waiting_count() == 2
