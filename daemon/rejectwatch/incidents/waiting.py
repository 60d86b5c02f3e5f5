"""Facts that wait until the other logs have told what was before them: what is decided by, and its place in time.

What a log tells is stored and counted at once. What is decided by it is heard in one order, whichever log was read
first: by time, then by source, and within one source as the log has it.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from rejectwatch.facts import Event, Who, WhoActs


class Deciding(Protocol):
    """Who hears the facts."""

    def failed(self, event: Event, who_acts: WhoActs, alert_from: datetime) -> None:
        """A refusal; before `alert_from` it is history."""

    def delivered(
        self,
        at: datetime,
        who: Who,
        sender: str | None,
        recipient: str,
        local: bool,  # noqa: FBT001 — as it is called, for each delivery
        attempt: str | None,
    ) -> None:
        """A message reached one recipient."""

    def logged_in(self, at: datetime, login: str, address: str) -> None:
        """Somebody who had logged in handed a message over."""


class Place(NamedTuple):
    """When a fact is heard: `number` counts what waits of one source.

    `at` is the latest stamp that its log has had by then: a clock that is set back changes nothing in its order.
    """

    at: datetime
    source: str
    number: int


class Failed(NamedTuple):
    event: Event
    who_acts: WhoActs
    alert_from: datetime

    def tell(self, deciding: Deciding) -> None:
        deciding.failed(*self)


class Delivered(NamedTuple):
    at: datetime
    who: Who
    sender: str | None
    recipient: str
    local: bool
    attempt: str | None

    def tell(self, deciding: Deciding) -> None:
        deciding.delivered(*self)


class LoggedIn(NamedTuple):
    at: datetime
    login: str
    address: str

    def tell(self, deciding: Deciding) -> None:
        deciding.logged_in(*self)


Fact = Failed | Delivered | LoggedIn


def dump(place: Place, fact: Fact) -> tuple[Any, Any]:
    return _plain(place), {"kind": type(fact).__name__, **_named(fact)}


def load(key: Any, value: Any) -> tuple[Place, Fact]:
    at, source, number = key
    return Place(datetime.fromisoformat(at), source, number), _fact(**value)


def _named(fact: Fact) -> dict[str, Any]:
    if isinstance(fact, Failed):
        event = {one.name: getattr(fact.event, one.name) for one in fields(Event)}
        event["occurred_at"] = event["occurred_at"].isoformat()
        return {"event": event, "who_acts": fact.who_acts, "alert_from": fact.alert_from.isoformat()}
    return dict(zip(fact._fields, _plain(fact), strict=True))


def _plain(values: tuple[Any, ...]) -> list[Any]:
    return [one.isoformat() if isinstance(one, datetime) else one for one in values]


def _fact(kind: str, **told: Any) -> Fact:
    match kind:
        case "Failed":
            event = told["event"]
            event = Event(**{**event, "occurred_at": datetime.fromisoformat(event["occurred_at"])})
            return Failed(event, told["who_acts"], datetime.fromisoformat(told["alert_from"]))
        case "Delivered":
            told |= {"at": datetime.fromisoformat(told["at"]), "who": Who(*told["who"])}
            return Delivered(**told)
        case _:
            return LoggedIn(**{**told, "at": datetime.fromisoformat(told["at"])})
