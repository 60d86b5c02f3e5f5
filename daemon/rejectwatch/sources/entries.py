"""An entry of the journal as a line of a log; or what journald itself says of lines that it has dropped."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_COMM,_TRANSPORT,MESSAGE_ID,N_DROPPED"
"""The fields that a line is made of, beside those that journalctl always gives."""

SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e"
"""The MESSAGE_ID by which journald says that a service has logged too much, and that it has dropped the rest."""

DRIVER = "driver"
"""The _TRANSPORT of what journald itself says: nobody else can write that field."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a line, and where it stands."""

    cursor: str
    generation: str
    position: int
    line: bytes


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Journald has dropped so many messages of a unit; the entry is written with the next one that it lets pass."""

    cursor: str
    generation: str
    position: int
    at: datetime
    unit: str
    lines: int | None


def parse(line: bytes) -> Entry | Suppressed | None:
    """One line of `journalctl --output=json`; None if it is no entry."""
    try:
        fields = json.loads(line)
        cursor = fields["__CURSOR"]
        generation, position = place_of(cursor)
        if fields.get("MESSAGE_ID") == SUPPRESSED and fields.get("_TRANSPORT") == DRIVER:
            return Suppressed(cursor, generation, position, _time(fields), _unit(fields), _lines(fields))
        return Entry(cursor, generation, position, _as_line(fields))
    except (ValueError, KeyError, TypeError):
        return None


def place_of(cursor: str) -> tuple[str, int]:
    """Generation and position: the sequence's name, and the number in it."""
    parts = dict(part.split("=", 1) for part in cursor.split(";"))
    return parts["s"], int(parts["i"], 16)


def _as_line(fields: dict[str, Any]) -> bytes:
    host = _word(fields.get("_HOSTNAME")) or b"localhost"
    tag = _word(fields.get("SYSLOG_IDENTIFIER")) or _word(fields.get("_COMM")) or b"unknown"
    pid = _word(fields.get("SYSLOG_PID")) or _word(fields.get("_PID"))
    written = b"%b[%b]" % (tag, pid) if pid else tag
    message = _escaped(_bytes(fields.get("MESSAGE")).rstrip(b"\n"))
    return b"%b %b %b: %b\n" % (_stamp(int(fields["__REALTIME_TIMESTAMP"])), host, written, message)


def _unit(fields: dict[str, Any]) -> str:
    """The last word of "Suppressed 12 messages from postfix@-.service"; of a control group, as older ones say it."""
    unit = _bytes(fields.get("MESSAGE")).rpartition(b" ")[2].rpartition(b"/")[2]
    return _word(unit).decode("utf-8", "backslashreplace")


def _lines(fields: dict[str, Any]) -> int | None:
    number = _bytes(fields.get("N_DROPPED"))
    return int(number) if number.isdigit() and len(number) < 10 else None


def _time(fields: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(fields["__REALTIME_TIMESTAMP"]) / 1e6, UTC)


def _stamp(microseconds: int) -> bytes:
    seconds, fraction = divmod(microseconds, 1_000_000)
    return b"%b.%06d+00:00" % (_second(seconds), fraction)


@lru_cache(maxsize=8)
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _bytes(value: Any) -> bytes:
    """A field's value: text, a list of byte numbers if it is none, a list of values if there are several."""
    match value:
        case bytes():
            return value
        case str():
            return value.encode("utf-8", "backslashreplace")
        case [int(), *_]:
            return bytes(value)
        case [first, *_]:
            return _bytes(first)
        case _:
            return b""


_CONTROLS = re.compile(rb"[\n\r\0]")
_NO_WORD = re.compile(rb"[\x00-\x20\x7f\[\]]")


def _escaped(text: bytes) -> bytes:
    """An entry is one line, whatever stands in it: as rsyslog does it, a newline becomes #012."""
    return _CONTROLS.sub(_octal, text)


def _word(value: object) -> bytes:
    """A field that stands before the message must not end there, nor begin another."""
    return _NO_WORD.sub(_octal, _bytes(value))[:255]


def _octal(found: re.Match[bytes]) -> bytes:
    return b"#%03o" % found[0][0]
