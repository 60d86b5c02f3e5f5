"""How failures add up: to a window, to an incident, and what they share. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rejectwatch.facts import Event, WhoActs, domain_of
from rejectwatch.identity import Identities, Written
from rejectwatch.incidents.incident import (
    MANY,
    NAMED,
    By,
    Common,
    Failure,
    Identity,
    Incident,
    RecoveryKey,
    Sample,
    Story,
    Window,
)
from rejectwatch.incidents.rules import PERSONAL

OF_ONE_ATTEMPT = 20
"""Refused recipients of one attempt that a window holds one by one; a newsletter has thousands."""
OF_ONE_PERSON = 3
"""Failures of one person that are kept in order to see who fails in the same way."""
LONGEST_WINDOW = 500
"""Failures in a window, whatever happens."""


def failure(
    event: Event,
    person: str,
    recovery: RecoveryKey,
    last_success_at: datetime | None,
    partner_success_at: datetime | None,
) -> Failure:
    return Failure(
        at=event.occurred_at,
        attempt=event.attempt,
        person=person,
        user=event.user,
        sender=event.sender,
        client_ip=event.client_ip,
        recipient=event.recipient,
        host=event.host if event.refused_by == "local" else event.relay_host or event.relay_ip,
        recovery=recovery,
        last_success_at=last_success_at,
        partner_success_at=partner_success_at,
        refusals=event.repeat,
    )


def widened(window: Window | None, new: Failure, within: timedelta) -> Window:
    """The window with one more failure and without those that are too old by now."""
    kept = young(window, new.at, within)
    same = [index for index, one in enumerate(kept) if one.attempt == new.attempt]
    if len(same) < OF_ONE_ATTEMPT:
        return Window((*kept, new)[-LONGEST_WINDOW:])
    # The rest of a newsletter is only counted.
    folded = new._replace(refusals=kept[same[-1]].refusals + new.refusals)
    return Window((*kept[: same[-1]], *kept[same[-1] + 1 :], folded))


def gathered(window: Window | None, new: Failure, within: timedelta) -> Window:
    """The same where only people matter: of each the last few failures, so that one pushes out nobody."""
    kept = young(window, new.at, within)
    same = [index for index, one in enumerate(kept) if one.person == new.person]
    if len(same) >= OF_ONE_PERSON:
        kept = (*kept[: same[0]], *kept[same[0] + 1 :])
    return Window((*kept, new)[-LONGEST_WINDOW:])


def young(window: Window | None, now: datetime, within: timedelta) -> tuple[Failure, ...]:
    return () if window is None else tuple(one for one in window.failures if now - one.at <= within)


def opened(
    rule: str, by: By, subject: str, story: Story, first: Failure, event: Event, who_acts: WhoActs
) -> Incident:
    """An incident without failures yet: they are `joined` one by one. `event` is the last of them."""
    return Incident(
        id=_name(Identity(by, subject, story), first.attempt),
        rule=rule,
        by=by,
        subject=subject,
        cause=story.cause,
        side=story.side,
        refused_by=event.refused_by,
        confidence=event.confidence,
        who_acts=who_acts,
        opened_at=event.occurred_at,
        told_at=None,
        first_at=first.at,
        last_at=first.at,
        attempts=0,
        refusals=0,
        recent_attempts=(),
        users=(),
        senders=(),
        client_ips=(),
        recipients=(),
        recipient_domains=(),
        last_success_at=None,
        sample=sample(event),
        people=0,
        onsets=(first.at,),
    )


def joined(incident: Incident, new: Failure, same: Identities, *, is_new_attempt: bool) -> Incident:
    """The incident with one more failure; a success that came before it proves nothing any more."""
    times = int(is_new_attempt)
    clients = _counted(incident.client_ips, incident.client_counts, new.client_ip, same.client, times)
    domains = _counted(
        incident.recipient_domains, incident.domain_counts, domain_of(new.recipient), same.domain, 1
    )
    recipients = _counted(incident.recipients, incident.recipient_counts, new.recipient, same.address, 1)
    users = _counted(incident.users, incident.user_counts, new.user, same.login, times)
    senders = _counted(incident.senders, incident.sender_counts, new.sender, same.sender, times)
    common = _common(new, same)
    is_first = not incident.refusals
    return replace(
        incident,
        last_success_at=new.last_success_at if is_first else incident.last_success_at,
        partner_success_at=new.partner_success_at if is_first else incident.partner_success_at,
        first_at=min(incident.first_at, new.at),
        last_at=max(incident.last_at, new.at),
        attempts=incident.attempts + times,
        refusals=incident.refusals + new.refusals,
        recent_attempts=(*incident.recent_attempts, new.attempt)[-NAMED:]
        if times
        else incident.recent_attempts,
        users=users[0],
        user_counts=users[1],
        senders=senders[0],
        sender_counts=senders[1],
        client_ips=clients[0],
        client_counts=clients[1],
        recipients=recipients[0],
        recipient_counts=recipients[1],
        recipient_domains=domains[0],
        domain_counts=domains[1],
        common=common if is_first else _shared(incident.common, common),
        proofs=(),
    )


def merged(into: Incident, other: Incident, same: Identities) -> Incident:
    """Both in one; the last refusal is that of the later one. People are counted where they are known."""
    later = into if into.last_at >= other.last_at else other
    earlier = into if into.first_at <= other.first_at else other
    both: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {}
    for names, counts, written in (
        ("users", "user_counts", same.login),
        ("senders", "sender_counts", same.sender),
        ("client_ips", "client_counts", same.client),
        ("recipients", "recipient_counts", same.address),
        ("recipient_domains", "domain_counts", same.domain),
    ):
        tally = getattr(into, names), getattr(into, counts)
        for name, times in zip(getattr(other, names), getattr(other, counts), strict=True):
            tally = _counted(*tally, name, written, times)
        both[names] = tally
    return replace(
        into,
        opened_at=min(into.opened_at, other.opened_at) if into.is_waiting else into.opened_at,
        first_at=earlier.first_at,
        partner_success_at=earlier.partner_success_at,
        last_at=later.last_at,
        sample=later.sample,
        attempts=into.attempts + other.attempts,
        refusals=into.refusals + other.refusals,
        recent_attempts=(*other.recent_attempts, *into.recent_attempts)[-NAMED:],
        users=both["users"][0],
        user_counts=both["users"][1],
        senders=both["senders"][0],
        sender_counts=both["senders"][1],
        client_ips=both["client_ips"][0],
        client_counts=both["client_ips"][1],
        recipients=both["recipients"][0],
        recipient_counts=both["recipients"][1],
        recipient_domains=both["recipient_domains"][0],
        domain_counts=both["recipient_domains"][1],
        common=_shared(into.common, other.common),
        some_delivered=into.some_delivered or other.some_delivered,
        proofs=(),
    )


def shared_by(incident: Incident) -> tuple[By, str] | None:
    """The narrowest thing that all failures of several people share; None where they have nothing to do with each other."""
    common = incident.common
    if incident.side == "foreign":
        return "cause", incident.cause
    is_personal = incident.cause in PERSONAL and not (incident.side == "local" and incident.people >= MANY)
    if is_personal:
        if incident.side == "local" and not incident.users and common.client_ip is not None:
            return "client_ip", common.client_ip
        return ("recipient_domain", common.recipient_domain) if common.recipient_domain else None
    # To the other side our own mail server is always the same client.
    is_client = common.client_ip is not None and not (
        incident.side == "remote" and common.client_ip.startswith(("127.", "::1"))
    )
    for by, subject in (
        ("client_ip", common.client_ip if is_client else None),
        ("recipient_domain", common.recipient_domain),
        ("sender_domain", common.sender_domain),
        ("host", common.host if incident.side == "remote" else None),
    ):
        if subject is not None:
            return by, subject  # type: ignore[return-value]  # mypy widens the names in the tuple to str
    return "cause", incident.cause


def sample(event: Event) -> Sample:
    """The refusal as support would ask for it."""
    return Sample(**{name: getattr(event, name) for name in Sample.__dataclass_fields__})


def _name(identity: Identity, attempt: str) -> str:
    """An incident's id: short enough to read out on the phone, and the same in every run on the same log."""
    parts = (identity.by, identity.subject, *identity.story, attempt)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:10]


