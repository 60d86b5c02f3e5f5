"""What proves that a failure is over: a delivery that shares the fields which its cause names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rejectwatch.facts import Event, Who, domain_of
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import RecoveryKey

Shape = tuple[str, ...]
"""The names of the fields, as in ("user", "sender"). `person` is the login, or the sender where nobody logged in."""


def failed_key(shape: Shape, event: Event, identities: Identities) -> RecoveryKey:
    """The key that a delivery must have to prove that this failure is over."""
    return _key(shape, _fields(identities, event.user, event.sender, event.client_ip, event.recipient))


def delivered_keys(
    shapes: frozenset[Shape], who: Who, sender: str | None, recipient: str, identities: Identities
) -> Iterator[RecoveryKey]:
    """The keys of a delivery, one for each shape that a cause may wait for.

    A field that is not known makes no key: two unknown logins are not the same login.
    """
    fields = _fields(identities, who.login, sender, who.address, recipient)
    return (_key(shape, fields) for shape in shapes if all(fields[name] for name in shape))


def _fields(
    identities: Identities, user: str | None, sender: str | None, client_ip: str | None, recipient: str | None
) -> Mapping[str, str]:
    recipient = identities.address(recipient or "")
    return {
        "person": identities.person(user, sender),
        "user": identities.login(user or ""),
        "sender": identities.sender(sender or ""),
        "client_ip": identities.client(client_ip or ""),
        "recipient": recipient,
        "recipient_domain": domain_of(recipient) or "",
    }


def _key(shape: Shape, fields: Mapping[str, str]) -> RecoveryKey:
    return (*shape, *(fields[name] for name in shape))
