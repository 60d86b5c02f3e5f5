"""When an incident has something to say: pure functions of its record and the policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rejectwatch.incidents.incident import Incident
from rejectwatch.incidents.rules import Policy

FIRST_HOUR = timedelta(hours=1)
IN_FIRST_HOUR = 3
"""Messages of one incident in its first hour, its end included."""


def due(incident: Incident, policy: Policy) -> datetime:
    """When something happens next, if no line comes before."""
    if incident.is_waiting:
        return _not_too_often(incident, incident.opened_at + policy.group_wait)
    expires = incident.last_at + policy.expire_after
    if is_quiet(incident):
        return expires
    recovers = recovers_at(incident, policy)
    grows = None if incident.grown_at is None else _grows_at(incident, incident.grown_at, policy)
    return min(one for one in (expires, recovers, grows) if one is not None)


def recovers_at(incident: Incident, policy: Policy) -> datetime | None:
    """When it will have recovered, if nothing fails until then; None if that is not proven."""
    needed = max(min(policy.recover_people, incident.people), 1)
    if len(incident.proofs) < needed:
        return None
    at = incident.proofs[needed - 1].at + policy.recover_after
    return _not_too_often(incident, max([at, *incident.tellings[-1:]]))


def is_quiet(incident: Incident) -> bool:
    """It flaps, and people know: silence until it has been over for long."""
    return len(incident.onsets) > 1 and not incident.is_waiting


def grown(incident: Incident, at: datetime, policy: Policy) -> Incident:
    """Marked to be told again, if it concerns so many more than were told."""
    if incident.is_waiting or incident.grown_at is not None or is_quiet(incident):
        return incident
    reaches_others = incident.told_people <= 1 < incident.people and incident.is_group
    are_many = incident.people >= policy.grown_times * max(incident.told_people, 1)
    return replace(incident, grown_at=at) if reaches_others or are_many else incident


def _grows_at(incident: Incident, grown_at: datetime, policy: Policy) -> datetime:
    at = grown_at + policy.group_wait
    if len(incident.tellings) > 1:
        at = max(at, incident.tellings[-1] + policy.grown_every)
    return _not_too_often(incident, at)


def _not_too_often(incident: Incident, at: datetime) -> datetime:
    if len(incident.tellings) < IN_FIRST_HOUR:
        return at
    return max(at, incident.tellings[0] + FIRST_HOUR)
