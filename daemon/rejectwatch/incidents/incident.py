"""The records of deciding: a failure, the failures of a window, an incident, and the message about it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rejectwatch.facts import Confidence, RefusedBy, WhoActs

By = Literal["user", "sender", "client_ip", "sender_domain", "recipient_domain", "cause", "host"]
"""What the failures of an incident share. A `recipient_domain` is a partner; a `host` is the server that refuses."""

Kind = Literal["opened", "grown", "recovered", "expired"]
KINDS: tuple[Kind, ...] = ("opened", "grown", "recovered", "expired")

Flag = Literal["flapping", "shared_address", "never_succeeded", "foreign_senders"]
Ending = Literal["recovered", "expired", "merged"]
"""`merged`: it has become part of another one."""
Severity = Literal["warning", "critical"]

RecoveryKey = tuple[str, ...]
"""The names of fields and their values, as in ("user", "sender", "alice", "sales@example.jp")."""

NAMED = 20
"""How many users, addresses or domains an incident names at most; those that come later are only counted."""
MANY = 10
"""So many people make an incident critical."""


LoggedIn = Literal["all", "some", "none"]

Side = Literal["local", "remote", "foreign"]
"""Who refuses whom. `foreign`: our server refuses strangers whose mail used to arrive, as if they had to log in."""


class Story(NamedTuple):
    """Failures that may have one reason: why, and who refuses whom."""

    cause: str
    side: Side


class Identity(NamedTuple):
    """Whom a story is about: `by` and `subject` as in `Incident`, in the form in which people are compared."""

    by: str
    subject: str
    story: Story


class Person(NamedTuple):
    """Somebody in a story; `name` is a login, or a sender where nobody logged in, in the compared form."""

    story: Story
    name: str


class Failure(NamedTuple):
    """One refused recipient, as far as an incident remembers it; `refusals` are several of them folded into one.

    `person` is in the compared form, "" where nobody is known; all others stand as logged. `host` is the server
    that refused. `recovery` is what a delivery must share to prove that it is over. `last_success_at` is the
    person's (else the client's) last delivery before this, `partner_success_at` anybody's to the same domain outside.
    """

    at: datetime
    attempt: str
    person: str
    user: str | None
    sender: str | None
    client_ip: str | None
    recipient: str | None
    host: str | None
    recovery: RecoveryKey
    last_success_at: datetime | None
    partner_success_at: datetime | None
    refusals: int = 1


class Window(NamedTuple):
    """Failures that are young enough to count, oldest first."""

    failures: tuple[Failure, ...]

    def attempts(self) -> int:
        return len({failure.attempt for failure in self.failures})

    def people(self) -> int:
        return len({failure.person for failure in self.failures if failure.person})

    @staticmethod
    def dump(identity: Identity, window: Window) -> tuple[Any, Any]:
        return list(identity), [[_plain(value) for value in failure] for failure in window.failures]

    @staticmethod
    def load(key: Any, value: Any) -> tuple[Identity, Window]:
        return identity_from_json(key), Window(tuple(_failure(one) for one in value))


class Member(NamedTuple):
    """A person in an open incident: which one, their name as logged, how often they failed.

    `is_login`: else `name` is a sender. `recent` are their last attempts, `recovery` what would prove that they
    can send again. `last_success_at` is from before their first failure.
    """

    incident: str
    name: str
    is_login: bool
    attempts: int
    recent: tuple[str, ...]
    recovery: tuple[RecoveryKey, ...]
    last_success_at: datetime | None

    @staticmethod
    def dump(person: Person, member: Member) -> tuple[Any, Any]:
        return list(person), [*member[:4], *map(_plain, member[4:])]

    @staticmethod
    def load(key: Any, value: Any) -> tuple[Person, Member]:
        incident, name, is_login, attempts, recent, recovery, last_success_at = value
        keys = tuple(tuple(one) for one in recovery)
        last = None if last_success_at is None else datetime.fromisoformat(last_success_at)
        return Person(Story(*key[0]), key[1]), Member(
            incident, name, is_login, attempts, tuple(recent), keys, last
        )


def identity_from_json(key: Any) -> Identity:
    return Identity(key[0], key[1], Story(*key[2]))


def _failure(values: list[Any]) -> Failure:
    named = dict(zip(Failure._fields, values, strict=True))
    named["at"] = datetime.fromisoformat(named["at"])
    named["recovery"] = tuple(named["recovery"])
    times = {name: _revived(name, named[name]) for name in ("last_success_at", "partner_success_at")}
    return Failure(**{**named, **times})


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


class Common(NamedTuple):
    """What the failures of an incident share, in the compared form; None where they differ, or where it is not known."""

    client_ip: str | None = None
    recipient_domain: str | None = None
    sender_domain: str | None = None
    host: str | None = None


UNSHARED = Common()


class Proof(NamedTuple):
    """A delivery of the kind that failed: who sent it (as in the log), when, to whom."""

    person: str
    at: datetime
    recipient: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known around an incident when somebody is told of it; times of successes are those since its first failure.

    `logged_in`: of the failures. `login_is_sender`: each login was refused its own address, so the map is wrong.
    `sender_is_ours`: all sender domains are ours; None where no sender is known, and where they are none that is
    known to be ours and nobody has said which are. `new_client`: nothing was ever sent from this address by this
    person; `new_helo`: nor under this HELO, where the server logs it for mail that it takes (Exim).
    `shared_logins`: how many logins (counted up to three) use the one address that all failures came
    from; 0 where they came from several. `worked_inside_at`, `worked_outside_at`: the same person reached our
    own domains, others outside. `partner_worked_at`: somebody reached the refusing partner. `anybody_worked_at`:
    somebody's mail went outside. `other_people` fail in the same way now without belonging to the incident.
    `some_delivered`: other recipients of a refused message got it. `onsets`: when it began, each time (flapping).
    """

    logged_in: LoggedIn
    login_is_sender: bool = False
    sender_is_ours: bool | None = None
    new_client: bool = False
    new_helo: bool = False
    shared_logins: int = 0
    worked_inside_at: datetime | None = None
    worked_outside_at: datetime | None = None
    partner_worked_at: datetime | None = None
    anybody_worked_at: datetime | None = None
    other_people: int = 0
    some_delivered: bool = False
    onsets: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """Something starts failing, with its story so far.

    `by` and `subject` are what its failures share, and which. `opened_at` is when the threshold was reached,
    `told_at` when it was first told (`group_wait` later), `tellings` are the times of all its messages, `told_people` how many
    people the last one named. `last_success_at` is the last delivery before the first failure, None if none was
    ever seen; `partner_success_at` is anybody's last to the domain of the first recipient. `people` counts distinct logins, or senders where nobody logged in; `reached` of them had sent before.
    Whoever is named stands as first logged, each person, address and domain once, those with most attempts first; the `…_counts` are
    their attempts. `proofs` are successes of the kind that failed since `last_at`, one a person; a further failure
    clears them. `onsets`: when it began, each time. `grown_at`: since when it concerns so many more that it has
    to be told again. `common` is what all failures share. `ending` says how it closed, None while it is open. Times
    are UTC, from the log.
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
    sample: Sample
    partner_success_at: datetime | None = None
    people: int = 1
    reached: int = 0
    user_counts: tuple[int, ...] = ()
    sender_counts: tuple[int, ...] = ()
    client_counts: tuple[int, ...] = ()
    recipient_counts: tuple[int, ...] = ()
    domain_counts: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()
    circumstances: Circumstances = Circumstances("none")
    tellings: tuple[datetime, ...] = ()
    told_people: int = 0
    proofs: tuple[Proof, ...] = ()
    onsets: tuple[datetime, ...] = ()
    side: Side = "local"
    common: Common = UNSHARED
    grown_at: datetime | None = None
    some_delivered: bool = False
    closed_at: datetime | None = None
    ending: Ending | None = None

    @property
    def severity(self) -> Severity:
        """Critical: many people, a whole server, or inbound mail that is being lost."""
        wide = self.by in ("cause", "host") or "foreign_senders" in self.flags
        return "critical" if wide or self.people >= MANY else "warning"

    @property
    def is_group(self) -> bool:
        return self.by not in ("user", "sender")

    @property
    def story(self) -> Story:
        return Story(self.cause, self.side)

    @property
    def is_waiting(self) -> bool:
        """Its threshold was reached, and nobody was told of that yet."""
        return self.told_at is None or self.told_at < self.opened_at


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is told: the incident as it stood at `at`. `id` is the same in every run on the same log."""

    id: str
    kind: Kind
    at: datetime
    incident: Incident


def to_json(record: Incident | Sample | Circumstances) -> dict[str, Any]:
    """A record as JSON values: times as RFC 3339 text, tuples as lists."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case Sample() | Circumstances():
            return to_json(value)
    return value


def incident_from_json(data: dict[str, Any]) -> Incident:
    """The inverse of `to_json` for an incident."""
    values = {name: _revived(name, value) for name, value in data.items()}
    values["sample"] = Sample(**{name: _revived(name, value) for name, value in data["sample"].items()})
    values["circumstances"] = Circumstances(
        **{name: _revived(name, value) for name, value in data["circumstances"].items()}
    )
    values["common"] = Common(*data["common"])
    values["proofs"] = tuple(Proof(who, datetime.fromisoformat(at), to) for who, at, to in data["proofs"])
    return Incident(**values)


_TIMES = ("tellings", "onsets")


def _revived(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return datetime.fromisoformat(value)
    if name in _TIMES:
        return tuple(map(datetime.fromisoformat, value))
    return tuple(value) if isinstance(value, list) else value
