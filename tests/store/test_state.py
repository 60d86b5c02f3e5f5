"""The law of the state: what the database loads equals what is in memory, after every commit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejectwatch.changes import Changes
from rejectwatch.errors import Superseded
from rejectwatch.facts import Who
from rejectwatch.incidents.incident import Failure, Identity, Member, Person, Proof, Story, Window
from rejectwatch.incidents.waiting import Delivered, Failed, LoggedIn, Place
from rejectwatch.routing import Routing
from rejectwatch.state import Attempt, Late, State, Transaction
from rejectwatch.store.database import Database
from rejectwatch.store.writer import Writer
from store.made import EVENT, INCIDENT, NOON
from store.seen import contents, loaded, started

KEYS = st.sampled_from([b"A", b"B", b"C", b"\xff\x00", "ü".encode()])


def values(number: int, key: bytes) -> dict[str, tuple[Any, Any]]:
    """One entry for each table of the state."""
    at = NOON + timedelta(seconds=number)
    text = key.decode("utf-8", "surrogateescape")
    story = Story("sender_not_authorized", "local")
    window_of, person, proof = Identity("user", text, story), Person(story, text), ("user", text)
    failure = Failure(at, f"g:{number}:0", text, None, None, None, None, "mx1", proof, at, at, number)
    who = Who(text, None, None, None)
    facts = (
        Failed(replace(EVENT, helo=text), "user", at),
        Delivered(at, who, text, text, False, None),
        LoggedIn(at, text, text),
    )
    return {
        "queue": (
            key,
            ("postfix", key, key * number if number % 2 else None, f"g:{number}:0" if number % 3 else None),
        ),
        "sessions": (key, ("postfix", key)),
        "transactions": (key, (Transaction(None, text, f"g:{number}:0"),)),
        "sessionless": (key, Attempt(f"g:{number}:0", at)),
        "lines": (key, key),
        "waiting": (Place(NOON, text, 1), facts[number % 3]),
        "windows": (window_of, Window((failure,))),
        "incidents": (text, replace(INCIDENT, attempts=number, proofs=(Proof(text, at, text),))),
        "subjects": (window_of, str(number)),
        "resting": (window_of, replace(INCIDENT, onsets=(at,))),
        "members": (person, Member(text, text, number % 2 == 0, number, (text,), (proof,), at)),
        "awaited": (proof, (person,)),
        "logins": (text, (text, str(number))),
        "successes": (("user", text), at),
        "known": (("client_ip", text), at),
        "ours": (("domain", text), at),
        "times": (("source", text), at),
        "heard": ((text, at), number),
        "late": (text, Late(number, at, at)),
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(values(0, b"A"))), KEYS, st.sampled_from(["put", "drop", "commit", "undo"])
    ),
    max_size=40,
)


def act(state: State, name: str, number: int, key: bytes, action: str) -> None:
    table = state.tables()[name]
    entry = values(number, key)[name]
    if action == "put":
        table.put(*entry)
    elif action == "drop":
        table.drop(entry[0])


def test_every_table_of_the_state_is_tried_here() -> None:
    assert values(0, b"A").keys() == State().tables().keys()


def test_what_the_database_loads_is_what_is_in_memory(database: Database) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(STEPS)
    def law(steps: list[tuple[str, bytes, str]]) -> None:
        instance = f"run {next(numbers)}"
        writer, state = started(database, instance)
        for number, (name, key, action) in enumerate([*steps, ("queue", b"", "commit")]):
            act(state, name, number, key, action)
            if action == "undo":
                state.undo()
            elif action == "commit":
                writer.commit(Changes(), state)
                state.apply()

                assert loaded(database, instance) == contents(state)

    law()


def test_the_order_of_the_puts_is_kept_over_several_commits(database: Database) -> None:
    writer, state = started(database)
    for keys in (b"CABED", b"HFGE", b"A"):
        for key in keys:
            state.sessions.put(bytes([key]), ("postfix", b"x"))
        writer.commit(Changes(), state)
        state.apply()

    assert [key for key, _ in loaded(database)["sessions"]] == [
        b"C",
        b"B",
        b"D",
        b"H",
        b"F",
        b"G",
        b"E",
        b"A",
    ]


def test_a_commit_whose_answer_was_lost_is_not_done_twice(database: Database) -> None:
    writer, state = started(database)
    state.sessions.put(b"P1", ("postfix", b"a@example.org"))
    twin = Writer(database, "main", Routing())
    twin.load(State())
    twin.commit(Changes(), state)  # as if it had been ours, and we had not heard of it

    with pytest.raises(Superseded):
        writer.commit(Changes(), state)
    writer.load(state)

    assert state.sessions.get(b"P1") == ("postfix", b"a@example.org")
    assert state.sessions.changes() == ([], [])
