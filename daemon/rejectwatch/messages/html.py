"""Write a message as HTML, for mail programs that show it: on a desk, and on a telephone.

The layout is mail.html, compiled from mail.mjml. Whatever a document says is text: it can't become markup, and
nothing in it a link. The one link is the operator's own page about the cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.layout import parts

_LAYOUT = Path(__file__).with_name("mail.html")
_PIECE = re.compile(r"<!-- begin (\w+) -->(.*?)<!-- end \1 -->", re.DOTALL)

_COLOURS = {"warning": "#e08a00", "critical": "#c62828"}
_GREEN = "#2e7d32"
"""It works again."""

_NAME = "[rejectwatch] "
_ITEM = "- "
# Where a mail program would find the name of a host or an address, and make a link of it.
_LINKABLE = re.compile(r"(?<=\w)[.@](?=\w)|://")


def as_html(document: Document) -> str:
    """The whole document as one page, 600 pixels wide or narrower."""
    return _fill(
        "mail",
        language=escape(document.language),
        title=escape(document.title),
        headline=_text(document.title.removeprefix(_NAME)),
        lead=_text(document.lead),
        bar=_GREEN if document.kind == "recovered" else _COLOURS[document.severity],
        sections="".join(map(_section, document.sections)),
        link=_link(document),
        footer=_optional("footer", document.footer),
    )


def _section(section: Section) -> str:
    # Where the user's part ends, the end of its box says.
    closing = "" if section.style == "forward" else section.closing
    return _optional("heading", section.heading) + _body(section) + _optional("closing", closing)


def _body(section: Section) -> str:
    match section.style:
        case "facts":
            return _fill("facts", row="".join(_row(label, value) for label, value in section.rows if value))
        case "steps":
            return _fill("steps", step="".join(_fill("step", parts=_step(line)) for line in section.lines))
        case "list":
            return _fill("text", blocks=_items(section.lines))
        case "text" | "forward":
            return _fill(section.style, blocks="".join(_blocks(section.lines)))


def _row(label: str, value: str) -> str:
    return _fill("row", label=_text(label), value=_text(value))


def _step(step: str) -> str:
    return "".join(
        _fill("command" if is_command else "said", words=_text(part)) for part, is_command in parts(step)
    )


def _blocks(texts: Iterable[str]) -> Iterator[str]:
    """Paragraphs, and lists of the lines that begin with a dash."""
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    for is_item, group in groupby(lines, lambda line: line.startswith(_ITEM)):
        if is_item:
            yield _items(line.removeprefix(_ITEM) for line in group)
        else:
            yield from (_fill("paragraph", words=_text(line)) for line in group)


def _items(lines: Iterable[str]) -> str:
    return _fill("list", item="".join(_fill("item", words=_text(line)) for line in lines))


def _link(document: Document) -> str:
    if not document.page:
        return ""
    words = catalogue(document.language).say("card.page")
    return _fill("link", words=_text(words), page=escape(document.page), page_shown=_text(document.page))


def _optional(piece: str, words: str) -> str:
    return _fill(piece, words=_text(words)) if words else ""


def _text(words: str) -> str:
    """Text as HTML. A name in two elements is none that a mail program would make a link of; copied, it is as it was."""
    return _LINKABLE.sub(r"<span>\g<0></span>", escape(words)).replace("\n", "<br>")


def _fill(piece: str, **slots: str) -> str:
    return _layout()[piece].substitute(slots)


@cache
def _layout() -> dict[str, Template]:
    """The pieces of the layout by name. Each leaves a slot of its name where it stood, for as many as there are."""
    pieces: dict[str, Template] = {}

    def taken(piece: re.Match[str]) -> str:
        pieces[piece[1]] = Template(_PIECE.sub(taken, piece[2]))
        return f"${{{piece[1]}}}"

    pieces["mail"] = Template(_PIECE.sub(taken, _LAYOUT.read_text("utf-8")))
    return pieces
