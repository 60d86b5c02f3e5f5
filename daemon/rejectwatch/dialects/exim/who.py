"""Who handed a message over, as an arrival line tells it behind the sender."""

from __future__ import annotations

import re

from rejectwatch.dialects.exim.fields import LOGIN, PEER, tls
from rejectwatch.dialects.pattern import Pattern
from rejectwatch.dialects.text import text
from rejectwatch.facts import NOBODY, Who

_HANDED = Pattern(
    rb"(?: R=\S+)?(?: DS)? (?:H="
    + PEER
    + rb"|U=(?>\S+)(?: Ci=(?>\w+))?)"
    + rb"(?: P=(?>\S+)(?: L[.*-]*+)?(?: SPF(?:=\S+)?)?"
    + tls(rb"A=")
    + LOGIN
    + rb"(?: PRDR)?(?: PRX=\S+)?(?: K)?)?",
    re.DOTALL,
)

# +smtp_mailauth appends what the client claimed in AUTH= of its MAIL command: no identity.
_FOR_SOMEBODY = Pattern(rb"(?<=.):[^:\s@]{1,200}@[^:\s@]{1,255}$")


def who(raw: bytes) -> Who:
    """` H=pc22.corp.example (desktop-k3) [127.0.0.22] P=esmtpa A=plain_server:carol`.

    A program of this machine may log in, too, if it speaks SMTP: ` U=root P=local-esmtpa A=plain_server:carol`.
    """
    found = _HANDED.fullmatch(raw)
    if found is None:  # handed over on this machine: ` U=www-data P=local`
        return NOBODY
    login = found["login"]
    return Who(None if login is None else text(_FOR_SOMEBODY.sub(b"", login)), *client(found))


def is_whole(raw: bytes) -> bool:
    """Whether this can be all that a line says of who handed a message over."""
    return _HANDED.fullmatch(raw) is not None


def client(peer: re.Match[bytes]) -> tuple[str | None, str | None, str | None]:
    """Name, address and HELO. Exim leaves HELO out where it is the verified name; a user of this machine has none."""
    if peer["address"] is None:
        return None, None, None
    host = None if peer["host"] is None else text(peer["host"])
    helo = host if peer["helo"] is None else text(peer["helo"])
    return host, text(peer["address"]), helo
