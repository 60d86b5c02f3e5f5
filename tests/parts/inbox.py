"""`Inbox`: the administrator's mail server, real SMTP over TLS, which keeps what it gets.

It can also misbehave, as the servers do that an alert must not hang on.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote, urlencode

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from parts.client import PASSWORD
from parts.waiting import until

Security = Literal["starttls", "ssl", "none"]
Behaviour = Literal["take", "silent", "drip", "hang after data"]

NAME = "localhost"  # the certificate is for this name and for 127.0.0.1
DRIP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that the inbox took."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    encrypted: bool
    user: str | None
    content: bytes
    """As it came over the wire."""

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain-text body."""
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content())


class Inbox:
    """An SMTP server on a free loopback port, from `with` to the end of the block.

    - `security`: "starttls" (and no mail without it), "ssl" (TLS from the first byte), "none".
    - `user`: with a user name, a login is needed (client.PASSWORD).
    - `ca_pem`: the file to trust, for SSL_CERT_FILE.
    - `behave("silent" | "drip" | "hang after data" | "take")`: from the next connection on it
      never says a word, says its greeting a byte at a time for ever, or takes the message
      and never answers.
    - `refuse("553 5.7.1 …")` refuses every recipient; `refuse(None)` ends that.
    """

    def __init__(self, directory: Path, *, security: Security = "starttls", user: str | None = None) -> None:
        self.security = security
        self.user = user
        directory.mkdir(parents=True, exist_ok=True)
        self.ca_pem = directory / "ca.pem"
        self.port = 0
        self.mails: list[Mail] = []
        self.connections = 0
        self._behaviour: Behaviour = "take"
        self._refusal: str | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_pem)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(NAME, "127.0.0.1").configure_cert(self._tls)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(
        self,
        recipient: str = "postmaster@corp.example",
        sender: str = "rejectwatch@corp.example",
        **more: str,
    ) -> str:
        """The Apprise URL that sends here; `more` are further parameters of its query."""
        mode = "insecure" if self.security == "none" else self.security
        query = {"smtp": NAME, "from": sender, "to": recipient, "mode": mode, **more}
        login = f"{quote(self.user, safe='')}:{PASSWORD}@" if self.user else ""
        scheme = "mailto" if self.security == "none" else "mailtos"
        return f"{scheme}://{login}{NAME}:{self.port}/?{urlencode(query)}"

    def behave(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    def refuse(self, reply: str | None = "553 5.7.1 refused by the test") -> None:
        self._refusal = reply

    def wait_for(self, count: int, seconds: float = 20) -> list[Mail]:
        """All mails, as soon as there are `count` of them."""
        until(
            lambda: len(self.mails) >= count,
            seconds,
            lambda: f"{count} mails; there are {[mail.subject for mail in self.mails]}",
        )
        return list(self.mails)

    async def _listen(self) -> asyncio.Server:
        tls = self._tls if self.security == "ssl" else None
        return await self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=tls)

    async def _close(self) -> None:
        self._server.close()
        running = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _protocol(self) -> asyncio.BaseProtocol:
        self.connections += 1
        match self._behaviour:
            case "silent":
                return asyncio.Protocol()
            case "drip":
                return _Drip()
        starttls = self.security == "starttls"
        return SMTP(
            _Handler(self, hangs=self._behaviour == "hang after data"),
            hostname=NAME,
            loop=self._loop,
            tls_context=self._tls if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,  # aiosmtpd does not see the TLS of "ssl"
            authenticator=self._authenticate if self.user else None,
            enable_SMTPUTF8=True,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login.decode(), data.password.decode()) == (self.user, PASSWORD)
        # handled=False: aiosmtpd shall answer 535; otherwise the client waits for ever.
        return AuthResult(success=right, handled=False, auth_data=data)


class _Handler:
    """What aiosmtpd asks about each message."""

    def __init__(self, inbox: Inbox, *, hangs: bool) -> None:
        self._inbox = inbox
        self._hangs = hangs

    async def handle_MAIL(  # noqa: N802  # aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._inbox.user and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._inbox._refusal:
            return self._inbox._refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        login: object = session.auth_data
        self._inbox.mails.append(
            Mail(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                message=email.message_from_bytes(content, policy=email.policy.default),
                encrypted=session.ssl is not None or self._inbox.security == "ssl",
                user=login.login.decode() if isinstance(login, LoginPassword) else None,
                content=content,
            )
        )
        if self._hangs:
            await asyncio.Event().wait()
        return "250 2.0.0 Ok: kept"


class _Drip(asyncio.Protocol):
    """A greeting that never ends, a byte at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._said = 0
        self._say()

    def _say(self) -> None:
        if self._transport.is_closing():
            return
        greeting = b"220-please wait a little\r\n"
        self._transport.write(greeting[self._said % len(greeting) :][:1])
        self._said += 1
        asyncio.get_running_loop().call_later(DRIP_SECONDS, self._say)
