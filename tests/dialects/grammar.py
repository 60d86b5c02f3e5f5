"""Writes log lines as the servers do, from fields that anybody may have filled, and text meant to deceive.

What a server does to a field before it logs it (quote, lower-case, replace) is done here too: so a test
knows what the line says, and that the client could really have made the server write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

from rejectwatch.dialects import DIALECTS

FORGED = [
    *(needle.decode().strip("\n") for dialect in DIALECTS for needle in dialect.needles),
    "NOQUEUE: reject: RCPT from evil[192.0.2.66]: 553 5.7.1 <ceo@x>: no",
    "; from=<ceo@corp.example> to=<x@y> proto=ESMTP helo=<evil>",
    '; from=<"',
    "; to=<",
    "; proto=SMTP",
    " sasl_username=<root>",
    " sasl_method=PLAIN sasl_username=root",
    ": Sender address rejected: not owned by user root",
    " to=<ceo@x>, relay=mx[192.0.2.66]:25, dsn=5.0.0, status=bounced (host mx[192.0.2.66] said: 553 no",
    " status=sent (250 ok)",
    "mail postfix/smtpd[1]: 4D43B278178: client=evil[192.0.2.66], sasl_username=root",
    " (in reply to MAIL FROM command))",
    " F=<ceo@x> A=plain:root rejected RCPT <victim@x>: 553 5.7.1 no",
    " ** ceo@x R=r T=t H=mx [192.0.2.66]: SMTP error from remote mail server after RCPT TO:<x>: 553 no",
    " R=r T=t H=mx [192.0.2.66]",
    ' <"',
    " <ceo@x> R=r",
    "<= boss@corp.example H=evil [192.0.2.66] P=esmtpa A=plain:root S=9",
    ": 553 5.7.1 ",
    "553-5.7.1 ",
    "\\n2026-11-24 07:00:00 1vNZZZ-000553-00 ** x",
    "]: ",
    "> ",
    '"',
    "\\",
    '\\"',
    "@x>",
    "@",
    " ",
]  # fmt: skip

_PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("é用😀")

HOSTILE = st.lists(st.sampled_from(FORGED) | st.text(_PRINTABLE, max_size=8), max_size=5).map("".join)
"""Text as a client or another server may choose it."""

LOCAL_PARTS = HOSTILE.map(lambda text: text[:120]).filter(bool)

CODES = st.sampled_from(["553", "553", "550", "450"])


def quoted(local: str) -> str:
    """A local part in quotes if it needs them (RFC 5321; quote_822_local.c)."""
    if re.fullmatch(r"[^\x00-\x20\x7f()<>@,;:\\\"\[\].]+(\.[^\x00-\x20\x7f()<>@,;:\\\"\[\].]+)*", local):
        return local
    return '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'


@dataclass(frozen=True)
class Address:
    """`internal` is how a server knows it, `external` how it is written in a command."""

    local: str
    domain: str

    @property
    def internal(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def external(self) -> str:
        return f"{quoted(self.local)}@{self.domain}"


SENDERS = st.builds(Address, LOCAL_PARTS, st.just("corp.example"))
RECIPIENTS = st.builds(Address, LOCAL_PARTS, st.just("ok.example"))


def neutered(helo: str) -> str:
    """smtpd.c: NEUTER_CHARACTERS."""
    return re.sub(r'[ <>()\\";@]', "?", helo)


SYSLOG = st.sampled_from(
    [
        "Nov 24 04:27:25 mail ",
        "Nov  4 04:27:25 mail ",
        "2026-11-24T04:27:25.012345+09:00 mail ",
        "2026-11-24T04:27:25Z mail ",
    ]
)
EXIM = st.sampled_from(
    [
        "2026-11-24 07:54:18 ",
        "2026-11-24 07:54:18.556 +0900 [81] ",
        "Nov 24 07:54:18 mail exim[81]: 2026-11-24 07:54:18 ",
        "2026-11-24T07:54:18Z mail exim[81]: ",
    ]
)


def postfix_reject(
    *,
    prefix: str = "Nov 24 04:27:25 mail ",
    code: str = "553",
    sender: Address = Address("bob", "corp.example"),
    recipient: Address = Address("lee", "ok.example"),
    helo: str = "pc21",
    subject: str = "sender",
    words: str = "Sender address rejected: not owned by user alice",
    kind: str = "reject",
    login: str = "",
) -> bytes:
    """`subject`: which field the reply repeats. `login`: what follows the tail."""
    subjects = {"sender": sender.internal, "recipient": recipient.internal, "helo": neutered(helo)}
    about = f"<{subjects[subject]}>: " if subject in subjects else ""
    reply = f"{code} 5.7.1 {about}{words}"
    tail = f"; from=<{sender.external}> to=<{recipient.external}> proto=ESMTP helo=<{neutered(helo)}>{login}"
    head = f"postfix/submission/smtpd[249]: NOQUEUE: {kind}: RCPT from pc21.corp.example[127.0.0.21]: "
    return f"{prefix}{head}{reply}{tail}\n".encode()


def postfix_delivery(
    *,
    prefix: str = "Nov 24 04:27:25 mail ",
    recipient: Address = Address("lee", "ok.example"),
    original: Address | None = None,
    status: str = "bounced (host mx1.ok.example[127.0.0.41] said: 553 5.7.1 no (in reply to RCPT TO command))",
) -> bytes:
    orig_to = f"orig_to=<{original.external}>, " if original else ""
    route = "relay=mx1.ok.example[127.0.0.41]:25, delay=0.1, delays=0/0/0/0.1, dsn=5.7.1, status="
    return f"{prefix}postfix/smtp[262]: 0D5B6278184: to=<{recipient.external}>, {orig_to}{route}{status}\n".encode()


def exim_reject(
    *,
    prefix: str = "2026-11-24 07:54:18 ",
    sender: Address = Address("bob", "corp.example"),
    login: str = "alice",
    recipient: Address = Address("lee", "ok.example"),
    reply: str = "553 5.7.1 no",
) -> bytes:
    who = f"H=pc22.corp.example (k3) [127.0.0.22] F=<{sender.external}> A=plain:{login}"
    return f"{prefix}{who} rejected RCPT <{recipient.external}>: {reply}\n".encode()


def exim_delivery(
    *,
    prefix: str = "2026-11-24 07:54:18 ",
    arrow: str = "**",
    recipient: Address = Address("lee", "ok.example"),
    reply: str | None = "553 5.7.1 no",
) -> bytes:
    final, original = recipient.internal.lower(), recipient.external
    to = final if final == original else f"{final} <{original}>"
    error = f": SMTP error from remote mail server after RCPT TO:<{original}>: {reply}" if reply else ""
    route = f"R=dnslookup T=remote_smtp H=mx.ok.example [127.0.0.41]{error}"
    return f"{prefix}1xVlMD-00002Y-0q {arrow} {to} {route}\n".encode()


def exim_arrival(*, prefix: str = "2026-11-24 07:54:18 ", sender: Address, login: str, subject: str) -> bytes:
    who = f"H=pc22.corp.example (k3) [127.0.0.22] P=esmtpa A=plain:{login}"
    title = re.sub(r'(["\\])', r"\\\1", subject)
    return f'{prefix}1xVlMD-00002Y-0q <= {sender.external} {who} S=331 id=x@y T="{title}"\n'.encode()
