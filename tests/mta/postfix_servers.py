"""What stands around a Postfix: filters that hand its mail back, an LMTP server, and one that speaks TLS."""

from __future__ import annotations

import smtplib
import socketserver
import ssl
import sys
from typing import Any, cast

import trustme

from parts.network import ThreadServer
from parts.remote import Remote


class Filter(ThreadServer):
    """A content filter: it takes a message, hands it on to the next port, and answers as it was answered.

    With `speaks`, the answer to the content is told in the filter's own words, as Amavis does.
    """

    def __init__(self, *, speaks: bool) -> None:
        super().__init__(_Passing)
        self.speaks = speaks
        self.onward = 0


class _Passing(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(Filter, self.server)
        with smtplib.SMTP("127.0.0.1", server.onward) as onward:
            self.wfile.write(b"220 filter.corp.example ESMTP\r\n")
            for raw in self.rfile:
                onward.send(raw)
                code, text = onward.getreply()
                self._answer(code, text)
                if raw[:4].upper() == b"QUIT":
                    return
                if code == 354:
                    for content in iter(self.rfile.readline, b".\r\n"):
                        onward.send(content)
                    onward.send(b".\r\n")
                    self._answer(*onward.getreply(), server.onward if server.speaks else None)

    def _answer(self, code: int, text: bytes, port: int | None = None) -> None:
        if port is not None:
            text = f"{text[:5].decode()} from MTA(smtp:[127.0.0.1]:{port}): {code} ".encode() + text
        *first, last = text.split(b"\n")
        lines = [f"{code}-".encode() + line for line in first] + [f"{code} ".encode() + last]
        self.wfile.write(b"\r\n".join(lines) + b"\r\n")


class Lmtp(Remote):
    """A mailbox server: it answers after the content, once for each recipient, by the rules of `eod`."""

    def __init__(self, host: str) -> None:
        super().__init__(host=host)
        self.RequestHandlerClass = _Lmtp


class _Lmtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        remote = cast(Remote, self.server)
        recipients: list[str] = []
        self._say("220 store.corp.example LMTP")
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            match line[:4].upper():
                case "RCPT":
                    address = line[line.index("<") + 1 : line.rindex(">")]
                    reply = remote.reply_to("rcpt", [address])
                    recipients += [address] if reply.startswith("2") else []
                    self._say(reply)
                case "DATA":
                    self._say("354 go on")
                    for _ in iter(self.rfile.readline, b".\r\n"):
                        pass
                    for address in recipients:
                        self._say(remote.reply_to("eod", [address]))
                    recipients = []
                case "QUIT":
                    self._say("221 2.0.0 Bye")
                    return
                case _:
                    self._say("250 2.0.0 Ok")

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.replace("\n", "\r\n").encode() + b"\r\n")


class Wrapped(Remote):
    """A server that speaks TLS from the first byte; nobody knows who has signed its certificate."""

    def __init__(self, host: str) -> None:
        super().__init__(host=host)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert(host).configure_cert(tls)
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Some hang up because they don't trust the certificate."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
