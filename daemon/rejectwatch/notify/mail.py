"""A mail as it goes out: Apprise knows the URL, TLS and the login; the two parts and the thread are ours.

Apprise would derive the plain text from the HTML. So the messages that it has built get our parts in the
place of its own, just before they are sent. Should a later Apprise build them in another way, its plain
text is sent, which is ours without the HTML; a test sees it.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_string, policy
from email.header import Header
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

_SEVEN_BIT = policy.default.clone(cte_type="7bit", refold_source="none")
"""Our parts in ASCII, as every server takes them; Apprise's headers stay as they are."""
_OF_THE_BODY = ("content-type", "content-transfer-encoding", "mime-version")
_REPLACED = ("text/plain", "multipart/alternative")
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9.-]+")
_LONGEST_ID = 64


def with_headers(url: str, message_id: str, incident: str) -> str:
    """Say that a program wrote it (RFC 3834), which message it is, should it come twice, and whose thread it belongs to."""
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Rejectwatch-Id": message_id,
    }
    if incident:
        headers |= {"In-Reply-To": _root(incident), "References": _root(incident)}
    added = "&".join(f"{quote('+' + name)}={quote(value)}" for name, value in headers.items())
    return f"{url}{'&' if '?' in url else '?'}{added}"


def _root(incident: str) -> str:
    """A message that was never sent, and that all messages about the incident answer, the first one too.

    Under a name that belongs to nobody (RFC 2606): several daemons on one database tell one incident, and a
    replay knows no host.
    """
    return f"<incident-{_NOT_IN_AN_ID.sub('-', incident)[:_LONGEST_ID]}@rejectwatch.invalid>"


@contextmanager
def own_parts(email: Any, title: str, text: str, html: str | None) -> Iterator[list[str]]:
    """While Apprise's `email` sends: our parts in its mails. Collects what the mail server answers to each."""
    answers: list[str] = []
    built, data = getattr(email, "prepare_emails", None), smtplib.SMTP.data
    if built is not None:
        email.prepare_emails = staticmethod(_with_our_parts(built, title, text, html))
    smtplib.SMTP.data = _heard(data, answers)  # type: ignore[method-assign]
    try:
        yield answers
    finally:
        smtplib.SMTP.data = data  # type: ignore[method-assign]
        if built is not None:
            email.prepare_emails = staticmethod(built)


def _with_our_parts(
    built: Callable[..., Iterator[Any]], title: str, text: str, html: str | None
) -> Callable[..., Iterator[Any]]:
    def prepared(*args: Any, **more: Any) -> Iterator[Any]:
        for one in built(*args, **more):
            yield replace(one, body=_rebuilt(one.body, title, text, html))

    return prepared


def _rebuilt(theirs: str, title: str, text: str, html: str | None) -> str:
    """Their headers, our parts. What Apprise has signed or encrypted may not be touched: it keeps its plain text.

    Apprise writes a subject in one line, however long; a Japanese one would be cut in the middle of a letter.
    """
    headed = message_from_string(theirs)
    if headed.get_content_type() not in _REPLACED:
        return theirs
    mail = EmailMessage(policy=_SEVEN_BIT)
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    headed.replace_header("Subject", Header(title, None if title.isascii() else "utf-8").encode())
    for name, value in headed.items():
        if name.lower() not in _OF_THE_BODY:
            mail.set_raw(name, value)
    return mail.as_string()


def _heard(data: Callable[..., tuple[int, bytes]], answers: list[str]) -> Callable[..., tuple[int, bytes]]:
    def heard(server: smtplib.SMTP, message: Any) -> tuple[int, bytes]:
        code, words = data(server, message)
        answers.append(f"{code} {words.decode(errors='backslashreplace')}")
        return code, words

    return heard
