"""Which Apprise URLs a channel may have: over the network, verified, to the one host that is named.

Each sentence is for whoever wrote the URL, and repeats nothing of it but the scheme.
"""

from __future__ import annotations

from typing import Any

import apprise

NOT_UNDERSTOOD = "is not a URL that Apprise understands, such as mailtos://user:password@mail.example.jp?to=…"
SEVERAL = "holds several URLs; a channel has one"
STAYS_HERE = "is for {scheme}://, which does not leave this machine; a channel needs a service that is reached over the network"
NOT_APPRISES_OWN = (
    "is for {scheme}://, which is no service of Apprise's own; a channel runs no code of others"
)
NOT_VERIFIED = (
    "has verify=no, which would give the password to whoever answers; let SSL_CERT_FILE name the"
    " certificate to trust instead"
)
REDIRECTED = "has redirect=yes, which would let whoever answers send the message, and what opens the channel, elsewhere"

_ALONE = "{schema}://"
"""The form of URL of what speaks to the desktop, a bus, a device or the log of this machine: it needs no host and no token."""


def service_of(url: str) -> tuple[apprise.Apprise, str | None]:
    """Apprise with the one service of the URL, and why it may not be used, if so."""
    # A redirect would carry the message, and what opens the channel, to another host.
    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    sender.add(url)
    return sender, _refused(sender)


def schemes(service: Any) -> frozenset[str]:
    """All names of a service: mailto and mailtos."""
    names: set[str] = set()
    for told in (service.protocol, service.secure_protocol):
        names.update([told] if isinstance(told, str) else told or ())
    return frozenset(names)


def _refused(sender: apprise.Apprise) -> str | None:
    if len(sender) != 1:
        return SEVERAL if sender else NOT_UNDERSTOOD
    service = sender[0]
    if not type(service).__module__.startswith("apprise.plugins."):
        return NOT_APPRISES_OWN.format(scheme=min(schemes(service)))
    if _ALONE in service.templates:
        return STAYS_HERE.format(scheme=min(schemes(service)))
    if not service.verify_certificate:
        return NOT_VERIFIED
    return REDIRECTED if service.redirects else None
