"""A silence: somebody knows of a trouble, and wants to hear nothing more of it until a given time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from rejectwatch.facts import domain_of
from rejectwatch.identity import USUAL, Identities, Written, ip
from rejectwatch.incidents.incident import NAMED, Incident


@dataclass(frozen=True, slots=True)
class Silence:
    """Who wants to hear nothing of what until when, and why. All that is given must hold; `id` 0: not stored yet.

    `client_ip` is an address or a network, `domain` that of senders or of recipients.
    """

    created_at: datetime
    until: datetime
    author: str
    reason: str
    user: str | None = None
    sender: str | None = None
    client_ip: str | None = None
    domain: str | None = None
    cause: str | None = None
    id: int = 0

    def covers(self, incident: Incident, same: Identities = USUAL) -> bool:
        """Whether the incident is only about what is silenced: who silences one user still hears of thirty-seven."""
        return (
            (self.cause in (None, incident.cause))
            and (self.user is None or _are_all(incident.users, self.user, same.login))
            and (self.sender is None or _are_all(incident.senders, self.sender, same.sender))
            and (self.client_ip is None or _are_in(incident.client_ips, self.client_ip))
            and (self.domain is None or _are_of(incident, same.domain(self.domain), same))
        )

    def is_active(self, now: datetime) -> bool:
        return self.created_at <= now < self.until


def _are_all(found: Sequence[str], wanted: str, written: Written) -> bool:
    return bool(found) and {written(one) for one in found} == {written(wanted)}


def _are_in(found: Sequence[str], network: str) -> bool:
    # Beyond so many only their number is known.
    wanted = ip_network(network, strict=False)
    return 0 < len(found) < NAMED and all((at := ip(one)) is not None and at in wanted for one in found)


def _are_of(incident: Incident, domain: str, same: Identities) -> bool:
    for found in (tuple(map(domain_of, incident.senders)), incident.recipient_domains):
        if 0 < len(found) < NAMED and {same.domain(one or "") for one in found} == {domain}:
            return True
    return same.domain(incident.subject) == domain
