"""Messages on their way to a channel: first a row, written with what caused it (`posting`), then released, then sent.

A message is sent at least once: whoever dies between sending and `sent` sends it again, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, or_, select

from rejectwatch.incidents.incident import Incident, Message, incident_from_json
from rejectwatch.routing import Routing
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.posting import Posting, message_of, queued, together
from rejectwatch.store.release import Release, left_lying
from rejectwatch.store.statements import add
from rejectwatch.store.tables import INCIDENTS, OUTBOX
from rejectwatch.watch import Notice

UNSENT = ("held", "waiting", "failed")
ON_THE_WAY = ("waiting", "failed")
LONGEST_WAIT = timedelta(hours=1)
"""Between two tries. What would have to wait longer was written by a clock that has been set back since."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One message instead of many."""

    id: str
    at: datetime
    messages: tuple[Message | Notice, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message for one channel; `tries` is how often it was tried in vain.

    `kind`: as what it goes there, also a reminder, or escalated. `daemons`: who tells this with one message; empty
    where that is only the one that sends it.
    """

    row: int
    message: Message | Notice | Digest
    channel: str
    tries: int
    kind: str = "opened"
    daemons: tuple[str, ...] = ()


class Outbox:
    """The messages of one instance."""

    def __init__(self, database: Database, instance: str, routing: Routing | None = None) -> None:
        self._database = database
        self.instance = instance
        self._posting = Posting(instance, routing or Routing(), not isinstance(database, SQLite))
        self._mine = OUTBOX.c.instance == instance, OUTBOX.c.state.in_(ON_THE_WAY)

    def due(self, now: datetime, limit: int, busy: Collection[str] = ()) -> list[Waiting]:
        """What is to be sent now, oldest first, but nothing for a channel that is `busy`.

        Of an incident nothing overtakes: that it works again is not said before that it fails.
        """
        self._release(now)
        before = OUTBOX.alias("before")
        overtaken = select(before.c.id).where(
            before.c.instance == OUTBOX.c.instance,
            before.c.incident == OUTBOX.c.incident,
            before.c.channel == OUTBOX.c.channel,
            before.c.state.in_(ON_THE_WAY),
            before.c.id < OUTBOX.c.id,
        )
        at = OUTBOX.c.next_at
        ready = or_(at.is_(None), at <= now, at > now + LONGEST_WAIT)
        query = (
            select(OUTBOX)
            .where(*self._mine, ready, OUTBOX.c.channel.not_in(busy))
            .where(or_(OUTBOX.c.incident == "", ~overtaken.exists()))
            .order_by(OUTBOX.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            shared = {row["id"]: together(connection, row["id"]) for row in rows if self._posting.shared}
        return [_waiting(row, shared.get(row["id"], [])) for row in rows]

    def _release(self, now: datetime) -> None:
        """Decide about what was held until now; most of the time that is nothing."""
        mine = OUTBOX.c.instance == self.instance
        queries: list[Any] = [
            select(OUTBOX.c.id).where(mine, OUTBOX.c.state == "held", OUTBOX.c.not_before <= now)
        ]
        if self._posting.shared:
            queries.append(left_lying(self.instance, now))
        with self._database.read() as connection:
            has_come = any(connection.execute(query.limit(1)).first() for query in queries)
        if has_come:
            with self._database.write() as connection:
                Release(self._posting, connection, now).release()

    def sent(self, row: int, at: datetime) -> None:
        self._set(row, state="sent", sent_at=at, next_at=None, last_error=None)

    def failed(self, row: int, error: str, next_at: datetime) -> None:
        self._set(row, state="failed", next_at=next_at, last_error=error)

    def given_up(self, row: int, error: str) -> None:
        self._set(row, state="given_up", next_at=None, last_error=error)

    def waiting_count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(*self._mine)).scalar_one()

    def _set(self, row: int, **values: object) -> None:
        query = OUTBOX.update().where(OUTBOX.c.id == row, *self._mine)
        with self._database.write() as connection:
            connection.execute(query.values(tries=OUTBOX.c.tries + 1, **values))

    def standing(self, channel: str) -> list[Incident]:
        """What is open and was told to the channel; a silence takes nothing back, it would look like a recovery."""
        told = select(OUTBOX.c.incident).where(
            OUTBOX.c.instance == self.instance, OUTBOX.c.channel == channel, OUTBOX.c.state == "sent"
        )
        mine = INCIDENTS.c.instance == self.instance, INCIDENTS.c.closed_at.is_(None)
        query = (
            select(INCIDENTS.c.record).where(*mine, INCIDENTS.c.id.in_(told)).order_by(INCIDENTS.c.opened_at)
        )
        with self._database.read() as connection:
            records = connection.execute(query).scalars().all()
        return [incident_from_json(json.loads(record)) for record in records]

    # ── of the channels themselves ──

    def tell(self, notice: Notice, channels: Sequence[str]) -> None:
        """Something that is found out while sending; told once, however often it is found out."""
        rows = [
            {**queued(notice), "instance": self.instance, "channel": channel, "state": "waiting"}
            for channel in channels
        ]
        with self._database.write() as connection:
            add(connection, OUTBOX, rows)

    def oldest(self, channel: str) -> int:
        """The row that the channel has owed the longest."""
        query = select(func.min(OUTBOX.c.id)).where(*self._mine, OUTBOX.c.channel == channel)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def told_of_channels(self) -> list[tuple[str, Notice]]:
        """What was told of channels that fail and work again, each with the channel that was told."""
        kinds = OUTBOX.c.kind.in_(("channel", "channel_works"))
        query = select(OUTBOX).where(OUTBOX.c.instance == self.instance, kinds).order_by(OUTBOX.c.id)
        with self._database.read() as connection:
            found = [(row["channel"], _message(row)) for row in connection.execute(query).mappings()]
        return [(channel, notice) for channel, notice in found if isinstance(notice, Notice)]


def _waiting(row: RowMapping, daemons: Sequence[str]) -> Waiting:
    several = tuple(daemons) if len(daemons) > 1 else ()
    return Waiting(row["id"], _message(row), row["channel"], row["tries"], row["kind"], several)


def _message(row: RowMapping) -> Message | Notice | Digest:
    stored = json.loads(row["payload"])
    if "digest" in stored:
        lines = tuple(message_of(one, one.get("id", "")) for one in stored["digest"])
        return Digest(row["message_id"], row["at"], lines)
    return message_of(stored, row["message_id"])
