"""What is stored, for those who only read: as the records of the core, which know nothing of tables.

Each question is shaped after an index of the table, so that it answers at once with 50 million rows too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv6Address
from itertools import product, takewhile
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    desc,
    func,
    or_,
    select,
    union_all,
)

from rejectwatch.facts import Event
from rejectwatch.identity import USUAL, Identities, ip
from rejectwatch.incidents.incident import Incident, incident_from_json
from rejectwatch.sources.identity import Mark, load_marks
from rejectwatch.sources.interface import unpack
from rejectwatch.store.database import Database
from rejectwatch.store.events import FIELDS
from rejectwatch.store.tables import EVENTS, INCIDENTS, OUTBOX, POSITIONS

AT_ONCE = 500

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None: all. The time of `until` is excluded.

    `user` is a login, or a sender address where nobody logged in; `domain` the sender's or the recipient's; `ip` the
    client's. However they are written, in the log or here: `same` says what is one.
    """

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    domain: str | None = None
    ip: str | None = None
    cause: str | None = None
    instance: str | None = None
    same: Identities = USUAL
    clients: frozenset[str] | None = None
    """What `ip` stands for, as it is stored (`with_clients`)."""


def events(database: Database, wanted: EventFilter, limit: int = 0) -> Iterator[tuple[str, Event]]:
    """Events, newest first, each with the instance that it belongs to. `limit` 0: all, read while they are taken."""
    return _taken(database, _newest(with_clients(database, wanted), limit))


def with_clients(database: Database, wanted: EventFilter) -> EventFilter:
    """The question with all addresses that are one client: of IPv6 those of its network of 64 bits."""
    if wanted.ip is None:
        return wanted
    client = wanted.same.client(wanted.ip.removesuffix("/64"))
    ways = {wanted.ip, client, f"::ffff:{client}"}
    address = ip(client)
    if address is not None and address.version == 6:
        with database.read() as connection:
            ways |= {one for one in _beside(connection, address) if wanted.same.client(one) == client}
    return replace(wanted, clients=frozenset(ways))


def _beside(connection: Connection, address: IPv6Address) -> list[str]:
    """The clients whose address begins as this one, up to a zero: from there on it may be written in two ways."""
    groups = [group.lstrip("0") for group in address.exploded.split(":")]
    begin = "".join(f"{group}:" for group in takewhile(bool, groups[:4])) or ":"
    column = EVENTS.c.client_ip
    # The order of texts of PostgreSQL is its language's.
    is_sqlite = connection.dialect.name == "sqlite"
    is_near = column.between(begin, f"{begin}g") if is_sqlite else column.startswith(begin)
    return list(connection.execute(select(column).distinct().where(is_near)).scalars())


def events_among(
    database: Database, parts: Sequence[list[Condition]], limit: int = 0
) -> Iterator[tuple[str, Event]]:
    """The same for conditions of one's own, one list of them for each walk along an index; no event fulfils two."""
    return _taken(database, _merged(parts, limit))


def events_of_attempts(
    database: Database, instance: str, attempts: Sequence[str], since: datetime, until: datetime, limit: int
) -> list[Event]:
    """The newest refusals of these attempts within a time, its end included."""
    columns = EVENTS.c
    when = columns.occurred_at.between(since, until)
    part = [columns.instance == instance, columns.attempt.in_(attempts), when]
    return [event for _, event in events_among(database, [part], limit)]


def incidents(
    database: Database, *, closed_too: bool = False, since: datetime | None = None, limit: int = 0
) -> list[Incident]:
    """Incidents, the last to open first; `since`: those that had a failure then or later. `limit` 0: all."""
    found = incidents_of_all(database, closed_too=closed_too, since=since, limit=limit)
    return [incident for _, incident in found]


def incidents_of_all(
    database: Database, *, closed_too: bool = False, since: datetime | None = None, limit: int = 0
) -> list[tuple[str, Incident]]:
    """The same, each with the instance that it belongs to."""
    columns = INCIDENTS.c
    query = select(columns.instance, columns.record).order_by(desc(columns.opened_at), columns.id)
    if not closed_too:
        query = query.where(columns.closed_at.is_(None))
    if since is not None:
        query = query.where(columns.last_at >= since)
    return _incidents(database, query.limit(limit or None))


def incident(database: Database, name: str) -> Incident | None:
    """The incident with this id; two instances have the same one only if they read the same log."""
    columns = INCIDENTS.c
    query = select(columns.instance, columns.record).where(columns.id == name).order_by(columns.instance)
    return next((incident for _, incident in _incidents(database, query.limit(1))), None)


def incidents_named(database: Database, beginning: str, limit: int) -> list[tuple[str, Incident]]:
    """Incidents whose id begins so, the last to open first, each with its instance."""
    columns = INCIDENTS.c
    query = select(columns.instance, columns.record).where(columns.id.startswith(beginning, autoescape=True))
    ordered = query.order_by(desc(columns.opened_at), columns.id, columns.instance)
    return _incidents(database, ordered.limit(limit))


