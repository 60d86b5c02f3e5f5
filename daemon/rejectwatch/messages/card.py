"""Lay out a message as an Adaptive Card 1.4, as Microsoft Teams takes it from a workflow.

Text stands in `TextRun`s only, whose text is text in every client. `TextBlock` and `FactSet` read markdown,
and Teams takes its escapes for escapes on a desktop, but shows some of them on a phone: log text would be
changed there, or become markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.document import Document, Section, Style
from rejectwatch.messages.layout import parts

Json = dict[str, Any]

LARGEST = 28_000
"""Bytes of a whole message as it is sent. Teams takes about 28 KB."""
MARK = "[…]"
"""Stands where something was left out."""

_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
_LABEL_WIDTH = "112px"
_NUMBER_WIDTH = "24px"
_LONGEST_PAGE = 2_000
_SHADES = {"recovered": "good", "expired": "emphasis"}
_OF_SEVERITY = {"warning": "warning", "critical": "attention"}
_FUNCTION = re.compile(r"(?<=\{)(?=\{(?:DATE|TIME)\()", re.IGNORECASE)
"""Every client would carry out `{{DATE(…)}}`; not so where the second brace begins another run."""


def as_card(document: Document) -> Json:
    """The message as Teams takes it, at most `LARGEST` bytes: what is too long is cut, facts and title last."""
    shortened = _shorter(document)
    message = _message(next(shortened))
    while size(message) > LARGEST:
        message = _message(next(shortened))
    return message


def size(message: Json) -> int:
    """The bytes of a message in plain ASCII, where a Japanese letter takes six: this is how it is sent."""
    return len(json.dumps(message))


# ── the parts ────────────────────────────────────────────────────────────────────────────────────


def _message(document: Document) -> Json:
    card: Json = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": document.language,
        "msteams": {"width": "Full"},
        "body": list(_body(document)),
    }
    if _is_link(document.page):
        title = catalogue(document.language).say("card.page")
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": document.page}]
    return {"type": "message", "attachments": [{"contentType": _CONTENT_TYPE, "content": card}]}


def _is_link(page: str) -> bool:
    return len(page) <= _LONGEST_PAGE and page.startswith(("https://", "http://"))


def _body(document: Document) -> Iterator[Json]:
    shade = _SHADES.get(document.kind, _OF_SEVERITY[document.severity])
    title = _text(document.title, size="Medium", weight="Bolder")
    yield {"type": "Container", "style": shade, "bleed": True, "items": [title]}
    yield from _paragraphs(document.lead)
    for section in document.sections:
        yield from _section(section)
    yield from _footer(document.footer)


def _footer(text: str) -> Iterator[Json]:
    look: Json = {"separator": True, "spacing": "Medium"}
    for line in filter(str.strip, text.split("\n")):
        yield {**_small(line), **look}
        look = {"spacing": "None"}


def _small(line: str) -> Json:
    """One block, with its commands in letters of one width."""
    inlines: list[Json] = []
    for part, is_command in parts(line):
        look = {"fontType": "Monospace"} if is_command else {}
        inlines += _runs(f" {part}" if inlines else part, size="Small", isSubtle=True, **look)
    return {"type": "RichTextBlock", "inlines": inlines}


def _section(section: Section) -> Iterator[Json]:
    items = list(_items(section))
    if section.heading:
        items = [{**_text(section.heading, weight="Bolder"), "spacing": "Medium"}, *items]
    if section.style == "forward":  # its frame says where it ends
        yield {"type": "Container", "style": "emphasis", "spacing": "Medium", "items": items}
        return
    yield from items
    yield from _paragraphs(section.closing)


def _items(section: Section) -> Iterator[Json]:
    match section.style:
        case "facts":
            for label, value in section.rows:
                yield _row(_LABEL_WIDTH, _text(label, isSubtle=True), _lines(value.split("\n")))
        case "steps":
            for number, step in enumerate(section.lines, 1):
                yield _row(_NUMBER_WIDTH, _text(f"{number}."), list(_step(step)))
        case "list":
            yield from _lines(section.lines)
        case "text":
            yield from _paragraphs("\n\n".join(section.lines))
        case "forward":
            yield from _paragraphs("\n".join(section.lines))


def _row(width: str, left: Json, right: list[Json]) -> Json:
    columns = [
        {"type": "Column", "width": width, "items": [left]},
        {"type": "Column", "width": "stretch", "items": right},
    ]
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def _step(step: str) -> Iterator[Json]:
    """The words of a step; a command has its line, in letters of one width."""
    for part, is_command in parts(step):
        text = _text(part, fontType="Monospace") if is_command else _text(part)
        yield {**text, "spacing": "Small"}


def _paragraphs(text: str) -> Iterator[Json]:
    """One block a line; an empty line is the space between two of them."""
    spacing: Json = {}
    for line in text.split("\n"):
        if line.strip():
            yield {**_text(line), **spacing}
        spacing = {"spacing": "None"} if line.strip() else {}


def _lines(lines: Sequence[str]) -> list[Json]:
    return [{**_text(line), "spacing": "None"} for line in lines if line.strip()]


def _text(text: str, **look: Any) -> Json:
    return {"type": "RichTextBlock", "inlines": _runs(text, **look)}


def _runs(text: str, **look: Any) -> list[Json]:
    return [{"type": "TextRun", "text": piece, **look} for piece in _FUNCTION.split(text)]


# ── what is too long ─────────────────────────────────────────────────────────────────────────────

_ROOMS = (4_000, 1_500, 500)
"""How many characters a section may have, each time that the message was still too large."""
_FIRST_TO_LAST: tuple[tuple[Style, ...], ...] = (("list", "text"), ("forward",), ("steps",), ("facts",))
_LONGEST_LINE = 300


def _shorter(document: Document) -> Iterator[Document]:
    """The message, then shorter and shorter ones; the last one fits whatever it was."""
    yield document
    document = replace(
        document,
        title=_cut(document.title, _LONGEST_LINE),
        lead=_cut(document.lead, _ROOMS[1]),
        footer=_cut(document.footer, _LONGEST_LINE),
    )
    for styles in _FIRST_TO_LAST:
        for room in _ROOMS:
            cut = (_cut_section(one, room) if one.style in styles else one for one in document.sections)
            document = replace(document, sections=tuple(cut))
            yield document
    document = replace(document, lead=_cut(document.lead, _LONGEST_LINE), page="")
    facts = [one for one in document.sections if one.style == "facts"]
    yield replace(document, sections=tuple(facts[:1]))
    yield replace(document, sections=(), footer="")


def _cut_section(section: Section, room: int) -> Section:
    return replace(
        section,
        heading=_cut(section.heading, _LONGEST_LINE),
        lines=_cut_lines(section.lines, room),
        rows=_cut_rows(section.rows, room),
        closing=_cut(section.closing, _LONGEST_LINE),
    )


def _cut_lines(lines: Sequence[str], room: int) -> tuple[str, ...]:
    kept: list[str] = []
    for line in lines:
        if room <= 0:
            return (*kept, MARK)
        kept.append(_cut(line, room))
        room -= len(line)
    return tuple(kept)


def _cut_rows(rows: Sequence[tuple[str, str]], room: int) -> tuple[tuple[str, str], ...]:
    """Every fact keeps its place: the room is shared."""
    share = max(room // max(len(rows), 1), 1)
    return tuple((_cut(label, _LONGEST_LINE), _cut(value, share)) for label, value in rows)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest].rstrip()} {MARK}"
