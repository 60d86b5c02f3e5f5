"""Messages on their way to a channel: first a row, written with what caused it, then sent.

A message is sent at least once: whoever dies between sending and `sent` sends it again, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from rejectwatch import watch
from rejectwatch.incidents.incident import Message, incident_from_json, to_json
from rejectwatch.store.database import Database
from rejectwatch.store.statements import Row, dumps
from rejectwatch.store.tables import OUTBOX
from rejectwatch.watch import Notice

UNSENT = ("waiting", "failed")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message for one channel; `tries` is how often it was tried in vain."""

    row: int
    message: Message | Notice
    channel: str
    tries: int


class Outbox:
    """The messages of one instance."""

    def __init__(self, database: Database, instance: str) -> None:
        self._database = database
        self._mine = OUTBOX.c.instance == instance, OUTBOX.c.state.in_(UNSENT)

    def due(self, now: datetime, limit: int, busy: Collection[str] = ()) -> list[Waiting]:
        """What is to be sent now, oldest first, but nothing for a channel that is `busy`."""
        ready = or_(OUTBOX.c.next_at.is_(None), OUTBOX.c.next_at <= now)
        query = (
            select(OUTBOX)
            .where(*self._mine, ready, OUTBOX.c.channel.not_in(busy))
            .order_by(OUTBOX.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [Waiting(row["id"], _message(dict(row)), row["channel"], row["tries"]) for row in rows]

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


def queued(message: Message | Notice) -> Row:
    """The columns of a message that waits to be sent."""
    if isinstance(message, Message):
        about = {"incident": message.incident.id, "payload": _payload(message)}
    else:
        about = {"incident": "", "payload": dumps({"notice": watch.to_json(message)})}
    return {
        **about,
        "message_id": message.id,
        "kind": message.kind,
        "at": message.at,
        "state": "waiting",
        "tries": 0,
    }


def _payload(message: Message) -> str:
    """What a message needs besides the columns of its row."""
    return dumps({"kind": message.kind, "at": message.at.isoformat(), "incident": to_json(message.incident)})


def _message(row: Row) -> Message | Notice:
    stored = json.loads(row["payload"])
    if "notice" in stored:
        return watch.notice_from_json(stored["notice"])
    at = datetime.fromisoformat(stored["at"])
    return Message(row["message_id"], stored["kind"], at, incident_from_json(stored["incident"]))
