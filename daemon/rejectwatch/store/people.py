"""What is stored of one person: how the logs write the name, what was refused, when something last went out.

Names are found in the counts by the hour, which know everybody who failed; then each is one walk along an index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import func, or_, select

from rejectwatch.causes import BY_SLUG
from rejectwatch.facts import FAILURES, Event, domain_of
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import Person, Side, Story
from rejectwatch.state import State
from rejectwatch.store import keyed
from rejectwatch.store.database import Database
from rejectwatch.store.queries import Condition, events_among
from rejectwatch.store.tables import EVENTS, HOURLY

SIMILAR = 10
"""Other names that are looked at when nobody has the one that was asked for."""

SIDES: tuple[Side, ...] = get_args(Side)

_NOT_PLAIN = re.compile(r"[^a-z0-9.]+")
"""What the databases compare in different ways: SQL may find too many, and never too few."""

Times = Literal["successes", "known", "ours"]
"""Tables of the state that hold a time for each key."""


@dataclass(frozen=True, slots=True)
class Written:
    """All ways in which one person is written, as a login and as a sender for whom nobody had logged in.

    `name` is what was asked for. `others` have logged in under another name and were refused when they sent from this address;
    `similar` are those whose name begins alike.
    """

    name: str
    logins: frozenset[str]
    senders: frozenset[str]
    others: tuple[tuple[str, int], ...]
    similar: tuple[str, ...]

    def people(self, same: Identities) -> frozenset[str]:
        """In the form in which people are compared."""
        return frozenset(
            {same.login(self.name), same.sender(self.name)}
            | {same.login(one) for one in self.logins}
            | {same.sender(one) for one in self.senders}
        )


def written(database: Database, name: str, same: Identities, since: datetime) -> Written:
    """Find the person that `name`, a login or an address, belongs to.

    A login without a realm that is the local part of the address, and has sent from it, is the same person.
    """
    login, sender = same.login(name), same.sender(name)
    logins, senders, similar = {name}, {name}, set()
    for by, subject in _who_failed(database, {_local(login), _local(sender)}, since):
        if by == "user" and same.login(subject) == login:
            logins.add(subject)
        elif by == "sender" and same.sender(subject) == sender:
            senders.add(subject)
        elif _local(same.person(*((subject, None) if by == "user" else (None, subject)))) == _local(login):
            similar.add(subject)
    others: Counter[str] = Counter()
    for user, refusals in _sent_as(database, sender, same, since):
        if same.login(user) == login:
            continue
        if same.login(user) == _local(sender):
            logins.add(user)
        else:
            others[user] += refusals
    names = sorted(similar - logins - senders)[:SIMILAR]
    return Written(name, frozenset(logins), frozenset(senders), tuple(others.most_common()), tuple(names))


def refusals(database: Database, person: Written, since: datetime) -> Iterator[tuple[str, Event]]:
    """What was refused for good, newest first, each with its instance."""
    columns = EVENTS.c
    when = [columns.occurred_at >= since, columns.outcome.in_(FAILURES)]
    parts: list[list[Condition]] = [[columns.user == one, *when] for one in sorted(person.logins)]
    parts += [[columns.user.is_(None), columns.sender == one, *when] for one in sorted(person.senders)]
    return events_among(database, parts)


def clients_without_login(database: Database, person: Written, since: datetime) -> list[str | None]:
    """The addresses from which mail in this person's name was refused when nobody had logged in."""
    columns = EVENTS.c
    query = select(columns.client_ip).distinct()
    mine = columns.user.is_(None), columns.sender.in_(person.senders), columns.occurred_at >= since
    with database.read() as connection:
        return list(connection.execute(query.where(*mine)).scalars())


def last_times(
    database: Database, table: Times, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """What a table of the state says of these keys: the latest of all instances."""
    load = State().tables()[table].load
    times: dict[tuple[str, str], datetime] = {}
    for key, value in _entries(database, table, [list(key) for key in keys]):
        one, at = load(key, value)
        times[one] = max(at, times.get(one, at))
    return times


def logins_from(database: Database, clients: Iterable[str]) -> dict[str, int]:
    """How many logins have used each of these addresses (in the compared form), as far as that is counted."""
    return {client: len(logins) for client, logins in _entries(database, "logins", list(clients))}


def memberships(database: Database, people: Iterable[str]) -> frozenset[str]:
    """The ids of open incidents that these people (in the compared form) belong to."""
    state = State().members
    stories = [Story(cause, side) for cause in BY_SLUG for side in SIDES]
    keys = [Person(story, name) for name in people for story in stories]
    return frozenset(state.load(key, value)[1].incident for key, value in _entries(database, "members", keys))


def _entries(database: Database, table: str, keys: list[Any]) -> list[tuple[Any, Any]]:
    with database.read() as connection:
        return list(keyed.lookup(connection, table, keys))


def _local(name: str) -> str:
    local, at, _ = name.rpartition("@")
    return local if at else name


def _like(local: str) -> str:
    return f"%{_NOT_PLAIN.sub('%', local.lower())}%"


def _who_failed(database: Database, locals_: set[str], since: datetime) -> list[tuple[str, str]]:
    columns = HOURLY.c
    hour = since.replace(minute=0, second=0, microsecond=0)
    alike = or_(*(func.lower(columns.subject).like(_like(one)) for one in locals_))
    query = select(columns.by, columns.subject).distinct()
    wanted = query.where(columns.by.in_(("user", "sender")), columns.hour >= hour, alike)
    with database.read() as connection, database.without_limits(connection):
        return [(by, subject) for by, subject in connection.execute(wanted)]


def _sent_as(database: Database, sender: str, same: Identities, since: datetime) -> Iterator[tuple[str, int]]:
    """Logins that were refused when they sent from this address, and how often."""
    domain = domain_of(sender)
    if domain is None:
        return
    columns = EVENTS.c
    query = select(columns.user, columns.sender, func.sum(columns.repeat)).group_by(
        columns.user, columns.sender
    )
    wanted = query.where(
        columns.sender_domain.in_(same.domains_written(domain)),
        columns.occurred_at >= since,
        columns.user.is_not(None),
        columns.outcome.in_(FAILURES),
        func.lower(columns.sender).like(_like(_local(sender))),
    )
    with database.read() as connection, database.without_limits(connection):
        rows = connection.execute(wanted).all()
    for user, written_as, refused in rows:
        if same.sender(written_as) == sender:
            yield user, int(refused)
