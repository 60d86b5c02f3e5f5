"""What happened at a mail server: sessions, the mails in them, and what became of each recipient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple
from zlib import crc32

Became = Literal[
    "sent", "delivered", "refused", "warned", "bounced", "deferred", "soft-bounced", "probed", "lost"
]
"""`sent`: another server took it; `delivered`: into a mailbox of ours; `refused`: by us, in the session; `warned`: it
would have been (warn_if_reject), then sent; `lost`: a try that another server may still take, without a permanent code."""


class To(NamedTuple):
    """A recipient, and what became of the mail to it. `by` is the other server, if it is not the domain's own."""

    address: str
    became: Became
    reply: str = ""
    by: str = ""

    @property
    def relay(self) -> str:
        """Name and address of the other server, as Postfix writes them."""
        return server_of(self.by or f"mx.{self.address.rpartition('@')[2].encode('idna').decode()}")


class Mail(NamedTuple):
    """One transaction. `at` is when it was refused, or reached the other server: seconds since 1970."""

    at: float
    sender: str
    to: tuple[To, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A client that connects, perhaps logs in, and sends one mail after another."""

    ip: str
    mails: tuple[Mail, ...]
    login: str = ""
    name: str = "unknown"
    helo: str = "[192.168.0.14]"
    port: int = 587
    server: str = "mail"

    @property
    def begins(self) -> float:
        return self.mails[0].at - 1

    @property
    def ends(self) -> float:
        return self.mails[-1].at + 1


_SERVERS: dict[str, str] = {}


def server_of(name: str) -> str:
    """A server always has the same address, as far away from our people as can be."""
    if (known := _SERVERS.get(name)) is None:
        number = crc32(name.encode())
        known = _SERVERS[name] = (
            f"{name}[100.{64 + number % 64}.{number // 64 % 256}.{number // 16384 % 254 + 1}]"
        )
    return known


def said(to: To, mail: Mail, session: Session) -> str:
    """The reply, with whom it names filled in."""
    return (
        to.reply.replace("{sender}", mail.sender)
        .replace("{recipient}", to.address)
        .replace("{login}", session.login)
        .replace("{ip}", session.ip)
    )
