"""When failures are worth a message: the rules, and whom each of them watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from rejectwatch.facts import Event
from rejectwatch.identity import USUAL, Identities, ip
from rejectwatch.incidents.incident import By
from rejectwatch.state import State

Network = IPv4Network | IPv6Network

PRIVATE: tuple[Network, ...] = tuple(
    ip_network(block)
    for block in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Loopback (RFC 6890) and private use (RFC 1918, RFC 4193). Documentation ranges are the internet."""

KNOWN_FOR = timedelta(days=30)
"""How long an address is known after the last login from it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`threshold` attempts with one cause within `window`, by one `user` or one `sender`."""

    name: str
    by: By
    threshold: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides about incidents: the rules, the waiting times, the networks that are ours, who is the same.

    A message waits `group_wait` after the threshold, so that it can say how far the trouble reaches. An
    incident has recovered after a success and then `recover_after` without a failure, and is "not tried
    again" after `expire_after` without an attempt.
    """

    rules: tuple[Rule, ...]
    group_wait: timedelta
    recover_after: timedelta
    expire_after: timedelta
    networks: tuple[Network, ...] = ()
    identities: Identities = USUAL

    @property
    def longest_window(self) -> timedelta:
        return max((rule.window for rule in self.rules), default=timedelta())


def subject(rule: Rule, event: Event, state: State, policy: Policy) -> str | None:
    """Whom the rule watches in this event, as logged; None where it does not concern the rule."""
    if rule.by == "user":
        return event.user
    if event.user is not None or not event.sender:
        return None
    # Without a login anybody may claim to be this sender: an internet host that forges our address is noise.
    return event.sender if _is_ours(event.client_ip, event.occurred_at, state, policy) else None


def _is_ours(client_ip: str | None, at: datetime, state: State, policy: Policy) -> bool:
    if client_ip is None:
        return False
    last_login = state.known.get(("client_ip", policy.identities.client(client_ip)))
    if last_login is not None and at - last_login <= KNOWN_FOR:
        return True
    address = ip(client_ip)
    return address is not None and any(address in network for network in (*PRIVATE, *policy.networks))
