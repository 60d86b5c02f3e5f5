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
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from rejectwatch import watch
from rejectwatch.facts import FAILURES, Event, Who, WhoActs, domain_of
from rejectwatch.incidents import story as stories
from rejectwatch.incidents.circumstances import judged
from rejectwatch.incidents.familiar import Familiar
from rejectwatch.incidents.incident import (
    By,
    Ending,
    Failure,
    Identity,
    Incident,
    Kind,
    Member,
    Message,
    Person,
    Proof,
    Side,
    Story,
    Window,
)
from rejectwatch.incidents.recovery import delivered_keys, failed_key
from rejectwatch.incidents.rules import FOREIGN_SENDERS, PERSONAL, Policy, Rule, subjects
from rejectwatch.state import State

FIRST_HOUR = timedelta(hours=1)
IN_FIRST_HOUR = 3
"""Messages of one incident in its first hour, its end included."""
OF_ONE_PERSON = 20
"""Attempts and proofs that are remembered of one person in an incident."""

_NARROWEST: tuple[By, ...] = (
    "user",
    "sender",
    "client_ip",
    "recipient_domain",
    "sender_domain",
    "host",
    "cause",
)
_GROUPS = _NARROWEST[2:]
_DEVICE = "device"
"""Where all attempts of one sender, who has not logged in, come from: another sender there has the same device."""
_POOL = "pool"
"""Who failed lately without belonging to a group."""


