"""What a commit puts into the outbox: a row for each message and channel, held until its time has come.

Daemons that share a PostgreSQL server see one trouble several times. What they tell of the same cause within an hour
is one row that goes out (`leader` of the others), and that it works again is said when it does so for the last of
them. Their commits take turns for this; the unique key (fingerprint, follows) is the second lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, text, update

from rejectwatch import watch
from rejectwatch.incidents.incident import Incident, Message, incident_from_json, to_json
from rejectwatch.routing import CLOSING, OPENING, Routing
from rejectwatch.store.statements import Row, add, dumps
from rejectwatch.store.tables import INCIDENTS, OUTBOX, POSITIONS
from rejectwatch.watch import Notice

TOGETHER = timedelta(hours=1)
"""What several daemons tell of the same cause within this time is one message."""
ALIVE = timedelta(days=1)
"""A daemon that has read nothing for so long can't say that something works again: nobody waits for that."""
TAKING_TURNS = 0x72656A6D  # "rejm": between commits of daemons that have something to tell
STANDS_STILL = "3s"
"""Whoever stands still in such a commit loses it, so that the others go on."""

GOING_OUT = ("waiting", "failed", "sent")
LIVELY = ("held", *GOING_OUT)


@dataclass(frozen=True, slots=True)
class Posting:
    """Puts the messages of one instance into the outbox. `shared`: other daemons may tell of the same."""

    instance: str
    routing: Routing
    shared: bool

    def post(
        self, connection: Connection, messages: Sequence[Message], notices: Iterable[Notice], now: datetime
    ) -> None:
        if messages and self.shared:
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{STANDS_STILL}'"))
            connection.execute(select(func.pg_advisory_xact_lock(TAKING_TURNS)))
        for message in messages:
            self._post(connection, message, min(message.at, now))  # the log's clock may be ahead
        for notice in notices:
            for route in self.routing.channels_of_notice():
                at = self.routing.earliest(route, min(notice.at, now), None)
                add(connection, OUTBOX, [{**self._row(route.name, at), **queued(notice)}])

    def _post(self, connection: Connection, message: Message, at: datetime) -> None:
        told = heard(connection, self.instance, message.incident.id)
        for channel, not_before in self.routing.not_before(message, told, at).items():
            row = {**self._row(channel, not_before), **queued(message)}
            if not self.shared:
                add(connection, OUTBOX, [row])
            elif message.kind in CLOSING:
                self._close(connection, row)
            else:
                self._open(connection, row, message)

    def _row(self, channel: str, not_before: datetime) -> Row:
        return {"instance": self.instance, "channel": channel, "not_before": not_before}

    def _open(self, connection: Connection, row: Row, message: Message) -> None:
        fingerprint = _fingerprint(row["channel"], message)
        query = select(OUTBOX).where(OUTBOX.c.fingerprint == fingerprint).order_by(OUTBOX.c.follows.desc())
        before = connection.execute(query.limit(1)).mappings().one_or_none()
        if before is not None and self._is_same(connection, before, row):
            add(connection, OUTBOX, [{**row, "state": "merged", "leader": before["id"]}])
            return
        follows = 0 if before is None else before["id"]
        add(connection, OUTBOX, [{**row, "fingerprint": fingerprint, "follows": follows}])

    def _is_same(self, connection: Connection, leader: Any, row: Row) -> bool:
        """Whether the trouble that was told is still there for somebody, and young enough to be this one."""
        if leader["state"] not in LIVELY or abs(leader["at"] - row["at"]) > TOGETHER:
            return False
        return _is_open(connection, [leader["id"]], row)

    def is_open_elsewhere(self, connection: Connection, row: Any, now: datetime) -> bool:
        """Whether another daemon told the same as this row, and it still fails there."""
        return self.shared and _is_open(connection, self._leaders(connection, row), {**row, "at": now})

    def _leaders(self, connection: Connection, row: Any) -> list[int]:
        """The rows that told the channel that this incident fails, since it worked last; the first is everybody's."""
        mine = OUTBOX.c.instance == self.instance, OUTBOX.c.incident == row["incident"]
        query = select(OUTBOX.c.id, OUTBOX.c.leader, OUTBOX.c.kind).where(
            *mine, OUTBOX.c.channel == row["channel"]
        )
        leaders: set[int] = set()
        for number, leader, kind in connection.execute(query.order_by(OUTBOX.c.id)):
            if kind in CLOSING and leader not in leaders:  # else it waits until it works for all of them
                leaders.clear()
            elif kind in OPENING:
                leaders |= {number, leader or number}
        return sorted(leaders)

    def _close(self, connection: Connection, row: Row) -> None:
        """That it works again: merged with what others told, while it does not for one of them."""
        leaders = self._leaders(connection, row)
        if _is_open(connection, leaders, row):
            add(connection, OUTBOX, [{**row, "state": "merged", "leader": leaders[0]}])
            return
        add(connection, OUTBOX, [row])
        ours = (OUTBOX.c.instance == self.instance) & (OUTBOX.c.message_id == row["message_id"])
        number = select(OUTBOX.c.id).where(ours, OUTBOX.c.channel == row["channel"]).scalar_subquery()
        others = OUTBOX.c.leader.in_(leaders) & OUTBOX.c.kind.in_(CLOSING)
        connection.execute(update(OUTBOX).where(others).values(leader=number))


