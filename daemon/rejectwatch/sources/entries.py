"""An entry of the journal as a line of a log."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)

FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_COMM"
"""The fields that a line is made of, beside those that journalctl always gives."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a line, and where it stands."""

    cursor: str
    generation: str
    position: int
    line: bytes


def parse(line: bytes) -> Entry | None:
    """One line of `journalctl --output=json`."""
    try:
        fields = json.loads(line)
        generation, position = place_of(fields["__CURSOR"])
        return Entry(fields["__CURSOR"], generation, position, _as_line(fields))
    except (ValueError, KeyError, TypeError):
        log.warning("journalctl wrote a line that is no entry")
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


def _stamp(microseconds: int) -> bytes:
    seconds, fraction = divmod(microseconds, 1_000_000)
    return b"%b.%06d+00:00" % (_second(seconds), fraction)


@lru_cache(maxsize=8)
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _bytes(value: Any) -> bytes:
    """A field's value: text, a list of byte numbers if it is none, a list of values if there are several."""
    match value:
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
