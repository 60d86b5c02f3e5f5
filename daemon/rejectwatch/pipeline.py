"""The way of a batch: `step` for what a log says, `tick` for what only time says. Read this file first.

    block → dialects → correlate → causes → incidents
            what     whose       why,      starts failing,
            it says  message     what now  works again

Both are pure: they read the state and write only its overlay and `changes`, and know no clock but the
log's. The store commits the changes in one transaction; then `state.apply()` takes the overlay over. And
`step` over a batch equals `step` over any split of it: the size of a batch never shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from rejectwatch import dialects, watch
from rejectwatch.causes import SHAPES, OwnText, diagnose, recovery
from rejectwatch.causes.masking import masked
from rejectwatch.changes import Changes, Hour, Shape
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.events import event_of, reply_of
from rejectwatch.facts import NOBODY, Batch, Gap, Outcome, Refused
from rejectwatch.incidents.desk import Desk
from rejectwatch.incidents.familiar import Familiar
from rejectwatch.incidents.recovery import delivered_keys, failed_key
from rejectwatch.incidents.rules import Policy
from rejectwatch.state import Queued, State


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decided: the wanted reply codes, the zone of stamps without one, when to speak up.

    `silent_after`: how long a source may say nothing, in hours in which it usually does.
    """

    codes: frozenset[int]
    zone: tzinfo
    policy: Policy
    silent_after: timedelta = timedelta(hours=1)
    log_messages: tuple[dialects.LogMessage, ...] = ()
    own_texts: tuple[OwnText, ...] = ()


def step(state: State, batch: Batch, changes: Changes, terms: Terms) -> None:
    """Read one batch: events, messages and counts go to `changes`, what is to be remembered to `state`."""
    stamps = _stamps(state, batch, terms)
    way = _Way(state, batch, changes, stamps, terms)
    correlator = Correlator(state, dialects.who, batch.name_of, onward=way)
    remembered = dialects.Remembered(state.lines, batch.source)
    asked = dialects.Asked(terms.codes, stamps, remembered, terms.log_messages)
    dialects.read(batch.block, asked, correlator)
    # Both with each batch, in this order: where a batch ends may not show in the order of the table.
    if (first := state.times.get(("stamped", batch.source)) or stamps.first) is not None:
        state.times.put(("stamped", batch.source), first)
    state.times.put(("source", batch.source), stamps.nearest)
    changes.read(batch)


def _stamps(state: State, batch: Batch, terms: Terms) -> Stamps:
    """A stamp without a year is near the one before it; the first of a source lies before the time of its file."""
    begins = ("stamped", batch.source) not in state.times
    last = None if begins else state.times.get(("source", batch.source))
    return Stamps(terms.zone, last or batch.nearest, batch.read_at, begins=begins)


def tick(state: State, now: datetime, changes: Changes, terms: Terms, sources: Iterable[str] = ()) -> None:
    """Let time pass where no log line tells it: every source has been read to its end."""
    Desk(state, terms.policy, now, changes.messages.append).fire(now)
    silent = (watch.silence(state, source, now, terms.silent_after) for source in sources)
    changes.notices += filter(None, [watch.caught_up(state, now), *silent])


def missed(state: State, gap: Gap, noticed_at: datetime, changes: Changes) -> None:
    """Lines may be lost: never a false all-clear."""
    changes.gaps.append(gap)
    changes.notices += filter(None, [watch.lost(state, gap, noticed_at)])


class _Way:
    """What happens to a refusal and to a delivery, once it is known whose message it was."""

    def __init__(self, state: State, batch: Batch, changes: Changes, stamps: Stamps, terms: Terms) -> None:
        policy = terms.policy
        self._own_texts = terms.own_texts
        self._state = state
        self._batch = batch
        self._changes = changes
        self._stamps = stamps
        self._same = policy.identities
        self._familiar = Familiar(state, policy.identities)
        self._desk = Desk(state, policy, batch.alert_from, changes.messages.append)

    def refusal(self, refused: Refused, attempt: str) -> None:
        reply = reply_of(refused)
        diagnosis = diagnose(reply, self._own_texts)
        event = event_of(refused, attempt, diagnosis, self._batch)
        self._changes.events.append(event)
        if event.cause == "unknown":
            self._changes.replies[Shape(event.source, event.mta, masked(reply))] += event.repeat
        self._desk.failed(
            event, failed_key(recovery(event.cause, event.refused_by), event, self._same), diagnosis.who_acts
        )

    def other_refusal(self, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self._changes.other_refusals[mta, outcome, code] += times

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        at, batch = self._stamps.utc(stamp), self._batch
        place = batch.generation, batch.position_of(offset)
        gap = Gap(batch.source, "suppressed", *place, detail=who, since=at, until=at, lines=lines)
        if at >= batch.alert_from:
            missed(self._state, gap, at, self._changes)
        else:
            self._changes.gaps.append(gap)

    def not_understood(self, stamp: bytes, mta: str, shape: str) -> None:
        self._changes.shapes[Shape(self._batch.source, mta, shape)] += 1

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None:
        client = dialects.who(mta, who)
        if client.login is not None and client.address is not None:
            self._familiar.logged_in(self._stamps.utc(stamp), client.address)

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes) -> None:
        server, words, envelope_sender, _ = message
        who = dialects.who(server, words) if server else NOBODY
        sender = None if envelope_sender is None else dialects.address_text(envelope_sender)
        at = self._stamps.utc(stamp)
        self._changes.deliveries[Hour(at.replace(minute=0, second=0, microsecond=0), mta, "sent")] += 1
        self._familiar.succeeded(at, who, sender)
        if self._desk.waits:
            to = dialects.address_text(recipient)
            proven = self._desk.waiting(delivered_keys(SHAPES, who, sender, to, self._same))
            if proven:
                self._desk.worked(at, proven, (who.login or sender or "", to))
