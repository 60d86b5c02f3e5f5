"""Where reading begins when nothing is stored."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.sources.begin import place
from rejectwatch.sources.content import LONGEST, Content, open_content
from rejectwatch.sources.stamps import times
from sources.logdir import NOW, Follower, Writer, compress, rotate

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)


def rfc_3339(at: datetime, text: str) -> bytes:
    return f"{at.isoformat(timespec='microseconds')} mail postfix/smtpd[7]: {text}\n".encode()


def traditional(at: datetime, text: str) -> bytes:
    return f"{at.astimezone(TOKYO):%b %e %H:%M:%S} mail postfix/smtpd[7]: {text}\n".encode()


def exim(at: datetime, text: str) -> bytes:
    return f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M:%S} {text}\n".encode()


Form = Callable[[datetime, str], bytes]
FORMS: list[Form] = [rfc_3339, traditional, exim]


def follower(path: Path) -> Follower:
    return Follower(path, first_read=DAY, time_of=times(TOKYO))


def write(path: Path, lines: list[bytes], last: datetime) -> None:
    path.write_bytes(b"".join(lines))
    os.utime(path, (last.timestamp(), last.timestamp()))


@pytest.mark.parametrize("form", FORMS)
def test_reading_begins_a_day_back_in_two_months_of_log(tmp_path: Path, form: Form) -> None:
    path = tmp_path / "mail.log"
    moments = [NOW - timedelta(minutes=minute) for minute in range(60 * 24 * 60, 0, -1)]
    write(path, [form(at, f"connect from unknown[192.0.2.{at.minute}]") for at in moments], NOW)
    log = follower(path)
    read = log.read_all()

    assert read.splitlines(keepends=True)[0] == form(NOW - DAY, "connect from unknown[192.0.2.0]")
    assert read.count(b"\n") == 24 * 60


def test_the_start_is_told_with_its_place_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    lines = [rfc_3339(NOW - 2 * DAY, "old"), rfc_3339(NOW, "new")]
    write(path, lines, NOW)
    started = follower(path).source.started

    assert started
    assert (started.position, started.at, started.since) == (len(lines[0]), NOW, NOW - DAY)


def test_the_start_holds_over_a_restart_although_nothing_was_read(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(rfc_3339(NOW, "before the start, and rather long so that it has its own name"))
    log = Follower(path, first_read="end")
    log.restart()
    rotate(path)
    writer.write(rfc_3339(NOW, "after"))

    assert log.read_all() == rfc_3339(NOW, "after")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_rotated_logs_are_read_as_far_back_as_needed(tmp_path: Path, form: Form, packed: bool) -> None:
    path = tmp_path / "mail.log"
    write(path.with_name("mail.log.3"), [form(NOW - 90 * DAY, "not even looked at")], NOW - 2 * DAY)
    old = [form(NOW - timedelta(hours=hour), f"line {hour}") for hour in range(72, 12, -1)]
    new = [form(NOW - timedelta(hours=hour), f"line {hour}") for hour in range(6, 0, -1)]
    write(path.with_name("mail.log.2"), old, NOW - timedelta(hours=13))
    write(path.with_name("mail.log.1"), [form(NOW - timedelta(hours=7), "line 7")], NOW - timedelta(hours=7))
    write(path, new, NOW)
    if packed:
        compress(path.with_name("mail.log.2"))

    assert follower(path).read_all() == b"".join([*old[-12:], form(NOW - timedelta(hours=7), "line 7"), *new])


def test_a_log_that_was_just_rotated_is_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    lines = [rfc_3339(NOW - timedelta(hours=hour), f"line {hour}") for hour in range(48, 0, -1)]
    write(path.with_name("mail.log.1"), lines, NOW)
    path.touch()

    assert follower(path).read_all() == b"".join(lines[-24:])


def test_a_log_with_nothing_new_is_begun_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    write(path, [rfc_3339(NOW - 2 * DAY, "old")] * 3, NOW - 2 * DAY)
    log = follower(path)
    Writer(path).write(rfc_3339(NOW, "new"))

    assert log.read_all() == rfc_3339(NOW, "new")


def test_at_the_end_means_after_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(b"whole\nbegun ")
    log = Follower(path, first_read="end")
    writer.write(b"and ended\n")

    assert log.read_all() == b"begun and ended\n"


def test_a_log_that_appears_later_is_read_from_its_start(tmp_path: Path) -> None:
    log = Follower(tmp_path / "mail.log", first_read="end")
    Writer(log.path).write(b"first line\n")

    assert log.read_all() == b"first line\n"


def test_a_log_without_stamps_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"no stamp at all\n" * 20_000)

    assert follower(path).read_all() == path.read_bytes()


class Counted:
    """A content that counts what is read of it."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.bytes = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._content, name)

    def pread(self, count: int, position: int) -> bytes:
        data = self._content.pread(count, position)
        self.bytes += len(data)
        return data


def test_hardly_anything_is_read_to_find_the_place(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    line = "connect from unknown[192.0.2.1] " + "x" * 300
    moments = (NOW - timedelta(minutes=minute) for minute in range(60 * 24 * 60, 0, -1))
    path.write_bytes(b"".join(rfc_3339(at, line) for at in moments))
    content = Counted(open_content(path))
    place([content], NOW - DAY, times(TOKYO))  # type: ignore[list-item]

    assert content.bytes < 2 * LONGEST < path.stat().st_size / 10


@given(
    gaps=st.lists(st.integers(0, 3000), min_size=1, max_size=300),
    noise=st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=300)), max_size=20),
    back=st.integers(0, 200_000),
)
def test_no_line_of_the_wanted_time_is_left_out(
    gaps: list[int], noise: list[tuple[int, bytes]], back: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lines without a stamp may stand anywhere; the lines with one are in order."""
    path = tmp_path_factory.mktemp("log") / "mail.log"
    at, moments = NOW, []
    for gap in gaps:
        moments.append(at)
        at -= timedelta(seconds=gap)
    moments.reverse()
    lines = [
        traditional(moment, "x" * random.Random(gap).randrange(2000))
        for moment, gap in zip(moments, gaps, strict=True)
    ]
    for where, text in noise:
        lines.insert(where, b"~" + text.replace(b"\n", b"") + b"\n")
    write(path, lines, NOW)
    since = NOW - timedelta(seconds=back)
    content = open_content(path)
    _, position = place([content], since, times(TOKYO))
    content.close()
    stamped = [line for line in lines if line[:1] != b"~"]
    wanted = [line for line, moment in zip(stamped, moments, strict=True) if moment >= since]
    rest = [line + b"\n" for line in b"".join(lines)[position:].split(b"\n")[:-1] if line[:1] != b"~"]

    assert rest == wanted