def _is_open(connection: Connection, leaders: Sequence[int], row: Row) -> bool:
    """Whether one of those that are told together is open for another daemon, which still watches."""
    watching = (
        select(POSITIONS.c.instance)
        .group_by(POSITIONS.c.instance)
        .having(func.max(POSITIONS.c.updated_at) > row["at"] - ALIVE)
    )
    query = (
        select(OUTBOX.c.id)
        .join(INCIDENTS, _same_incident())
        .where(
            or_(OUTBOX.c.id.in_(leaders), OUTBOX.c.leader.in_(leaders)),
            OUTBOX.c.instance != row["instance"],
            INCIDENTS.c.closed_at.is_(None),
            OUTBOX.c.instance.in_(watching),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _same_incident() -> ColumnElement[bool]:
    return (INCIDENTS.c.instance == OUTBOX.c.instance) & (INCIDENTS.c.id == OUTBOX.c.incident)


def _fingerprint(channel: str, message: Message) -> str:
    incident = message.incident
    what = (
        channel,
        message.kind,
        incident.by,
        incident.subject.casefold(),
        incident.cause,
        incident.refused_by,
    )
    return blake2b(dumps(what).encode(), digest_size=16).hexdigest()


def heard(connection: Connection, instance: str, incident: str) -> dict[str, bool]:
    """The channels that were to be sent something of the incident, and whether they think that it is open."""
    leader = OUTBOX.alias("leader")
    goes_out = func.coalesce(leader.c.state, OUTBOX.c.state)
    query = select(OUTBOX.c.channel, OUTBOX.c.kind, goes_out).outerjoin(
        leader, OUTBOX.c.leader == leader.c.id
    )
    mine = OUTBOX.c.instance == instance, OUTBOX.c.incident == incident
    told: dict[str, bool] = {}
    for channel, kind, state in connection.execute(query.where(*mine).order_by(OUTBOX.c.id)):
        told.setdefault(channel, False)
        if state in GOING_OUT and kind in (*OPENING, *CLOSING):
            told[channel] = kind in OPENING
    return told


def together(connection: Connection, row: int) -> list[str]:
    """The daemons that tell the same as this row."""
    query = select(OUTBOX.c.instance).where(or_(OUTBOX.c.id == row, OUTBOX.c.leader == row)).distinct()
    return sorted(connection.execute(query).scalars())


def queued(message: Message | Notice) -> Row:
    """The columns of a message that is to be sent."""
    if isinstance(message, Message):
        about = {
            "incident": message.incident.id,
            "payload": dumps(payload(message.kind, message.at, message.incident)),
        }
    else:
        about = {"incident": "", "payload": dumps({"notice": watch.to_json(message)})}
    return {
        **about,
        "message_id": message.id,
        "kind": message.kind,
        "at": message.at,
        "state": "held",
        "tries": 0,
    }


def payload(kind: str, at: datetime, incident: Incident) -> Row:
    """What a message needs besides the columns of its row."""
    return {"kind": kind, "at": at.isoformat(), "incident": to_json(incident)}


def message_of(stored: Any, message_id: str) -> Message | Notice:
    """The message of a payload."""
    if "notice" in stored:
        return watch.notice_from_json(stored["notice"])
    at = datetime.fromisoformat(stored["at"])
    return Message(message_id, stored["kind"], at, incident_from_json(stored["incident"]))
