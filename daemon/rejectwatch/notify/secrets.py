"""What of an Apprise URL must not be repeated: it holds the password or the token that opens the channel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

MAIL = ("mailto", "mailtos")
_HOST_IS_NO_SECRET = (*MAIL, "json", "jsons", "xml", "xmls", "form", "forms")
"""Everywhere else a token may stand where a host would: slack://token/token/…"""
_ORDINARY = frozenset("from to cc bcc reply name smtp mode port format".split())
"""Settings of a mail URL that a person needs in order to understand a failure."""
_SHORTEST = 4
"""Hiding less would tear holes into every sentence."""


def hidden(text: str, url: str) -> str:
    """The text with `***` in place of every secret of the URL."""
    for secret in sorted(set(_forms(url)), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _forms(url: str) -> Iterator[str]:
    for secret in _secrets(url):
        yield from (one for one in (secret, unquote(secret), unquote_plus(secret)) if len(one) >= _SHORTEST)


def _secrets(url: str) -> Iterator[str]:
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    login, _, target = place.rpartition("@")
    is_mail = scheme.lower() in MAIL
    yield from (url, rest, login, password := login.partition(":")[2], *re.split("[@#]", password))
    if scheme.lower() not in _HOST_IS_NO_SECRET:
        yield from (*login.split(":"), *target.partition("/")[0].split(":"))
    if not is_mail:
        yield from target.split("/")[1:]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if not (is_mail and name in _ORDINARY):
            yield value
