"""Lines that may be lost are told: once, with the place where reading stood. And nothing else is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from rejectwatch.facts import Gap
from rejectwatch.sources.content import KEPT, LONGEST
from rejectwatch.sources.stream import open_stream
from sources.logdir import PACK, Follower, Writer, compress, rotate

FIRST = b"2026-11-24T11:00:00+00:00 mail postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
SECOND = b"2026-11-24T11:00:01+00:00 mail postfix/smtpd[1]: disconnect from unknown[192.0.2.1]\n"
THIRD = b"2026-11-24T11:00:02+00:00 mail postfix/smtpd[2]: connect from unknown[192.0.2.2]\n"
LINES = b"".join(b"2026-11-24T11:00:%02d+00:00 mail line %d\n" % (n % 60, n * n) for n in range(50_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def writer(path: Path) -> Writer:
    return Writer(path)


@pytest.fixture
def follower(path: Path, writer: Writer) -> Follower:
    """It has read a line."""
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    return follower


def told(follower: Follower) -> list[tuple[str, str, int]]:
    return [(gap.reason, gap.generation, gap.position) for gap in follower.gaps]


def standing(follower: Follower) -> tuple[str, int]:
    """Where reading stands."""
    return follower.heard[-1].generation, follower.heard[-1].end


# ── a line without an end ──


def test_what_is_cut_off_a_line_without_an_end_is_a_gap(
    path: Path, writer: Writer, follower: Follower
) -> None:
    os.truncate(path, len(FIRST) + 2 * LONGEST)  # a hole of zeros
    writer.write(b"end\n" + SECOND)
    follower.read_all()

    (gap,) = follower.gaps
    assert (gap.reason, gap.detail) == (
        "damaged",
        f"{path}: {2 * LONGEST + 4 - KEPT - 1} bytes of a line without an end",
    )


# ── removed ──────────────────────────────────────────────────────────────────────────────────────


def test_a_log_deleted_while_nobody_was_reading_is_a_gap(
    path: Path, writer: Writer, follower: Follower
) -> None:
    stood = standing(follower)
    writer.write(SECOND)
    path.unlink()
    writer.reopen()
    writer.write(THIRD)
    follower.restart()

    assert follower.read_all() == THIRD
    assert follower.gaps == [Gap("mail", "removed", *stood, detail=str(path))]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_log_overwritten_without_a_copy_is_a_gap(
    path: Path, writer: Writer, follower: Follower, restarted: bool
) -> None:
    stood = standing(follower)
    writer.write(SECOND)
    os.truncate(path, 0)
    writer.write(THIRD)
    if restarted:
        follower.restart()

    assert follower.read_all() == THIRD
    assert told(follower) == [("removed", *stood)]


def test_a_gap_that_was_not_committed_is_noticed_again_and_is_the_same(
    path: Path, writer: Writer, follower: Follower
) -> None:
    path.unlink()
    writer.reopen()
    writer.write(THIRD)
    follower.restart()
    follower.source.read()
    first = follower.source.gaps()
    follower.restart()
    follower.read_all()

    assert first
    assert follower.gaps == first


def test_a_gap_is_told_once(path: Path, writer: Writer, follower: Follower) -> None:
    os.truncate(path, 0)
    for _ in range(3):
        writer.write(THIRD)
        follower.read_all()
        rotate(path)
        writer.reopen()
    follower.restart()
    follower.read_all()

    assert len(follower.gaps) == 1


def test_a_log_that_is_away_for_a_while_is_no_gap(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    writer = Writer(folder / "mail.log")
    writer.write(FIRST)
    follower = Follower(folder / "mail.log")
    follower.read_all()
    folder.rename(tmp_path / "not mounted")
    follower.restart()
    gone = follower.read()
    (tmp_path / "not mounted").rename(folder)
    writer.write(SECOND)

    assert gone is None
    assert follower.read_all() == SECOND
    assert not follower.gaps


def test_a_log_that_was_read_to_its_end_and_deleted_is_no_gap(
    path: Path, writer: Writer, follower: Follower
) -> None:
    path.unlink()
    follower.read_all()
    writer.reopen()
    writer.write(SECOND)

    assert follower.read_all() == SECOND
    assert not follower.gaps


@pytest.mark.parametrize("suffix", ["", *PACK])
def test_a_copy_that_was_read_to_its_end_and_deleted_is_no_gap(
    path: Path, writer: Writer, follower: Follower, suffix: str
) -> None:
    copy = path.with_name("mail.log.1")
    shutil.copy2(path, copy)
    if suffix:
        copy = compress(copy, suffix)
    os.truncate(path, 0)
    follower.read_all()
    copy.unlink()
    writer.write(SECOND)

    assert follower.read_all() == SECOND
    assert not follower.gaps


@pytest.mark.parametrize("suffix", ["", *PACK])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_copy_that_was_made_before_the_last_lines_that_were_read_is_no_gap(
    path: Path, writer: Writer, follower: Follower, suffix: str, restarted: bool
) -> None:
    """The writer wrote, and somebody read, between the copying and the truncation."""
    writer.write(LINES)
    follower.read_all()
    copy = path.with_name("mail.log.1")
    writer.tick(shutil.copy(path, copy))
    if suffix:
        compress(copy, suffix)
    writer.write(SECOND)
    follower.read_all()
    os.truncate(path, 0)
    writer.write(THIRD)
    if restarted:
        follower.restart()

    assert follower.read_all() == THIRD
    assert not follower.gaps


def test_the_first_start_has_no_gap(path: Path, writer: Writer) -> None:
    path.with_name("mail.log.1.gz").write_bytes(PACK[".gz"](LINES)[:-1000])
    writer.write(FIRST)
    follower = Follower(path)

    assert follower.read_all() == FIRST
    assert not follower.gaps


# ── damaged ──────────────────────────────────────────────────────────────────────────────────────


def tear(path: Path, end: int) -> None:
    """Cut it, and keep its times."""
    status = path.stat()
    os.truncate(path, end)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("suffix", PACK)
def test_what_is_torn_off_a_half_read_log_is_a_gap_behind_what_could_be_read(
    path: Path, writer: Writer, suffix: str
) -> None:
    writer.write(LINES)
    follower = Follower(path)
    follower.read(1000)
    rotate(path)
    writer.reopen()
    writer.write(THIRD)
    packed = compress(path.with_name("mail.log.1"), suffix)
    tear(packed, packed.stat().st_size * 3 // 4)
    follower.restart()
    rest = follower.read_all()
    part = rest.removesuffix(THIRD)

    assert LINES.startswith(follower.text.removesuffix(THIRD))
    assert len(part) > len(LINES) / 2
    assert rest.endswith(THIRD)
    (gap,) = follower.gaps
    assert (gap.reason, gap.generation, gap.position) == (
        "damaged",
        follower.heard[0].generation,
        len(follower.text) - len(THIRD),
    )
    assert gap.detail == f"{packed}: the compressed data ends too early"


def test_a_log_torn_before_the_place_where_reading_stood_is_a_gap_at_that_place(
    path: Path, writer: Writer
) -> None:
    writer.write(LINES)
    follower = Follower(path)
    follower.read()
    stood = standing(follower)
    rotate(path)
    writer.reopen()
    writer.write(THIRD)
    tear(compress(path.with_name("mail.log.1")), 5000)
    follower.restart()

    assert follower.read_all() == THIRD
    assert told(follower) == [("damaged", *stood)]


def test_a_torn_log_that_was_never_begun_is_a_gap_where_it_tears(
    path: Path, writer: Writer, follower: Follower
) -> None:
    for line in (LINES, THIRD):
        rotate(path)
        writer.reopen()
        writer.write(line)
    tear(compress(path.with_name("mail.log.1")), 50_000)
    follower.restart()
    rest = follower.read_all()
    follower.read_all()

    assert LINES.startswith(rest.removesuffix(THIRD))
    ((reason, _, position),) = told(follower)
    assert (reason, position) == ("damaged", len(rest) - len(THIRD))


def test_a_torn_log_that_was_read_before_is_no_gap(path: Path, writer: Writer, follower: Follower) -> None:
    writer.write(LINES)
    follower.read_all()
    rotate(path)
    writer.reopen()
    writer.write(SECOND)
    follower.read_all()
    follower.clock.wait(minutes=2)
    follower.read_all()
    tear(compress(path.with_name("mail.log.1")), 50_000)
    rotate(path)
    writer.reopen()
    writer.write(THIRD)

    assert follower.read_all() == THIRD
    assert not follower.gaps


def test_a_torn_log_that_is_brought_back_whole_is_read_to_its_end(path: Path, writer: Writer) -> None:
    writer.write(LINES)
    follower = Follower(path)
    follower.read(1000)
    rotate(path)
    writer.reopen()
    writer.write(THIRD)
    packed = compress(path.with_name("mail.log.1"))
    whole = packed.read_bytes()
    tear(packed, 50_000)
    follower.restart()
    follower.read_all()
    packed.write_bytes(whole)
    follower.read_all()

    assert b"".join(b.block for b in follower.heard if b.generation == follower.heard[0].generation) == LINES


@pytest.mark.parametrize("torn", [False, True])
def test_a_compressed_log_is_unpacked_once_and_not_at_each_look(
    path: Path, writer: Writer, torn: bool
) -> None:
    writer.write(LINES)
    follower = Follower(path)
    follower.read(1000)
    rotate(path)
    writer.reopen()
    packed = compress(path.with_name("mail.log.1"), ".xz")
    if torn:
        tear(packed, packed.stat().st_size - 100)
    follower.restart()
    once = -process_time()
    follower.read_all()
    once += process_time()
    later = -process_time()
    for _ in range(100):
        writer.write(THIRD)
        follower.read_all()
        follower.restart()
    later += process_time()

    assert later < 20 * once


def test_a_stream_that_is_torn_has_a_gap_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.gz"
    path.write_bytes(PACK[".gz"](LINES)[:-5000])
    stream = open_stream(str(path))
    last = None
    while batch := stream.read():
        last = batch
    first, again = stream.gaps(), stream.gaps()

    assert last
    assert [(gap.reason, gap.generation, gap.position) for gap in first] == [
        ("damaged", last.generation, last.end)
    ]
    assert not again


# ── unreadable ───────────────────────────────────────────────────────────────────────────────────

AS_NOBODY = """
import json, os, sys
from pathlib import Path
from sources.logdir import Follower
path = Path(sys.argv[1])
os.setgid(65534); os.setgroups([]); os.setuid(65534)
follower = Follower(path)
while True:
    text = follower.read_all().decode()
    gaps = [(gap.reason, gap.generation, gap.position, gap.detail) for gap in follower.gaps]
    follower.gaps.clear()
    print(json.dumps([text, gaps]), flush=True)
    if sys.stdin.readline() == "restart\\n":
        follower.restart()
