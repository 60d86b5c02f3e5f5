"""The open incidents, who belongs to them, and what would prove that they are over: the book that the desk keeps.

All of it stands in tables of the state; what is changed here is what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from rejectwatch.incidents import story as stories
from rejectwatch.incidents.incident import MANY, By, Failure, Identity, Incident, Member, Person, Story
from rejectwatch.incidents.recovery import Shape, shape_of
from rejectwatch.incidents.rules import PERSONAL, Policy, subjects
from rejectwatch.state import State

NARROWEST: tuple[By, ...] = (
    "user",
    "sender",
    "client_ip",
    "recipient_domain",
    "sender_domain",
    "host",
    "cause",
)
"""What an incident can be about, the narrowest first."""
_GROUPS = NARROWEST[2:]
_DEVICE = "device"
"""Where all attempts of one sender come from who has not logged in: another sender there has the same device."""
OF_ONE_PERSON = 20
"""Attempts, onsets and what proves recovery that are remembered of one person."""


class Casebook:
    def __init__(self, state: State, policy: Policy) -> None:
        self._incidents = state.incidents
        self._subjects = state.subjects
        self._members = state.members
        self._awaited = state.awaited
        self._resting = state.resting
        self._policy = policy
        self._same = policy.identities
        self.shapes: set[Shape] = {shape_of(key) for key, _ in state.awaited.items()}
        """The kinds of deliveries that somebody waits for."""

    # ── what is open ──

    def get(self, id_: str) -> Incident | None:
        return self._incidents.get(id_)

    def put(self, incident: Incident) -> None:
        self._incidents.put(incident.id, incident)

    def open(self) -> Iterator[Incident]:
        return (incident for _, incident in self._incidents.items())

    def of(self, story: Story) -> list[Incident]:
        return [one for one in self.open() if one.story == story]

    # ── who belongs where ──

    def holding(self, story: Story, failure: Failure) -> Incident | None:
        """The open incident of this person, else the narrowest one that says what they share."""
        if (own := self.own(story, failure)) is not None:
            return own
        for identity in self._groups(story, failure):
            id_ = self._subjects.get(identity)
            if id_ is not None and (found := self._incidents.get(id_)) is not None:
                return found
        return None

    def own(self, story: Story, failure: Failure) -> Incident | None:
        """The open incident that has this person among its members."""
        member = self._members.get(Person(story, failure.person)) if failure.person else None
        return None if member is None else self._incidents.get(member.incident)

    def members(self, incident: Incident) -> dict[str, Member]:
        """By their names in the compared form."""
        return {
            person.name: member for person, member in self._members.items() if member.incident == incident.id
        }

    def _groups(self, story: Story, failure: Failure) -> Iterator[Identity]:
        """What this failure shares with others, the narrowest first."""
        found = subjects(failure, story, self._same)
        watched: dict[str, str] = {"cause": story.cause, **{str(by): name for by, name in found.items()}}
        if failure.host is not None:
            watched["host"] = failure.host
        if failure.user is None and failure.client_ip is not None:
            yield Identity(_DEVICE, self._same.client(failure.client_ip), story)
        yield from (Identity(by, watched[by], story) for by in _GROUPS if by in watched)

    def name(self, incident: Incident, identity: Identity) -> None:
        """Later failures with this in common belong to the incident."""
        self._subjects.put(identity, incident.id)

    def name_device(self, incident: Incident) -> None:
        """The one place where a sender without a login comes from; to the other side it is no place."""
        client = incident.common.client_ip
        if incident.by == "sender" and incident.side == "local" and incident.cause not in PERSONAL and client:
            self.name(incident, Identity(_DEVICE, client, incident.story))

    def name_all(self, incident: Incident) -> None:
        """While a group waits, nobody knows yet what it shares: all who fail in the same way belong to it."""
        if incident.cause not in PERSONAL or incident.people >= MANY:
            self.name(incident, Identity("cause", incident.cause, incident.story))

    def unname(self, incident: Incident) -> None:
        for identity in [one for one, id_ in self._subjects.items() if id_ == incident.id]:
            self._subjects.drop(identity)

    def renamed(self, incident: Incident) -> Incident:
        """Named after the narrowest thing that all of its failures share, and found by that alone."""
        if not incident.is_group and incident.people < 2:
            return incident
        shared = stories.shared_by(incident)
        is_device = incident.by == "client_ip" and incident.people < self._policy.group_people
        if shared is None or is_device:
            return incident
        by, subject = shared
        self.unname(incident)
        self.name(incident, Identity(by, subject, incident.story))
        rule = next((one.name for one in self._policy.rules if one.by == by), incident.rule)
        return replace(incident, by=by, subject=subject, rule=rule)

    # ── what becomes of them ──

    def added(self, incident: Incident, failure: Failure) -> Incident:
        """The incident with one more failure, its person among the members."""
        if not failure.person:
            is_new = failure.attempt not in incident.recent_attempts
            return stories.joined(incident, failure, self._same, is_new_attempt=is_new)
        person = Person(incident.story, failure.person)
        member = self._members.get(person)
        if member is None or member.incident != incident.id:
            name, is_login = failure.user or failure.sender or "", failure.user is not None
            member = Member(incident.id, name, is_login, 0, (), (), failure.last_success_at)
            incident = replace(incident, people=incident.people + 1)
        is_new = failure.attempt not in member.recent
        if is_new:
            recent = (*member.recent, failure.attempt)[-OF_ONE_PERSON:]
            member = member._replace(attempts=member.attempts + 1, recent=recent)
        keys = tuple(dict.fromkeys((*member.recovery, failure.recovery)))[-OF_ONE_PERSON:]
        self._members.put(person, member._replace(recovery=keys))
        self.shapes.add(shape_of(failure.recovery))
        waiting = self._awaited.get(failure.recovery) or ()
        if person not in waiting:
            self._awaited.put(failure.recovery, (*waiting, person)[-OF_ONE_PERSON:])
        return stories.joined(incident, failure, self._same, is_new_attempt=is_new)

    def absorbed(self, into: Incident, other: Incident, at: datetime) -> Incident:
        """The members and failures of another incident become this one's; the other one is no more."""
        for name, member in self.members(other).items():
            self._members.put(Person(into.story, name), member._replace(incident=into.id))
        self._incidents.drop(other.id)
        self.unname(other)
        gone = replace(other, closed_at=at, ending="merged")
        self._resting.put(Identity("merged", other.id, other.story), gone)
        return replace(stories.merged(into, other, self._same), people=into.people + other.people)

    def again(self, identity: Identity, onset: datetime, opened_at: datetime) -> Incident | None:
        """What has recovered a short while ago and fails again is the same incident: it flaps."""
        rested = self._resting.get(identity)
        if rested is None:
            return None
        self._resting.drop(identity)
        return replace(
            rested,
            opened_at=opened_at,
            closed_at=None,
            ending=None,
            proofs=(),
            people=0,
            onsets=(*rested.onsets, onset)[-OF_ONE_PERSON:],
        )

    def close(self, incident: Incident) -> None:
        """It lives on in its message and in the database; here only in case that it flaps."""
        for name, member in self.members(incident).items():
            person = Person(incident.story, name)
            self._members.drop(person)
            for key in member.recovery:
                waiting = tuple(one for one in self._awaited.get(key) or () if one != person)
                if waiting:
                    self._awaited.put(key, waiting)
                else:
                    self._awaited.drop(key)
        self._incidents.drop(incident.id)
        self.unname(incident)
        if incident.ending == "recovered":
            self._resting.put(self.identity(incident), incident)

    def identity(self, incident: Incident) -> Identity:
        folded = {"user": self._same.login, "sender": self._same.sender}.get(incident.by, str)
        return Identity(incident.by, folded(incident.subject), incident.story)

    def forget(self, now: datetime) -> None:
        """What has recovered long ago would be something new."""
        while (identity := self._resting.oldest()) is not None:
            rested = self._resting.get(identity)
            closed = None if rested is None else rested.closed_at
            if closed is None or now - closed <= self._policy.flapping_within:
                return
            self._resting.drop(identity)
