"""A refusal as scripts read it: the field names that `scan`, `events` and the database share."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Final

from rejectwatch.facts import Event

KEY: Final = ("generation", "position", "n")
_WITHOUT_KEY: Final = tuple(field.name for field in fields(Event) if field.name not in KEY)
SCANNED: Final = ("occurred_at", "source", "line", *_WITHOUT_KEY[2:])
STORED: Final = ("occurred_at", "source", "instance", *_WITHOUT_KEY[2:])

Record = dict[str, Any]

_json = json.JSONEncoder(ensure_ascii=False).encode
_of_event = attrgetter(*_WITHOUT_KEY[2:])
_SCANNED_LINE: Final = "{" + ", ".join(f'"{name}": %s' for name in SCANNED) + "}"

_LINE_ENDS: Final = tuple((end, f"\\u{ord(end):04x}") for end in "\x85\u2028\u2029")

_FORMULA: Final = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""A cell that begins so is a formula to a spreadsheet: also in full width, and behind what it does not show."""


def scanned(event: Event, line: int) -> Record:
    """The record of a refusal in line `line` (1-based) of its file."""
    return dict(zip(SCANNED, _values(event, line), strict=True))


def stored(event: Event, instance: str) -> Record:
    """The record of a refusal that the daemon `instance` has stored."""
    return dict(zip(STORED, _values(event, instance), strict=True))


def scanned_line(event: Event, line: int) -> str:
    """The same as `as_line` of the record, for half the price: a log may hold millions."""
    values = [
        "null" if value is None else encode_basestring(value) if isinstance(value, str) else value
        for value in _values(event, line)
    ]
    return _in_one_line(_SCANNED_LINE % tuple(values))


def _values(event: Event, third: int | str) -> tuple[Any, ...]:
    return rfc3339(event.occurred_at), event.source, third, *_of_event(event)


def rfc3339(at: datetime) -> str:
    """A time as RFC 3339 in UTC; fractions of a second only where the log has them."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def as_line(record: Record) -> str:
    return _in_one_line(_json(record))


def _in_one_line(json_text: str) -> str:
    """Also for readers that take more than a newline for the end of a line."""
    if not json_text.isascii():
        for end, escaped in _LINE_ENDS:
            json_text = json_text.replace(end, escaped)
    return json_text


def as_array(records: Iterable[Record]) -> str:
    lines = ",\n".join(as_line(record) for record in records)
    return f"[\n{lines}\n]" if lines else "[]"


def as_csv(names: Iterable[str], records: Iterable[Record]) -> str:
    """CSV (RFC 4180) that a spreadsheet opens without running anything that an attacker put into a log."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for record in records:
        writer.writerow([_harmless(value) for value in record.values()])
    return out.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
