"""One person's story, put together from what is stored; and the answer to "can this person send now?"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from rejectwatch.causes import recovery
from rejectwatch.facts import Event, domain_of
from rejectwatch.identity import Identities
from rejectwatch.incidents.familiar import SHARED, Familiar
from rejectwatch.incidents.incident import Incident, Proof
from rejectwatch.incidents.rules import PRIVATE, Policy
from rejectwatch.state import State
from rejectwatch.store import people, queries
from rejectwatch.store.database import Database
from rejectwatch.store.people import Written

CanSend = Literal["yes", "no", "not_known"]

MOST_CLIENTS = 1_000
"""Different clients and HELOs that are told apart; HELO is whatever a stranger likes."""


class Client(NamedTuple):
    """Where mail was handed over, and as what the program called itself."""

    client_ip: str | None
    client_host: str | None
    helo: str | None
    service: str | None


@dataclass(slots=True)
class Tally:
    """Refusals of one kind: how many, from when to when."""

    refusals: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def add(self, event: Event) -> None:
        """Events come newest first."""
        self.refusals += event.repeat
        self.first_at = event.occurred_at
        self.last_at = self.last_at or event.occurred_at


@dataclass(slots=True)
class Story:
    """`last_success` and its kinds (`inside`, `outside` us) have the grain of a minute. `proven_at` is a success that
    the last refusal would have to be followed by, if one is known; `failing_since` the first refusal of the kind of
    the last one after that. `elsewhere`: where the last one was refused, mail to others proves nothing. `works_again`:
    an incident has seen mail of the kind that failed go out.

    `strangers` used the name without a login, from addresses that are neither known nor ours.
    """

    written: Written
    since: datetime
    last_success: datetime | None = None
    inside: datetime | None = None
    outside: datetime | None = None
    refused: Tally = field(default_factory=Tally)
    attempts: set[str] = field(default_factory=set)
    causes: dict[str, Tally] = field(default_factory=dict)
    clients: dict[Client, Tally] = field(default_factory=dict)
    known: dict[str, datetime] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    recipient_domains: Counter[str] = field(default_factory=Counter)
    last: Event | None = None
    proven_at: datetime | None = None
    elsewhere: str | None = None
    failing_since: datetime | None = None
    failing_attempts: set[str] = field(default_factory=set)
    strangers: Tally = field(default_factory=Tally)
    stranger_clients: set[str | None] = field(default_factory=set)
    incidents: list[Incident] = field(default_factory=list)
    works_again: bool = False

    @property
    def is_seen(self) -> bool:
        return bool(
            self.last_success or self.last or self.incidents or self.strangers.refusals or self.written.others
        )

    @property
    def open_incidents(self) -> list[Incident]:
        """Those that the last refusal is one of come first."""
        still = [one for one in self.incidents if one.closed_at is None]
        return sorted(still, key=lambda one: not self.is_about_last(one))

    @property
    def incidents_of_last(self) -> list[Incident]:
        """Those that the last refusal may be one of, open or closed since."""
        last = self.last
        return [one for one in self.incidents if last is not None and one.last_at >= last.occurred_at]

    @property
    def others_can_send(self) -> bool:
        """Whether others who failed together with this person can send again."""
        return any(one.is_group and one.ending == "recovered" for one in self.incidents_of_last)

    def is_about_last(self, incident: Incident) -> bool:
        last = self.last
        return last is not None and (last.cause, last.refused_by) == (incident.cause, incident.refused_by)

    @property
    def can_send(self) -> CanSend:
        if self.last is None:
            return "no" if self.open_incidents else "yes" if self.last_success else "not_known"
        if self.is_proven or self.works_again:
            return "yes"
        return "no" if any(map(self.is_about_last, self.open_incidents)) else "not_known"

    @property
    def is_proven(self) -> bool:
        """Whether something went out after the last refusal that would not have if the trouble were still there."""
        return self.last is not None and self.proven_at is not None and self.proven_at > self.last.occurred_at


def story_of(database: Database, name: str, policy: Policy, since: datetime) -> Story:
    return _Teller(database, policy).told(people.written(database, name, policy.identities, since), since)


class _Teller:
    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy
        self._same = policy.identities

    def told(self, written: Written, since: datetime) -> Story:
        story = Story(written, since)
        self._successes(story)
        familiar = self._familiar(people.clients_without_login(self._database, written, since))
        found = queries.incidents_of_all(self._database, closed_too=True)
        incidents = [one for _, one in found if one.closed_at is None or one.last_at >= since]
        mine = people.memberships(self._database, written.people(self._same))
        story.incidents = [one for one in incidents if one.id in mine or self._names(story, one)]
        groups = [one for one in incidents if one.is_group and one not in story.incidents]
        for _, event in people.refusals(self._database, written, since):
            if event.user is None and _is_strangers(event, familiar):
                story.strangers.add(event)
                story.stranger_clients.add(event.client_ip)
                continue
            self._refused(story, event)
            story.incidents += (joined := [one for one in groups if _belongs(event, one, self._same)])
            groups = [one for one in groups if one not in joined]
        story.incidents.sort(key=lambda one: one.opened_at, reverse=True)
        story.works_again = self._works_again(story)
        self._about_clients(story)
        return story

    def _successes(self, story: Story) -> None:
        names = story.written.people(self._same)
        kinds = ("user", "sender", "inside", "outside")
        times = self._times("successes", ((kind, name) for name in names for kind in kinds))

        def last(*wanted: str) -> datetime | None:
            return max((at for (kind, _), at in times.items() if kind in wanted), default=None)

        story.last_success = last(*kinds)
        story.inside, story.outside = last("inside"), last("outside")

    def _refused(self, story: Story, event: Event) -> None:
        if story.last is None:
            story.last = event
            self._ask_proof(story, event)
        story.refused.add(event)
        story.attempts.add(event.attempt)
        story.causes.setdefault(event.cause, Tally()).add(event)
        client = Client(event.client_ip, event.client_host, event.helo, event.service)
        if client in story.clients or len(story.clients) < MOST_CLIENTS:
            story.clients.setdefault(client, Tally()).add(event)
        if event.recipient_domain:
            story.recipient_domains[event.recipient_domain] += event.repeat
        is_same = (event.cause, event.refused_by) == (story.last.cause, story.last.refused_by)
        if is_same and (story.proven_at is None or event.occurred_at >= story.proven_at):
            story.failing_since = event.occurred_at
            story.failing_attempts.add(event.attempt)

    def _ask_proof(self, story: Story, last: Event) -> None:
        """Which success would prove that the trouble of the last refusal is over, and when there was one."""
        fields = recovery(last.cause, last.refused_by)
        if "recipient" in fields or "recipient_domain" in fields:
            story.elsewhere = last.recipient_domain or last.recipient
            return
        person = self._same.person(last.user, last.sender)
        where = "outside" if self._goes_outside(last.recipient) else "inside"
        kinds = {("user" if last.user else "sender", person), (where, person)}
        if "sender" in fields and last.sender:
            kinds.add(("sender", self._same.sender(last.sender)))
        if "client_ip" in fields and last.client_ip:
            kinds.add(("from", f"{person} {self._same.client(last.client_ip)}"))
        times = self._times("successes", kinds)
        story.proven_at = min(times.values()) if len(times) == len(kinds) else None

    def _goes_outside(self, recipient: str | None) -> bool:
        domain = self._same.domain(domain_of(recipient) or "")
        ours = self._times("ours", [("domain", domain), ("local", domain)])
        return not (ours or domain in self._policy.domains)

    def _familiar(self, clients: Iterable[str | None]) -> Familiar:
        """The deciding part's own view of who is ours, with as much of its memory as that takes."""
        state = State()
        keys = [("client_ip", self._same.client(one)) for one in clients if one]
        networks = [("network", str(one)) for one in PRIVATE]
        for key, at in self._times("known", [*keys, *networks]).items():
            state.known.put(key, at)
        return Familiar(state, self._policy)

    def _about_clients(self, story: Story) -> None:
        clients = {self._same.client(one.client_ip) for one in story.clients if one.client_ip}
        known = self._times("known", [("client_ip", one) for one in clients])
        story.known = {client: at for (_, client), at in known.items()}
        logins = people.logins_from(self._database, clients)
        story.shared = frozenset(one for one, count in logins.items() if count >= SHARED)

    def _works_again(self, story: Story) -> bool:
        """Of a group three of whose people can send again nobody knows whether this one can."""
        return any(
            (one.ending == "recovered" and not one.is_group) or any(map(self._is_mine(story), one.proofs))
            for one in story.incidents_of_last
        )

    def _is_mine(self, story: Story) -> Callable[[Proof], bool]:
        mine = story.written.people(self._same)
        return lambda proof: (
            not mine.isdisjoint((self._same.login(proof.person), self._same.sender(proof.person)))
        )

    def _names(self, story: Story, incident: Incident) -> bool:
        """Whether the incident names the person: as who logged in, or as a sender where nobody did."""
        mine = story.written.people(self._same)
        if any(self._same.login(one) in mine for one in incident.users):
            return True
        is_sender = any(self._same.sender(one) in mine for one in incident.senders)
        return (
            is_sender
            and incident.circumstances.logged_in != "all"
            and "foreign_senders" not in incident.flags
        )

    def _times(self, table: people.Times, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
        return people.last_times(self._database, table, keys)


def _is_strangers(event: Event, familiar: Familiar) -> bool:
    """Mail without a client is this machine's own, or was taken over with a login that the log does not tell."""
    return event.client_ip is not None and not familiar.is_ours(event.client_ip, event.occurred_at)


def _belongs(event: Event, incident: Incident, same: Identities) -> bool:
    """Whether a refusal is one of a group's: it names twenty of its people, and counts the others."""
    if (event.cause, event.refused_by) != (incident.cause, incident.refused_by):
        return False
    if not incident.first_at <= event.occurred_at <= incident.last_at:
        return False
    subject = incident.subject
    match incident.by:
        case "client_ip":
            return same.client(event.client_ip or "") == same.client(subject)
        case "sender_domain":
            return same.domain(domain_of(event.sender) or "") == same.domain(subject)
        case "recipient_domain":
            return same.domain(event.recipient_domain or "") == same.domain(subject)
        case "host":
            return event.host == subject
    return True
