"""Which message goes to which channel, and when: asked by the outbox of the daemon, and by `replay`.

Three questions, each of them pure: `Routing.channels` (whom it concerns), `Routing.earliest` (from when on it may
go there) and, when that time has come, `decided` (what of all that waited is still worth saying). `planned` asks
them for a whole log at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import count
from typing import Literal, NamedTuple

from rejectwatch.facts import domain_of
from rejectwatch.identity import USUAL, Identities
from rejectwatch.incidents.incident import Incident, Message, Severity
from rejectwatch.incidents.silence import Silence

Telling = Literal["opened", "grown", "recovered", "expired", "reminder", "escalated", "digest"]
"""As what a message goes to a channel."""

OPENING = ("opened", "grown", "escalated")
CLOSING = ("recovered", "expired")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, local time, in which nobody wants to be disturbed; they may span midnight."""

    begins: time
    ends: time

    def over(self, at: datetime, zone: tzinfo) -> datetime:
        """The end of the quiet hours that `at` lies in; else `at` itself."""
        now = at.astimezone(zone).time()
        if self.begins < self.ends:
            is_quiet = self.begins <= now < self.ends
        else:
            is_quiet = now >= self.begins or now < self.ends
        return next_time(at, self.ends, zone) if is_quiet else at


def next_time(at: datetime, wanted: time, zone: tzinfo) -> datetime:
    """The first moment from `at` on at which clocks in the zone show `wanted`."""
    day = at.astimezone(zone).date()
    today = datetime.combine(day, wanted, zone).astimezone(UTC)
    return today if today >= at else datetime.combine(day + timedelta(days=1), wanted, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Route:
    """What one channel takes, and when; empty `domains` and `rules`: all.

    `is_fallback`: it takes what no other channel does. `digest`: one message a day, at this time, instead of
    single ones. `remind_every`: while an incident is open and nobody takes care of it. `escalate_after`: only what is
    still open, and nobody takes care of, so long after others were told.
    """

    name: str
    domains: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    severity: Severity = "warning"
    is_fallback: bool = False
    quiet: Quiet | None = None
    digest: time | None = None
    remind_every: timedelta | None = None
    escalate_after: timedelta | None = None

    def takes(self, incident: Incident, same: Identities) -> bool:
        if self.severity == "critical" and incident.severity != "critical":
            return False
        if self.rules and incident.rule not in self.rules:
            return False
        return not self.domains or not self.domains.isdisjoint(_domains(incident, same))

    @property
    def is_for_all(self) -> bool:
        """Whether it takes whatever there is: of whoever runs the mail server."""
        special = self.domains or self.rules or self.is_fallback or self.escalate_after
        return not special and self.severity == "warning"


def _domains(incident: Incident, same: Identities) -> Iterator[str]:
    for one in (incident.subject, *incident.senders, *incident.users):
        yield same.domain(domain_of(one) or one)


@dataclass(frozen=True, slots=True)
class Routing:
    """All channels, and the zone of their hours."""

    routes: tuple[Route, ...] = ()
    zone: tzinfo = UTC
    same: Identities = USUAL

    def route(self, channel: str) -> Route | None:
        return next((route for route in self.routes if route.name == channel), None)

    def channels(self, incident: Incident, concerned: Collection[str] = ()) -> list[Route]:
        """Who is told that it fails. `concerned`: the channels that it has been sent to before; they hear of it again."""
        takers = [one for one in self.routes if not one.is_fallback and one.takes(incident, self.same)]
        if all(one.escalate_after for one in takers):
            takers += [one for one in self.routes if one.is_fallback and one.takes(incident, self.same)]
        names = {one.name for one in takers}.union(concerned)
        return [one for one in self.routes if one.name in names]

    def channels_of_notice(self) -> list[Route]:
        """Who is told of the watch itself: whoever runs it, and not the customers of one domain."""
        for is_meant in (_is_for_all, _is_fallback, _has_no_domains):
            if meant := [route for route in self.routes if is_meant(route)]:
                return meant
        return []

    def earliest(self, route: Route, at: datetime, incident: Incident | None) -> datetime:
        """From when on something that could be told at `at` may go to the channel. None: it is a notice."""
        if route.digest is not None:
            return next_time(at, route.digest, self.zone)
        is_critical = incident is not None and incident.severity == "critical"
        return at if route.quiet is None or is_critical else route.quiet.over(at, self.zone)

    def not_before(self, message: Message, told: Mapping[str, bool], at: datetime) -> dict[str, datetime]:
        """By channel: from when on the message may go there, if it is still worth saying then.

        `told`: the channels that were to be sent something of this incident before, and whether they think that it
        is open. `at`: now, or the time of the message.
        """
        incident = message.incident
        if message.kind in CLOSING:
            return {one.name: self.earliest(one, at, incident) for one in self.routes if one.name in told}
        routes = self.channels(incident, told)
        late = {one.name: one for one in routes if one.escalate_after and not told.get(one.name)}
        times = {one.name: self.earliest(one, at, incident) for one in routes if one.name not in late}
        first = min(times.values(), default=at)
        for name, route in late.items():
            times[name] = self.earliest(route, first + (route.escalate_after or timedelta()), incident)
        return times

    def remind_at(self, route: Route, now: datetime, incident: Incident) -> datetime | None:
        """When a channel that is told now that something fails is to be reminded of it."""
        if route.remind_every is None or route.digest is not None:
            return None
        return self.earliest(route, now + route.remind_every, incident)

    def silenced_until(
        self, incident: Incident, silences: Iterable[Silence], now: datetime
    ) -> datetime | None:
        """None: nobody silenced it."""
        ends = [one.until for one in silences if one.is_active(now) and one.covers(incident, self.same)]
        return max(ends, default=None)


def _is_for_all(route: Route) -> bool:
    return route.is_for_all


def _is_fallback(route: Route) -> bool:
    return route.is_fallback


def _has_no_domains(route: Route) -> bool:
    return not route.domains


class Facts(NamedTuple):
    """What is known when something that was held is due.

    `told`: the channel thinks that the incident is open. `acked`: somebody takes care of it.
    """

    told: bool
    is_open: bool
    acked: bool = False
    silenced: bool = False


Decision = Telling | Literal["drop", "wait"]
"""`wait`: as long as it is silenced."""


def decided(route: Route, held: Sequence[str], facts: Facts) -> Decision:
    """As what the last of the messages that were held for one channel and incident goes out; `held` are their kinds.

    Only the last matters: whoever opens the mail in the morning does not want to read what was overtaken in the
    night, and nothing of what began and ended there. A silence holds back that something fails, until it ends;
    that it works again is said to everybody who was told that it does not.
    """
    last: Telling = held[-1]  # type: ignore[assignment]
    if last in CLOSING:
        return last if facts.told or route.digest is not None else "drop"
    if not facts.is_open:
        return "drop"
    if facts.silenced:
        return "wait"
    if last == "reminder":
        return "reminder" if facts.told and not facts.acked else "drop"
    if facts.told:
        return "opened" if "opened" in held else "grown"
    if route.escalate_after is None:
        return "opened"
    return "drop" if facts.acked else "escalated"


# ── for a whole log at once ──


@dataclass(frozen=True, slots=True)
class Planned:
    """What goes to a channel at a time; None: no channel is configured, and it would go to the only one."""

    at: datetime
    kind: Telling
    channel: str | None
    message: Message


def planned(
    messages: Iterable[Message],
    channels: Sequence[Route],
    zone: tzinfo,
    until: datetime,
    same: Identities = USUAL,
    acks: Mapping[str, datetime] | None = None,
    silences: Sequence[Silence] = (),
) -> list[Planned]:
    """What goes to each channel and when, of all messages of a log in their order, up to `until`."""
    routing = Routing(tuple(channels) or (Route(""),), zone, same)
    plan = _Plan(routing, acks or {}, silences)
    for message in messages:
        plan.fire(message.at)
        plan.take(message)
    plan.fire(until + timedelta.resolution)
    return plan.sent


@dataclass(slots=True)
class _Told:
    """What a channel knows of an incident, what is held for it, and the number of the reminder that is to come."""

    is_open: bool = False
    reminder: int | None = None
    held: list[Message] = field(default_factory=list)


class _Due(NamedTuple):
    at: datetime
    number: int
    channel: str
    incident: str
    is_reminder: bool = False


class _Plan:
    def __init__(self, routing: Routing, acks: Mapping[str, datetime], silences: Sequence[Silence]) -> None:
        self.sent: list[Planned] = []
        self._routing = routing
        self._acks = acks
        self._silences = silences
        self._told: dict[str, dict[str, _Told]] = {}
        self._latest: dict[str, Message] = {}
        self._due: list[_Due] = []
        self._numbers = count()

    def take(self, message: Message) -> None:
        name = message.incident.id
        self._latest[name] = message
        told = self._told.setdefault(name, {})
        open_to = {channel: one.is_open for channel, one in told.items()}
        for channel, at in self._routing.not_before(message, open_to, message.at).items():
            told.setdefault(channel, _Told()).held.append(message)
            heapq.heappush(self._due, _Due(at, next(self._numbers), channel, name))

    def fire(self, before: datetime) -> None:
        while self._due and self._due[0].at < before:
            due = heapq.heappop(self._due)
            route = self._routing.route(due.channel)
            if route is not None:
                self._decide(due, route)

    def _decide(self, due: _Due, route: Route) -> None:
        told, latest = self._told[due.incident][due.channel], self._latest[due.incident]
        held = [latest] if due.is_reminder else told.held
        if not held or (due.is_reminder and due.number != told.reminder):
            return  # it went out with an earlier one, or is about what is over
        message = held[-1]
        if (earliest := self._routing.earliest(route, due.at, message.incident)) > due.at:
            self._wait(earliest, due, is_reminder=due.is_reminder)
            return
        kinds = ["reminder"] if due.is_reminder else [one.kind for one in held]
        until = self._routing.silenced_until(message.incident, self._silences, due.at)
        decision = decided(route, kinds, self._facts(due, told, silenced=until is not None))
        if decision == "wait" and until is not None:
            self._wait(
                self._routing.earliest(route, until, message.incident), due, is_reminder=due.is_reminder
            )
            return
        if not due.is_reminder:
            told.held = []
        if decision != "drop" and decision != "wait":  # noqa: PLR1714 — mypy
            self._tell(due, route, decision, message)

    def _facts(self, due: _Due, told: _Told, *, silenced: bool) -> Facts:
        acked_at = self._acks.get(due.incident)
        latest = self._latest[due.incident]
        acked = acked_at is not None and latest.incident.opened_at <= acked_at <= due.at
        return Facts(told.is_open, latest.kind not in CLOSING, acked, silenced)

    def _tell(self, due: _Due, route: Route, kind: Telling, message: Message) -> None:
        told = self._told[due.incident][due.channel]
        told.is_open, was_open = kind not in CLOSING, told.is_open
        said: Telling = kind if route.digest is None else "digest"
        self.sent.append(Planned(due.at, said, route.name or None, message))
        if kind in CLOSING:
            told.reminder = None
        elif kind == "reminder" or not was_open:
            at = self._routing.remind_at(route, due.at, message.incident)
            if at is not None:
                self._wait(at, due, is_reminder=True)

    def _wait(self, at: datetime, about: _Due, *, is_reminder: bool) -> None:
        due = about._replace(at=at, number=next(self._numbers), is_reminder=is_reminder)
        if is_reminder:
            self._told[due.incident][due.channel].reminder = due.number
        heapq.heappush(self._due, due)
