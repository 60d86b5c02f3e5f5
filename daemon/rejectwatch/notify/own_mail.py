"""How our own mail is recognised in the log that is read: by the envelopes that the URLs of our channels make.

Apprise reads a URL in the sending process only. What is read out of it here is every address that it could use: one
too many does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from rejectwatch.identity import Identities
from rejectwatch.incidents.own_mail import OwnMail
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.secrets import MAIL

_BETWEEN = re.compile(r"[\s<>()\[\]\"',;]")
_BEHIND = re.compile(r"[:@/]")
_LOCAL = re.compile(r"\|-- (?P<address>[0-9.]+)\n\s+/32 host LOCAL")
_IPV4 = Path("/proc/net/fib_trie")
_IPV6 = Path("/proc/net/if_inet6")


def own_mail(channels: Iterable[Channel], same: Identities) -> OwnMail:
    """What the channels send by mail, as the log of a mail server names it."""
    envelopes: set[tuple[str, str]] = set()
    logins: set[str] = set()
    for channel in channels:
        read = _read(channel.url)
        senders = set(map(same.sender, read.senders))
        recipients = {*map(same.address, read.recipients), *senders}  # without `to=` it goes to its sender
        bounces = product([""], senders)
        envelopes |= {*product(senders, recipients), *bounces}
        logins |= set(map(same.login, read.logins))
    hosts = map(same.client, local_addresses()) if envelopes else ()
    return OwnMail(frozenset(envelopes), frozenset(logins), frozenset(hosts), same)


class _Read(NamedTuple):
    """What a URL may mean; nothing where it sends no mail by SMTP."""

    senders: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    logins: frozenset[str] = frozenset()


def _read(url: str) -> _Read:
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in MAIL:
        return _Read()
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    login, _, target = authority.rpartition("@")
    settings = _settings(query)
    user, host = settings.get("user") or unquote(login.partition(":")[0]), target.partition(":")[0]
    logins = frozenset([user] if user else ())
    by_default = {*_addresses(user), *(f"{one.partition('@')[0]}@{host}" for one in logins)}
    senders = _addresses(settings.get("from", "")) | _addresses(settings.get("name", "")) | by_default
    named = (unquote(path).replace("/", " "), *(settings.get(name, "") for name in ("to", "cc", "bcc")))
    return _Read(senders, _addresses(" ".join(named)), logins)


def _settings(query: str) -> dict[str, str]:
    """A plus sign stands for itself here: it is one of the letters of an address."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return {unquote(name).lower(): unquote(value) for name, _, value in pairs}


def _addresses(text: str) -> frozenset[str]:
    return frozenset(filter(None, map(_address, _BETWEEN.split(text))))


def _address(word: str) -> str:
    """The address in a word such as `mailto:a@b.example/`; empty, if it holds none."""
    local, _, domain = word.partition("@")
    local, domain = local.rpartition(":")[2], _BEHIND.split(domain, maxsplit=1)[0]
    return f"{local}@{domain}" if local and domain else ""


def local_addresses() -> set[str]:
    """The addresses of this machine; none where the system does not tell."""
    lines = _told_by(_IPV6).splitlines()
    return {*_LOCAL.findall(_told_by(_IPV4)), *(str(IPv6Address(bytes.fromhex(line[:32]))) for line in lines)}


def _told_by(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except OSError:
        return ""
