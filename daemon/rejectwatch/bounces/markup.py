"""The text of an HTML page, as far as a bounce needs it: its lines.

Python's `html.parser` takes minutes for 100 KB of tags that never end; this reads each character once.
"""

from __future__ import annotations

import html
import re

LONGEST = 100_000
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z!?][A-Za-z0-9]{0,20})[^<>]{0,4000}>")
_UNSEEN = {"head", "style", "script", "title"}
_LINES = {
    "br",
    "p",
    "div",
    "tr",
    "li",
    "table",
    "pre",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
_BLANKS = re.compile(r"[^\S\n]+")


def text_of(page: str) -> str:
    """The lines that a reader of this page sees."""
    page = _without_comments(page[:LONGEST])
    pieces: list[str] = []
    unseen, as_written, at = "", False, 0
    for tag in _TAG.finditer(page):
        if not unseen:
            text = page[at : tag.start()]
            pieces.append(text if as_written else text.replace("\n", " "))
        at = tag.end()
        name, closes = tag["name"].lower(), bool(tag["close"])
        if name in _UNSEEN and (not unseen or name == unseen):
            unseen = "" if closes else name
        elif name in _LINES:
            pieces.append("\n")
            as_written = not closes if name == "pre" else as_written
        elif name in {"td", "th"}:
            pieces.append(" ")
    if not unseen:
        pieces.append(page[at:])
    lines = _unescaped("".join(pieces)).split("\n")
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in lines)


def _without_comments(page: str) -> str:
    seen: list[str] = []
    at = 0
    while (begin := page.find("<!--", at)) >= 0:
        seen.append(page[at:begin])
        end = page.find("-->", begin)
        if end < 0:
            return "".join(seen)
        at = end + 3
    return "".join([*seen, page[at:]])


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return text