class Desk:
    """Watches failures and successes; `tell` takes its messages."""

    def __init__(self, state: State, policy: Policy, tell: Callable[[Message], None]) -> None:
        self._state = state
        self._policy = policy
        self._same = policy.identities
        self._tell = tell
        self._familiar = Familiar(state, policy)
        self._within = max(policy.longest_window, FOREIGN_SENDERS.window)
        # Due times, earliest first. An entry is stale when its incident is due at another time by now.
        self._timers = [(self._due(incident), id_) for id_, incident in state.incidents.items()]
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
        incident = self._belongs(story, failure)
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
        if len(self._state.awaited):
            to = self._same.domain(domain_of(recipient) or "")
            outside = not (local or self._familiar.is_our_domain(to))
            keys = delivered_keys(who, sender, recipient, self._same, outside=outside)
            proven = {person for key in keys for person in self._state.awaited.get(key) or ()}
            if proven:
                self._worked(at, proven, recipient, attempt)
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
            incident = self._state.incidents.get(id_)
            if incident is not None and self._due(incident) == at:
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
            and not self._familiar.is_our_domain(domain)
            and self._familiar.used_to_arrive(domain)
        )
        return "foreign" if is_lost else None

    def _is_ours(self, event: Event) -> bool:
        if event.client_ip is None:  # what this machine sends by itself has no client
            return event.refused_by == "remote"
        return self._familiar.is_ours(event.client_ip, event.occurred_at)

    def _failure(self, event: Event, side: Side) -> Failure:
        to = self._same.domain(domain_of(event.recipient) or "")
        outside = bool(to) and not self._familiar.is_our_domain(to)
        person = self._same.person(event.user, event.sender)
        kind = "user" if event.user else "sender"
        last = self._familiar.last(kind, person) if person else None
        key = failed_key(event, self._same, foreign=side == "foreign", outside=outside)
        return stories.failure(event, person, key, last)

    def _belongs(self, story: Story, failure: Failure) -> Incident | None:
        """The open incident of this person, else the narrowest one that says what they share."""
        if (own := self._own(story, failure)) is not None:
            return own
        for identity in self._groups(story, failure):
            id_ = self._state.subjects.get(identity)
            if id_ is not None and (found := self._state.incidents.get(id_)) is not None:
                return found
        return None

    def _own(self, story: Story, failure: Failure) -> Incident | None:
        """The open incident that has this person among its members."""
        member = self._state.members.get(Person(story, failure.person)) if failure.person else None
        return None if member is None else self._state.incidents.get(member.incident)

    def _groups(self, story: Story, failure: Failure) -> Iterator[Identity]:
        """What this failure shares with others, the narrowest first."""
        found = subjects(failure, story, self._same)
        watched: dict[str, str] = {"cause": story.cause, **{str(by): name for by, name in found.items()}}
        if failure.host is not None:
            watched["host"] = failure.host
        if failure.user is None and failure.client_ip is not None:
            yield Identity(_DEVICE, self._same.client(failure.client_ip), story)
        yield from (Identity(by, watched[by], story) for by in _GROUPS if by in watched)

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
            rule, subject, window = min(full, key=lambda one: _NARROWEST.index(one[0].by))
            if all(self._own(story, one) is None for one in window.failures):
                self._open(rule, subject, story, window, event, who_acts)
        self._reach(story, event.occurred_at)

    def _gather(self, story: Story, failure: Failure) -> None:
        pool = Identity(_POOL, "", story)
        self._state.windows.put(pool, stories.gathered(self._state.windows.get(pool), failure, self._within))

    def _watching(self, story: Story, failure: Failure) -> Iterator[tuple[Rule, str]]:
        if story.side == "foreign":
            yield FOREIGN_SENDERS, story.cause
            return
        watched = subjects(failure, story, self._same)
        for rule in self._policy.rules:
            if rule.by in watched:
                # A device is one; behind an office address, where people log in, there are many.
                is_device = rule.by != "client_ip" or failure.user is None
                people = rule.people if is_device else max(rule.people, self._policy.group_people)
                yield replace(rule, people=people), watched[rule.by]

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
        incident = self._again(identity, first, event.occurred_at)
        if incident is None:
            name = self._as_written(rule.by, first, subject)
            incident = stories.opened(rule.name, rule.by, name, story, first, event, who_acts)
        incident = replace(incident, sample=stories.sample(event), confidence=event.confidence)
        for failure in window.failures:
            incident = self._added(incident, failure)
        self._put(incident)
        self._state.subjects.put(identity, incident.id)
        if incident.people >= self._policy.group_people:
            self._hold_all(incident)
        if rule.by == "sender" and incident.common.client_ip is not None:
            self._state.subjects.put(Identity(_DEVICE, incident.common.client_ip, story), incident.id)

    def _hold_all(self, incident: Incident) -> None:
        """While a group waits, nobody knows yet what it shares: all who fail in the same way belong to it."""
        if incident.cause not in PERSONAL:
            self._state.subjects.put(Identity("cause", incident.cause, incident.story), incident.id)

    def _again(self, identity: Identity, first: Failure, at: datetime) -> Incident | None:
        """What has recovered a short while ago and fails again is the same incident: it flaps."""
        rested = self._state.resting.get(identity)
        if rested is None:
            return None
        self._state.resting.drop(identity)
        return replace(
            rested,
            opened_at=at,
            closed_at=None,
            ending=None,
            proofs=(),
            people=0,
            onsets=(*rested.onsets, first.at)[-OF_ONE_PERSON:],
        )

    def _as_written(self, by: str, first: Failure, subject: str) -> str:
        """Whom it concerns, as people know it: a person in the words of the log."""
        written = first.user if by == "user" else first.sender if by == "sender" else None
        return written or subject

    def _join(self, incident: Incident, failure: Failure, event: Event) -> None:
        joined = replace(self._added(incident, failure), sample=stories.sample(event))
        if not joined.is_group:
            self._gather(joined.story, failure)
            if joined.people > 1:  # another sender on the same device
                joined = self._renamed(joined)
        self._put(self._grown(joined, failure.at))
        if not joined.is_group:
            self._reach(joined.story, failure.at)

    def _added(self, incident: Incident, failure: Failure) -> Incident:
        """The incident with one more failure, its person among the members."""
        if not failure.person:
            is_new = failure.attempt not in incident.recent_attempts
            return stories.joined(incident, failure, self._same, is_new_attempt=is_new)
        key = Person(incident.story, failure.person)
        member = self._state.members.get(key)
        if member is None or member.incident != incident.id:
            name, is_login = failure.user or failure.sender or "", failure.user is not None
            member = Member(incident.id, name, is_login, 0, (), (), failure.last_success_at)
            incident = replace(incident, people=incident.people + 1)
        is_new = failure.attempt not in member.recent
        if is_new:
            recent = (*member.recent, failure.attempt)[-OF_ONE_PERSON:]
            member = member._replace(attempts=member.attempts + 1, recent=recent)
        keys = tuple(dict.fromkeys((*member.recovery, failure.recovery)))[-OF_ONE_PERSON:]
        self._state.members.put(key, member._replace(recovery=keys))
        waiting = self._state.awaited.get(failure.recovery) or ()
        if key not in waiting:
            self._state.awaited.put(failure.recovery, (*waiting, key)[-OF_ONE_PERSON:])
        return stories.joined(incident, failure, self._same, is_new_attempt=is_new)

    # ── how far it reaches ──

    def _reach(self, story: Story, at: datetime) -> None:
        """Whether others fail by now in the same way as one person who was told of already."""
        pool = stories.young(self._state.windows.get(Identity(_POOL, "", story)), at, self._within)
        if len({one.person for one in pool if one.person}) < self._policy.group_people:
            return
        alone = [one for one in self._of(story) if not one.is_group]
        if alone:
            self._merge(min(alone, key=_told_first), at)

    def _merge(self, incident: Incident, at: datetime) -> Incident:
        """The incident with all who failed in the same way lately, if they are many enough and share something.

        What comes out may be another one that people know already.
        """
        story = incident.story
        pool = stories.young(self._state.windows.get(Identity(_POOL, "", story)), at, self._within)
        names = {one.person for one in pool if one.person} | set(self._members(incident))
        if len(names) < self._policy.group_people:
            return incident
        held = {own.id: own for one in pool if (own := self._own(story, one)) is not None}
        others = [own for own in held.values() if own.id != incident.id and not own.is_group]
        others += self._kin(incident, at)
        loose = [one for one in pool if self._own(story, one) is None]
        whole = incident
        for other in others:
            whole = stories.merged(whole, other, self._same)
        for one in loose:
            whole = stories.joined(whole, one, self._same, is_new_attempt=False)
        if stories.shared_by(whole) is None:
            return incident
        return self._united(incident, others, loose, at)

    def _united(
        self, incident: Incident, others: list[Incident], loose: list[Failure], at: datetime
    ) -> Incident:
        candidates = [incident, *others]
        into = min(candidates, key=_told_first)
        for other in candidates:
            if other.id != into.id:
                into = self._absorb(into, other)
        for one in loose:
            into = self._added(into, one)
        self._state.windows.drop(Identity(_POOL, "", into.story))
        into = self._renamed(into)
        if into.is_waiting:
            self._hold_all(into)
        # Those of an incident that was to be told now have waited already.
        into = self._grown(into, at if into.id == incident.id else incident.opened_at)
        self._put(into)
        return into

    def _absorb(self, into: Incident, other: Incident) -> Incident:
        """The members and failures of another incident become this one's; the other one is no more."""
        for name, member in list(self._members(other).items()):
            self._state.members.put(Person(into.story, name), member._replace(incident=into.id))
        self._state.incidents.drop(other.id)
        self._unnamed(other)
        people = into.people + other.people
        return replace(stories.merged(into, other, self._same), people=people)

    def _renamed(self, incident: Incident) -> Incident:
        """Named after the narrowest thing that all of its failures share, and found by that."""
        shared = stories.shared_by(incident) if incident.people > 1 or incident.is_group else None
        if shared is None:
            return incident
        if incident.people < self._policy.group_people and incident.by == "client_ip":
            return incident
        by, subject = shared
        self._unnamed(incident)
        self._state.subjects.put(Identity(by, subject, incident.story), incident.id)
        rule = next((one.name for one in self._policy.rules if one.by == by), incident.rule)
        return replace(incident, by=by, subject=subject, rule=rule)

    def _unnamed(self, incident: Incident) -> None:
        for identity in [one for one, id_ in self._state.subjects.items() if id_ == incident.id]:
            self._state.subjects.drop(identity)

    def _kin(self, incident: Incident, at: datetime) -> list[Incident]:
        """The groups of the same story that failed a short while ago."""
        return [
            one
            for one in self._of(incident.story)
            if one.is_group and one.id != incident.id and at - one.last_at <= self._within
        ]

    def _of(self, story: Story) -> list[Incident]:
        return [one for _, one in self._state.incidents.items() if one.story == story]

    def _members(self, incident: Incident) -> dict[str, Member]:
        return {
            person.name: member
            for person, member in self._state.members.items()
            if member.incident == incident.id
        }

    def _grown(self, incident: Incident, at: datetime) -> Incident:
        """Marked to be told again, if it concerns so many more than were told."""
        if incident.is_waiting or incident.grown_at is not None or self._is_quiet(incident):
            return incident
        reached_others = incident.told_people <= 1 < incident.people and incident.is_group
        many = incident.people >= self._policy.grown_times * max(incident.told_people, 1)
        return replace(incident, grown_at=at) if reached_others or many else incident

    # ── what is due, and when ──

    def _due(self, incident: Incident) -> datetime:
        policy = self._policy
        if incident.is_waiting:
            return self._not_too_often(incident, incident.opened_at + policy.group_wait)
        expires = incident.last_at + policy.expire_after
        if self._is_quiet(incident):
            return expires
        due = [expires]
        if (recovers := self._recovers(incident)) is not None:
            due.append(recovers)
        if incident.grown_at is not None:
            grown = incident.grown_at + policy.group_wait
            told = incident.tellings[-1] + policy.grown_every if len(incident.tellings) > 1 else grown
            due.append(self._not_too_often(incident, max(grown, told)))
        return min(due)

    def _recovers(self, incident: Incident) -> datetime | None:
        """When it will have recovered, if nothing fails until then; None if that is not proven."""
        needed = max(min(self._policy.recover_people, incident.people), 1)
        if len(incident.proofs) < needed:
            return None
        at = incident.proofs[needed - 1].at + self._policy.recover_after
        return self._not_too_often(incident, max(at, incident.tellings[-1] if incident.tellings else at))

    def _not_too_often(self, incident: Incident, at: datetime) -> datetime:
        if len(incident.tellings) < IN_FIRST_HOUR:
            return at
        return max(at, incident.tellings[0] + FIRST_HOUR)

    @staticmethod
    def _is_quiet(incident: Incident) -> bool:
        """It flaps, and people know: silence until it has been over for long."""
        return len(incident.onsets) > 1 and not incident.is_waiting

    def _happen(self, incident: Incident, at: datetime) -> None:
        if incident.is_waiting:
            self._tell_opened(self._merge(incident, at), at)
        elif incident.grown_at is not None and not self._is_over(incident, at):
            self._say("grown", at, replace(incident, grown_at=None))
        elif self._is_proven(incident):
            self._close("recovered", at, incident)
        else:
            self._close("expired", at, incident)

    def _is_over(self, incident: Incident, at: datetime) -> bool:
        recovers = self._recovers(incident)
        return recovers is not None and recovers <= at

    def _is_proven(self, incident: Incident) -> bool:
        return self._recovers(incident) is not None

    def _tell_opened(self, incident: Incident, at: datetime) -> None:
        if not incident.is_waiting:  # it has become part of what people know
            return
        incident = self._recognised(self._renamed(incident))
        self._say("opened", at, replace(incident, told_at=at))

    def _recognised(self, incident: Incident) -> Incident:
        """A group has its name only now: perhaps it is one that has recovered a short while ago."""
        subject = incident.subject
        identity = Identity(incident.by, subject, incident.story)
        if not incident.is_group or (rested := self._state.resting.get(identity)) is None:
            return incident
        self._state.resting.drop(identity)
        again = replace(
            rested,
            opened_at=incident.opened_at,
            closed_at=None,
            ending=None,
            proofs=(),
            people=0,
            onsets=(*rested.onsets, incident.first_at),
        )
        return self._absorb(again, incident)

    def _worked(self, at: datetime, proven: set[Person], recipient: str, attempt: str | None) -> None:
        """A delivery of the kind that failed."""
        self.advance(at)
        for person in sorted(proven):
            member = self._state.members.get(person)
            incident = None if member is None else self._state.incidents.get(member.incident)
            if member is None or incident is None:
                continue
            if attempt is not None and attempt in member.recent:
                # The same message reached others: it was refused all the same.
                self._put(replace(incident, some_delivered=True))
            elif all(proof.person != member.name for proof in incident.proofs[:OF_ONE_PERSON]):
                proofs = (*incident.proofs, Proof(member.name, at, recipient))[:OF_ONE_PERSON]
                self._put(replace(incident, proofs=proofs))

    # ── what is remembered, and said ──

    def _say(self, kind: Kind, at: datetime, incident: Incident) -> None:
        members = self._members(incident)
        pool = stories.young(self._state.windows.get(Identity(_POOL, "", incident.story)), at, self._within)
        others = len({one.person for one in pool if one.person} - set(members))
        told = judged(incident, members, others, self._familiar, self._policy)
        if kind in ("opened", "grown"):
            told = replace(told, told_people=told.people)
        told = replace(told, tellings=(*told.tellings[:1], *told.tellings[1:][-OF_ONE_PERSON:], at))
        if told.ending is None:
            self._put(told)
        else:
            self._rest(told)
        self._tell(Message(f"{told.id}-{kind}-{at:%Y%m%dT%H%M%S}", kind, at, told))

    def _close(self, ending: Ending, at: datetime, incident: Incident) -> None:
        """A closed incident lives on in its message and in the database; in memory only in case that it flaps."""
        closed = replace(incident, closed_at=at, ending=ending)
        self._say(ending, at, closed)

    def _rest(self, incident: Incident) -> None:
        for name, member in self._members(incident).items():
            person = Person(incident.story, name)
            self._state.members.drop(person)
            for key in member.recovery:
                waiting = tuple(one for one in self._state.awaited.get(key) or () if one != person)
                if waiting:
                    self._state.awaited.put(key, waiting)
                else:
                    self._state.awaited.drop(key)
        self._state.incidents.drop(incident.id)
        self._unnamed(incident)
        if incident.ending == "recovered":
            self._state.resting.put(self._identity(incident), incident)

    def _identity(self, incident: Incident) -> Identity:
        folded = {"user": self._same.login, "sender": self._same.sender}.get(incident.by, str)
        return Identity(incident.by, folded(incident.subject), incident.story)

    def _put(self, incident: Incident) -> None:
        self._state.incidents.put(incident.id, incident)
        heapq.heappush(self._timers, (self._due(incident), incident.id))

    def _forget(self, now: datetime) -> None:
        windows, resting = self._state.windows, self._state.resting
        while (key := windows.oldest()) is not None:
            window = windows.get(key)
            if window is None or now - window.failures[-1].at <= self._within:
                break
            windows.drop(key)
        while (identity := resting.oldest()) is not None:
            rested = resting.get(identity)
            closed = None if rested is None else rested.closed_at
            if closed is None or now - closed <= self._policy.flapping_within:
                break
            resting.drop(identity)


def _told_first(incident: Incident) -> tuple[bool, bool, datetime, str]:
    """Whoever was told of first goes on when several become one, so that no one is told of twice."""
    return incident.is_waiting, not incident.is_group, incident.opened_at, incident.id
