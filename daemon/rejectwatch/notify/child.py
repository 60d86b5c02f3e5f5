"""The child process that sends one message through Apprise: `python -m rejectwatch.notify.child`.

A process of its own, because Apprise has no total time limit and a server that drips an answer would hold
a thread for ever; a process can be ended. The URL comes on standard input, never in the arguments, where
everybody on the machine could read it. Answers one sentence on standard output; exit code 0 means sent.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import apprise

MAIL = ("mailto", "mailtos")
_LOGGER = logging.getLogger("apprise")
NOT_UNDERSTOOD = "is not a URL that Apprise understands, such as mailtos://user:password@mail.example.jp?to=…"


def send(order: dict[str, Any]) -> str | None:
    """Send the message of an order (`url`, `title`, `body`, `id`); None when sent, else why not."""
    url = _with_headers(order["url"], order["id"])
    heard = _Heard()
    _LOGGER.addHandler(heard)
    _LOGGER.propagate = False
    sender = apprise.Apprise()
    if not sender.add(url):
        return NOT_UNDERSTOOD
    if sender.notify(title=order["title"], body=order["body"], body_format=apprise.NotifyFormat.TEXT):
        return None
    return "was not taken" + _said(heard, url)


def understood(url: str) -> str | None:
    """None if Apprise can make a channel of the URL, else a sentence (which does not repeat the URL)."""
    _LOGGER.propagate = False
    return None if apprise.Apprise().add(url) else NOT_UNDERSTOOD


def _with_headers(url: str, message_id: str) -> str:
    """For mail, say that a program wrote it (RFC 3834) and which message it is, should it come twice."""
    if urlsplit(url).scheme not in MAIL:
        return url
    headers = {"+Auto-Submitted": "auto-generated", "+X-Rejectwatch-Id": message_id}
    added = "&".join(f"{quote(name)}={quote(value)}" for name, value in headers.items())
    return f"{url}{'&' if '?' in url else '?'}{added}"


class _Heard(logging.Handler):
    """Apprise tells the reason of a failure only to its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _said(heard: _Heard, url: str) -> str:
    text = " ".join(" ".join(heard.lines).split())
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return f": {text[:500]}" if text else ""


def _secrets(url: str) -> list[str]:
    """What of the URL must not be repeated: all of it but the scheme, the host and the names of settings."""
    parts = urlsplit(url)
    found = [url, parts.password or "", *parts.path.split("/"), *(pair.partition("=")[2] for pair in parts.query.split("&"))]
    both = {form for one in found for form in (one, unquote(one)) if len(form) >= 6}
    return sorted(both, key=len, reverse=True)


def main() -> int:
    why = send(json.load(sys.stdin))
    print(why or "sent")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
