"""When failures are worth a message: the rules, and whom each of them watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from rejectwatch.facts import domain_of
from rejectwatch.identity import USUAL, Identities
from rejectwatch.incidents.by_design import ByDesign
from rejectwatch.incidents.incident import Failure, Story

RuleBy = Literal["user", "sender", "client_ip", "sender_domain", "recipient_domain", "cause"]
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PRIVATE: tuple[Network, ...] = tuple(
    ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Private use (RFC 1918, RFC 4193): ours as soon as anybody has logged in from such a block. Documentation ranges are the internet."""

PERSONAL = frozenset({"recipient_unknown", "address_syntax", "content_rejected"})
"""Causes that lie in one message: people who meet one at the same time have nothing in common, but a partner or a device.

At our own server it is another thing when there are `MANY` of them: then a filter or a table of ours is wrong.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`threshold` attempts of at least `people` with one cause within `window`, that share what `by` says."""

    name: str
    by: RuleBy
    threshold: int = 3
    window: timedelta = timedelta(minutes=10)
    people: int = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides about incidents: the rules, the waiting times, who is ours, who is the same.

    - A message waits `group_wait` after the threshold, so that it can say how far the trouble reaches;
      `group_people` who fail in the same way meanwhile are one incident.
    - An incident has recovered after `recover_people` of its people (all, if they are fewer) had a success, and then `recover_after`
      without a failure. It is "not tried again" after `expire_after` without an attempt.
    - What fails again within `flapping_within` of its recovery is the same incident.
    - A further message goes out when `grown_times` as many people are concerned, once in `grown_every`.
    - What is `by_design` never alerts.
    - `domains` and `networks` are ours; an address is known for `known_for` after a login from it.
    """

    rules: tuple[Rule, ...]
    group_wait: timedelta = timedelta(minutes=2)
    recover_after: timedelta = timedelta(minutes=10)
    expire_after: timedelta = timedelta(days=3)
    group_people: int = 3
    recover_people: int = 3
    grown_times: int = 10
    grown_every: timedelta = timedelta(hours=1)
    flapping_within: timedelta = timedelta(days=7)
    known_for: timedelta = timedelta(days=30)
    networks: tuple[Network, ...] = ()
    domains: frozenset[str] = frozenset()
    identities: Identities = USUAL
    by_design: tuple[ByDesign, ...] = ()

    @property
    def longest_window(self) -> timedelta:
        return max((rule.window for rule in self.rules), default=timedelta())


FOREIGN_SENDERS = Rule("mail of strangers is refused", "cause", people=3)
"""In force always: foreign senders refused as if they had to log in, whose mail used to arrive."""


def subjects(failure: Failure, story: Story, same: Identities) -> dict[RuleBy, str]:
    """Whom each kind of rule watches in a failure, in the compared form; what is not known is left out.

    A device is watched where nobody logged in: who has a login is known by that.
    """
    by: dict[RuleBy, str | None] = {
        "user": failure.person if failure.user else None,
        "sender": None if failure.user else failure.person,
        "client_ip": None if failure.client_ip is None else same.client(failure.client_ip),
        "recipient_domain": same.domain(domain_of(failure.recipient) or ""),
        "sender_domain": same.domain(domain_of(failure.sender) or ""),
        "cause": story.cause,
    }
    if story.cause in PERSONAL:
        is_device = failure.user is None and story.side == "local"
        kinds: tuple[RuleBy, ...] = ("user", "sender", "recipient_domain")
        by = {kind: by[kind] for kind in (*kinds, *(("client_ip",) if is_device else ()))}
    return {kind: subject for kind, subject in by.items() if subject}
