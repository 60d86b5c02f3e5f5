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
from typing import Any
from urllib.parse import quote, urlsplit

import apprise

from rejectwatch.messages.neutral import harmless
from rejectwatch.notify.secrets import MAIL, hidden

_LOGGER = logging.getLogger("apprise")
NOT_UNDERSTOOD = "is not a URL that Apprise understands, such as mailtos://user:password@mail.example.jp?to=…"
NOT_VERIFIED = (
    "has verify=no, which would give the password to whoever answers; let SSL_CERT_FILE name the"
    " certificate to trust instead"
)
LONGEST_TITLE = 300
LONGEST_ANSWER = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REASON = "Socket Exception: "
"""How Apprise begins the reason of a failed mail; it thinks that only a programmer wants to know."""
_SMTP_REPLY = re.compile(r"\((\d{3}), b(?P<quote>['\"])(.*?)(?P=quote)\)")
"""How Python shows the reply of a mail server: (553, b'5.7.1 not here')"""


def send(order: dict[str, Any]) -> str | None:
    """Send the message of an order (`url`, `title`, `body`, `id`); None when sent, else why not."""
    url = order["url"]
    heard = _Heard(is_mail=_is_mail(url))
    _LOGGER.addHandler(heard)
    _LOGGER.setLevel(logging.DEBUG)
    _LOGGER.propagate = False
    sender = _sender(_with_headers(url, order["id"]))
    if (why := _refused(sender)) is not None:
        return why
    # A line end in a subject would begin the next header; the mail library refuses such a message for good.
    title = _CONTROL.sub(" ", order["title"])[:LONGEST_TITLE]
    if sender.notify(title=title, body=order["body"], body_format=apprise.NotifyFormat.TEXT):
        return None
    return "was not taken" + _said(heard, url)


def understood(url: str) -> str | None:
    """None if Apprise can make a channel of the URL, else a sentence (which does not repeat the URL)."""
    _LOGGER.propagate = False
    return _refused(_sender(url))


def _sender(url: str) -> apprise.Apprise:
    # A redirect would carry the message, and what opens the channel, to another host.
    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    sender.add(url)
    return sender


def _refused(sender: apprise.Apprise) -> str | None:
    if len(sender) != 1:
        return NOT_UNDERSTOOD if not sender else "holds several URLs; a channel has one"
    return None if sender[0].verify_certificate else NOT_VERIFIED


def _is_mail(url: str) -> bool:
    return urlsplit(url).scheme in MAIL


def _with_headers(url: str, message_id: str) -> str:
    """For mail, say that a program wrote it (RFC 3834) and which message it is, should it come twice."""
    if not _is_mail(url):
        return url
    headers = {"+Auto-Submitted": "auto-generated", "+X-Rejectwatch-Id": message_id}
    added = "&".join(f"{quote(name)}={quote(value)}" for name, value in headers.items())
    return f"{url}{'&' if '?' in url else '?'}{added}"


class _Heard(logging.Handler):
    """Apprise tells the reason of a failure only to its log."""

    def __init__(self, *, is_mail: bool) -> None:
        super().__init__(logging.DEBUG)
        self.warnings: list[str] = []
        self.reasons: list[str] = []
        self._is_mail = is_mail

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.warnings.append(said)
        elif self._is_mail and said.startswith(_REASON):  # of a webhook it would be the whole URL
            self.reasons.append(said.removeprefix(_REASON))


def _said(heard: _Heard, url: str) -> str:
    """What was heard, as one harmless sentence: the other side's words are a stranger's."""
    text = _SMTP_REPLY.sub(r"\1 \3", " ".join((*heard.warnings, *heard.reasons)))
    text = harmless(hidden(text, url), LONGEST_ANSWER)
    return f": {text}" if text else ""


def main() -> int:
    answer, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    why = send(json.load(sys.stdin))
    print(why or "sent", file=answer)
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
