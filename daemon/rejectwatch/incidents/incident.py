"""The records of deciding: a failure, the failures of a window, an incident, and the message about it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rejectwatch.facts import Confidence, RefusedBy, WhoActs

By = Literal["user", "sender"]
Kind = Literal["opened", "recovered", "expired"]
KINDS: tuple[Kind, ...] = ("opened", "recovered", "expired")

RecoveryKey = tuple[str, ...]
"""The names of fields and their values, as in ("user", "sender", "alice", "sales@example.jp")."""

NAMED = 20
"""How many users, addresses or domains an incident names at most; those that come later are only counted."""


class Identity(NamedTuple):
    """What makes two failures the same story: the rule that watches, whom it concerns, why, and who refuses.

    `subject` is in the form in which people are compared (`rejectwatch.identity`).
    """

    rule: str
    subject: str
    cause: str
    refused_by: RefusedBy


class Failure(NamedTuple):
    """One refused recipient, as far as an incident remembers it; `refusals` are several of them folded into one."""

    at: datetime
    attempt: str
    user: str | None
    sender: str | None
    client_ip: str | None
    recipient: str | None
    recovery: RecoveryKey
    refusals: int = 1


class Window(NamedTuple):
    """The failures of one identity that are young enough to count, oldest first.

    `last_success_at` is the last delivery that its subject had before the first of them.
    """

    failures: tuple[Failure, ...]
    last_success_at: datetime | None

    def attempts(self) -> int:
        return len({failure.attempt for failure in self.failures})

    @staticmethod
    def dump(identity: Identity, window: Window) -> tuple[Any, Any]:
        failures = [
            [one.at.isoformat(), *one[1:6], list(one.recovery), one.refusals] for one in window.failures
        ]
        return list(identity), [failures, _plain(window.last_success_at)]

    @staticmethod
    def load(key: Any, value: Any) -> tuple[Identity, Window]:
        failures = (_failure(*one) for one in value[0])
        return Identity(*key), Window(tuple(failures), _revived("_at", value[1]))


def _failure(at: str, *others: Any) -> Failure:
    *names, recovery, refusals = others
    return Failure._make((datetime.fromisoformat(at), *names, tuple(recovery), refusals))


@dataclass(frozen=True, slots=True)
class Sample:
    """The last refusal of an incident, as support would ask for it."""

    occurred_at: datetime
    mta: str
    host: str | None
    service: str | None
    code: int
    reply: str
    evidence: str
    user: str | None
    sender: str | None
    recipient: str | None
    client_ip: str | None
    client_host: str | None
    helo: str | None
    relay_host: str | None
    relay_ip: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something starts failing, with its story so far.

    `opened_at` is when the threshold was reached, `told_at` when the message was due (`group_wait` later).
    `last_success_at` is the last delivery before the first failure, None if none was ever seen.
    `subject` and all who are named stand as they were first logged, each person, address and domain once.
    `succeeded_at` is the first success of the kind that failed since `last_at`; a further failure clears it.
    `ending` says how it closed, None while it is open. Times are UTC, from the log.
    """

    id: str
    rule: str
    by: By
    subject: str
    cause: str
    refused_by: RefusedBy
    confidence: Confidence
    who_acts: WhoActs
    opened_at: datetime
    told_at: datetime | None
    first_at: datetime
    last_at: datetime
    attempts: int
    refusals: int
    recent_attempts: tuple[str, ...]
    users: tuple[str, ...]
    senders: tuple[str, ...]
    client_ips: tuple[str, ...]
    recipients: tuple[str, ...]
    recipient_domains: tuple[str, ...]
    last_success_at: datetime | None
    recovery_keys: tuple[RecoveryKey, ...]
    sample: Sample
    succeeded_at: datetime | None = None
    success: tuple[str, ...] = ()
    closed_at: datetime | None = None
    ending: Literal["recovered", "expired"] | None = None

    @staticmethod
    def dump(identity: Identity, incident: Incident) -> tuple[Any, Any]:
        return list(identity), to_json(incident)

    @staticmethod
    def load(key: Any, value: Any) -> tuple[Identity, Incident]:
        return Identity(*key), incident_from_json(value)


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is told: the incident as it stood at `at`. `id` is the same in every run on the same log."""

    id: str
    kind: Kind
    at: datetime
    incident: Incident


def to_json(record: Incident | Sample) -> dict[str, Any]:
    """A record as JSON values: times as RFC 3339 text, tuples as lists."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case Sample():
            return to_json(value)
    return value


def incident_from_json(data: dict[str, Any]) -> Incident:
    """The inverse of `to_json` for an incident."""
    values = {name: _revived(name, value) for name, value in data.items()}
    values["sample"] = Sample(**{name: _revived(name, value) for name, value in data["sample"].items()})
    values["recovery_keys"] = tuple(tuple(key) for key in data["recovery_keys"])
    return Incident(**values)


def _revived(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
