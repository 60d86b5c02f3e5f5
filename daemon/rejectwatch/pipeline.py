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
from rejectwatch.causes import OwnText, diagnose
from rejectwatch.causes.masking import masked
from rejectwatch.changes import Changes, Hour, Shape
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import EARLIEST, Stamps
from rejectwatch.events import event_of, reply_of
from rejectwatch.facts import NOBODY, Batch, Gap, Outcome, Refused
from rejectwatch.incidents.desk import Desk
from rejectwatch.incidents.order import InOrder, pass_on_all
from rejectwatch.incidents.own_mail import NO_OWN_MAIL, OwnMail
from rejectwatch.incidents.rules import Policy
from rejectwatch.incidents.waiting import Deciding
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
    own_mail: OwnMail = NO_OWN_MAIL


def step(state: State, batch: Batch, changes: Changes, terms: Terms, until: datetime | None = None) -> None:
    """Read one batch: events, messages and counts go to `changes`, what is to be remembered to `state`.

    `until`: how far the other sources have come that have more to tell. What happened later is stored and counted
    now and decided upon in its turn (`incidents/order.py`), so that it does not matter which one is read first.
    """
    stamps = _stamps(state, batch, terms)
    desk = Desk(state, terms.policy, changes.messages.append)
    alone = until is None and not len(state.waiting)
    deciding = desk if alone else InOrder(state, batch.source, stamps, until, desk)
    way = _Way(batch, changes, stamps, terms, deciding, state)
    correlator = Correlator(state, dialects.who, batch.name_of, way, batch.source)
    remembered = dialects.Remembered(state.lines, batch.source)
    asked = dialects.Asked(terms.codes, stamps, remembered, terms.log_messages)
    dialects.read(batch.block, asked, correlator)
    if isinstance(deciding, InOrder):
        deciding.pass_on()
    # All with each batch, in this order: where a batch ends may not show in the order of the table.
    if (first := state.times.get(("stamped", batch.source)) or stamps.first) is not None:
        state.times.put(("stamped", batch.source), first)
    state.times.put(("source", batch.source), stamps.nearest)
    state.times.put(("reached", batch.source), stamps.reached)
    changes.read(batch)


def _stamps(state: State, batch: Batch, terms: Terms) -> Stamps:
    """A stamp without a year is near the one before it; the first of a source lies before the time of its file."""
    begins = ("stamped", batch.source) not in state.times
    last = None if begins else state.times.get(("source", batch.source))
    reached = state.times.get(("reached", batch.source)) or EARLIEST
    return Stamps(terms.zone, last or batch.nearest, batch.read_at, begins=begins, reached=reached)


def tick(state: State, now: datetime, changes: Changes, terms: Terms, sources: Iterable[str] = ()) -> None:
    """Let time pass where no log line tells it: every source has been read to its end."""
    desk = Desk(state, terms.policy, changes.messages.append)
    pass_on_all(state, desk)
    desk.fire(now)
    silent = (watch.silence(state, source, now, terms.silent_after) for source in sources)
    changes.notices += filter(None, [watch.caught_up(state, now), *silent])


def missed(state: State, gap: Gap, noticed_at: datetime, changes: Changes) -> None:
    """Lines may be lost: never a false all-clear."""
    changes.gaps.append(gap)
    changes.notices += filter(None, [watch.lost(state, gap, noticed_at)])


class _Way:
    """What happens to a refusal and to a delivery, once it is known whose message it was."""

    def __init__(
        self,
        batch: Batch,
        changes: Changes,
        stamps: Stamps,
        terms: Terms,
        deciding: Deciding,
        state: State,
    ) -> None:
        self._own_texts = terms.own_texts
        self._own_mail = terms.own_mail
        self._batch = batch
        self._changes = changes
        self._stamps = stamps
        self._deciding = deciding
        self._state = state

    def refusal(self, refused: Refused, attempt: str) -> None:
        reply = reply_of(refused)
        diagnosis = diagnose(reply, self._own_texts)
        event = event_of(refused, attempt, diagnosis, self._batch)
        self._changes.events.append(event)
        if event.cause == "unknown":
            self._changes.replies[Shape(event.source, event.mta, masked(reply))] += event.repeat
        if not self._own_mail.matches(refused):
            self._deciding.failed(event, diagnosis.who_acts, self._batch.alert_from)

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

    def not_understood(self, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self._changes.shapes[Shape(self._batch.source, mta, shape)] += times

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None:
        client = dialects.who(mta, who)
        if client.login is not None and client.address is not None:
            self._deciding.logged_in(self._stamps.utc(stamp), client.login, client.address)

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes, local: bool) -> None:  # noqa: FBT001
        server, words, envelope_sender, attempt = message
        who = dialects.who(server, words) if server else NOBODY
        sender = None if envelope_sender is None else dialects.address_text(envelope_sender)
        at = self._stamps.utc(stamp)
        self._changes.deliveries[Hour(at.replace(minute=0, second=0, microsecond=0), mta, "sent")] += 1
        self._deciding.delivered(at, who, sender, dialects.address_text(recipient), local, attempt)
