"""Lay out plain text: labels in a column, steps with numbers, times and durations as people say them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from rejectwatch.messages.catalogue import Catalogue

INDENT = "  "
COLUMNS = 96
"""How wide the administrator's part is. The user's part is not broken into lines: phones do that better."""

_LONGEST_TITLE = 250


def width(text: str) -> int:
    """How many columns a terminal gives to a text: two for a Japanese letter, none for a mark upon a letter."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most `columns`, broken at blanks and between Japanese letters, as Japanese typesetting does."""
    lines: list[str] = []
    line, used = "", 0
    for piece in filter(None, _PIECES.findall(text)):
        if line and used + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = line + piece, used + width(piece)
    return [*lines, line.rstrip()]


# What stays together: a word with the blank after it, or one wide letter with the brackets that open before
# it and the marks that close after it (no line begins with 。 or ends with 「).
_PIECES = re.compile(r"[「『（]*(?:[^\s⺀-\uffef]+|[⺀-\uffef]?)(?:[、。」』）ー・，．：！？]|:(?= ))* *|\s+")


def table(rows: Iterable[tuple[str, str]], indent: str = INDENT, columns: int = COLUMNS) -> str:
    """Labels and values in two columns; a value of several lines stays in its column."""
    kept = [(label, value) for label, value in rows if value]
    column = max((width(label) for label, _ in kept), default=0) + 2
    return "\n".join(_row(label, value, column, indent, columns) for label, value in kept)


def _row(label: str, value: str, column: int, indent: str, columns: int) -> str:
    room = columns - len(indent) - column
    first, *more = [line for part in value.split("\n") for line in wrapped(part, room)]
    lines = [indent + label + " " * (column - width(label)) + first]
    return "\n".join(lines + [indent + " " * column + line for line in more])


def numbered(steps: Sequence[str], indent: str = INDENT) -> str:
    """Steps with their numbers. Two blanks in a step set off a command, which gets a line of its own, unbroken."""
    return "\n".join(_step(f"{indent}{number}. ", step) for number, step in enumerate(steps, 1))


def parts(step: str) -> Iterator[tuple[str, bool]]:
    """The words and commands of a step, in their order, and which are commands."""
    for index, part in enumerate(step.split("  ")):
        if part.strip():
            yield part.strip(), index % 2 == 1


def _step(number: str, step: str) -> str:
    margin = " " * len(number)
    lines: list[str] = []
    for part, is_command in parts(step):
        lines += [INDENT + part] if is_command else wrapped(part, COLUMNS - len(number))
    return number + f"\n{margin}".join(lines)


def moment(at: datetime, now: datetime, zone: tzinfo, words: Catalogue) -> str:
    """A local time as short as it can be: the day only when it is not the day of the message."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        entry = "moment.today"
    else:
        entry = "moment.this_year" if local.year == today.year else "moment.other_year"
    month_name = words.say("months").split()[local.month - 1]
    parts = {
        "time": f"{local:%H:%M}",
        "day": str(local.day),
        "month_name": month_name,
        "year": str(local.year),
    }
    return words.say(entry, parts)


def one_line(title: str) -> str:
    return " ".join(title.split())[:_LONGEST_TITLE]


def exact(at: datetime, zone: tzinfo) -> str:
    """A local time as the other side's support needs it, with its offset."""
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def duration(length: timedelta, words: Catalogue) -> str:
    """In the two largest units that say something: "2 days 3 hours", "39 minutes"."""
    minutes = int(length.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    units = (("duration.days", days), ("duration.hours", hours), ("duration.minutes", minutes % 60))
    told = [words.count(entry, n) for entry, n in units if n]
    return words.say("duration.joint").join(told[:2]) if told else words.say("duration.short")
