"""Decides when something starts failing, how far it reaches, and when it works again.

    a failure ─▶ noise? ─▶ belongs to an open incident? ─▶ joins it
                                   │ no
                                   ▼
                    windows of the rules ─▶ full: an incident waits ─▶ what do they share? ─▶ told

Time is the log's: it is moved by failures and by deliveries that an open incident waits for, never by
anything that depends on how the log was cut into batches. Timers fire as of their due time, before the
next fact that moves the clock; where no line comes, the wall clock may `fire` them. All that is remembered stands in the state.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from rejectwatch import watch
from rejectwatch.facts import FAILURES, Event, Who, WhoActs, domain_of
from rejectwatch.incidents import story as stories
from rejectwatch.incidents.casebook import NARROWEST, OF_ONE_PERSON, Casebook
from rejectwatch.incidents.circumstances import judged
from rejectwatch.incidents.familiar import Familiar
from rejectwatch.incidents.incident import (
    MANY,
    Failure,
    Identity,
    Incident,
    Kind,
    Message,
    Person,
    Proof,
    Side,
    Story,
    Window,
)
from rejectwatch.incidents.recovery import delivered_keys, failed_key
from rejectwatch.incidents.rules import FOREIGN_SENDERS, PERSONAL, Policy, Rule, subjects
from rejectwatch.incidents.timing import due, grown, is_quiet, recovers_at
from rejectwatch.state import State

_POOL = "pool"
"""Who failed lately in the same way, whatever the rules."""


class Desk:
    """Watches failures and successes; `tell` takes its messages."""

    def __init__(self, state: State, policy: Policy, tell: Callable[[Message], None]) -> None:
        self._state = state
        self._policy = policy
        self._same = policy.identities
        self._tell = tell
        self._familiar = Familiar(state, policy)
        self._book = Casebook(state, policy)
        self._within = max(policy.longest_window, FOREIGN_SENDERS.window)
        # Due times, earliest first. An entry is stale when its incident is due at another time by now.
        self._timers = [(due(incident, policy), incident.id) for incident in self._book.open()]
        heapq.heapify(self._timers)

    # ── what the log says ──

    def failed(self, event: Event, who_acts: WhoActs, alert_from: datetime) -> None:
        """A refusal. Only what did not go out counts, not `warned`, `deferred` or `probed`.

        Failures before `alert_from` are history: they join what is open and never open anything.
        """
        if event.outcome not in FAILURES:
            return
        self.advance(event.occurred_at)
        self._forget(event.occurred_at)
        if event.user is not None and event.client_ip is not None:
            self.logged_in(event.occurred_at, event.user, event.client_ip)
        side = self._side(event)
        if side is None or any(one.matches(event, self._same) for one in self._policy.by_design):
            return
        story, failure = Story(event.cause, side), self._failure(event, side)
        incident = self._book.holding(story, failure)
        if incident is not None:
            self._join(incident, failure, event)
        elif event.occurred_at >= alert_from:
            self._observe(story, failure, event, who_acts)
        if event.occurred_at < alert_from:
            self._came_late(event)

    def delivered(
        self,
        at: datetime,
        who: Who,
        sender: str | None,
        recipient: str,
        local: bool,  # noqa: FBT001 — as it is called, for each delivery
        attempt: str | None,
    ) -> None:
        """A message reached one recipient; `attempt`: other recipients of it were refused."""
        if self._book.shapes:
            to = self._same.domain(domain_of(recipient) or "")
            outside = not (local or self._familiar.is_our_domain(to))
            keys = delivered_keys(self._book.shapes, who, sender, recipient, self._same, outside=outside)
            proven = {person for key in keys for person in self._state.awaited.get(key) or ()}
            if proven:
                sent_by = {self._same.login(who.login or ""), self._same.sender(sender or "")}
                self._worked(at, proven, sent_by, recipient, attempt)
        self._familiar.delivered(at, who, sender, recipient, local=local)

    def logged_in(self, at: datetime, login: str, address: str) -> None:
        self._familiar.logged_in(at, login, address)

    def advance(self, now: datetime) -> None:
        """A fact of the log moves the clock; what was due until then happens before it."""
        self.fire(now)
        clock = self._state.clock
        if clock is None or now > clock:
            self._state.times.put(("clock", ""), now)

    def fire(self, now: datetime) -> None:
        """What is due until now happens, in order, each as of its own time."""
        while self._timers and self._timers[0][0] <= now:
            at, id_ = heapq.heappop(self._timers)
            incident = self._book.get(id_)
            if incident is not None and due(incident, self._policy) == at:
                self._happen(incident, at)

    # ── whose failure it is ──

    def _side(self, event: Event) -> Side | None:
        """Who refuses whom; None: an internet host that forges, scans or probes, which is noise."""
        if event.user is not None or self._is_ours(event):
            return event.refused_by
        domain = self._same.domain(domain_of(event.sender) or "")
        is_lost = (
            event.cause == "auth_required"
            and event.refused_by == "local"
            and self._is_inbound(event)
            and not self._familiar.is_our_domain(domain)
            and self._familiar.used_to_arrive(domain)
        )
        return "foreign" if is_lost else None

    def _is_ours(self, event: Event) -> bool:
        if event.client_ip is None:  # what this machine sends by itself has no client
            return event.refused_by == "remote"
        return self._familiar.is_ours(event.client_ip, event.occurred_at)

    def _is_inbound(self, event: Event) -> bool:
        """Nobody brings mail for us to the port where people log in, nor to us what is for others."""
        to = self._same.domain(domain_of(event.recipient) or "")
        parts = (event.service or "").split("/")
        is_submission = any(part.startswith(("submission", "smtps")) for part in parts)
        return not is_submission and (not to or self._familiar.is_our_domain(to))

    def _failure(self, event: Event, side: Side) -> Failure:
        to = self._same.domain(domain_of(event.recipient) or "")
        outside = bool(to) and not self._familiar.is_our_domain(to)
        person = self._same.person(event.user, event.sender)
        key = failed_key(event, self._same, foreign=side == "foreign", outside=outside)
        partner = self._familiar.last("partner", to)
        return stories.failure(event, person, key, self._last_success(event, person, side), partner)

    def _last_success(self, event: Event, person: str, side: Side) -> datetime | None:
        if side == "foreign":
            return self._familiar.last("arrived", self._same.domain(domain_of(event.sender) or ""))
        if person:
            return self._familiar.last("user" if event.user else "sender", person)
        return self._familiar.last("client_ip", self._same.client(event.client_ip or ""))

    def _came_late(self, event: Event) -> None:
        """What was before the first start is history that nobody waits for."""
        begun = self._state.times.get(("begun", event.source))
        if begun is not None and event.occurred_at >= begun:
            watch.came_late(self._state, self._same.person(event.user, event.sender), event.occurred_at)

    # ── from failures to an incident ──

    def _observe(self, story: Story, failure: Failure, event: Event, who_acts: WhoActs) -> None:
        """Nothing open holds this failure: it may fill a window."""
        self._gather(story, failure)
        full = [
            (rule, subject, window)
            for rule, subject in self._watching(story, failure)
            if (window := self._observed(rule, subject, story, failure)) is not None
        ]
        if full:
            rule, subject, window = min(full, key=lambda one: NARROWEST.index(one[0].by))
            is_new = all(self._book.own(story, one) is None for one in window.failures)
            if is_new and not self._is_coincidence(rule.by, story, failure.recipient, window.failures[0].at):
                self._open(rule, subject, story, window, event, who_acts)
        self._reach(story, failure)

    def _is_coincidence(self, by: str, story: Story, recipient: str | None, since: datetime) -> bool:
        """Several people who mistype at one large provider: it takes mail all the time, so nothing is wrong there."""
        if story.cause not in PERSONAL or by != "recipient_domain":
            return False
        partner = self._same.domain(domain_of(recipient) or "")
        return self._familiar.last("partner", partner, since) is not None

    def _watching(self, story: Story, failure: Failure) -> Iterator[tuple[Rule, str]]:
        """The rules that this failure concerns, and whom each of them watches in it."""
        if story.side == "foreign":
            yield FOREIGN_SENDERS, story.cause
            return
        watched = subjects(failure, story, self._same)
        # A device is refused whoever uses it. An office address, where people log in, has many; and to the
        # other side no client of ours means anything.
        is_device = failure.user is None and story.side == "local"
        for rule in self._policy.rules:
            if rule.by in watched:
                is_one = rule.by != "client_ip" or is_device
                people = rule.people if is_one else max(rule.people, self._policy.group_people)
                yield replace(rule, people=people), watched[rule.by]
            elif rule.by == "cause" and story.side == "local":
                yield replace(rule, people=max(rule.people, MANY)), story.cause

    def _observed(self, rule: Rule, subject: str, story: Story, failure: Failure) -> Window | None:
        """Put the failure into the window; the window, if it is full now."""
        key = Identity(f"{rule.name} {rule.people}", subject, story)
        window = stories.widened(self._state.windows.get(key), failure, rule.window)
        self._state.windows.put(key, window)
        if window.attempts() < rule.threshold or (rule.people > 1 and window.people() < rule.people):
            return None
        self._state.windows.drop(key)
        return window

    def _open(
        self, rule: Rule, subject: str, story: Story, window: Window, event: Event, who_acts: WhoActs
    ) -> None:
        identity = Identity(rule.by, subject, story)
        first = window.failures[0]
        incident = self._book.again(identity, first.at, event.occurred_at)
        if incident is None:
            # People are named in the words of the log.
            written = {"user": first.user, "sender": first.sender}.get(rule.by) or subject
            incident = stories.opened(rule.name, rule.by, written, story, first, event, who_acts)
        incident = replace(incident, sample=stories.sample(event), confidence=event.confidence)
        for failure in window.failures:
            incident = self._book.added(incident, failure)
        self._put(incident)
        self._book.name(incident, identity)
        self._book.name_device(incident)
        if incident.people >= self._policy.group_people:
            self._book.name_all(incident)

    def _join(self, incident: Incident, failure: Failure, event: Event) -> None:
        recovered = recovers_at(incident, self._policy) if is_quiet(incident) else None
        if recovered is not None and recovered <= failure.at:
            # It began again, and nobody is told.
            incident = replace(incident, onsets=(*incident.onsets, failure.at)[-OF_ONE_PERSON:])
        joined = replace(self._book.added(incident, failure), sample=stories.sample(event))
        if incident.is_group:
            self._put(grown(joined, failure.at, self._policy))
            return
        self._gather(joined.story, failure)
        if joined.people > 1:  # another sender on the same device
            joined = self._book.renamed(joined)
        self._put(grown(joined, failure.at, self._policy))
        self._reach(joined.story, failure)

    # ── how far it reaches ──

    def _pools(self, story: Story, recipient: str | None) -> Iterator[tuple[Identity, int]]:
        """Where those are gathered who may fail for one reason, and how many of them make it probable."""
        if story.cause not in PERSONAL:
            yield Identity(_POOL, "", story), self._policy.group_people
            return
        partner = self._same.domain(domain_of(recipient) or "")
        if partner:
            yield Identity(_POOL, partner, story), self._policy.group_people
        if story.side == "local":
            yield Identity(_POOL, "", story), max(MANY, self._policy.group_people)

    def _gather(self, story: Story, failure: Failure) -> None:
        for pool, _ in self._pools(story, failure.recipient):
            window = stories.gathered(self._state.windows.get(pool), failure, self._within)
            self._state.windows.put(pool, window)

    def _gathered(self, pool: Identity, at: datetime) -> tuple[Failure, ...]:
        return stories.young(self._state.windows.get(pool), at, self._within)

    def _reach(self, story: Story, failure: Failure) -> None:
        """Several people fail in the same way by now: if one of them has an incident, it becomes all of theirs."""
        for key, enough in self._pools(story, failure.recipient):
            pool = self._gathered(key, failure.at)
            if _people(pool) >= enough:
                held = {own.id: own for one in pool if (own := self._book.own(story, one)) is not None}
                alone = [own for own in held.values() if not own.is_group]
                if alone:
                    self._merge(min(alone, key=_told_first), failure.at)

    def _merge(self, incident: Incident, at: datetime) -> Incident:
        """The incident with all who failed in the same way lately, if they are many enough and share something.

        What comes out may be another one that people know already.
        """
        for key, enough in self._pools(incident.story, incident.sample.recipient):
            incident = self._merged(incident, key, enough, at)
        return incident

    def _merged(self, incident: Incident, key: Identity, enough: int, at: datetime) -> Incident:
        story, pool = incident.story, self._gathered(key, at)
        owners = {one: self._book.own(story, one) for one in pool}
        strangers = [one for one, own in owners.items() if own is None or own.id != incident.id]
        if incident.people + _people(strangers) < enough:
            return incident
        others = {own.id: own for own in owners.values() if own is not None and not own.is_group}
        # Groups that failed a short while ago, too: later people join them.
        kin = [one for one in self._book.of(story) if one.is_group and at - one.last_at <= self._within]
        others |= {one.id: one for one in kin}
        others.pop(incident.id, None)
        loose = [one for one, own in owners.items() if own is None]
        whole = incident
        for other in others.values():
            whole = stories.merged(whole, other, self._same)
        for one in loose:
            whole = stories.joined(whole, one, self._same, is_new_attempt=False)
        shared = stories.shared_by(replace(whole, people=incident.people + _people(strangers)))
        if shared is None or self._is_coincidence(
            shared[0], story, incident.sample.recipient, whole.first_at
        ):
            return incident
        self._state.windows.drop(key)
        return self._united(incident, list(others.values()), loose, at)

    def _united(
        self, incident: Incident, others: list[Incident], loose: list[Failure], at: datetime
    ) -> Incident:
        candidates = [incident, *others]
        into = min(candidates, key=_told_first)
        for other in candidates:
            if other.id != into.id:
                into = self._book.absorbed(into, other, at)
        for one in loose:
            into = self._book.added(into, one)
        into = self._book.renamed(into)
        if into.is_waiting:
            self._book.name_all(into)
        # Those of an incident that was to be told now have waited already.
        since = at if into.id == incident.id else incident.opened_at
        into = grown(into, since, self._policy)
        self._put(into)
        return into

    # ── what is due ──

    def _happen(self, incident: Incident, at: datetime) -> None:
        if incident.is_waiting:
            self._tell_opened(self._merge(incident, at), at)
            return
        recovers = recovers_at(incident, self._policy)
        if incident.grown_at is not None and (recovers is None or recovers > at):
            self._say("grown", at, replace(incident, grown_at=None))
        elif recovers is not None:
            self._say("recovered", at, replace(incident, closed_at=at, ending="recovered"))
        else:
            self._say("expired", at, replace(incident, closed_at=at, ending="expired"))

    def _tell_opened(self, incident: Incident, at: datetime) -> None:
        if not incident.is_waiting:  # it has become part of what people know
            return
        named = self._book.renamed(incident)
        # A group has its name only now: perhaps it is one that has recovered a short while ago.
        identity = self._book.identity(named)
        if named.is_group and (again := self._book.again(identity, named.first_at, named.opened_at)):
            named = self._book.absorbed(again, named, at)
            self._book.name(named, identity)
        self._say("opened", at, replace(named, told_at=at))

    def _worked(
        self, at: datetime, proven: set[Person], sent_by: set[str], recipient: str, attempt: str | None
    ) -> None:
        """A delivery of the kind that failed: one proof for each incident, by one of its people."""
        self.advance(at)
        seen: set[str] = set()
        for person in sorted(proven, key=lambda one: (one.name not in sent_by, one)):
            member = self._state.members.get(person)
            incident = None if member is None else self._book.get(member.incident)
            if member is None or incident is None or incident.id in seen:
                continue
            seen.add(incident.id)
            if attempt is not None and attempt in member.recent:
                # The same message reached others: it was refused all the same.
                self._put(replace(incident, some_delivered=True))
            elif person.name in sent_by or not incident.is_group:
                self._put(_with_proof(incident, Proof(member.name, at, recipient)))

    # ── what is remembered, and said ──

    def _say(self, kind: Kind, at: datetime, incident: Incident) -> None:
        members = self._book.members(incident)
        pools = self._pools(incident.story, incident.sample.recipient)
        lately = [one for key, _ in pools for one in self._gathered(key, at)]
        others = _people(one for one in lately if one.person not in members)
        told = judged(incident, members, others, self._familiar, self._policy)
        if kind in ("opened", "grown"):
            told = replace(told, told_people=told.people)
        told = replace(told, tellings=(*told.tellings[:1], *told.tellings[1:][-OF_ONE_PERSON:], at))
        if told.ending is None:
            self._put(told)
        else:
            self._book.close(told)
        self._tell(Message(f"{told.id}-{kind}-{at:%Y%m%dT%H%M%S}", kind, at, told))

    def _put(self, incident: Incident) -> None:
        self._book.put(incident)
        heapq.heappush(self._timers, (due(incident, self._policy), incident.id))

    def _forget(self, now: datetime) -> None:
        windows = self._state.windows
        while (key := windows.oldest()) is not None:
            window = windows.get(key)
            if window is None or now - window.failures[-1].at <= self._within:
                break
            windows.drop(key)
        self._book.forget(now)


def _people(failures: Iterable[Failure]) -> int:
    return len({one.person for one in failures if one.person})


def _with_proof(incident: Incident, proof: Proof) -> Incident:
    if any(one.person == proof.person for one in incident.proofs):
        return incident
    return replace(incident, proofs=(*incident.proofs, proof)[:OF_ONE_PERSON])


def _told_first(incident: Incident) -> tuple[bool, bool, datetime, str]:
    """Whoever was told of first goes on when several become one, so that no one is told of twice."""
    return incident.is_waiting, not incident.is_group, incident.opened_at, incident.id
