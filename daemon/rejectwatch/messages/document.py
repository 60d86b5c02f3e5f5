"""A message before it has a form: plain text, HTML and a Teams card are made of the same parts.

Everything in it is ready to be shown: what came from a log has passed through `neutral` and stands in quotes.
Each form still escapes for its own language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rejectwatch.incidents.incident import Severity

Style = Literal["facts", "steps", "text", "forward", "list"]
"""`facts`: labels and values; `steps`: numbered, two blanks set off a command in a step (`layout.parts`);
`text`: paragraphs; `forward`: what can be forwarded to the user as it is; `list`: lines."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a message. `rows` are of `facts` (a value may have several lines), `lines` of all others."""

    style: Style
    heading: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    closing: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One message in one language. `title` is one line that says it all; `lead` is its first sentences.

    `page` is the address of the cause's page, or empty. `kind` is that of the message (opened, grown, …, or of a notice).
    `incident` is its id, or empty.
    """

    kind: str
    language: str
    severity: Severity
    title: str
    lead: str
    sections: tuple[Section, ...]
    footer: str = ""
    page: str = ""
    incident: str = ""
