"""A mail client: one SMTP session that tells what became of each recipient."""

from __future__ import annotations

import base64
import re
import smtplib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from types import TracebackType
from typing import Self

PASSWORD = "secret"  # the password of every user in the testbed

# Postfix: "250 2.0.0 Ok: queued as 4D1F2278194"; Exim: "250 OK id=1xVlMD-00002Y-0q".
QUEUED = re.compile(r"(?:queued as |OK id=)(?P<id>[0-9A-Za-z-]+)")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered; the lines of a longer reply are joined by a newline."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.code < 400


@dataclass(frozen=True, slots=True)
class Sent:
    """The server's last word about each recipient, and the queue id if it took the message."""

    replies: Mapping[str, Reply]
    queue_id: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether every recipient was taken."""
        return all(reply.accepted for reply in self.replies.values())


class Client:
    """One session: greeting, EHLO, login; then any number of messages; QUIT.

    `source` is the loopback address to come from; `xclient` (Postfix only) claims another
    one, such as {"ADDR": "192.0.2.21", "NAME": "pc21.example.org"}. A session that the
    server refuses at the greeting or at EHLO gives that reply for every recipient.
    """

    def __init__(
        self,
        port: int,
        *,
        user: str | None = None,
        password: str = PASSWORD,
        mechanism: str = "PLAIN",
        source: str = "127.0.0.1",
        helo: str = "pc21.corp.example",
        xclient: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._to = (host, port)
        self._login = (user, password, mechanism)
        self._xclient = xclient
        self._refusal: Reply | None = None
        self._smtp = smtplib.SMTP(local_hostname=helo, source_address=(source, 0), timeout=60)
        self._smtp.command_encoding = "utf-8"

    def __enter__(self) -> Self:
        try:
            self._refusal = self._open()
        except BaseException:
            self._smtp.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._smtp.__exit__(kind, error, trace)

    def send(
        self,
        sender: str,
        recipients: Iterable[str],
        *,
        subject: str = "Minutes of the meeting",
        body: str = "See you on Monday.",
        content: bytes | None = None,
    ) -> Sent:
        """Send one message. Addresses go out as given, quoted local parts and all."""
        wanted = list(recipients)
        refusal = self._refusal or _refused(self._say(f"MAIL FROM:<{sender}>"))
        if refusal:
            self._reset()
            return Sent(dict.fromkeys(wanted, refusal))
        replies = {recipient: self._say(f"RCPT TO:<{recipient}>") for recipient in wanted}
        taken = [recipient for recipient, reply in replies.items() if reply.accepted]
        if not taken:
            self._reset()
            return Sent(replies)
        end = self._data(content or _message(sender, wanted, subject, body))
        if not end.accepted:
            self._reset()
        found = QUEUED.search(end.text)
        return Sent(
            {**replies, **dict.fromkeys(taken, end)},
            found["id"] if found and end.accepted else None,
        )

    def _open(self) -> Reply | None:
        greeting = _reply(self._smtp.connect(*self._to))
        refusal = _refused(greeting) or _refused(_reply(self._smtp.ehlo()))
        if refusal is None and self._xclient:
            claims = " ".join(f"{name}={value}" for name, value in self._xclient.items())
            refusal = _refused(self._say(f"XCLIENT {claims}")) or _refused(_reply(self._smtp.ehlo()))
        if refusal is None and self._login[0] is not None:
            self._log_in(self._login[0], *self._login[1:])
        return refusal

    def _log_in(self, user: str, password: str, mechanism: str) -> None:
        if mechanism == "PLAIN":
            answer = self._say(f"AUTH PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
        else:
            self._say(f"AUTH {mechanism}")
            self._say(_base64(user))
            answer = self._say(_base64(password))
        if not answer.accepted:
            raise smtplib.SMTPAuthenticationError(answer.code, answer.text.encode())

    def _data(self, content: bytes) -> Reply:
        try:
            return _reply(self._smtp.data(content))
        except smtplib.SMTPDataError as error:  # refused before the content
            said = error.smtp_error
            return _reply((error.smtp_code, said if isinstance(said, bytes) else said.encode()))

    def _say(self, command: str) -> Reply:
        return _reply(self._smtp.docmd(command))

    def _reset(self) -> None:
        """Leave the transaction, so that the next message starts anew."""
        if self._refusal is None:
            self._say("RSET")


def _reply(answer: tuple[int, bytes]) -> Reply:
    code, text = answer
    return Reply(code, text.decode(errors="backslashreplace"))


def _refused(reply: Reply) -> Reply | None:
    return None if reply.accepted else reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _message(sender: str, recipients: list[str], subject: str, body: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="pc21.corp.example")
    message.set_content(body)
    # Not through the header classes: they would refuse the odd addresses that tests use.
    head = f"From: <{sender}>\r\nTo: {', '.join(f'<{one}>' for one in recipients)}\r\n"
    return head.encode("utf-8", "surrogateescape") + message.as_bytes()
