"""One identity however written: what a login, an address, a domain or a client is grouped by.

Records keep what was logged. Wherever failures are grouped (windows, incidents, what proves recovery, who usually
works) they are compared in the form that these functions give. Each gives its own result back unchanged.
What is not understood in full is compared as it stands: better two groups of one person than one of two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import chain, product
from string import ascii_uppercase
from typing import Literal

LoginCase = Literal["ignore", "keep"]
Written = Callable[[str], str]

LONGEST = 320
"""Characters of an address (RFC 5321, 4.5.3.1: 64, `@`, 255); what is longer is none, and no login either."""

_remembered = lru_cache(maxsize=20_000)
"""For what is asked with each delivery, of few people."""

_SRS = re.compile(
    r"(?:srs0[=+-]|srs1[=+-][^=]+=[^=]+=[=+-])[^=]+=[a-z2-7]{2}=(?P<domain>[^=]+)=(?P<local>.+)", re.DOTALL
)
"""A forwarder's sender: hash, day, and the address as it was; SRS1 has the first forwarder before these."""

_TAG = r"(?=[a-f]*[0-9])[0-9a-f]{8,14}"
_BATV = re.compile(
    rf"(?:prvs={_TAG}=|msprvs1=[^=]{{8,}}=|btv1==[^=]{{6,}}==)(?P<local>.+)|prvs=(?P<first>.+)={_TAG}",
    re.DOTALL,
)
"""A signed sender: a tag that changes daily, before the local part, or behind it (Cisco)."""

_VERP_SIGN = re.compile(r"(?P<word>(?:bounces?|returns?)(?=[+-]))|\+|-[0-9]{1,40}-")
"""In a mailing list's sender: its name, such a sign, and the recipient with `=` for `@`."""

_CAPITALS = {ord(one): one.lower() for one in ascii_uppercase}
_OTHER_SIGNS = tuple(f"srs{kind}{sign}" for kind in "01" for sign in "=+-")


def ip(written: str) -> IPv4Address | IPv6Address | None:
    """The address of a client, None if it is none; IPv4 in the dress of IPv6 is IPv4."""
    try:
        address = ip_address(written.removeprefix("IPv6:"))
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


@_remembered
def _client(written: str) -> str:
    match ip(written):
        case IPv6Address() as address:
            return str(IPv6Address(int(address) >> 64 << 64))
        case IPv4Address() as address:
            return str(address)
    return written


@_remembered
def _address(written: str) -> str:
    local, at, domain = written.rpartition("@")
    return f"{_lower(local)}@{_domain(domain)}" if at else _lower(written)


@_remembered
def _sender(written: str) -> str:
    address = _address(written)
    while "=" in address and (inner := _unwrapped(address)) is not None:
        address = _address(inner)
    return address


def _unwrapped(address: str) -> str | None:
    """The sender that a forwarder, a signature or a mailing list has written into another; None if there is none."""
    local, _, domain = address.rpartition("@")
    if (srs := _SRS.fullmatch(local)) is not None and _is_domain(srs["domain"]):
        return f"{srs['local']}@{srs['domain']}"
    if (batv := _BATV.fullmatch(local)) is not None:
        return f"{batv['local'] or batv['first']}@{domain}"
    name = _list_of(local)
    return None if name is None else f"{name}@{domain}"


def _list_of(local: str) -> str | None:
    """The list whose sender this is, without the recipient that stands behind its sign."""
    before, _, recipient_domain = local.rpartition("=")
    if not before or local.startswith(_OTHER_SIGNS) or not _is_domain(recipient_domain):
        return None
    first_part = before.partition("=")[0]
    for sign in _VERP_SIGN.finditer(first_part):
        if sign["word"] is None and sign.start() > 0:
            return first_part[: sign.start()]
        if sign["word"] is not None and (sign.start() == 0 or first_part[sign.start() - 1] == "-"):
            return first_part[: sign.end()]
    return None


@_remembered
def _login(written: str, case: LoginCase, realms: frozenset[str]) -> str:
    login = _without_realm(written, realms)
    name_of = _lower if case == "ignore" else str
    name, at, realm = login.rpartition("@")
    return f"{name_of(name)}@{_domain(realm)}" if at else name_of(login)


