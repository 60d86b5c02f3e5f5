"""Whether a channel sends through the mail server that is watched: then an alert may be refused like the mail it tells of."""

from __future__ import annotations

import socket
from pathlib import Path

from rejectwatch.identity import ip
from rejectwatch.notify.allowed import service_of
from rejectwatch.notify.own_mail import local_addresses
from rejectwatch.notify.secrets import MAIL
from rejectwatch.sources.maincf import setting

MAIN_CF = Path("/etc/postfix/main.cf")
NAMES = ("localhost", "ip6-localhost")


def host_here(url: str) -> str | None:
    """The SMTP server of a mail URL if it is this machine, else None. Nothing is asked of DNS."""
    if url.partition("://")[0].strip().lower() not in MAIL:
        return None
    services, why = service_of(url)
    host = "" if why else str(getattr(services[0], "smtp_host", "") or "").lower()
    return host if host and _is_here(host) else None


def _is_here(host: str) -> bool:
    address = ip(host.strip("[]"))
    if address is not None:
        return address.is_loopback or str(address) in local_addresses()
    return host in NAMES or host in _own_names()


def _own_names() -> set[str]:
    """As the machine, and as its Postfix call themselves."""
    names = (socket.gethostname(), setting(MAIN_CF, "myhostname"))
    return {name.lower() for name in names if name}
