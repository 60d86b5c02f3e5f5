"""Our own log is bounded, whatever is to be said, and no line of it begins with a stranger's words."""

from __future__ import annotations

import io
import logging
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from parts.waiting import until
from rejectwatch.app.ownlog import AT_MOST, MINUTE, Formatter, Limited

NOON = 1_790_000_000.0


class Said:
    """A handler of ours, and what it has written."""

    def __init__(self, minute: float = MINUTE, *, in_journal: bool = False) -> None:
        self._out = io.StringIO()
        self.handler = Limited(self._out, minute)
        self.handler.setFormatter(Formatter(in_journal=in_journal))

    def say(self, text: str, *arguments: object, at: float = NOON, place: int = 1, **more: object) -> None:
        values = {"msg": text, "args": arguments, "created": at, "pathname": "a.py", "lineno": place}
        self.handler.handle(logging.makeLogRecord({"levelno": logging.WARNING, **values, **more}))

    @property
    def lines(self) -> list[str]:
        return self._out.getvalue().splitlines()


@pytest.fixture
def said() -> Iterator[Said]:
    one = Said()
    yield one
    one.handler.close()


def test_many_of_a_kind_are_a_handful_and_a_count(said: Said) -> None:
    for number in range(20_000):
        said.say("cut a line of %d bytes", number)
    said.say("something else", at=NOON + MINUTE)

    assert len(said.lines) == AT_MOST + 2
    assert said.lines[:2] == ["rejectwatch: cut a line of 0 bytes", "rejectwatch: cut a line of 1 bytes"]
    assert said.lines[-2:] == [
        "rejectwatch: … and 19,990 more like this: cut a line of 19999 bytes",
        "rejectwatch: something else",
    ]


def test_the_next_minute_begins_anew(said: Said) -> None:
    for minute in range(3):
        for _ in range(AT_MOST):
            said.say("again", at=NOON + minute * MINUTE)

    assert said.lines == ["rejectwatch: again"] * 3 * AT_MOST


def test_one_kind_takes_no_place_from_another(said: Said) -> None:
    for _ in range(100):
        said.say("again", place=1)
    said.say("the database is away", place=2)

    assert said.lines[-1] == "rejectwatch: the database is away"


def test_one_source_takes_no_place_from_another(said: Said) -> None:
    for _ in range(100):
        said.say("%s: lines may be lost", "east", source="east")
    said.say("%s: lines may be lost", "west", source="west")

    assert said.lines[-1] == "rejectwatch: west: lines may be lost"
    assert len(said.lines) == AT_MOST + 1


def test_what_was_held_back_is_told_when_the_minute_is_over_though_nothing_more_happens() -> None:
    said = Said(minute=0.05)
    for _ in range(AT_MOST + 5):
        said.say("again")
    until(lambda: len(said.lines) > AT_MOST)

    assert said.lines[AT_MOST:] == ["rejectwatch: … and 5 more like this: again"]


def test_what_was_held_back_is_told_at_the_end(said: Said) -> None:
    for _ in range(AT_MOST + 5):
        said.say("again")
    said.handler.close()

    assert said.lines[AT_MOST:] == ["rejectwatch: … and 5 more like this: again"]


def test_a_clock_that_is_set_back_silences_nothing(said: Said) -> None:
    for _ in range(100):
        said.say("again")
    said.say("again", at=NOON - 86_400)

    assert said.lines[-1] == "rejectwatch: again"


def test_it_remembers_no_texts(said: Said) -> None:
    said.say("%s", "x" * 10_000)
    tracemalloc.start()
    try:
        for number in range(2_000):
            said.say("%s", f"{number:010000}")
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert grown < 200_000


HOSTILE = "was not taken:\nNov 24 04:27:25 mail postfix/smtpd[9]: NOQUEUE: reject\x0b\x85\u2028<3>forged"


@pytest.mark.parametrize("in_journal, head", [(False, "rejectwatch: "), (True, "<4>")])
def test_no_line_begins_with_what_a_message_quotes(head: str, *, in_journal: bool) -> None:
    said = Said(in_journal=in_journal)
    said.say("%s", HOSTILE)
    said.handler.close()

    assert len(said.lines) > 1
    assert said.lines[0] == f"{head}was not taken:"
    assert all(line.startswith(f"{head}  ") for line in said.lines[1:])


def test_a_bug_has_its_traceback(said: Said) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        said.say("sending failed", exc_info=sys.exc_info())

    assert said.lines[0] == "rejectwatch: sending failed"
    assert said.lines[-1] == "rejectwatch:   ZeroDivisionError: division by zero"
