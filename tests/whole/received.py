"""What a mail that was received would do in the hands of a mail program, if hostile text got through."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

from parts.inbox import Mail

ALIVE = re.compile(r"://evil|www\.evil")
"""What a mail program would make a link of, wherever it stands."""
WANTED = frozenset("\r\n\t")
OURS = frozenset("\u200c\xad\u034f")
"""Signs without ink that a template may have for itself."""


def envelope(mail: Mail) -> tuple[Any, ...]:
    """From whom, to whom, with which headers."""
    return mail.sender, mail.recipients, sorted(mail.message.keys())


def shape(mail: Mail) -> list[str]:
    """Of which parts it is made."""
    return [part.get_content_type() for part in mail.message.walk()]


def markup(mail: Mail) -> set[tuple[str, ...]]:
    """Every kind of element with its attributes, and where it leads."""
    return _parsed(mail).tags


def links(mail: Mail) -> list[str]:
    """Links that nobody has made, but a mail program would."""
    return ALIVE.findall(mail.subject + mail.text + "".join(_parsed(mail).words))


def invisible(mail: Mail) -> set[str]:
    """Characters that move a cursor, turn the direction of writing, or are not seen."""
    return unseen(mail.subject + mail.text) | (unseen(_html(mail)) - OURS)


def unseen(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs")} - WANTED


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[tuple[str, ...]] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        leads = [
            f"{name}={value}" for name, value in attrs if name in ("href", "src", "action", "background")
        ]
        self.tags.add((tag, *sorted(name for name, _ in attrs), *leads))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _parsed(mail: Mail) -> _Markup:
    parser = _Markup()
    parser.feed(_html(mail))
    return parser


def _html(mail: Mail) -> str:
    body = mail.message.get_body(("html",))
    assert body is not None
    return str(body.get_content())
