"""How failures add up: to a window, to an incident, to the story that a message tells. Pure functions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from rejectwatch.facts import Event, WhoActs, domain_of
from rejectwatch.identity import Identities, Written
from rejectwatch.incidents.incident import NAMED, Failure, Identity, Incident, RecoveryKey, Sample, Window
from rejectwatch.incidents.rules import Rule


def failure(event: Event, recovery: RecoveryKey) -> Failure:
    return Failure(
        event.occurred_at,
        event.attempt,
        event.user,
        event.sender,
        event.client_ip,
        event.recipient,
        recovery,
        event.repeat,
    )


def widened(
    window: Window | None, new: Failure, within: timedelta, last_success_at: datetime | None
) -> Window:
    """The window with one more failure and without those that are too old by now."""
    kept = () if window is None else tuple(one for one in window.failures if new.at - one.at <= within)
    same = [index for index, one in enumerate(kept) if one.attempt == new.attempt]
    if len(same) < NAMED:
        failures = (*kept, new)
    else:
        # A newsletter with a thousand refused recipients is one attempt: the rest of it is only counted.
        folded = new._replace(refusals=kept[same[-1]].refusals + new.refusals)
        failures = (*kept[: same[-1]], *kept[same[-1] + 1 :], folded)
    if window is not None and (last_success_at is None or last_success_at > failures[0].at):
        last_success_at = window.last_success_at
    return Window(failures, last_success_at)


def opened(
    rule: Rule, identity: Identity, window: Window, event: Event, who_acts: WhoActs, same: Identities
) -> Incident:
    """The incident that a full window makes; `event` is its last failure."""
    failures = window.failures
    return Incident(
        id=_name(identity, failures[0]),
        rule=rule.name,
        by=rule.by,
        subject=_subject(rule, failures[0]) or identity.subject,
        cause=identity.cause,
        refused_by=identity.refused_by,
        confidence=event.confidence,
        who_acts=who_acts,
        opened_at=event.occurred_at,
        told_at=None,
        first_at=failures[0].at,
        last_at=event.occurred_at,
        attempts=window.attempts(),
        refusals=sum(one.refusals for one in failures),
        recent_attempts=tuple(dict.fromkeys(one.attempt for one in failures))[:NAMED],
        users=_named((), [one.user for one in failures], same.login),
        senders=_named((), [one.sender for one in failures], same.sender),
        client_ips=_named((), [one.client_ip for one in failures], same.client),
        recipients=_named((), [one.recipient for one in failures], same.address),
        recipient_domains=_named((), [domain_of(one.recipient) for one in failures], same.domain),
        last_success_at=window.last_success_at,
        recovery_keys=tuple(dict.fromkeys(one.recovery for one in failures))[-NAMED:],
        sample=sample(event),
    )


def joined(incident: Incident, new: Failure, event: Event, same: Identities) -> Incident:
    """The incident with one more failure; a success that came before it proves nothing any more."""
    is_new = new.attempt not in incident.recent_attempts
    recent = (*incident.recent_attempts, new.attempt) if is_new else incident.recent_attempts
    return replace(
        incident,
        last_at=max(incident.last_at, new.at),
        attempts=incident.attempts + is_new,
        refusals=incident.refusals + new.refusals,
        recent_attempts=recent[-NAMED:],
        users=_named(incident.users, [new.user], same.login),
        senders=_named(incident.senders, [new.sender], same.sender),
        client_ips=_named(incident.client_ips, [new.client_ip], same.client),
        recipients=_named(incident.recipients, [new.recipient], same.address),
        recipient_domains=_named(incident.recipient_domains, [domain_of(new.recipient)], same.domain),
        recovery_keys=tuple(dict.fromkeys((*incident.recovery_keys, new.recovery)))[-NAMED:],
        sample=sample(event),
        succeeded_at=None,
        success=(),
    )


def sample(event: Event) -> Sample:
    """The refusal as support would ask for it."""
    return Sample(**{name: getattr(event, name) for name in Sample.__dataclass_fields__})


def _name(identity: Identity, first: Failure) -> str:
    """An incident's id: short enough to read out on the phone, and the same in every run on the same log."""
    return hashlib.sha256(
        "\0".join((*identity, first.attempt)).encode("utf-8", "backslashreplace")
    ).hexdigest()[:10]


def _subject(rule: Rule, first: Failure) -> str | None:
    """Whom it concerns, as people know it: in the words of the log."""
    return first.user if rule.by == "user" else first.sender


def _named(known: tuple[str, ...], new: list[str | None], same: Written) -> tuple[str, ...]:
    """Who is different, each as it was first logged."""
    named: dict[str, str] = {}
    for one in (*known, *(one for one in new if one is not None)):
        named.setdefault(same(one), one)
    return tuple(named.values())[:NAMED]
