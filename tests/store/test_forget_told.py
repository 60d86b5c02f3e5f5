"""A person who is forgotten is also gone from what was said to and by people: acknowledgements, silences, digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest

from rejectwatch.changes import Changes
from rejectwatch.incidents.silence import Silence
from rejectwatch.routing import Route, Routing
from rejectwatch.store import acks, silences, tables
from rejectwatch.store.acks import Ack
from rejectwatch.store.database import Database
from rejectwatch.store.forget import Forgetting
from rejectwatch.store.outbox import Outbox
from store.made import INCIDENT, NOON, SAMPLE, message
from store.seen import rows, started

CAROL = "carol@example.net"
DAILY = Routing((Route("daily", digest=time(18)),), UTC)


def forget(database: Database, name: str) -> None:
    for _ in Forgetting(database, name).steps():
        pass


def test_who_acknowledged_or_silenced_or_is_named_in_it_is_forgotten(database: Database) -> None:
    started(database)
    for by, note, incident in ((CAROL, "", "1"), ("jun", f"asked {CAROL}", "2"), ("jun", "", "3")):
        acks.ack(database, Ack("main", incident, NOON, by, note))
    known = Silence(NOON, NOON + timedelta(days=1), "jun", "known", cause="relay_denied")
    silences.add(database, known)
    for one in (
        replace(known, author=CAROL),
        replace(known, reason=f"{CAROL} is on holiday"),
        replace(known, user=CAROL),
        replace(known, sender=CAROL),
    ):
        silences.add(database, one)
    forget(database, CAROL)

    assert [row["incident"] for row in rows(database, tables.ACKS)] == ["3"]
    assert [replace(one, id=0) for one in silences.everything(database)] == [known]


def test_a_digest_that_names_the_person_is_forgotten(database: Database) -> None:
    writer, state = started(database, routing=DAILY)
    sample = replace(SAMPLE, user=None, sender=CAROL, recipient=None, reply="553 no")
    about = replace(INCIDENT, subject=CAROL, users=(), senders=(CAROL,), sample=sample)
    writer.commit(Changes(messages=[message(incident=about)]), state)
    state.apply()
    (due,) = Outbox(database, "main", DAILY).due(NOON + timedelta(hours=6), 10)
    before = len(rows(database, tables.OUTBOX))
    forget(database, CAROL)

    assert (due.kind, before) == ("digest", 2)
    assert rows(database, tables.OUTBOX) == []


@pytest.mark.parametrize("word", ["local", "warning", "all", "none"])
def test_our_own_words_name_nobody(database: Database, word: str) -> None:
    writer, state = started(database)
    writer.commit(Changes(messages=[message()]), state)
    state.apply()
    forget(database, word)

    assert len(rows(database, tables.OUTBOX)) == 1
