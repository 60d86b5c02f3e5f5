"""Daemons that share a server and see one trouble tell of it once, and that it is over when it is for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from parts.postgresql import PostgreSQL
from rejectwatch.changes import Changes, Position
from rejectwatch.errors import TransientError
from rejectwatch.incidents.incident import Kind, Message
from rejectwatch.routing import Quiet, Route, Routing
from rejectwatch.store import migrate, tables
from rejectwatch.store.acks import Ack, ack
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.outbox import Outbox
from store.made import INCIDENT, NOON
from store.seen import rows, started

MINUTE = timedelta(minutes=1)
EVERYBODY = Routing((Route("postmasters"),))


@dataclass
class Daemon:
    """One of them: its writer, and what it sends. Its incident has an id of its own."""

    name: str
    database: Database
    routing: Routing = EVERYBODY

    def __post_init__(self) -> None:
        self.now = NOON
        self.writer, self.state = started(self.database, self.name, self.routing)
        self.writer._now = lambda: self.now
        self.outbox = Outbox(self.database, self.name, self.routing)
        self.commit()

    def tell(self, kind: Kind, minute: float = 0, **changed: Any) -> None:
        self.now = NOON + minute * MINUTE
        incident = replace(INCIDENT, id=f"of {self.name}", opened_at=NOON, **changed)
        if kind in ("recovered", "expired"):
            incident = replace(incident, closed_at=self.now, ending=kind)
        self.commit(Message(f"{self.name}-{kind}-{minute}", kind, self.now, incident))

    def commit(self, *messages: Message) -> None:
        """The position is what shows others that it still watches."""
        changes = Changes(messages=list(messages), positions={"mail": Position("g", 1, "{}")})
        self.writer.commit(changes, self.state)
        self.state.apply()

    def sends(self, minute: float) -> list[tuple[str, tuple[str, ...]]]:
        """What goes out now, and who tells it."""
        sent = []
        for one in self.outbox.due(NOON + minute * MINUTE, 100):
            self.outbox.sent(one.row, NOON + minute * MINUTE)
            sent.append((one.kind, one.daemons))
        return sent


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[Database]:
    database = open_database(postgresql.url)
    migrate.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def east(server: Database) -> Daemon:
    return Daemon("east", server)


@pytest.fixture
def west(server: Database) -> Daemon:
    return Daemon("west", server)


BOTH = ("east", "west")


def test_the_same_cause_within_an_hour_is_told_once_with_the_names_of_both(
    east: Daemon, west: Daemon
) -> None:
    east.tell("opened")
    west.tell("opened", 20)

    assert east.sends(21) == [("opened", BOTH)]
    assert west.sends(21) == []


def test_an_hour_later_it_is_told_again(east: Daemon, west: Daemon) -> None:
    east.tell("opened")
    west.tell("opened", 61)

    assert (east.sends(62), west.sends(62)) == ([("opened", ())], [("opened", ())])


@pytest.mark.parametrize(
    "other",
    [{"subject": "bob@example.jp"}, {"cause": "relay_denied"}, {"refused_by": "remote"}, {"by": "sender"}],
)
def test_another_trouble_is_told_too(east: Daemon, west: Daemon, other: dict[str, Any]) -> None:
    east.tell("opened")
    west.tell("opened", 1, **other)

    assert (east.sends(2), west.sends(2)) == ([("opened", ())], [("opened", ())])


def test_it_works_again_when_it_does_for_the_last(east: Daemon, west: Daemon) -> None:
    east.tell("opened")
    west.tell("opened", 1)
    east.sends(2)
    east.tell("recovered", 10)
    first = east.sends(11), west.sends(11)
    west.tell("recovered", 20)

    assert first == ([], [])
    assert (east.sends(21), west.sends(21)) == ([], [("recovered", BOTH)])


def test_what_is_over_takes_nothing_new_with_it(east: Daemon, west: Daemon) -> None:
    east.tell("opened")
    east.tell("recovered", 10)
    east.sends(11)
    west.tell("opened", 12)

    assert west.sends(13) == [("opened", ())]


def test_a_daemon_that_is_no_more_holds_nothing_up(east: Daemon, west: Daemon) -> None:
    east.tell("opened")
    west.tell("opened", 1)
    east.sends(2)
    west.now = NOON + timedelta(days=2)
    west.tell("recovered", 2 * 24 * 60)

    assert west.sends(2 * 24 * 60 + 1) == [("recovered", ())]


def test_what_a_daemon_left_lying_is_sent_by_the_other(east: Daemon, west: Daemon) -> None:
    east.tell("opened")  # and then it is gone
    west.tell("opened", 1)

    assert west.sends(9) == []
    assert west.sends(12) == [("opened", ())]


def test_a_message_that_waits_for_the_morning_waits_for_all(server: Database) -> None:
    night = Routing((Route("postmasters", quiet=Quiet(NOON.time(), (NOON + 60 * MINUTE).time())),))
    east, west = Daemon("east", server, night), Daemon("west", server, night)
    east.tell("opened")
    west.tell("opened", 1)
    east.tell("recovered", 10)
    west.sends(30)

    assert (east.sends(59), east.sends(60), west.sends(61)) == ([], [("opened", BOTH)], [])


# ── at the same moment ───────────────────────────────────────────────────────────────────────────


class Halting(Routing):
    """Stands still in the middle of a commit, with all its locks."""

    def not_before(self, message: Message, told: Mapping[str, bool], at: datetime) -> dict[str, datetime]:
        inside.set()
        if not go_on.wait(20):
            raise TimeoutError
        if fails.is_set():
            raise ZeroDivisionError
        return super().not_before(message, told, at)


inside, go_on, fails = threading.Event(), threading.Event(), threading.Event()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    for one in (inside, go_on, fails):
        one.clear()


class Doing(threading.Thread):
    """Something at the same time; what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 — looked at by the test
            self.error = error

    def ended(self) -> BaseException | None:
        self.join(20)
        assert not self.is_alive()
        return self.error


