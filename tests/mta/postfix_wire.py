"""Both ends of the wire: sessions as they are typed, and what was answered to each command."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from parts.client import PASSWORD

_STAGES: Final = {
    "EHLO": "ehlo",
    "HELO": "ehlo",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "BDAT": "data",
    "VRFY": "vrfy",
    "ETRN": "etrn",
}
_REPLY = re.compile(r"(?P<code>\d{3})[ -](?:(?P<enhanced>\d\.\d{1,3}\.\d{1,3}) )?")
_QUEUED = re.compile(r"queued as (?P<id>[0-9A-Za-z]+)")
_PATH = re.compile(r":<(?P<address>.*)>")


@dataclass(frozen=True, slots=True)
class Session:
    """One client: where it comes from, as whom it logs in, and what it types.

    A line that ends with `\\r\\n.` is the content of a message. What a refusal makes pointless is not typed:
    a client whose sender was refused names no recipients, one without recipients sends no content.
    """

    lines: tuple[str, ...]
    user: str | None = None
    service: str = "submission"
    source: str = "127.0.0.21"
    helo: str = "EHLO pc21.corp.example"
    xclient: str | None = None


def mail(sender: str, *recipients: str, subject: str = "Minutes", options: str = "") -> tuple[str, ...]:
    """The lines of one message, addresses as given."""
    return (
        f"MAIL FROM:<{sender}>{options}",
        *(f"RCPT TO:<{recipient}>" for recipient in recipients),
        "DATA",
        f"Subject: {subject}\r\n\r\nSee you on Monday.\r\n.",
    )


@dataclass(slots=True)
class Message:
    """One transaction as the client saw it."""

    sender: str
    taken: list[str]
    queue_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered to one command; `sender` and `recipient` are None where none was named yet."""

    stage: str
    code: int
    enhanced_code: str | None
    text: str
    message: Message | None = None
    recipient: str | None = None
    had_recipients: bool = False

    @property
    def accepted(self) -> bool:
        return self.code < 400


class Conversation:
    """A session that is typed line by line, so that two can go on at the same time."""

    def __init__(self, session: Session, port: int) -> None:
        self.session = session
        self.answers: list[Answer] = []
        self.messages: list[Message] = []
        self.user: str | None = None
        self._to = ("::1" if ":" in session.source else "127.0.0.1", port)

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(self._to, 30, (self.session.source, 0))
        self._reader = self._socket.makefile("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def typed(self) -> Iterator[None]:
        """Type one line after another; each step ends with the answer."""
        if not self._note("connect").accepted:
            self._say("QUIT")
            return
        for line in (*self._opening(), *self.session.lines):
            if self._is_pointless(line):
                continue
            self._type(line)
            yield
            if line == self.session.helo and not self.answers[-1].accepted:
                break
        self._say("QUIT")

    def _opening(self) -> Iterator[str]:
        if self.session.xclient:
            yield self.session.helo
            yield f"XCLIENT {self.session.xclient}"
        yield self.session.helo
        if self.session.user is not None:
            secret = f"\0{self.session.user}\0{PASSWORD}".encode()
            yield f"AUTH PLAIN {base64.b64encode(secret).decode()}"

    def _is_pointless(self, line: str) -> bool:
        verb, last = line[:4], self.answers[-1]
        if verb == "RCPT":
            return not self.messages or (last.stage == "mail" and not last.accepted)
        if verb in ("DATA", "BDAT"):
            return not self.messages or not self.messages[-1].taken
        return line.endswith("\r\n.") and not (last.stage == "data" and last.accepted)

    def _type(self, line: str) -> None:
        self._socket.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")
        if line.endswith("\r\n."):
            self._content()
            return
        verb, path = line[:4], _PATH.search(line)
        address = path["address"] if path else None
        if verb == "MAIL":
            self.messages.append(Message(address or "", []))
        recipient = line[5:] if verb == "VRFY" else address if verb == "RCPT" else None
        answer = self._note(_STAGES.get(verb), recipient)
        if verb == "AUTH" and answer.accepted:
            self.user = self.session.user
        if verb == "MAIL" and not answer.accepted:
            self._say("RSET")
        if verb == "RCPT" and answer.accepted and recipient:
            self.messages[-1].taken.append(recipient)

    def _content(self) -> None:
        answer = self._note("eod")
        found = _QUEUED.search(answer.text)
        if answer.accepted and found:
            self.messages[-1].queue_id = found["id"]

    def _note(self, stage: str | None, recipient: str | None = None) -> Answer:
        text = self._answer()
        found = _REPLY.match(text)
        assert found, text
        message = self.messages[-1] if self.messages and stage in ("mail", "rcpt", "data", "eod") else None
        if stage in ("data", "eod") and message and len(message.taken) == 1:
            recipient = message.taken[0]
        answer = Answer(
            stage or "other",
            int(found["code"]),
            found["enhanced"],
            text,
            message,
            recipient,
            bool(message and message.taken),
        )
        if stage:
            self.answers.append(answer)
        return answer

    def _say(self, line: str) -> None:
        self._socket.sendall(f"{line}\r\n".encode())
        self._answer()

    def _answer(self) -> str:
        lines = []
        for raw in self._reader:
            lines.append(raw.decode("utf-8", "surrogateescape").rstrip("\r\n"))
            if lines[-1][3:4] != "-":
                break
        return "\n".join(lines)