def _without_realm(login: str, realms: frozenset[str]) -> str:
    r"""Also where it stands twice: `CORP\alice@corp.example`."""
    while True:
        name, _, realm = login.rpartition("@")
        if not name or _domain(realm) not in realms:
            realm, _, name = login.partition("\\")
            if not name or _domain(realm) not in realms:
                return login
        login = name


def _domain(written: str) -> str:
    """In A-labels and lower case (UTS 46); as it stands where that can't be."""
    if written.isascii():
        return written.lower()
    # Not before it is needed: to load its tables takes longer than many a whole scan.
    import idna  # noqa: PLC0415

    try:
        return idna.encode(written, uts46=True).decode()
    except UnicodeError:
        return written


def _in_u_labels(domain: str) -> str:
    """A domain that is in A-labels as people read it; as it stands where that can't be."""
    if "xn--" not in domain:
        return domain
    import idna  # noqa: PLC0415 — as above

    try:
        return idna.decode(domain)
    except UnicodeError:
        return domain


def _as_sqlite(name: str) -> set[str]:
    """What SQLite's `lower` makes of a name in small letters and in capitals: it knows those of ASCII."""
    return {name, name.upper().translate(_CAPITALS)}


def _lower(written: str) -> str:
    return written.lower() if written.isascii() else unicodedata.normalize("NFC", written.lower())


def _is_domain(text: str) -> bool:
    labels = text.split(".")
    named = all(label.replace("-", "").isalnum() for label in labels)
    return named and len(labels) > 1 and not labels[-1].isdecimal()


def _bounded(fold: Written) -> Written:
    """What is too long to be anybody stays as it is; nor does a stranger's text fill the memory."""
    return lambda written: fold(written) if len(written) <= LONGEST else written


@dataclass(frozen=True, slots=True)
class Identities:
    r"""What the operator decided about logins, and what is the same everywhere.

    `realms` are those, in the form of `domain`, that are not told apart: with `corp.example` and `corp`,
    `alice@corp.example`, `CORP\alice` and `alice` are one person.

    A `client` is the /64 of an IPv6 address, by its first address. An `address` is in lower case with a domain in
    A-labels; a `sender` is besides without what forwarders (SRS), signatures (BATV) and mailing lists (VERP) add.
    """

    login_case: LoginCase = "ignore"
    realms: frozenset[str] = frozenset()

    address = staticmethod(_bounded(_address))
    sender = staticmethod(_bounded(_sender))
    client = staticmethod(_bounded(_client))
    domain = staticmethod(_bounded(_domain))

    def login(self, written: str) -> str:
        return _login(written, self.login_case, self.realms) if len(written) <= LONGEST else written

    @staticmethod
    def domains_written(name: str) -> frozenset[str]:
        """The ways in which logs write a domain, in lower case."""
        domain = Identities.domain(name)
        return frozenset((name.lower(), domain, _in_u_labels(domain)))

    @staticmethod
    def addresses_written(name: str) -> frozenset[str]:
        """The ways in which logs write an address, in lower case."""
        local, at, domain = name.rpartition("@")
        if not at or len(name) > LONGEST:
            return frozenset((name.lower(),))
        locals_, domains = _as_sqlite(_lower(local)), map(_as_sqlite, Identities.domains_written(domain))
        return frozenset(f"{one}@{other}" for one, other in product(locals_, chain.from_iterable(domains)))

    def logins_written(self, name: str) -> frozenset[str]:
        """The ways in which logs write a login, in lower case: with each of the realms that are not told apart."""
        bare = _without_realm(name, self.realms) if len(name) <= LONGEST else name
        ways = {name.lower(), *self.addresses_written(bare)}
        realms = [way for realm in self.realms for way in self.domains_written(realm)]
        if "@" not in bare and "\\" not in bare:
            ways |= {f"{bare.lower()}@{realm}" for realm in realms}
            ways |= {f"{realm}\\{bare.lower()}" for realm in realms}
        return frozenset(ways)

    def person(self, user: str | None, sender: str | None) -> str:
        """The login, or the sender where nobody logged in."""
        return self.login(user) if user else self.sender(sender or "")


USUAL = Identities()
"""Where nobody has decided otherwise."""
