"""Messages in plain text: a title of one line, and a body that reads well in any mail program."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from rejectwatch.incidents.incident import Message
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.incident_document import document
from rejectwatch.messages.layout import INDENT, numbered, table
from rejectwatch.messages.notices import notice_document
from rejectwatch.watch import Notice


class Text(NamedTuple):
    """A message ready to be sent: the title is one line."""

    title: str
    body: str


def render(message: Message, language: str, zone: tzinfo, house: House = NO_HOUSE) -> Text:
    """The message in plain text, with times of `zone`."""
    return as_text(document(message, language, zone, house))


def render_notice(notice: Notice, language: str, zone: tzinfo) -> Text:
    """The notice in plain text, with times of `zone`."""
    return as_text(notice_document(notice, language, zone))


def as_text(told: Document) -> Text:
    page = catalogue(told.language).say("opened.page", {"page": told.page}) if told.page else ""
    parts = (told.lead, *map(_section, told.sections), page, told.footer)
    return Text(told.title, "\n\n".join(filter(None, parts)) + "\n")


def _section(section: Section) -> str:
    if section.style == "forward":
        # A line before and after it: what is copied begins and ends here.
        return "\n\n".join((f"── {section.heading} ──", "\n".join(section.lines), f"── {section.closing} ──"))
    return "\n".join(filter(None, (section.heading, _inside(section), section.closing)))


def _inside(section: Section) -> str:
    match section.style:
        case "facts":
            return table(section.rows)
        case "steps":
            return numbered(section.lines)
        case "list":
            return "\n".join(INDENT + line for line in section.lines)
    return "\n".join(section.lines)
