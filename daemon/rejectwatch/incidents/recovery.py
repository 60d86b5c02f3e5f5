"""What proves that a failure is over: a delivery that shares the fields which its cause names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rejectwatch.facts import Event, Who
from rejectwatch.incidents.incident import RecoveryKey

Shape = tuple[str, ...]
"""The names of the fields, as in ("user", "sender"). `person` is the login, or the sender where nobody logged in."""


def failed_key(shape: Shape, event: Event) -> RecoveryKey:
    """The key that a delivery must have to prove that this failure is over."""
    return _key(shape, _fields(event.user, event.sender, event.client_ip, event.recipient))


def delivered_keys(
    shapes: frozenset[Shape], who: Who, sender: str | None, recipient: str
) -> Iterator[RecoveryKey]:
    """The keys of a delivery, one for each shape that a cause may wait for.

    A field that is not known makes no key: two unknown logins are not the same login.
    """
    fields = _fields(who.login, sender, who.address, recipient)
    return (_key(shape, fields) for shape in shapes if all(fields[name] for name in shape))


def _fields(
    user: str | None, sender: str | None, client_ip: str | None, recipient: str | None
) -> Mapping[str, str]:
    # Lower case throughout: a user who writes his address in another way is the same user.
    recipient = (recipient or "").lower()
    return {
        "person": (user or sender or "").lower(),
        "user": (user or "").lower(),
        "sender": (sender or "").lower(),
        "client_ip": client_ip or "",
        "recipient": recipient,
        "recipient_domain": recipient.rpartition("@")[2],
    }


def _key(shape: Shape, fields: Mapping[str, str]) -> RecoveryKey:
    return (*shape, *(fields[name] for name in shape))