class Telling(NamedTuple):
    """A message of an incident on its way to one channel; the fields are columns of the outbox."""

    message_id: str
    kind: str
    at: datetime
    channel: str
    state: str
    tries: int
    not_before: datetime | None
    next_at: datetime | None
    last_error: str | None
    sent_at: datetime | None


def tellings(database: Database, instance: str, incident: str) -> list[Telling]:
    """What was told of an incident, in the order in which it was written."""
    columns = [OUTBOX.c[name] for name in Telling._fields]
    query = select(*columns).where(OUTBOX.c.instance == instance, OUTBOX.c.incident == incident)
    with database.read() as connection:
        return [Telling(*row) for row in connection.execute(query.order_by(OUTBOX.c.id))]


def heads(database: Database, instance: str) -> list[Mark]:
    """The log files that the daemon has read, as its sources remember them: so `import` knows them again."""
    query = select(POSITIONS.c.checkpoint).where(POSITIONS.c.instance == instance)
    with database.read() as connection:
        checkpoints = connection.execute(query).scalars().all()
    return [mark for checkpoint in checkpoints for mark in load_marks(unpack(checkpoint).get("marks", []))]


def _incidents(database: Database, query: Select[Any]) -> list[tuple[str, Incident]]:
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [(instance, incident_from_json(json.loads(record))) for instance, record in rows]


def _taken(database: Database, query: Any) -> Iterator[tuple[str, Event]]:
    with (
        database.read() as connection,
        connection.execute(query.execution_options(yield_per=AT_ONCE)) as found,
    ):
        for instance, *values in found:
            yield instance, Event(*values)


def _newest(wanted: EventFilter, limit: int) -> Any:
    return _merged(disjoint(wanted), limit)


def _merged(several: Sequence[list[Condition]], limit: int) -> Any:
    # Each part is one walk along one index; an OR would make the planner walk through time instead.
    parts = [_part(conditions, limit) for conditions in several]
    if len(parts) == 1:
        return parts[0]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(found).order_by(*_by_time(found.c)).limit(limit or None)


def _part(conditions: list[Condition], limit: int) -> Select[Any]:
    columns = [EVENTS.c[name] for name in ("instance", *FIELDS)]
    return select(*columns).where(*conditions).order_by(*_by_time(EVENTS.c)).limit(limit or None)


def _by_time(columns: Any) -> list[Any]:
    return [desc(columns[name]) for name in ("occurred_at", "position", "n")]


def disjoint(wanted: EventFilter) -> list[list[Condition]]:
    """The question as conditions no two of which hold for the same event."""
    shared = _conditions(wanted)
    persons: list[list[Condition]] = [[]] if wanted.user is None else _persons(wanted.user, wanted.same)
    domains: list[list[Condition]] = [[]] if wanted.domain is None else _domains(wanted.domain, wanted.same)
    return [[*person, *domain, *shared] for person, domain in product(persons, domains)]


def _persons(name: str, same: Identities) -> list[list[Condition]]:
    user, sender = EVENTS.c.user, EVENTS.c.sender
    if same.login_case == "keep":
        logins = [[user == one] for one in sorted({name, same.login(name)})]
    else:
        logins = [[_is_person(one, user), user.is_not(None)] for one in sorted(same.logins_written(name))]
    return logins + [
        [_is_person(one, sender), user.is_(None)] for one in sorted(same.addresses_written(name))
    ]


def _is_person(name: str, column: Column[str]) -> Condition:
    """As the index by person has it."""
    person = func.lower(func.coalesce(EVENTS.c.user, EVENTS.c.sender))
    return person == bindparam(None, name, type_=column.type)


def _domains(name: str, same: Identities) -> list[list[Condition]]:
    columns, ways = EVENTS.c, sorted(same.domains_written(name))
    to_others = or_(columns.recipient_domain.is_(None), columns.recipient_domain.not_in(ways))
    received: list[list[Condition]] = [[columns.recipient_domain == one] for one in ways]
    return received + [[columns.sender_domain == one, to_others] for one in ways]


def _conditions(wanted: EventFilter) -> list[Condition]:
    columns = EVENTS.c
    bounds = ((wanted.since, columns.occurred_at.__ge__), (wanted.until, columns.occurred_at.__lt__))
    equal = (
        (wanted.cause, columns.cause),
        (wanted.instance, columns.instance),
    )
    clients = [] if wanted.ip is None else [columns.client_ip.in_(sorted(wanted.clients or (wanted.ip,)))]
    return [
        *clients,
        *(compare(bound) for bound, compare in bounds if bound is not None),
        *(column == value for value, column in equal if value is not None),
    ]