"""


class Nobody:
    """A follower that may not read everything."""

    def __init__(self, path: Path) -> None:
        for folder in list(path.parents)[:-2]:
            folder.chmod(0o755)
        self._child = subprocess.Popen(
            [sys.executable, "-c", AS_NOBODY, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip

    def hear(self) -> Any:
        assert self._child.stdout
        return json.loads(self._child.stdout.readline())

    def tell(self, what: str) -> Any:
        assert self._child.stdin
        self._child.stdin.write(what + "\n")
        self._child.stdin.flush()
        return self.hear()

    def end(self) -> None:
        self._child.kill()
        self._child.communicate()


@pytest.fixture
def nobody(path: Path, writer: Writer) -> Any:
    """It has read a line."""
    writer.write(FIRST)
    nobody = Nobody(path)
    assert nobody.hear() == [FIRST.decode(), []]
    yield nobody
    nobody.end()


def test_a_half_read_log_that_may_no_longer_be_read_is_a_gap_and_read_as_soon_as_it_may(
    path: Path, writer: Writer, nobody: Nobody
) -> None:
    writer.write(SECOND)
    old = path.with_name("mail.log.1")
    old.touch()
    shutil.copystat(path, old)
    rotate(path)  # the empty one becomes number 2
    writer.reopen()
    writer.write(THIRD)
    old.chmod(0)
    text, ((reason, _, position, detail),) = nobody.tell("restart")
    again = nobody.tell("")
    old.chmod(0o644)
    rest = nobody.tell("")

    assert (text, reason, position, detail) == (THIRD.decode(), "unreadable", len(FIRST), str(old))
    assert again == ["", []]
    assert rest == [SECOND.decode(), []]


def test_a_log_that_came_and_went_and_may_not_be_read_is_a_gap(
    path: Path, writer: Writer, nobody: Nobody
) -> None:
    for line in (SECOND, THIRD):
        rotate(path)
        writer.reopen()
        writer.write(line)
    path.with_name("mail.log.1").chmod(0)
    text, ((reason, _, position, _),) = nobody.tell("restart")
    path.with_name("mail.log.1").chmod(0o644)

    assert (text, reason, position) == (THIRD.decode(), "unreadable", len(FIRST))
    assert nobody.tell("") == ["", []]  # its lines are older than what was read since: `import` takes them


def test_rotated_logs_that_may_not_be_read_are_no_gap_if_they_were_read_before(
    path: Path, writer: Writer, nobody: Nobody
) -> None:
    rotate(path)
    path.with_name("mail.log.1").chmod(0)
    writer.reopen()
    writer.write(SECOND)

    assert nobody.tell("") == [SECOND.decode(), []]
    rotate(path)
    compress(path.with_name("mail.log.2")).chmod(0)
    writer.reopen()
    writer.write(THIRD)

    assert nobody.tell("") == [THIRD.decode(), []]
    assert nobody.tell("restart") == ["", []]