def _common(one: Failure, same: Identities) -> Common:
    return Common(
        None if one.client_ip is None else same.client(one.client_ip),
        same.domain(domain_of(one.recipient) or "") or None,
        same.domain(domain_of(one.sender) or "") or None,
        one.host,
    )


def _shared(one: Common, other: Common) -> Common:
    return Common(*(a if a == b else None for a, b in zip(one, other, strict=True)))


def _counted(
    names: tuple[str, ...], counts: tuple[int, ...], new: str | None, same: Written, times: int
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Who is different, each as it was first logged, those with most attempts first."""
    if new is None:
        return names, counts
    if new in names:  # mostly
        place = names.index(new)
    else:
        folded = same(new)
        found = next((index for index, one in enumerate(names) if same(one) == folded), None)
        if found is None:
            return (names, counts) if len(names) >= NAMED else ((*names, new), (*counts, max(times, 1)))
        place = found
    raised = list(zip(names, counts, strict=True))
    raised[place] = names[place], counts[place] + times
    ordered = sorted(raised, key=lambda one: -one[1])
    return tuple(name for name, _ in ordered), tuple(count for _, count in ordered)


def most_first(people: Iterable[tuple[str, int]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and numbers, the greatest first, at most `NAMED`."""
    ordered = sorted(people, key=lambda one: -one[1])[:NAMED]
    return tuple(name for name, _ in ordered), tuple(count for _, count in ordered)