def at_once(first: Daemon, second: Daemon, kind: Kind) -> None:
    """Both commit; `first` is in the middle of it when `second` begins."""
    first.writer._posting = replace(first.writer._posting, routing=Halting(first.routing.routes))
    one = Doing(lambda: first.tell(kind, 5))
    assert inside.wait(20)
    two = Doing(lambda: second.tell(kind, 5))
    two.join(0.5)
    waits = two.is_alive()
    go_on.set()

    assert (one.ended(), two.ended(), waits) == (None, None, True)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_who_tell_at_once_tell_once(east: Daemon, west: Daemon, order: tuple[int, int]) -> None:
    first, second = ((east, west)[place] for place in order)
    at_once(first, second, "opened")

    assert (first.sends(6), second.sends(6)) == ([("opened", BOTH)], [])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_who_recover_at_once_say_it_once(east: Daemon, west: Daemon, order: tuple[int, int]) -> None:
    first, second = ((east, west)[place] for place in order)
    east.tell("opened")
    west.tell("opened", 1)
    east.sends(2)
    at_once(first, second, "recovered")

    assert (first.sends(6), second.sends(6)) == ([], [("recovered", BOTH)])


def test_one_that_fails_in_the_middle_leaves_it_to_the_other(east: Daemon, west: Daemon) -> None:
    east.writer._posting = replace(east.writer._posting, routing=Halting(east.routing.routes))
    one = Doing(lambda: east.tell("opened"))
    assert inside.wait(20)
    two = Doing(lambda: west.tell("opened", 1))
    fails.set()
    go_on.set()

    assert isinstance(one.ended(), ZeroDivisionError)
    assert two.ended() is None
    assert (east.sends(2), west.sends(2)) == ([], [("opened", ())])


def test_one_that_stands_still_in_the_middle_holds_the_other_up_for_seconds_only(
    east: Daemon, west: Daemon
) -> None:
    east.writer._posting = replace(east.writer._posting, routing=Halting(east.routing.routes))
    one = Doing(lambda: east.tell("opened"))
    assert inside.wait(20)
    west.tell("opened", 1)
    go_on.set()

    assert isinstance(one.ended(), TransientError)
    assert west.sends(2) == [("opened", ())]


def test_the_database_itself_takes_only_one(server: Database, east: Daemon, west: Daemon) -> None:
    east.tell("opened")
    (first,) = rows(server, tables.OUTBOX)
    twin = {**first, "id": None, "instance": "west"}
    del twin["id"]

    with pytest.raises(IntegrityError), server.write() as connection:
        connection.execute(tables.OUTBOX.insert().values(**twin))


# ── elsewhere nothing changes ────────────────────────────────────────────────────────────────────


def test_on_sqlite_each_tells_for_itself(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    migrate.upgrade(database)
    east, west = Daemon("east", database), Daemon("west", database)
    east.tell("opened")
    west.tell("opened", 1)

    assert (east.sends(2), west.sends(2)) == ([("opened", ())], [("opened", ())])
    database.close()


def test_an_acknowledgement_needs_a_daemon_that_is_known(server: Database, east: Daemon) -> None:
    ack(server, Ack("east", "of east", NOON, "jun"))
    ack(server, Ack("east", "of east", NOON + MINUTE, "mori", "is on it"))

    assert [(row["by"], row["note"]) for row in rows(server, tables.ACKS)] == [("mori", "is on it")]
