"""A password checker that speaks Dovecot's authentication protocol, for Postfix's smtpd.

So no Dovecot and no SASL modules are needed, and any user name can be tried.
"""

from __future__ import annotations

import base64
import binascii
import socketserver

from parts.client import PASSWORD
from parts.network import ThreadServer

# What the server asks for, one answer each; PLAIN's prompt is empty.
PROMPTS = {"PLAIN": [""], "LOGIN": ["Username:", "Password:"]}

HELLO = (
    "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n"
    f"SPID\t1\nCUID\t1\nCOOKIE\t{'0' * 32}\nDONE\n"
)


class PasswordServer(ThreadServer):
    """Every user exists, and has the same password."""

    def __init__(self) -> None:
        super().__init__(_Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    """One smtpd process; it may have one login under way for each request number."""

    def handle(self) -> None:
        self._open: dict[str, tuple[str, list[str]]] = {}
        self._say(HELLO)
        for raw in self.rfile:
            verb, *fields = raw.decode("utf-8", "surrogateescape").rstrip("\n").split("\t")
            match verb, fields:
                case "AUTH", [number, mechanism, *details]:
                    self._open[number] = (mechanism, [])
                    first = [one.removeprefix("resp=") for one in details if one[:5] == "resp="]
                    self._go_on(number, first)
                case "CONT", [number, *answers]:
                    self._go_on(number, answers or [""])

    def _go_on(self, number: str, answers: list[str]) -> None:
        mechanism, given = self._open[number]
        given.extend(answers)
        prompts = PROMPTS[mechanism]
        if len(given) < len(prompts):
            prompt = base64.b64encode(prompts[len(given)].encode()).decode()
            self._say(f"CONT\t{number}\t{prompt}\n")
            return
        del self._open[number]
        user, password = _credentials(mechanism, given)
        self._say(f"{'OK' if password == PASSWORD else 'FAIL'}\t{number}\tuser={user}\n")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode("utf-8", "surrogateescape"))


def _credentials(mechanism: str, given: list[str]) -> tuple[str, str]:
    try:
        plain = [base64.b64decode(one).decode("utf-8", "surrogateescape") for one in given]
    except binascii.Error:
        return "", ""
    if mechanism == "PLAIN":
        _, _, rest = plain[0].partition("\0")
        user, _, password = rest.partition("\0")
        return user, password
    return plain[0], plain[1]
