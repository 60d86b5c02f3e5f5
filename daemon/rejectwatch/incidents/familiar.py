"""Who usually works: the last success of each person, client and partner, the addresses of logins, our domains.

Kept at the grain of a minute (successes), an hour (logins) and a day (domains), because more would be written than is read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rejectwatch.addresses.domains import KNOWN as LARGE_DOMAINS
from rejectwatch.facts import Who, domain_of
from rejectwatch.identity import ip
from rejectwatch.incidents.rules import LOOPBACK, PRIVATE, Network, Policy
from rejectwatch.state import State, Table

LOGIN_GRAIN = timedelta(hours=1)
DOMAIN_GRAIN = timedelta(days=1)
SHARED = 3
"""So many logins make an address a shared one: an office behind NAT, a webmail server."""


class Familiar:
    """Remembers in the state; see there for the keys."""

    def __init__(self, state: State, policy: Policy) -> None:
        self._policy = policy
        self._same = policy.identities
        self._successes = state.successes
        self._known = state.known
        self._ours = state.ours
        self._logins = state.logins
        self._blocks: dict[str, tuple[bool, Network | None]] = {}

    # ── what is remembered ──

    def logged_in(self, at: datetime, login: str, address: str) -> None:
        client = self._same.client(address)
        _later(self._known, ("client_ip", client), at, LOGIN_GRAIN)
        if (block := _within(address, PRIVATE)) is not None:
            _later(self._known, ("network", str(block)), at, DOMAIN_GRAIN)
        logins, login = self._logins.get(client) or (), self._same.login(login)
        if login not in logins and len(logins) < SHARED:
            self._logins.put(client, (*logins, login))

    def delivered(self, at: datetime, who: Who, sender: str | None, recipient: str, *, local: bool) -> None:
        minute = at.replace(second=0, microsecond=0)
        to = self._same.domain(domain_of(recipient) or "")
        if local and to and to not in LARGE_DOMAINS:
            _later(self._ours, ("local", to), at, DOMAIN_GRAIN)
        if who.login is not None and sender:
            self._sent_for(sender, at)
        elif who.address is not None and not self.is_ours(who.address, at):
            # A stranger's mail that arrives: his domain is known, and he himself would only fill the memory.
            self._succeeded("arrived", self._same.domain(domain_of(sender) or ""), minute)
            return
        where = "inside" if local or self.is_our_domain(to) else "outside"
        for name, kind in self._people(who, sender):
            self._succeeded(kind, name, minute)
            self._succeeded(where, name, minute)
            if who.address is not None:
                self._succeeded("from", f"{name} {self._same.client(who.address)}", minute)
            if who.helo:
                self._succeeded("helo", name, minute)
                self._succeeded("helo", f"{name} {who.helo}", minute)
        if who.address is not None:
            self._succeeded("client_ip", self._same.client(who.address), minute)
        if where == "outside":
            self._succeeded("partner", to, minute)
            self._succeeded("outside", "", minute)

    def _people(self, who: Who, sender: str | None) -> list[tuple[str, str]]:
        """A login's success is one of its sender too, who may fail as such when nobody logs in."""
        people = [] if who.login is None else [(self._same.login(who.login), "user")]
        if sender:
            people.append((self._same.sender(sender), "sender"))
        return people

    def _sent_for(self, sender: str, at: datetime) -> None:
        """Somebody who had logged in sent for this address: its domain is one of ours."""
        domain = self._same.domain(domain_of(sender) or "")
        if domain and domain not in LARGE_DOMAINS:
            _later(self._ours, ("domain", domain), at, DOMAIN_GRAIN)

    def _succeeded(self, kind: str, name: str, minute: datetime) -> None:
        if name or kind == "outside":
            _later(self._successes, (kind, name), minute)

    # ── what can be asked ──

    def is_ours(self, address: str, at: datetime) -> bool:
        """Whether an address is known or in our networks."""
        last_login = self._known.get(("client_ip", self._same.client(address)))
        if last_login is not None and at - last_login <= self._policy.known_for:
            return True
        if address not in self._blocks:
            ours = _within(address, (*LOOPBACK, *self._policy.networks))
            self._blocks[address] = ours is not None, _within(address, PRIVATE)
        is_network, block = self._blocks[address]
        if is_network:
            return True
        return block is not None and ("network", str(block)) in self._known

    def is_our_domain(self, domain: str) -> bool:
        """A domain in the compared form: configured, delivered here, or sent for by somebody who had logged in."""
        return (
            domain in self._policy.domains
            or ("local", domain) in self._ours
            or ("domain", domain) in self._ours
        )

    def used_to_arrive(self, domain: str) -> bool:
        """Whether mail of a stranger's domain was delivered here before."""
        return ("arrived", domain) in self._successes

    def shared_logins(self, address: str | None) -> int:
        """How many logins an address has, counted up to `SHARED`."""
        return 0 if address is None else len(self._logins.get(self._same.client(address)) or ())

    def last(self, kind: str, name: str, since: datetime | None = None) -> datetime | None:
        """The last success of a kind (`State.successes`); None if there was none since then."""
        at = self._successes.get((kind, name))
        # At the grain of a minute: one within the first minute may have been before.
        return None if at is None or (since is not None and at < since) else at


def _later(
    times: Table[tuple[str, str], datetime],
    key: tuple[str, str],
    at: datetime,
    grain: timedelta = timedelta(),
) -> None:
    before = times.get(key)
    if before is None or (before < at and at - before >= grain):
        times.put(key, at)


def _within(written: str, networks: tuple[Network, ...]) -> Network | None:
    address = ip(written)
    if address is None:
        return None
    return next((one for one in networks if one.version == address.version and address in one), None)
