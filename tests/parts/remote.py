"""`Remote`: another mail server, which accepts or refuses as the test says."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from parts.network import ThreadServer

Stage = Literal["greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "eod"]

# A reply that quotes a line of a Postfix log: whoever searches the log for such words
# anywhere in a line takes the quotation for a second refusal, of a user who never was.
QUOTED_REJECT = (
    "Nov 24 04:27:25 mail postfix/submission/smtpd[250]: NOQUEUE: reject: RCPT from"
    " pc66.corp.example[192.0.2.66]: 553 5.7.1 <boss@corp.example>: Sender address rejected:"
    " not owned by user mallory; from=<boss@corp.example> to=<x@ok.example> proto=ESMTP"
    " helo=<pc66.corp.example>"
)

# What local parts do by themselves, at any domain: {address} is the address as given.
BY_LOCAL_PART: Mapping[str, tuple[Stage, str]] = {
    "no-such-user": ("rcpt", "553 5.1.1 <{address}>: no mailbox here by that name"),
    "multi-line": (
        "rcpt",
        """553-5.7.1 Your message was refused.
553-5.7.1 <{address}> does not want it.
553 5.7.1 Ask postmaster@partner.example.""",
    ),
    "no-enhanced-code": ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts"),
    "quotes-a-log-line": ("rcpt", f"553 5.7.1 refused, our log says: {QUOTED_REJECT}"),
    "try-later": ("rcpt", "450 4.2.0 <{address}>: try again later"),
    "refused-at-mail": ("mail", "553 5.7.1 <{address}>: Sender address rejected: not logged in"),
    "refused-at-data": ("data", "553 5.7.1 no data for <{address}>"),
    "refused-at-end": ("eod", "553 5.7.1 content for <{address}> refused"),
}

OK: Mapping[Stage, str] = {
    "greeting": "220 {host} ESMTP",
    "ehlo": "250 {host}",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 End data with <CR><LF>.<CR><LF>",
    "eod": "250 2.0.0 Ok: taken",
}
NOT_KNOWN = "502 5.5.2 not known here"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that this server took: only the recipients it took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that this server refused; address is empty where the command has none."""

    stage: Stage
    address: str
    reply: str


@dataclass(slots=True)
class _Transaction:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class Remote(ThreadServer):
    """An SMTP server on a free loopback port.

    It accepts everything, but for the local parts in `BY_LOCAL_PART` and for what it was
    told by `answer(stage, who, reply)`. `who` is an address, a local part, "@domain" or "*";
    `greeting` and `ehlo` know only "*". `data` and `eod` look at the recipients, then at the
    sender. Lines of a reply are separated by "\\n". Rules can change while it runs.
    """

    def __init__(
        self,
        rules: Mapping[tuple[Stage, str], str] | None = None,
        *,
        host: str = "127.0.0.1",
        name: str = "mx.partner.example",
    ) -> None:
        super().__init__(_Session, host)
        self.name = name
        self.accepted: list[Accepted] = []
        self.refused: list[Refused] = []
        self._rules = dict(rules or {})
        self._lock = threading.Lock()

    def answer(self, stage: Stage, who: str, reply: str) -> None:
        """From now on, give this reply."""
        with self._lock:
            self._rules[stage, who] = reply

    def accept(self, stage: Stage, who: str) -> None:
        """From now on, say yes, even to a local part that is refused by itself."""
        self.answer(stage, who, OK[stage])

    def forget(self) -> None:
        """Drop all rules that were told."""
        with self._lock:
            self._rules.clear()

    def reply_to(self, stage: Stage, addresses: Iterable[str] = ()) -> str:
        """The reply that holds for this command, and note it if it is a refusal."""
        reply, address = self._decide(stage, addresses)
        if reply[0] in "45":
            with self._lock:
                self.refused.append(Refused(stage, address, reply))
        return reply

    def take(self, sender: str, recipients: Iterable[str], content: bytes) -> None:
        with self._lock:
            self.accepted.append(Accepted(sender, tuple(recipients), content))

    def _decide(self, stage: Stage, addresses: Iterable[str]) -> tuple[str, str]:
        with self._lock:
            for address in addresses:
                local, _, domain = address.rpartition("@")
                for who in (address, local, f"@{domain}"):
                    if (stage, who) in self._rules:
                        return self._filled(self._rules[stage, who], address), address
                at, reply = BY_LOCAL_PART.get(local, (None, ""))
                if at == stage:
                    return self._filled(reply, address), address
            reply = self._rules.get((stage, "*"), OK.get(stage, NOT_KNOWN))
        return self._filled(reply, ""), ""

    def _filled(self, reply: str, address: str) -> str:
        return reply.replace("{address}", address).replace("{host}", self.name)


class _Session(socketserver.StreamRequestHandler):
    """One client's session, command by command."""

    def handle(self) -> None:
        remote = cast(Remote, self.server)
        self._say(remote.reply_to("greeting"))
        transaction = _Transaction()
        for raw in self.rfile:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            match line[:4].upper():
                case "EHLO" | "HELO":
                    self._say(remote.reply_to("ehlo"))
                case "STAR":
                    self._say(remote.reply_to("starttls"))
                case "AUTH":
                    self._say(remote.reply_to("auth"))
                case "MAIL":
                    transaction = _Transaction(_address(line))
                    self._say(remote.reply_to("mail", [transaction.sender]))
                case "RCPT":
                    self._recipient(remote, transaction, _address(line))
                case "DATA":
                    self._content(remote, transaction)
                    transaction = _Transaction()
                case "RSET" | "NOOP":
                    self._say("250 2.0.0 Ok")
                case "QUIT":
                    self._say("221 2.0.0 Bye")
                    return
                case _:
                    self._say(NOT_KNOWN)

    def _recipient(self, remote: Remote, transaction: _Transaction, address: str) -> None:
        reply = remote.reply_to("rcpt", [address])
        if reply.startswith("2"):
            transaction.recipients.append(address)
        self._say(reply)

    def _content(self, remote: Remote, transaction: _Transaction) -> None:
        concerned = [*transaction.recipients, transaction.sender]
        go_on = remote.reply_to("data", concerned)
        self._say(go_on)
        if not go_on.startswith("3"):
            return
        content = b"".join(_undotted(raw) for raw in iter(self.rfile.readline, b".\r\n") if raw)
        reply = remote.reply_to("eod", concerned)
        if reply.startswith("2"):
            remote.take(transaction.sender, transaction.recipients, content)
        self._say(reply)

    def _say(self, reply: str) -> None:
        text = reply.replace("\n", "\r\n") + "\r\n"
        self.wfile.write(text.encode("utf-8", "surrogateescape"))


def _address(line: str) -> str:
    """The address of MAIL FROM:<…> or RCPT TO:<…>; ESMTP parameters come after the last >."""
    return line[line.index("<") + 1 : line.rindex(">")]


def _undotted(raw: bytes) -> bytes:
    return raw[1:] if raw.startswith(b".") else raw
