"""Facts of several logs, read in any way, are heard in one order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.dialects.timestamps import EARLIEST, Stamps
from rejectwatch.facts import Event, Who, WhoActs
from rejectwatch.incidents.order import InOrder, pass_on_all
from rejectwatch.state import State

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
WHO = Who("alice", None, "192.0.2.7")

_EVENT = Event(
    generation="log",
    position=0,
    n=0,
    occurred_at=NINE,
    source="mail",
    host="mail",
    mta="postfix",
    service="postfix/submission/smtpd",
    refused_by="local",
    outcome="rejected",
    stage="rcpt",
    attempt="",
    queue_id=None,
    user="alice",
    user_source="reply",
    client_ip="203.0.113.21",
    client_host="pc21.example.org",
    helo="pc21",
    sender="sales@example.org",
    recipient="mori@example.net",
    recipient_domain="example.net",
    relay_host=None,
    relay_ip=None,
    code=553,
    enhanced_code="5.7.1",
    reply="553 5.7.1 <sales@example.org>: Sender address rejected: not owned by user alice",
    repeat=1,
    cause="sender_not_authorized",
    confidence="high",
    evidence="not owned by user alice",
)


def refusal(at: datetime, name: str) -> Event:
    return replace(_EVENT, occurred_at=at, attempt=name)


def restarted(state: State) -> State:
    """What waits, after a stop and a start: through JSON, as the database has it."""
    stored = json.dumps([state.waiting.dump(*one) for one in state.waiting.items()])
    fresh = State()
    fresh.waiting.fill(json.loads(stored))
    return fresh


class Said(NamedTuple):
    """What a line says, so many seconds after nine."""

    second: int
    kind: str


Log = Sequence[Said]


class Heard:
    """Stands in for the deciding part: remembers what it hears."""

    def __init__(self, heard: list[tuple[str, str]]) -> None:
        self._heard = heard

    def failed(self, event: Event, who_acts: WhoActs, alert_from: datetime) -> None:
        self._heard.append((event.attempt, f"failed {who_acts} {alert_from == NINE} {event}"))

    def delivered(
        self, at: datetime, who: Who, sender: str | None, recipient: str, local: bool, attempt: str | None
    ) -> None:
        self._heard.append((recipient, f"delivered {who == WHO} {sender} {local} {attempt}"))

    def logged_in(self, at: datetime, login: str, address: str) -> None:
        self._heard.append((login, f"logged_in {address}"))


class Reader:
    """Reads some logs in blocks, as the daemon does; with a restart after each, if it is asked to."""

    def __init__(self, logs: dict[str, Log], *, restarts: bool = False) -> None:
        self.heard: list[tuple[str, str]] = []
        self.state = State()
        self._logs = logs
        self._restarts = restarts
        self._read = dict.fromkeys(logs, 0)
        self._reached = dict.fromkeys(logs, EARLIEST)

    def has_more(self, source: str) -> bool:
        return self._read[source] < len(self._logs[source])

    def read(self, source: str, lines: int) -> None:
        others = [self._reached[one] for one in self._logs if one != source and self.has_more(one)]
        stamps = Stamps(UTC, NINE, reached=self._reached[source])
        order = InOrder(self.state, source, stamps, min(others, default=None), Heard(self.heard))
        start = self._read[source]
        for number, said in enumerate(self._logs[source][start : start + lines], start):
            self._tell(order, stamps, said, f"{source}{number}")
        order.pass_on()
        self._read[source] += lines
        self._reached[source] = stamps.reached
        self.state.apply()
        if self._restarts:
            self.state = restarted(self.state)

    def end(self) -> None:
        pass_on_all(self.state, Heard(self.heard))

    def _tell(self, order: InOrder, stamps: Stamps, said: Said, name: str) -> None:
        at = stamps.utc((NINE + timedelta(seconds=said.second)).isoformat().encode())
        match said.kind:
            case "failed":
                order.failed(refusal(at, name), "user", NINE)
            case "delivered":
                order.delivered(at, WHO, None, name, True, name)
            case _:
                order.logged_in(at, name, "192.0.2.7")


def in_order(logs: dict[str, Log]) -> list[str]:
    """The order that is promised: by time, then source; a clock that is set back changes nothing in its log."""
    facts = []
    for source, log in logs.items():
        reached = 0
        for number, said in enumerate(log):
            reached = max(reached, said.second)
            facts.append((reached, source, number))
    return [f"{source}{number}" for _, source, number in sorted(facts)]


def logs(size: int) -> st.SearchStrategy[dict[str, Log]]:
    said = st.builds(Said, st.integers(0, 12), st.sampled_from(("failed", "delivered", "logged_in")))
    log = st.lists(said, max_size=size)
    in_time = log.map(sorted)
    return st.dictionaries(st.sampled_from("ABC"), log | in_time, min_size=1, max_size=3)


def read_in_any_way(reader: Reader, names: Sequence[str], draw: st.DataObject) -> None:
    while left := [one for one in names if reader.has_more(one)]:
        reader.read(draw.draw(st.sampled_from(left)), draw.draw(st.integers(1, 4)))
    reader.end()


@given(logs=logs(8), restarts=st.booleans(), draw=st.data())
def test_any_interleaving_is_heard_in_one_order(
    logs: dict[str, Log], restarts: bool, draw: st.DataObject
) -> None:
    reader = Reader(logs, restarts=restarts)
    read_in_any_way(reader, sorted(logs), draw)

    assert [name for name, _ in reader.heard] == in_order(logs)
    assert not len(reader.state.waiting)


@given(logs=logs(8), draw=st.data())
def test_a_fact_that_waited_through_a_restart_says_the_same(
    logs: dict[str, Log], draw: st.DataObject
) -> None:
    at_once, waited = Reader(logs), Reader(logs, restarts=True)
    for name, log in logs.items():
        at_once.read(name, len(log))
    at_once.end()
    read_in_any_way(waited, sorted(logs), draw)

    assert waited.heard == at_once.heard


def failures(*seconds: int) -> list[Said]:
    return [Said(second, "failed") for second in seconds]


def test_one_log_alone_waits_for_nobody() -> None:
    reader = Reader({"A": failures(1, 2)})
    reader.read("A", 2)

    assert [name for name, _ in reader.heard] == ["A0", "A1"]


def test_nothing_is_heard_before_the_other_log_has_come_as_far() -> None:
    reader = Reader({"A": failures(1, 5, 9), "B": failures(2, 6, 9)})
    reader.read("A", 2)
    assert reader.heard == []
    reader.read("B", 2)

    assert [name for name, _ in reader.heard] == ["A0", "B0"]  # at five there may be more of A


def test_what_waits_goes_on_as_soon_as_the_other_log_ends() -> None:
    reader = Reader({"A": failures(5, 9), "B": failures(1)})
    reader.read("A", 1)
    reader.read("B", 1)

    assert [name for name, _ in reader.heard] == ["B0"]
    reader.read("A", 1)
    assert [name for name, _ in reader.heard] == ["B0", "A0", "A1"]


def test_of_too_many_the_oldest_goes_on() -> None:
    reader = Reader({"A": failures(*range(10)), "B": failures(0)})
    reader.state.waiting.limit = 4
    reader.read("A", 10)

    assert [name for name, _ in reader.heard] == [f"A{number}" for number in range(6)]
    assert len(reader.state.waiting) == 4
