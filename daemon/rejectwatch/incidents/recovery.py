"""What proves that a failure is over: a delivery that shares the fields which its cause names.

Where the mail that failed was to go outside, only mail to outside proves anything: between our own users
everything works all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rejectwatch.causes import recovery
from rejectwatch.facts import Event, Who, domain_of
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import RecoveryKey

Shape = tuple[str, ...]
"""The names of the fields, as in ("user", "sender"). `person` is the login, or the sender where nobody logged in."""

OUTSIDE, ANYWHERE = "outside", "anywhere"
FOREIGN: Shape = ("sender_domain",)
"""Of a stranger whose mail is refused: any mail of his domain that arrives."""


def failed_key(event: Event, identities: Identities, *, foreign: bool, outside: bool) -> RecoveryKey:
    """The key that a delivery must have to prove that this failure is over; `outside`: the mail was to leave us."""
    shape: Shape = FOREIGN if foreign else recovery(event.cause, event.refused_by)
    if not outside:  # our own domain takes mail for others all the time
        shape = tuple("recipient" if name == "recipient_domain" else name for name in shape)
    fields = _fields(identities, event.user, event.sender, event.client_ip, event.recipient)
    return (OUTSIDE if outside and not foreign else ANYWHERE, *_key(shape, fields))


def shape_of(key: RecoveryKey) -> Shape:
    """What a key is made of: where the mail has to go, and the names of the fields."""
    return key[: len(key) // 2 + 1]


def delivered_keys(
    shapes: Iterable[Shape],
    who: Who,
    sender: str | None,
    recipient: str,
    identities: Identities,
    *,
    outside: bool,
) -> Iterator[RecoveryKey]:
    """The keys of a delivery, one for each of the `shapes` (`shape_of`) that somebody waits for.

    A field that is not known makes no key: two unknown logins are not the same login.
    """
    fields = _fields(identities, who.login, sender, who.address, recipient)
    for where, *shape in shapes:
        if (outside or where == ANYWHERE) and all(fields[name] for name in shape):
            yield (where, *_key(tuple(shape), fields))


def _fields(
    identities: Identities, user: str | None, sender: str | None, client_ip: str | None, recipient: str | None
) -> Mapping[str, str]:
    recipient = identities.address(recipient or "")
    return {
        "person": identities.person(user, sender),
        "user": identities.login(user or ""),
        "sender": identities.sender(sender or ""),
        "sender_domain": identities.domain(domain_of(sender) or ""),
        "client_ip": identities.client(client_ip or ""),
        "recipient": recipient,
        "recipient_domain": domain_of(recipient) or "",
    }


def _key(shape: Shape, fields: Mapping[str, str]) -> RecoveryKey:
    return (*shape, *(fields[name] for name in shape))
