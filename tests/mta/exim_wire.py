"""A client's end of the wire: what was typed, step by step, and what was answered."""

from __future__ import annotations

import base64
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_REPLY = re.compile(r"(?P<code>\d{3})(?:[ -](?P<enhanced>[245]\.\d{1,3}\.\d{1,3})\b)?")
PRDR = 353
_TAKEN = re.compile(r"(?:250 (?:OK )?|550[ -]FAKEREJECT )id=(?P<id>[0-9A-Za-z-]+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one step; `argument` is the address or the name that the client gave."""

    step: str
    argument: str
    code: int
    enhanced_code: str | None
    text: str

    @property
    def accepted(self) -> bool:
        return self.code < 400

    @property
    def message_id(self) -> str | None:
        found = _TAKEN.match(self.text)
        return found["id"] if found else None


def connected(port: int, client: str, proxied: str | None) -> socket.socket:
    """A connection from an address of this machine; a proxy there speaks for `proxied`."""
    host = "::1" if ":" in client else "127.0.0.1"
    end = socket.create_connection((host, port), 30, (client, 0))
    if proxied:
        end.sendall(f"PROXY TCP4 {proxied} 192.0.2.1 40000 25\r\n".encode())
    return end


class Wire:
    """One session with the server, all its answers kept."""

    def __init__(self, end: socket.socket) -> None:
        self.answers: list[Answer] = []
        self._socket = end
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()
        self._socket.close()

    def hears(self, step: str, argument: str = "") -> Answer:
        """The next answer, noted as that to this step."""
        text = self._reply()
        found = _REPLY.match(text)
        assert found, text
        answer = Answer(step, argument, int(found["code"]), found["enhanced"], text)
        self.answers.append(answer)
        return answer

    def says(self, step: str, argument: str, line: str) -> Answer:
        self._send(line)
        return self.hears(step, argument)

    def logs_in(self, login: str, mechanism: str, password: str) -> Answer:
        if mechanism == "PLAIN":
            return self.says("auth", login, f"AUTH PLAIN {_base64(f'{chr(0)}{login}{chr(0)}{password}')}")
        self.says("auth", login, f"AUTH {mechanism}")
        self.says("auth", login, _base64(login))
        return self.says("auth", login, _base64(password))

    def encrypts(self, server_name: str | None, certificate: Path | None) -> None:
        answer = self.says("starttls", "", "STARTTLS")
        assert answer.accepted, answer.text
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate)
        self._reader.close()
        self._socket = context.wrap_socket(self._socket, server_hostname=server_name)
        self._reader = self._socket.makefile("rb")

    def sends_content(self, content: str, recipients: list[str]) -> None:
        """The content, and what is answered: once, or for each recipient first (PRDR)."""
        self._send(f"{content}\r\n.")
        if self.hears("eod").code == PRDR:
            self.answers.pop()
            for recipient in recipients:
                self.hears("eod", recipient)
            self.hears("eod")

    def ends(self) -> None:
        """Leave as soon as the server has logged the step before; its answer to QUIT comes late, and is not needed.

        It may have hung up already: then it has logged all.
        """
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send("NOOP")
            self._reply()
            self._send("QUIT")

    def is_closed(self) -> None:
        """Wait for the server to hang up, which it does when it has logged why."""
        self._reader.read()

    def _send(self, line: str) -> None:
        self._socket.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def _reply(self) -> str:
        lines = []
        for raw in self._reader:
            lines.append(raw.decode("utf-8", "surrogateescape").rstrip("\r\n"))
            if lines[-1][3:4] != "-":
                break
        return "\n".join(lines)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
