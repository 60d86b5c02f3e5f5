"""Whom the watch takes for its own people: what is configured, and what it has learnt from logins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, note, ok, some
from rejectwatch.incidents.rules import LOOPBACK, PRIVATE

RECENT = timedelta(days=30)

Address = IPv4Address | IPv6Address


def domains(case: Case) -> Iterator[Finding]:
    configured = {domain.lower() for domain in case.settings.site.domains}
    if configured:
        yield ok(f"site.domains: {some(sorted(configured))}")
    sent_for, delivered = _recent(case, "domain"), _recent(case, "local")
    if delivered:
        yield ok(f"domains that mail was delivered for into mailboxes here: {some(sorted(delivered))}")
    if not sent_for:
        yield note("nobody who had logged in has sent a message in the last 30 days")
        return
    yield ok(f"domains that people who had logged in sent for: {some(sorted(sent_for))}")
    learnt = sent_for | delivered
    if configured and (more := learnt - configured):
        yield note(f"of these, not in site.domains: {some(sorted(more))}", "are they yours? then add them")
    if fewer := configured - learnt:
        yield note(f"in site.domains, but nobody who had logged in sent for them: {some(sorted(fewer))}")


def _recent(case: Case, kind: str) -> set[str]:
    ours = case.stored.state.ours.items()
    return {name for (known_by, name), at in ours if known_by == kind and case.now - at < RECENT}


def networks(case: Case) -> Iterator[Finding]:
    configured = case.settings.site.networks
    if configured:
        yield ok(f"site.networks: {some(map(str, configured))}")
    known = dict(case.stored.state.known.items())
    logins = [
        address
        for (_, written), at in known.items()
        if case.now - at < RECENT and (address := _address(written)) is not None
    ]
    if not logins:
        return
    blocks = Counter(_block(address) for address in logins if _is_inside(address))
    inside = (
        f"; private networks: {some(f'{block} ({count})' for block, count in blocks.most_common())}"
        if blocks
        else ""
    )
    yield ok(f"addresses from which people logged in, in the last 30 days: {len(logins)}{inside}")
    if whole := sorted(name for kind, name in known if kind == "network"):
        yield ok(f"ours as a whole, because somebody has logged in from there: {some(whole)}")
    unused = [str(one) for one in configured if not any(address in one for address in logins)]
    if unused:
        yield note(f"in site.networks, but nobody logged in from there: {some(unused)}")


def _address(written: str) -> Address | None:
    try:
        return ip_address(written.removeprefix("IPv6:"))
    except ValueError:
        return None


def _is_inside(address: Address) -> bool:
    return any(address in network for network in (*LOOPBACK, *PRIVATE))


def _block(address: Address) -> str:
    """The network that an address is most likely in."""
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))
