"""Which refusals are of our own messages: an alert that is refused must not cause the next alert.

Such a refusal is stored and counted as any other, and nothing is decided about it. That a channel fails is told
through another channel, by whoever sends.
"""

from __future__ import annotations

from dataclasses import dataclass

from rejectwatch.facts import Refused
from rejectwatch.identity import USUAL, Identities, ip


@dataclass(frozen=True, slots=True)
class OwnMail:
    """The envelopes of our messages (sender and recipient), the logins that send them, this machine's addresses.

    All are in the form in which people are compared (`identities`). A bounce to our sender, from the null
    sender, is one of the envelopes.
    """

    envelopes: frozenset[tuple[str, str]] = frozenset()
    logins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    identities: Identities = USUAL

    def matches(self, refused: Refused) -> bool:
        """Whether a message of ours was refused: by its envelope, and nothing says that somebody else sent it."""
        if not self.envelopes or refused.sender is None:
            return False
        sender, same = self.identities.sender(refused.sender), self.identities.address
        recipients = filter(None, (refused.recipient, refused.original_recipient))
        return any((sender, same(one)) in self.envelopes for one in recipients) and self._is_from_here(
            refused
        )

    def _is_from_here(self, refused: Refused) -> bool:
        """By our login, from this machine, or from nobody whom the log names: what began before the log has no client."""
        if refused.user is not None and self.identities.login(refused.user) in self.logins:
            return True
        if refused.client_ip is None:
            return refused.user is None
        address = ip(refused.client_ip)
        return address is not None and (
            address.is_loopback or self.identities.client(refused.client_ip) in self.hosts
        )


NO_OWN_MAIL = OwnMail()
"""Where no channel is known."""
