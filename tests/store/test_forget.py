"""A person who is forgotten is found nowhere afterwards, and nobody else is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from parts.waiting import until
from rejectwatch.changes import Changes
from rejectwatch.errors import SettingsError, Superseded, TransientError
from rejectwatch.facts import Gap
from rejectwatch.incidents.incident import Failure, Identity, Member, Person, Story, Window
from rejectwatch.state import Attempt, Late, State, Transaction
from rejectwatch.store import database as store_database
from rejectwatch.store import tables
from rejectwatch.store.database import Database, SQLite, open_database
from rejectwatch.store.forget import REMEMBERED, Forgetting, searched
from rejectwatch.store.migrate import upgrade
from store.made import INCIDENT, NOON, event, identity, message
from store.seen import contents, loaded, rows, sizes, started

ALICE = "alice@example.jp"
BOB = "bob@example.org"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SQLite]:
    opened = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    assert isinstance(opened, SQLite)
    upgrade(opened)
    yield opened
    opened.close()


def forget(database: Database, name: str) -> dict[str, int]:
    forgetting = Forgetting(database, name)
    removed: dict[str, int] = {}
    for step in forgetting.steps():
        removed[step.table] = removed.get(step.table, 0) + step.rows
    forgetting.wipe()
    return {table: number for table, number in removed.items() if number}


# ── nothing is overlooked ────────────────────────────────────────────────────────────────────────


def test_every_table_says_where_a_person_may_be_named_in_it() -> None:
    told = {name for name, table in tables.METADATA.tables.items() if searched(table)}

    # Numbers, offsets, hashes, our own words, and names that the operator has given.
    assert set(tables.METADATA.tables) - told == {
        "instances",
        "positions",
        "delivery_counts",
        "cause_texts",
        "site",
    }


def test_every_table_of_the_state_says_what_in_it_is_text_of_a_log() -> None:
    assert set(REMEMBERED) == set(State().tables())


def everything(state: State, person: str, n: int) -> Changes:
    """One of each that names this person: in the state, and in what is committed with it."""
    raw, key, other = person.encode(), str(n).encode(), b"somebody@example.net"
    story = Story("sender_not_authorized", "local")
    key_of = ("user", "sender", person, "x@example.net")
    nobody = ("user", "sender", "y", "x@example.net")
    state.queue.put(b"Q1" + key, ("postfix", b"client=x[192.0.2.1], sasl_username=" + raw, other, "g:1:0"))
    state.queue.put(b"Q2" + key, ("exim", b" H=x [192.0.2.1] P=esmtpa A=plain_server:" + raw, other, None))
    state.queue.put(b"Q3" + key, ("postfix", b"client=x[192.0.2.1]", raw, None))
    state.sessions.put(b"mx1 smtpd[1]" + key, ("postfix", b"client=x[192.0.2.1], sasl_username=" + raw))
    state.transactions.put(b"mx1 smtpd[1]" + key, (Transaction("192.0.2.1", person, "g:1:0"),))
    state.sessionless.put(b"192.0.2.1\0pc" + key + b"\0" + raw, Attempt("g:1:0", NOON))
    failure = Failure(NOON, "g:1:0", "y", None, None, "192.0.2.1", None, "mx1", key_of, None, None)
    state.windows.put(Identity("user", f"u{n}", story), Window((failure,)))
    state.windows.put(Identity("user", person, story), Window(()))
    state.subjects.put(Identity("sender", person, story), "1")
    state.members.put(Person(story, person), Member("1", "x", False, 3, (), (), None))
    state.members.put(Person(story, f"v{n}"), Member("1", person, True, 3, (), (), None))
    state.members.put(Person(story, f"w{n}"), Member("1", "x", True, 3, (), (key_of,), None))
    state.awaited.put(key_of, (Person(story, "x"),))
    state.awaited.put((*nobody[:3], f"z{n}"), (Person(story, person),))
    state.logins.put(f"192.0.2.{n}", (person,))
    elsewhere = replace(
        INCIDENT, id=f"elsewhere {n}", subject=f"s{n}", users=("x", person), sample=sample(BOB)
    )
    state.incidents.put(identity(elsewhere), elsewhere)
    inside = replace(elsewhere, id=f"inside {n}", subject=f"t{n}", users=(), sample=sample(person))
    state.incidents.put(identity(inside), inside)
    state.resting.put(Identity("user", f"t{n}", story), inside)
    for kind in ("user", "sender"):
        state.successes.put((kind, person), NOON)
    state.late.put(person, Late(1, NOON, NOON))
    changes = Changes()
    texts = {"user": person, "sender": person, "recipient": f"{person}", "helo": person, "client_host": person,
             "reply": f"553 <{person}>: no", "evidence": f"user {person}"}  # fmt: skip
    for place, (name, text) in enumerate(texts.items()):
        plain = {"user": None, "sender": BOB, "recipient": BOB, "reply": "553 no", "evidence": "no"}
        changes.events.append(event(n * 100 + place, **{**plain, name: text}))
    changes.messages.append(message("opened", elsewhere))
    changes.gaps.append(Gap(f"mail{n}", "removed", "g", n, f"near <{person}>"))
    return changes


def sample(person: str) -> Any:
    return replace(
        INCIDENT.sample, user=None, sender=None, recipient=None, reply=f"553 <{person}>", evidence=""
    )


def put_shapes(database: Database, *people: str) -> None:
    """Masked as they are, they should name nobody; should."""
    shapes = [
        {
            "instance": "main",
            "source": "mail",
            "shape": f"to=<{person}>",
            "mta": "exim",
            "count": 1,
            "last_at": NOON,
        }
        for person in people
    ]
    with database.write() as connection:
        connection.execute(insert(tables.SHAPES), shapes)


def all_text(database: Database) -> str:
    """Every value in the database, JSON decoded."""
    found = []
    for table in tables.METADATA.sorted_tables:
        for row in rows(database, table):
            for value in row.values():
                text = str(value)
                found.append(str(json.loads(text)) if text.startswith(("{", "[", '"')) else text)
    return "\n".join(found)


@pytest.mark.parametrize(
    "person", [ALICE, "alice", "jörg@bücher.example", "O'Hara@example.jp", '"a b"@example.jp']
)
def test_a_person_is_found_in_no_table_afterwards_and_nobody_else_is_missing(
    database: Database, person: str
) -> None:
    writer, state = started(database)
    writer.commit(everything(state, BOB, 0), state)
    state.apply()
    before, remembered = sizes(database), contents(state)
    writer.commit(everything(state, person, 1), state)
    put_shapes(database, BOB, person)

    removed = forget(database, person.swapcase())

    assert person.casefold() not in all_text(database).casefold()
    after = sizes(database)
    assert {**after, "hourly": 0, "shapes": 0} == {**before, "hourly": 0, "shapes": 0}
    assert after["shapes"] == 1
    assert loaded(database) == remembered
    assert removed["events"] == 7
    assert removed.keys() >= {"events", "hourly", "incidents", "outbox", "state", "gaps"}


def test_it_is_counted_before_anything_is_removed(database: Database) -> None:
    writer, state = started(database)
    writer.commit(everything(state, ALICE, 1), state)
    before = sizes(database)
    counted: dict[str, int] = {}
    for step in Forgetting(database, ALICE).count():
        counted[step.table] = counted.get(step.table, 0) + step.rows

    assert sizes(database) == before
    assert forget(database, ALICE) == counted


def test_a_long_table_is_walked_through_to_its_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejectwatch.store.forget.LOOKED_AT", 7)
    writer, state = started(database)
    some = [event(n, user=ALICE if n % 3 else BOB, reply="553 no", evidence="no") for n in range(50)]
    writer.commit(Changes(events=some), state)

    assert forget(database, ALICE)["events"] == 33
    assert sizes(database)["events"] == 17


# ── what a word is ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name, named, others",
    [
        (
            "al",
            ["not owned by user al", "(al)", "user=al, x", "user al.", "USER AL;", "plain_server:al", "<al>"],
            [
                "alice",
                "cal",
                "al@example.jp",
                "al.ice",
                "x.al",
                "x+al",
                "al-ice",
                "al_",
                "ál",
                "d'al",
                "a@al",
            ],
        ),
        (
            ALICE,
            [
                f"<{ALICE}>",
                f"to={ALICE}.",
                "ALICE@Example.JP",
                f'"{ALICE}"',
                f"@relay:{ALICE}",
                f"{ALICE}: no",
            ],
            [f"m{ALICE}", f"x.{ALICE}", f"x+{ALICE}", f"x-{ALICE}", f"{ALICE}.example", f"{ALICE}n", "alice"],
        ),
    ],
)
def test_a_name_is_a_word_of_its_own(file: SQLite, name: str, named: list[str], others: list[str]) -> None:
    writer, state = started(file)
    texts = [f"553 {text}" for text in (*named, *others)]
    nobody = {"user": None, "sender": BOB, "evidence": "no"}
    writer.commit(Changes(events=[event(n, reply=text, **nobody) for n, text in enumerate(texts)]), state)
    forget(file, name)

    assert [row["reply"] for row in rows(file, tables.EVENTS)] == texts[len(named) :]


@pytest.mark.parametrize("name", ["user", "sender", "local", "mail", "postfix", "rcpt", "clock", "starts"])
def test_a_login_that_is_one_of_our_own_words_takes_nobody_else_with_it(file: SQLite, name: str) -> None:
    writer, state = started(file)
    state.times.put(("clock", ""), NOON)
    writer.commit(everything(state, BOB, 1), state)
    state.apply()
    plain = [event(n, reply="553 no", evidence="no", host="mail", source="mail") for n in range(1000, 1003)]
    writer.commit(Changes(events=plain), state)
    removed = forget(file, name)

    assert removed.get("state", 0) == 0
    assert removed.get("incidents", 0) == removed.get("outbox", 0) == 0
    assert removed.get("events", 0) <= 1  # the evidence of one says "user"


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_nobody_is_no_name(file: SQLite, name: str) -> None:
    with pytest.raises(SettingsError, match="an address or a login is needed"):
        Forgetting(file, name)


# ── a daemon that runs ───────────────────────────────────────────────────────────────────────────


def test_what_a_daemon_remembers_is_refused_when_it_commits_the_next_time(database: Database) -> None:
    writer, state = started(database)
    writer.commit(everything(state, ALICE, 1), state)
    state.apply()
    forget(database, ALICE)
    state.successes.put(("user", ALICE), NOON + timedelta(hours=1))

    with pytest.raises(Superseded):
        writer.commit(everything(state, ALICE, 2), state)
    writer.load(state)
    writer.commit(Changes(), state)
    assert ALICE not in all_text(database)
    assert ALICE not in str(contents(state))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_is_left_in_the_files(file: SQLite, tmp_path: Path) -> None:
    writer, state = started(file)
    reader = open_database(f"sqlite:///{file.path}")  # so that the log is not written back when the others go
    sizes(reader)
    for n in range(1, 40):
        writer.commit(everything(state, ALICE if n % 3 else BOB, n), state)
        state.apply()
    before = bytes_of(tmp_path)
    forget(file, ALICE)
    after = bytes_of(tmp_path)
    reader.close()

    assert b"alice@" in before["rejectwatch.db-wal"].lower()
    assert {name for name, data in after.items() if b"alice@" in data.lower()} == set()
    assert "rejectwatch.db-shm" in after
    assert after["rejectwatch.db-wal"] == b""
    assert b"bob@" in after["rejectwatch.db"]


def test_somebody_who_reads_all_the_while_is_told_of(file: SQLite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_database, "EMPTIED_WITHIN", 0.5)
    writer, state = started(file)
    writer.commit(everything(state, ALICE, 1), state)
    reader = open_database(f"sqlite:///{file.path}")
    with reader.read() as connection:
        connection.execute(tables.EVENTS.select()).all()

        with pytest.raises(
            TransientError, match="-wal still holds what was removed, because a program has been"
        ):
            forget(file, ALICE)
        writer.load(state)
        writer.commit(Changes(), state)  # nobody is held up meanwhile
    forget(file, ALICE)
    reader.close()

    assert b"alice@" not in b"".join(bytes_of(file.path.parent).values()).lower()


def test_somebody_who_reads_for_a_moment_is_waited_for(file: SQLite) -> None:
    import threading

    writer, state = started(file)
    writer.commit(everything(state, ALICE, 1), state)
    reader, tried = open_database(f"sqlite:///{file.path}"), threading.Event()
    waits = file._log_emptied

    def trying() -> bool:
        done = waits()
        tried.set()
        return done

    file._log_emptied = trying  # type: ignore[method-assign]
    with reader.read() as connection:
        connection.execute(tables.EVENTS.select()).all()
        thread = threading.Thread(target=forget, args=(file, ALICE))
        thread.start()
        until(tried.is_set)
    thread.join()
    reader.close()

    assert b"alice@" not in b"".join(bytes_of(file.path.parent).values()).lower()
