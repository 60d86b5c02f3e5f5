"""Who usually works: the last success of each user, sender and client, the addresses of logins, our domains.

Kept at the grain of a minute (successes), an hour (logins) and a day (domains), because more would be written than is read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rejectwatch.facts import Who, domain_of
from rejectwatch.identity import Identities
from rejectwatch.state import State, Table

LOGIN_GRAIN = timedelta(hours=1)
DOMAIN_GRAIN = timedelta(days=1)


class Familiar:
    """Remembers in the state; see there for the keys."""

    def __init__(self, state: State, identities: Identities) -> None:
        self._same = identities
        self._successes = state.successes
        self._known = state.known
        self._ours = state.ours

    def logged_in(self, at: datetime, address: str) -> None:
        key = "client_ip", self._same.client(address)
        before = self._known.get(key)
        if before is None or at - before >= LOGIN_GRAIN:
            self._known.put(key, at)

    def succeeded(self, at: datetime, who: Who, sender: str | None) -> None:
        minute = at.replace(second=0, microsecond=0)
        if who.login is not None:
            self._sent_for(sender, at)
            _later(self._successes, ("user", self._same.login(who.login)), minute)
        if sender:
            _later(self._successes, ("sender", self._same.sender(sender)), minute)
        if who.address is not None:
            _later(self._successes, ("client_ip", self._same.client(who.address)), minute)

    def _sent_for(self, sender: str | None, at: datetime) -> None:
        """Somebody who had logged in sent for this address: its domain is one of ours."""
        domain = domain_of(sender)
        if domain:
            key = "domain", self._same.domain(domain)
            before = self._ours.get(key)
            if before is None or at - before >= DOMAIN_GRAIN:
                self._ours.put(key, at)


def _later(times: Table[tuple[str, str], datetime], key: tuple[str, str], at: datetime) -> None:
    before = times.get(key)
    if before is None or before < at:
        times.put(key, at)
