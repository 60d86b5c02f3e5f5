"""What is known around an incident when somebody is told of it: the evidence for who has to act.

Judged on the incident at that moment, never written back into events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from rejectwatch.facts import WhoActs, domain_of
from rejectwatch.incidents import story
from rejectwatch.incidents.familiar import SHARED, Familiar
from rejectwatch.incidents.incident import MANY, Circumstances, Flag, Incident, LoggedIn, Member
from rejectwatch.incidents.rules import PERSONAL, Policy


def judged(
    incident: Incident, members: Mapping[str, Member], others: int, familiar: Familiar, policy: Policy
) -> Incident:
    """The incident as it is told: who is named, flags, circumstances and who acts. `members` by their compared name."""
    since = incident.onsets[-1]
    shared = familiar.shared_logins(incident.common.client_ip)
    last = max((one.last_success_at for one in members.values() if one.last_success_at), default=None)
    if not members:
        last = incident.last_success_at
    if incident.by == "recipient_domain":
        last = incident.partner_success_at
    reached = sum(one.last_success_at is not None for one in members.values())
    incident = replace(
        incident,
        last_success_at=last if last is not None and last <= since else None,
        people=len(members),
        reached=reached,
        circumstances=Circumstances(
            logged_in=_logged_in(members.values()),
            login_is_sender=_login_is_sender(incident, policy),
            sender_is_ours=_sender_is_ours(incident, familiar, policy),
            new_client=_is_new_client(incident, members, familiar),
            new_helo=_is_new_helo(incident, members, familiar),
            shared_logins=shared,
            worked_inside_at=_last(familiar, "inside", members, since),
            worked_outside_at=_last(familiar, "outside", members, since),
            partner_worked_at=_partner(incident, familiar, since),
            anybody_worked_at=familiar.last("outside", "", since),
            other_people=others,
            some_delivered=incident.some_delivered,
            onsets=incident.onsets,
        ),
    )
    incident = _named(incident, members.values())
    flags: dict[Flag, bool] = {
        "flapping": len(incident.onsets) > 1,
        "shared_address": shared >= SHARED,
        "never_succeeded": reached == 0 and incident.last_success_at is None,
        "foreign_senders": incident.side == "foreign",
    }
    incident = replace(incident, flags=tuple(flag for flag, is_set in flags.items() if is_set))
    return replace(incident, who_acts=_who_acts(incident, policy))


def _who_acts(incident: Incident, policy: Policy) -> WhoActs:
    """What several people meet at the same time at our own server, none of them has caused."""
    if incident.side == "foreign" or incident.circumstances.login_is_sender:
        return "admin"
    is_many = incident.people >= (MANY if incident.cause in PERSONAL else policy.group_people)
    return "admin" if is_many and incident.side == "local" else incident.who_acts


def _named(incident: Incident, members: Iterable[Member]) -> Incident:
    """Those with most failures, of all and not only of those who came first."""
    people = list(members)
    logins = [(one.name, one.attempts) for one in people if one.is_login]
    if logins:
        users, counts = story.most_first(logins)
        return replace(incident, users=users, user_counts=counts)
    if people:
        senders, counts = story.most_first((one.name, one.attempts) for one in people)
        return replace(incident, senders=senders, sender_counts=counts)
    return incident


def _logged_in(members: Iterable[Member]) -> LoggedIn:
    logins = {one.is_login for one in members}
    return "some" if len(logins) == 2 else "all" if logins == {True} else "none"


def _login_is_sender(incident: Incident, policy: Policy) -> bool:
    """Each was refused the very address that is the login's own: then the map is wrong, and not a person."""
    if incident.cause != "sender_not_authorized" or incident.side != "local" or not incident.users:
        return False
    same = policy.identities
    logins = {same.login(user).lower() for user in incident.users}
    senders = {same.sender(sender).lower() for sender in incident.senders}
    whole = all("@" in login for login in logins)
    if not whole:  # a login without a domain is the local part of its own address
        logins = {login.partition("@")[0] for login in logins}
        senders = {sender.partition("@")[0] for sender in senders}
    return bool(senders) and senders <= logins


def _sender_is_ours(incident: Incident, familiar: Familiar, policy: Policy) -> bool | None:
    domains = {policy.identities.domain(domain_of(sender) or "") for sender in incident.senders} - {""}
    if not domains:
        return None
    # Those that were learnt need not be all: who is none of ours is known only where we were told who is.
    return all(map(familiar.is_our_domain, domains)) or (False if policy.domains else None)


def _is_new_client(incident: Incident, members: Mapping[str, Member], familiar: Familiar) -> bool:
    if len(members) != 1 or incident.common.client_ip is None:
        return False
    ((name, member),) = members.items()
    known = familiar.last("from", f"{name} {incident.common.client_ip}")
    return member.last_success_at is not None and known is None


def _is_new_helo(incident: Incident, members: Mapping[str, Member], familiar: Familiar) -> bool:
    helo = incident.sample.helo
    if len(members) != 1 or not helo:
        return False
    (name,) = members
    return familiar.last("helo", name) is not None and familiar.last("helo", f"{name} {helo}") is None


def _last(familiar: Familiar, where: str, members: Mapping[str, Member], since: datetime) -> datetime | None:
    found = (familiar.last(where, name, since) for name in members)
    return max(filter(None, found), default=None)


def _partner(incident: Incident, familiar: Familiar, since: datetime) -> datetime | None:
    domain = incident.common.recipient_domain
    return None if domain is None or incident.side != "remote" else familiar.last("partner", domain, since)
