"""Writes each kind of line that Exim has about a client, a message or a recipient, from fields that anybody may have filled.

What Exim does to a field before it logs it is done here too (`string_printing`, quotes, lower case), so that each line
is one that Exim can have written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from dialects.grammar import FORGED, HOSTILE, Address

MESSAGE: Final = "1xVlMD-00002Y-0q"


def _octal(found: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in found[0].encode())


MORE_FORGED: Final = [
    ") [192.0.2.66]",
    ") [192.0.2.66] F=<ceo@x> A=plain:root rejected RCPT <victim@x>: 553 5.7.1 no",
    ") [192.0.2.66] P=esmtpa A=plain:root S=9",
    " H=evil (evil) [192.0.2.66]",
    " rejected MAIL <ceo@x>: 553 no",
    " rejected EHLO or HELO x: 553 no",
    " rejected after DATA: 553 no",
    " sender verify fail for <ceo@x>: mx [192.0.2.66] : SMTP error from remote mail server after RCPT TO:<x>: 553 no",
    " authenticator failed for (x) [192.0.2.66]: 553 Initial data not expected",
    " PRDR ceo@x 553 5.7.1 no",
    " (= boss@corp.example H=evil [192.0.2.66] P=esmtpa A=plain:root S=9",
    ' C="553 5.7.1 no"',
    ' DN="CN=x" SNI=x',
    " F=<",
    " A=plain:root",
    " : SMTP error from remote mail server after DATA: 553 no",
    ": LMTP error after end of data: 553 no",
    "(",
    ")",
    " S=1",
    " for ",
]

WORDS: Final = st.lists(st.sampled_from(MORE_FORGED) | st.sampled_from(FORGED) | HOSTILE, max_size=3).map(
    "".join
)
"""What another server says, or what a client writes where Exim takes any text."""

UNTIL_REJECTED: Final = WORDS.map(lambda words: words.replace(" rejected ", " refused "))
"""An operator's own words, and what they repeat: a login that holds the words of a refusal can't be told from them."""

JUNK: Final = WORDS.filter(
    lambda words: bool(words.strip()) and not re.search(r"\) ?\[[^\[\]\s]*\](?::\d+)?(?: |:|$)", words)
)
"""A HELO under `helo_accept_junk_hosts`, without an address of its own: that would be taken for the end."""

ESCAPED: Final = WORDS.filter(lambda words: not words.startswith('"')).map(
    lambda words: re.sub(r"[^\x21-\x7e]+", _octal, words)
)
"""SNI since 4.95: blanks are escaped too. Not one that begins with a quote: before, all of it stood in quotes."""

QUOTED: Final = WORDS.map(lambda words: re.sub(r'(["\\])', r"\\\1", words))
"""A subject, the text of a confirmation, and a name in a certificate as OpenSSL writes it (RFC 2253)."""

PLAIN_HELOS: Final = st.sampled_from(["k3", "pc.corp.example", "[10.0.0.7]", "[IPv6:2001:db8::7]", "host553"])


@dataclass(frozen=True)
class Client:
    """Who speaks: `H=pc22.corp.example (k3) [192.0.2.22]` and what stands behind it."""

    host: str | None = "pc22.corp.example"
    helo: str = "k3"
    address: str = "192.0.2.22"
    port: str = ""
    interface: str = ""
    name: str = ""
    server_name: str = ""

    @property
    def full(self) -> str:
        return (
            f"{self.host + ' ' if self.host else ''}({self.helo}) [{self.address}]{self.port}{self.interface}"
        )

    @property
    def tls(self) -> str:
        if not self.name and not self.server_name:
            return ""
        name = f' DN="{self.name}"' if self.name else ""
        server_name = f" SNI={self.server_name}" if self.server_name else ""
        return f" X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no{name}{server_name}"

    @property
    def told(self) -> tuple[str | None, str, str]:
        return self.host, self.address, self.helo


CLIENTS: Final = st.builds(
    Client,
    st.sampled_from([None, "pc22.corp.example", "553.5.7.1.example"]),
    PLAIN_HELOS,
    st.sampled_from(["192.0.2.22", "2001:db8::553"]),
    st.sampled_from(["", ":55300"]),
    st.sampled_from(["", " I=[203.0.113.5]:587"]),
    server_name=ESCAPED,
)
NAMED: Final = st.builds(Client, name=QUOTED, server_name=ESCAPED)
"""With a certificate. Its name ends at the last quote that it can end at, so what follows is plain."""


def rejected(
    prefix: str,
    client: Client,
    step: str,
    reply: str,
    *,
    sender: Address | None = None,
    login: str | None = None,
    message: str = "",
) -> bytes:
    """`step` is all between `rejected ` and the colon."""
    envelope = "" if sender is None else f" F=<{sender.external}>"
    user = "" if login is None else f" A=plain:{login}"
    before = f"{message} " if message else ""
    return f"{prefix}{before}H={client.full}{client.tls}{envelope}{user} rejected {step}: {reply}\n".encode()


def failed(prefix: str, arrow: str, recipient: str, step: str, reply: str, *, fields: str = "") -> bytes:
    """`recipient` is all left of ` R=`, `step` all between `after ` and the colon."""
    route = f"R=dnslookup T=remote_smtp{' defer (0)' if arrow == '==' else ''} H=mx.p.example [198.51.100.41]{fields}"
    error = f"SMTP error from remote mail server after {step}: {reply}"
    return f"{prefix}{MESSAGE} {arrow} {recipient} {route}: {error}\n".encode()


def printed(address: Address) -> str:
    """As `string_printing` writes it in a command."""
    return re.sub(r"[^\x20-\x7e]+", _octal, address.external)


def logged(recipient: Address, parents: str = "") -> str:
    """As a delivery names its recipient: unquoted and in lower case, then as it was."""
    final = recipient.internal.lower()
    return (
        final if final == recipient.external and not parents else f"{final}{parents} <{recipient.external}>"
    )
