"""What was held in the outbox has come to its time: what of it goes out, what is overtaken, what waits on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, or_, select, update

from rejectwatch.incidents.incident import Incident, incident_from_json
from rejectwatch.incidents.silence import Silence
from rejectwatch.routing import CLOSING, Decision, Facts, Route, Routing, decided
from rejectwatch.store import silences
from rejectwatch.store.posting import Posting, heard, payload
from rejectwatch.store.statements import Row, add, dumps
from rejectwatch.store.tables import ACKS, INCIDENTS, OUTBOX

SILENCE_LOOKED_AT = timedelta(minutes=1)
"""How often it is looked whether a silence was taken back."""
TAKEN_OVER = timedelta(minutes=10)
"""What another daemon should have sent for so long is sent by whoever has the same to tell."""


@dataclass(frozen=True, slots=True)
class Release:
    """One look at what is held for one instance."""

    posting: Posting
    connection: Connection
    now: datetime

    @property
    def _routing(self) -> Routing:
        return self.posting.routing

    def release(self) -> None:
        if self.posting.shared:
            self._take_over()
        due = self._held(OUTBOX.c.not_before <= self.now)
        by_channel = sorted(due, key=lambda row: row["channel"])
        for channel, rows in groupby(by_channel, key=lambda row: row["channel"]):
            route = self._routing.route(channel)
            if route is None:
                self._set(
                    rows, state="waiting"
                )  # that there is no such channel any more is told when it is sent
            elif route.digest is not None:
                self._digest(route, list(rows))
            else:
                self._release_channel(route, list(rows))

    def _release_channel(self, route: Route, due: Sequence[RowMapping]) -> None:
        self._release_notices(route, [row for row in due if not row["incident"]])
        for incident in dict.fromkeys(row["incident"] for row in due if row["incident"]):
            about = self._held(OUTBOX.c.channel == route.name, OUTBOX.c.incident == incident)
            told = [row for row in about if row["kind"] != "reminder"]
            if all(row["not_before"] <= row["at"] for row in told):
                # Nobody has held them back; it is only late that they are looked at. Each is told.
                for row in told:
                    self._decide(route, [row], only_late=True)
            elif any(row["id"] in {one["id"] for one in due} for row in told):
                self._decide(route, told)
            for row in due:
                if row["incident"] == incident and row["kind"] == "reminder":
                    self._decide(route, [row])

    def _release_notices(self, route: Route, rows: Iterable[RowMapping]) -> None:
        earliest = self._routing.earliest(route, self.now, None)
        if earliest > self.now:
            self._set(rows, not_before=earliest)
        else:
            self._set(rows, state="waiting")

    def _decide(self, route: Route, held: Sequence[RowMapping], *, only_late: bool = False) -> None:
        last = held[-1]
        incident = self._incident(last)
        earliest = self._routing.earliest(route, self.now, incident)
        if earliest > self.now:  # the message came late, and meanwhile it is quiet
            self._set(held, not_before=earliest)
            return
        until = self._routing.silenced_until(incident, self._silences(), self.now)
        told = heard(self.connection, self.posting.instance, last["incident"]).get(route.name, False)
        is_open = only_late or self._is_open(last)
        facts = Facts(told, is_open, self._is_acked(last), until is not None)
        decision = decided(route, [row["kind"] for row in held], facts)
        if decision == "wait" and until is not None:
            again = min(self._routing.earliest(route, until, incident), self.now + SILENCE_LOOKED_AT)
            self._set(held, not_before=again)
        elif decision == "drop":
            self._set(held, state="dropped")
        else:
            self._set(held[:-1], state="dropped")
            self._send(route, last, decision, incident, told)

    def _send(self, route: Route, row: RowMapping, kind: Decision, incident: Incident, told: bool) -> None:  # noqa: FBT001
        stored = json.loads(row["payload"])
        at = self.now if kind in ("reminder", "escalated") else datetime.fromisoformat(stored["at"])
        about = payload(stored["kind"] if kind in ("reminder", "escalated") else kind, at, incident)
        self._set([row], state="waiting", kind=kind, payload=dumps(about))
        if kind in CLOSING:
            self._drop_reminders(route, row["incident"])
        elif kind == "reminder" or not told:
            self._remind(route, row, incident)

    def _remind(self, route: Route, row: RowMapping, incident: Incident) -> None:
        at = self._routing.remind_at(route, self.now, incident)
        if at is None:
            return
        values: Row = {
            "instance": self.posting.instance,
            "message_id": f"{incident.id}-reminder-{at:%Y%m%dT%H%M%S}",
            "channel": route.name,
            "kind": "reminder",
            "incident": incident.id,
            "at": at,
            "payload": dumps(payload("opened", at, incident)),
            "state": "held",
            "tries": 0,
            "not_before": at,
        }
        add(self.connection, OUTBOX, [values])

    def _drop_reminders(self, route: Route, incident: str) -> None:
        self._set(
            self._held(
                OUTBOX.c.channel == route.name, OUTBOX.c.incident == incident, OUTBOX.c.kind == "reminder"
            ),
            state="dropped",
        )

    # ── one message a day ──

    def _digest(self, route: Route, due: Sequence[RowMapping]) -> None:
        lines = [(row, row["kind"]) for row in due if not row["incident"]]
        for incident in dict.fromkeys(row["incident"] for row in due if row["incident"]):
            lines += self._line(route, [row for row in due if row["incident"] == incident])
        if not lines:
            return
        number = self._put_digest(route, sorted(lines, key=lambda line: int(line[0]["id"])))
        for row, kind in lines:
            self._set([row], state="merged", kind=kind, leader=number)

    def _line(self, route: Route, held: Sequence[RowMapping]) -> Iterator[tuple[RowMapping, str]]:
        """What is left to say of one incident, and as what."""
        last = held[-1]
        until = self._routing.silenced_until(self._incident(last), self._silences(), self.now)
        told = heard(self.connection, self.posting.instance, last["incident"]).get(route.name, False)
        facts = Facts(told, self._is_open(last), silenced=until is not None)
        decision = decided(route, [row["kind"] for row in held], facts)
        if decision == "wait" and until is not None:
            self._set(held, not_before=self._routing.earliest(route, until, None))
        elif decision == "drop":
            self._set(held, state="dropped")
        else:
            self._set(held[:-1], state="dropped")
            yield last, decision

    def _put_digest(self, route: Route, lines: Sequence[tuple[RowMapping, str]]) -> int:
        told = [{**json.loads(row["payload"]), "id": row["message_id"], "kind": kind} for row, kind in lines]
        values: Row = {
            "instance": self.posting.instance,
            "message_id": f"digest-{self.now:%Y%m%dT%H%M%S}",
            "channel": route.name,
            "kind": "digest",
            "incident": "",
            "at": self.now,
            "payload": dumps({"digest": told}),
            "state": "waiting",
            "tries": 0,
        }
        put = OUTBOX.insert().values(**values).returning(OUTBOX.c.id)
        return int(self.connection.execute(put).scalar_one())

    # ── what is known ──

    def _incident(self, row: RowMapping) -> Incident:
        """As it stood when the message was written; for a reminder as it stands now."""
        if row["kind"] == "reminder":
            query = select(INCIDENTS.c.record).where(*_of(INCIDENTS, row))
            record = self.connection.execute(query).scalar_one_or_none()
            if record is not None:
                return incident_from_json(json.loads(record))
        return incident_from_json(json.loads(row["payload"])["incident"])

    def _is_open(self, row: RowMapping) -> bool:
        """Here, or for another daemon that tells the same."""
        mine = select(INCIDENTS.c.id).where(*_of(INCIDENTS, row), INCIDENTS.c.closed_at.is_(None))
        if self.connection.execute(mine).first() is not None:
            return True
        return self.posting.is_open_elsewhere(self.connection, row, self.now)

    def _is_acked(self, row: RowMapping) -> bool:
        """Since it was opened last."""
        same = (INCIDENTS.c.instance == ACKS.c.instance) & (INCIDENTS.c.id == ACKS.c.incident)
        query = select(ACKS.c.at).join(INCIDENTS, same).where(*_of(INCIDENTS, row))
        return self.connection.execute(query.where(ACKS.c.at >= INCIDENTS.c.opened_at)).first() is not None

    def _silences(self) -> list[Silence]:
        return silences.active_in(self.connection, self.now)

    # ── rows ──

    def _take_over(self) -> None:
        """What another daemon was to tell for us too, and did not."""
        mine = list(self.connection.execute(left_lying(self.posting.instance, self.now)).scalars())
        if mine:
            values = {"state": "held", "leader": None, "not_before": self.now}
            self.connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(mine)).values(**values))

    def _held(self, *which: Any) -> Sequence[RowMapping]:
        mine = OUTBOX.c.instance == self.posting.instance, OUTBOX.c.state == "held"
        query = select(OUTBOX).where(*mine, *which).order_by(OUTBOX.c.id)
        return self.connection.execute(query).mappings().all()

    def _set(self, rows: Iterable[RowMapping], **values: object) -> None:
        numbers = [row["id"] for row in rows]
        if numbers:
            self.connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(numbers)).values(**values))


def left_lying(instance: str, now: datetime) -> Select[int]:
    """The rows of an instance that another one was to send with its own, and did not."""
    leader = OUTBOX.alias("leader")
    is_late = func.coalesce(leader.c.not_before, leader.c.at) < now - TAKEN_OVER
    late = leader.c.state.in_(("held", "waiting", "failed")) & is_late
    mine = OUTBOX.c.instance == instance, OUTBOX.c.state == "merged", leader.c.instance != instance
    query = select(OUTBOX.c.id).join(leader, OUTBOX.c.leader == leader.c.id)
    return query.where(*mine, or_(leader.c.state == "given_up", late))


def _of(table: Any, row: RowMapping) -> tuple[Any, Any]:
    return table.c.instance == row["instance"], table.c.id == row["incident"]
