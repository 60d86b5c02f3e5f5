"""What of an Apprise URL must not be repeated: it holds the password or the token that opens the channel."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MAIL = ("mailto", "mailtos")
_HOST_IS_NO_SECRET = (*MAIL, *"json jsons xml xmls form forms alertmanager alertmanagers".split())
"""Everywhere else a token may stand where a host would: slack://token/token/…"""
_ORDINARY = frozenset("from to cc bcc reply name smtp mode port format".split())
"""Settings of a mail URL that a person needs in order to understand a failure."""
_SHORTEST = 4
"""Hiding less would tear holes into every sentence."""


def hidden(text: str, url: str) -> str:
    """The text with `***` in place of every secret of the URL, however the other side has written it."""
    for secret in sorted(set(_forms(url)), key=len, reverse=True):
        # Hosts come back in lower case, %2f as %2F.
        text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
    return text


def _forms(url: str) -> Iterator[str]:
    for secret in _secrets(url):
        yield from (one for one in _written(secret) if len(one) >= _SHORTEST)


def _written(secret: str) -> Iterator[str]:
    """A secret as it stands in the URL, in clear, and as servers, exceptions and protocols write it."""
    yield secret
    for clear in {unquote(secret), unquote_plus(secret)}:
        given = clear.encode(errors="surrogatepass")
        yield from (clear, quote(given), quote(given, safe=""), quote_plus(given))
        for shown in (repr(clear)[1:-1], repr(given)[2:-1], clear.encode("unicode_escape").decode()):
            yield from (shown, shown.replace("\\", "\\\\"))  # an exception within an exception
        # A login as it goes over the wire, which some servers repeat: AUTH LOGIN, AUTH PLAIN, Basic.
        yield from (b64encode(given).decode(), b64encode(b"\0" + given.replace(b":", b"\0", 1)).decode())


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
        name, has_value, value = pair.partition("=")
        if not (is_mail and name in _ORDINARY):
            yield value if has_value else name
