"""Failures that the operator expects, and that never alert: they are stored and counted all the same."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from rejectwatch.facts import Event, domain_of
from rejectwatch.identity import Identities, ip


@dataclass(frozen=True, slots=True)
class ByDesign:
    """What is meant to be refused, and why. All that is given must match; people and domains in the compared form."""

    reason: str
    user: str | None = None
    sender: str | None = None
    client_ip: IPv4Network | IPv6Network | None = None
    sender_domain: str | None = None
    recipient_domain: str | None = None
    cause: str | None = None

    def matches(self, event: Event, identities: Identities) -> bool:
        sender = identities.sender(event.sender or "")
        compared = (
            (self.user, identities.login(event.user or "")),
            (self.sender, sender),
            (self.sender_domain, identities.domain(domain_of(sender) or "")),
            (self.recipient_domain, identities.domain(event.recipient_domain or "")),
            (self.cause, event.cause),
        )
        return all(wanted in (None, found) for wanted, found in compared) and self._is_from(event.client_ip)

    def _is_from(self, client_ip: str | None) -> bool:
        if self.client_ip is None:
            return True
        address = ip(client_ip or "")
        return address is not None and address in self.client_ip
