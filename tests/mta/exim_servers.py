"""What Exim meets besides plain SMTP: servers that speak more of it, one behind a socket, one that knows its users."""

from __future__ import annotations

import re
import socketserver
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import cast

from mta.postfix_servers import Lmtp
from parts.network import InThread
from parts.packages import program
from parts.remote import Remote

IDENT_PORT = 113  # the only one that RFC 1413 knows


class Modern(Remote):
    """It takes a message in pieces (RFC 3030), answers for each recipient if it is asked to (PRDR), and encrypts."""

    certificate: Path

    def __init__(self, host: str) -> None:
        super().__init__(host=host)
        self.RequestHandlerClass = _Modern


class _Modern(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._remote = cast(Modern, self.server)
        self._begin("")
        self._say(self._remote.reply_to("greeting"))
        commands: dict[str, Callable[[str], None]] = {
            "EHLO": lambda _: self._say(self._remote.reply_to("ehlo")),
            "STAR": self._encrypt,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._chunk,
        }
        while raw := self.rfile.readline():
            line = raw.decode().rstrip("\r\n")
            if line.upper() == "QUIT":
                self._say("221 2.0.0 Bye")
                return
            if command := commands.get(line[:4].upper()):
                command(line)
            else:
                self._say("250 2.0.0 Ok")

    def finish(self) -> None:
        super().finish()
        self.request.close()  # perhaps the encrypted one, of which nobody else knows

    def _begin(self, mail: str) -> None:
        self._recipients: list[str] = []
        self._each_in_turn = mail.upper().endswith(" PRDR")

    def _encrypt(self, _line: str) -> None:
        reply = self._remote.reply_to("starttls")
        self._say(reply)
        if reply.startswith("2"):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self._remote.certificate)
            self.rfile.close()
            self.wfile.close()
            self.request = context.wrap_socket(self.request, server_side=True)
            self.setup()

    def _mail(self, line: str) -> None:
        self._begin(line)
        self._say(self._remote.reply_to("mail"))

    def _rcpt(self, line: str) -> None:
        address = line[line.index("<") + 1 : line.rindex(">")]
        reply = self._remote.reply_to("rcpt", [address])
        self._recipients += [address] if reply.startswith("2") else []
        self._say(reply)

    def _data(self, _line: str) -> None:
        self._say(self._remote.reply_to("data"))
        for _ in iter(self.rfile.readline, b".\r\n"):
            pass
        self._end_of_data()

    def _chunk(self, line: str) -> None:
        self.rfile.read(int(line.split()[1]))
        if line.upper().endswith(" LAST"):
            self._end_of_data()
        else:
            self._say("250 2.0.0 Ok")

    def _end_of_data(self) -> None:
        if not self._each_in_turn:
            self._say(self._remote.reply_to("eod", self._recipients))
            return
        self._say("353 each in turn")
        for address in self._recipients:
            self._say(self._remote.reply_to("eod", [address]))
        self._say("250 2.0.0 Ok: taken")

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.replace("\n", "\r\n").encode() + b"\r\n")


class LmtpAtSocket(InThread, socketserver.UnixStreamServer):
    """The mailbox server `behind`, at a socket of this machine."""

    def __init__(self, path: Path, behind: Lmtp) -> None:
        super().__init__(str(path), cast("type[socketserver.BaseRequestHandler]", behind.RequestHandlerClass))
        path.chmod(0o666)
        self.reply_to = behind.reply_to


class Ident(InThread, socketserver.TCPServer):
    """A client's machine that says which of its users has opened a connection (RFC 1413)."""

    allow_reuse_address = True

    def __init__(self, host: str, user: str) -> None:
        super().__init__((host, IDENT_PORT), _Ident)
        self.user = user


class _Ident(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        ports = re.sub(r"\s", "", self.rfile.readline().decode())
        self.wfile.write(f"{ports} : USERID : UNIX : {cast(Ident, self.server).user}\r\n".encode())


def certificate(path: Path, name: str) -> None:
    """A certificate that nobody else has signed, and its key, in one file."""
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
    subject = "/CN=" + re.sub(r"([/\\+])", r"\\\1", name)
    made = path.with_suffix(".key")
    subprocess.run(
        [program("openssl", "openssl"), "req", "-x509", *key, "-utf8", "-subj", subject, "-keyout", made, "-out", path],
        check=True,
        capture_output=True,
    )  # fmt: skip
    with path.open("a") as file:
        file.write(made.read_text())
    made.unlink()
    path.chmod(0o644)
