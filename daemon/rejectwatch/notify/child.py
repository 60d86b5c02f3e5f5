"""The child process that sends one message through Apprise: `python -m rejectwatch.notify.child`.

A process of its own, because Apprise has no total time limit and a server that drips an answer would hold
a thread for ever; a process can be ended. The URL comes on standard input, never in the arguments, where
everybody on the machine could read it. Answers one sentence on standard output; exit code 0 means sent.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import apprise

from rejectwatch.messages.neutral import harmless
from rejectwatch.notify import alertmanager, mail, teams
from rejectwatch.notify.allowed import schemes, service_of
from rejectwatch.notify.secrets import MAIL, hidden

LONGEST_TITLE = 300
LONGEST_ANSWER = 500
_LOUD = ("apprise", "urllib3")
"""They tell only their log what the other side said; and would tell it our standard error, with the URL."""
# Neither visible nor a letter: controls, what turns the direction of writing, halves of characters. `neutral` has
# made them visible where they came from a log; none of them belongs into a message of ours.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)
_ENCODED_WORD = "=?"
"""How a header says that it means other letters than it shows (RFC 2047)."""
_REASON = "Socket Exception: "
"""How Apprise begins the reason of a failure; it thinks that only a programmer wants to know."""
_CAUSED_BY = "(Caused by "
"""How the end of such a reason begins that is not the whole URL."""
_DETAILS = "Response Details:"
"""How Apprise begins what a web service has answered."""
_STATUS = re.compile(r'HTTP/[\d.]+" (\d{3})\b')
_SMTP_REPLY = re.compile(r"\((\d{3}), b(?P<quote>['\"])(.*?)(?P=quote)\)")
"""How Python shows the reply of a mail server: (553, b'5.7.1 not here')"""


class Answer(NamedTuple):
    """Whether the other side took the message, and what is to be told about it: one harmless sentence."""

    taken: bool
    said: str


def send(order: Mapping[str, Any]) -> Answer:
    """Send the message of an order: `url`, `id`, `title`, `body`, and where there are such: `html`, `card`, `thread`, `alerts`."""
    url, is_mail = order["url"], _is_mail(order["url"])
    if alertmanager.is_meant(url):
        why = alertmanager.send(order)
        return Answer(why is None, why or "sent")
    heard = _Heard(is_mail=is_mail)
    _listen(heard)
    if is_mail:
        url = mail.with_headers(url, order["id"], order.get("thread") or "")
    sender, why = service_of(url)
    if why is not None:
        return Answer(taken=False, said=why)
    taken = _sent(sender, order, heard)
    text = harmless(hidden(_SMTP_REPLY.sub(r"\1 \3", " ".join(heard.said)), order["url"]), LONGEST_ANSWER)
    begin = "sent" if taken else "was not taken"
    return Answer(taken, f"{begin}: {text}" if text else begin)


def understood(url: str) -> str | None:
    """None if a channel can be made of the URL, else a sentence (which does not repeat the URL)."""
    if alertmanager.is_meant(url):
        return alertmanager.understood(url)
    _listen()
    return service_of(url)[1]


def _sent(sender: apprise.Apprise, order: Mapping[str, Any], heard: _Heard) -> bool:
    service = sender[0]
    title, body, html = _title(order["title"]), _printable(order["body"]), order.get("html")
    if order.get("card") and "workflows" in schemes(service):
        taken = teams.send({**order, "title": title})
        heard.said += teams.meaning(heard.said)
        return taken
    if "mailto" not in schemes(service):
        return _told(sender, title, body)
    with mail.own_parts(type(service), title, body, html and _printable(html)) as answers:
        taken = _told(sender, title, body)
    heard.said += answers
    return taken


def _told(sender: apprise.Apprise, title: str, body: str) -> bool:
    text = apprise.NotifyFormat.TEXT
    if sender[0].resolve_format(text) is not text:
        # What is no markup there, Apprise escapes in a body, and not in a title.
        title, body = "", f"{title}\n\n{body}"
    return bool(sender.notify(title=title, body=body, body_format=text))


def _title(title: str) -> str:
    """One line: a line end would begin the next header, and the mail library refuses such a message for good."""
    line = " ".join(_UNSEEN.sub(" ", title).split())
    return line.replace(_ENCODED_WORD, "= ?")[:LONGEST_TITLE]


def _printable(text: str) -> str:
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def _is_mail(url: str) -> bool:
    return url.partition("://")[0].strip().lower() in MAIL


def _listen(*handlers: logging.Handler) -> None:
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
        logger.handlers = [*handlers] or [logging.NullHandler()]


class _Heard(logging.Handler):
    """What Apprise, and what it sends with, tell only to their logs: why something failed, what was answered."""

    def __init__(self, *, is_mail: bool) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self._is_mail = is_mail

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if record.name.startswith("urllib3"):
            self.said += (f"the answer was {status}" for status in _STATUS.findall(told))
        elif record.levelno >= logging.WARNING:
            self.said.append(told)
        elif told.startswith(_DETAILS):
            self.said.append(told.removeprefix(_DETAILS).strip())
        elif told.startswith(_REASON):
            reason = told.removeprefix(_REASON)
            _, begins, cause = reason.partition(_CAUSED_BY)
            if self._is_mail or begins:
                self.said.append(reason if self._is_mail else cause.removesuffix(")"))


def main() -> int:
    answer, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    done = send(json.load(sys.stdin))
    print(done.said, file=answer)
    return 0 if done.taken else 1


if __name__ == "__main__":
    sys.exit(main())
