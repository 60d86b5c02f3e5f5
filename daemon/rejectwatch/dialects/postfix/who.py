"""Who handed a message over, as smtpd.c:mail_open_stream writes it behind `client=`."""

from __future__ import annotations

import re

from rejectwatch.dialects.text import text
from rejectwatch.facts import NOBODY, Who

CLIENT = rb"(?P<host>[^\[\]\s]*+)\[(?P<address>[^\[\]\s]*)\](?::(?:\d+|unknown))?"
"""`pc21.corp.example[127.0.0.21]`, with smtpd_client_port_logging `…[127.0.0.21]:1027`; postscreen: no name."""

_NOBODY = (b"", b"unknown")

_HANDED = re.compile(
    CLIENT
    + rb"(?:, sasl_method=[^\s,]+)?"
    # A login may hold blanks and commas; what can follow it is little, and in this order.
    + rb"(?:, sasl_username=(?P<login>.{0,1000}?))?"
    + rb"(?:, sasl_sender=\S+)?"  # claimed in MAIL AUTH=, by anybody: no identity
    + rb"(?:, orig_queue_id=\w+)?"
    + rb"(?:, orig_client=(?P<orig_host>[^\[\]\s]*)\[(?P<orig_address>[^\[\]\s]*)\](?::\d+)?)?",
    re.DOTALL,
)


def who(raw: bytes) -> Who:
    """`pc21.corp.example[127.0.0.21], sasl_method=PLAIN, sasl_username=alice`.

    `orig_client=` is the client that a content filter has passed on (XFORWARD, from trusted hosts only);
    behind a login it would be part of a strange account name.
    """
    found = _HANDED.fullmatch(raw)
    if found is None:
        return NOBODY
    login, orig_address = found["login"], found["orig_address"]
    if login is None and orig_address:
        return Who(None, client_name(found["orig_host"]), client_address(orig_address))
    return Who(
        None if login is None else text(login), client_name(found["host"]), client_address(found["address"])
    )


def client_name(raw: bytes) -> str | None:
    """The verified name of a client; Postfix writes `unknown` if it has none, which names nobody."""
    return None if raw in _NOBODY else text(raw)


def client_address(raw: bytes) -> str | None:
    """The address of a client; `unknown[unknown]` is one that went away before it was asked (smtpd_peer.c)."""
    return None if raw in _NOBODY else text(raw)
