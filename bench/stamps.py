"""The time of each line of a generated log, evenly from its start on, in the form of one kind of log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

BUSY = timedelta(milliseconds=20)
"""From line to line, where no end is given."""
MICROSECOND = timedelta(microseconds=1)


class Form(NamedTuple):
    """How a stamp is written: the hour, as strftime has it, and what stands behind the seconds."""

    hour: str
    after: str
    fractions: bool = False


class Stamps:
    """What the stamps of one hour have in common is written once."""

    def __init__(self, start: datetime, span: timedelta, lines: int, form: Form) -> None:
        self._start = start.replace(minute=0, second=0, microsecond=0)
        self._first = (start - self._start) // MICROSECOND
        self._span = span // MICROSECOND
        self._lines = lines
        self._form = form
        self._hour = -1
        self._before = ""

    def prefix(self, number: int) -> str:
        hour, micros = divmod(self._micros(number), 3_600_000_000)
        if hour != self._hour:
            self._hour = hour
            self._before = f"{self._start + timedelta(hours=hour):{self._form.hour}}"
        seconds, micros = divmod(micros, 1_000_000)
        fraction = f".{micros:06d}" if self._form.fractions else ""
        return f"{self._before}:{seconds // 60:02d}:{seconds % 60:02d}{fraction}{self._form.after}"

    def seconds(self, number: int) -> float:
        return self._at(number).timestamp()

    def utc(self, number: int) -> str:
        at = self._at(number).astimezone(UTC)
        return (at if self._form.fractions else at.replace(microsecond=0)).isoformat().replace("+00:00", "Z")

    def _at(self, number: int) -> datetime:
        return self._start + timedelta(microseconds=self._micros(number))

    def _micros(self, number: int) -> int:
        """After the hour in which the log begins; with an uneven part, so that no two seconds look alike."""
        here, following = number * self._span // self._lines, (number + 1) * self._span // self._lines
        return self._first + here + number * 7919 % max(following - here, 1)
