"""Decides when something starts failing and when it works again.

Time is the log's: it is moved by failures and by deliveries that an open incident waits for, never by
anything that depends on how the log was cut into batches. Timers fire as of their due time, before the
next fact that moves the clock; where no line comes, the wall clock may `fire` them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from rejectwatch import watch
from rejectwatch.facts import FAILURES, Event, WhoActs
from rejectwatch.incidents import story
from rejectwatch.incidents.incident import Identity, Incident, Kind, Message, RecoveryKey
from rejectwatch.incidents.rules import Policy, Rule, subject
from rejectwatch.state import State


class Desk:
    """Watches failures and successes. All it remembers stands in the state; `tell` takes its messages.

    Failures before `alert_from` are history: they join what is open and never open anything.
    """

    def __init__(
        self, state: State, policy: Policy, alert_from: datetime, tell: Callable[[Message], None]
    ) -> None:
        self._state = state
        self._policy = policy
        self._alert_from = alert_from
        self._tell = tell
        self._waited_for: defaultdict[RecoveryKey, set[Identity]] = defaultdict(set)
        # Due times, earliest first. An entry is stale when its incident is due at another time by now.
        self._timers: list[tuple[datetime, Identity]] = []
        for identity, incident in state.incidents.items():
            self._watch(identity, incident)

    def failed(self, event: Event, recovery: RecoveryKey, who_acts: WhoActs) -> None:
        """A refusal. Only what did not go out counts, not `warned`, `deferred` or `probed`."""
        if event.outcome not in FAILURES:
            return
        self.advance(event.occurred_at)
        watched = False
        for rule in self._policy.rules:
            whom = subject(rule, event, self._state, self._policy)
            if whom is not None:
                self._observe(rule, whom, event, recovery, who_acts)
                watched = True
        if watched and event.occurred_at < self._alert_from:
            self._came_late(event)

    def waiting(self, keys: Iterable[RecoveryKey]) -> set[Identity]:
        """The open incidents that a delivery with one of these keys would prove to be over."""
        return {identity for key in keys for identity in self._waited_for.get(key, ())}

    def worked(self, at: datetime, identities: set[Identity], success: tuple[str, ...]) -> None:
        """A delivery of the kind that failed; `success` names who sent it and to whom."""
        self.advance(at)
        for identity in sorted(identities):
            incident = self._state.incidents.get(identity)
            if incident is not None and incident.succeeded_at is None:
                self._put(identity, replace(incident, succeeded_at=at, success=success))

    def advance(self, now: datetime) -> None:
        """A fact of the log moves the clock; what was due until then happens before it."""
        self.fire(now)
        clock = self._state.clock
        if clock is None or now > clock:
            self._state.times.put(("clock", ""), now)

    def fire(self, now: datetime) -> None:
        """What is due until now happens, in order, each as of its own time."""
        while self._timers and self._timers[0][0] <= now:
            at, identity = heapq.heappop(self._timers)
            incident = self._state.incidents.get(identity)
            if incident is not None and self._due(incident) == at:
                self._happen(identity, incident, at)

    def _observe(self, rule: Rule, whom: str, event: Event, recovery: RecoveryKey, who_acts: WhoActs) -> None:
        same = self._policy.identities
        person = same.login(whom) if rule.by == "user" else same.sender(whom)
        identity = Identity(rule.name, person, event.cause, event.refused_by)
        failure = story.failure(event, recovery)
        incident = self._state.incidents.get(identity)
        if incident is not None:
            self._put(identity, story.joined(incident, failure, event, same))
        elif event.occurred_at >= self._alert_from:
            last_success_at = self._state.successes.get((rule.by, person))
            window = story.widened(self._state.windows.get(identity), failure, rule.window, last_success_at)
            self._state.windows.put(identity, window)
            if window.attempts() >= rule.threshold:
                self._state.windows.drop(identity)
                self._put(identity, story.opened(rule, identity, window, event, who_acts, same))
        self._forget_old_windows(event.occurred_at)

    def _came_late(self, event: Event) -> None:
        """What was before the first start is history that nobody waits for."""
        begun = self._state.times.get(("begun", event.source))
        if begun is not None and event.occurred_at >= begun:
            person = self._policy.identities.person(event.user, event.sender)
            watch.came_late(self._state, person, event.occurred_at)

    def _forget_old_windows(self, now: datetime) -> None:
        windows = self._state.windows
        while (identity := windows.oldest()) is not None:
            window = windows.get(identity)
            if window is None or now - window.failures[-1].at <= self._policy.longest_window:
                return
            windows.drop(identity)

    def _due(self, incident: Incident) -> datetime:
        if incident.told_at is None:
            return incident.opened_at + self._policy.group_wait
        if incident.succeeded_at is not None:
            return max(incident.succeeded_at + self._policy.recover_after, incident.told_at)
        return incident.last_at + self._policy.expire_after

    def _happen(self, identity: Identity, incident: Incident, at: datetime) -> None:
        if incident.told_at is None:
            told = replace(incident, told_at=at)
            self._put(identity, told)
            self._say("opened", at, told)
        elif incident.succeeded_at is not None:
            self._close(identity)
            self._say("recovered", at, replace(incident, closed_at=at, ending="recovered"))
        else:
            self._close(identity)
            self._say("expired", at, replace(incident, closed_at=at, ending="expired"))

    def _say(self, kind: Kind, at: datetime, incident: Incident) -> None:
        self._tell(Message(f"{incident.id}-{kind}", kind, at, incident))

    def _put(self, identity: Identity, incident: Incident) -> None:
        self._unwatch(identity)
        self._state.incidents.put(identity, incident)
        self._watch(identity, incident)

    def _close(self, identity: Identity) -> None:
        """A closed incident lives on in its message and in the database, not in memory."""
        self._unwatch(identity)
        self._state.incidents.drop(identity)

    def _unwatch(self, identity: Identity) -> None:
        incident = self._state.incidents.get(identity)
        for key in () if incident is None else incident.recovery_keys:
            self._waited_for[key].discard(identity)
            if not self._waited_for[key]:
                del self._waited_for[key]

    def _watch(self, identity: Identity, incident: Incident) -> None:
        for key in incident.recovery_keys:
            self._waited_for[key].add(identity)
        heapq.heappush(self._timers, (self._due(incident), identity))

    @property
    def waits(self) -> bool:
        """Whether any incident waits for a delivery; most of the time none does."""
        return bool(self._waited_for)
