"""All logs of a pattern, each followed as if it were alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from rejectwatch.sources.interface import FirstRead, unpack
from rejectwatch.sources.pattern import MOST, is_pattern
from sources.logdir import NOW, PACK, Follower, Writer, compress, rotate


def line(minute: int, text: str) -> bytes:
    return f"{(NOW + timedelta(minutes=minute)).isoformat()} mail postfix/smtpd[7]: {text:32}\n".encode()


class Reader(Follower):
    def read_lines(self, limit: int = 1 << 20) -> list[bytes]:
        """In the order in which they came."""
        return self.read_all(limit).splitlines(keepends=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@pytest.fixture
def a(folder: Path) -> Writer:
    return Writer(folder / "a.log")


@pytest.fixture
def b(folder: Path) -> Writer:
    return Writer(folder / "b.log")


def test_each_log_that_matches_is_read_and_all_have_the_label_of_the_source(
    folder: Path, a: Writer, b: Writer
) -> None:
    Writer(folder / "c.txt").write(line(0, "of no interest"))
    a.write(line(1, "a"))
    b.write(line(2, "b"))
    reader = Reader(folder / "*.log")

    assert reader.read_lines() == [line(1, "a"), line(2, "b")]
    assert {batch.source for batch in reader.heard} == {"mail"}


def test_one_checkpoint_holds_all_of_them(folder: Path, a: Writer, b: Writer) -> None:
    a.write(line(1, "a"))
    b.write(line(2, "b"))
    reader = Reader(folder / "*.log")
    reader.read_lines()
    a.write(line(3, "a"))
    b.write(line(4, "b"))
    reader.restart()

    assert reader.read_lines() == [line(3, "a"), line(4, "b")]
    assert not reader.gaps


def test_the_log_that_is_furthest_behind_is_read_next(folder: Path, a: Writer, b: Writer) -> None:
    lines = [line(minute, "abc"[minute % 3] * 100) for minute in range(90)]
    a.write(b"".join(lines[0::3]))
    b.write(b"".join(lines[1::3]))
    Writer(folder / "c.log").write(b"".join(lines[2::3]))
    reader = Reader(folder / "*.log")

    assert reader.read_lines(1) == lines


@pytest.mark.parametrize("first_read", ["end", timedelta(hours=1), "all"])
def test_a_log_that_appears_is_found_and_read_from_its_first_line(
    folder: Path, a: Writer, first_read: FirstRead
) -> None:
    reader = Reader(folder / "*.log", first_read)
    reader.read_lines()
    new = Writer(folder / "new.log")
    new.write(line(-600, "new"))  # stamped by a machine whose clock is late

    assert reader.read_lines() == [line(-600, "new")]


def test_a_log_that_appeared_and_was_rotated_while_nobody_was_reading_is_read_from_its_first_line(
    folder: Path, a: Writer
) -> None:
    a.write(line(0, "a"))
    reader = Reader(folder / "*.log", first_read="end")
    reader.read_lines()
    new = Writer(folder / "new.log")
    for minute in (1, 2, 3):
        new.write(line(minute, "new"))
        rotate(new.path)
        new.reopen()
    new.write(line(4, "new"))
    reader.restart()

    assert reader.read_lines() == [line(minute, "new") for minute in (1, 2, 3, 4)]


def test_a_log_that_appears_while_others_bring_lines_without_an_end_is_found(folder: Path, a: Writer) -> None:
    a.write(line(0, "a") * 100)
    reader = Reader(folder / "*.log")
    reader.read(1)
    Writer(folder / "b.log").write(line(-1, "b"))
    reader.clock.wait(seconds=1)

    assert line(-1, "b") in (reader.read(1), reader.read(1))


@pytest.mark.parametrize("rotated", [False, True])
def test_a_source_that_was_a_single_log_goes_on_where_it_was(folder: Path, a: Writer, rotated: bool) -> None:
    """The operator has put a pattern where the path of a log was, under the same name."""
    a.write(line(0, "a"))
    single = Follower(a.path)
    single.read_all()
    a.write(line(1, "a"))
    if rotated:
        rotate(a.path)
        a.reopen()
    Writer(folder / "b.log").write(line(2, "b"))
    reader = Reader(folder / "*.log", checkpoint=single.checkpoint)

    assert sorted(reader.read_lines()) == [line(1, "a"), line(2, "b")]


ROTATIONS: list[tuple[str, Callable[[Path, int], str]]] = [
    ("*.log", lambda path, number: f"{path.name}.{9 - number}"),
    ("*", lambda path, number: f"{path.name}.{9 - number}"),
    ("*", lambda path, number: f"{path.name}-2026112{number}"),
    ("*.log", lambda path, number: f"{path.stem}-2026112{number}.log"),
    ("*.log", lambda path, number: f"{path.stem}.{9 - number}.log"),
]


@pytest.mark.parametrize("suffix", ["", *PACK])
@pytest.mark.parametrize("wanted, name", ROTATIONS)
@pytest.mark.parametrize("restarted", [False, True])
def test_rotated_logs_that_match_too_are_read_once(
    folder: Path, a: Writer, b: Writer, wanted: str, name: Callable[[Path, int], str], suffix: str, restarted: bool
) -> None:  # fmt: skip
    a.write(line(0, "a, the first"))
    b.write(line(0, "b, the first"))
    reader = Reader(folder / wanted)
    read = reader.read_lines()
    written = [line(0, "a, the first"), line(0, "b, the first")]
    for number in range(3):
        a.write(line(number, f"a {number}"))
        written.append(line(number, f"a {number}"))
        a.path.rename(rotated := folder / name(a.path, number))
        if not restarted:
            read += reader.read_lines()
        if suffix:
            compress(rotated, suffix)
        a.reopen()
        a.write(line(number, f"a {number}, new file"))
        written.append(line(number, f"a {number}, new file"))
    reader.restart()
    read += reader.read_lines()

    assert sorted(read) == sorted(written)
    assert not reader.gaps


def test_a_log_is_not_taken_for_a_new_one_while_its_successor_is_not_there(folder: Path, a: Writer) -> None:
    a.write(line(0, "a"))
    reader = Reader(folder / "*")
    reader.read_lines()
    rotate(a.path)
    reader.restart()
    between = reader.read_lines()
    a.reopen()
    a.write(line(1, "a"))

    assert (between, reader.read_lines()) == ([], [line(1, "a")])


def test_a_rotated_log_that_was_there_before_its_log_is_not_read_twice(folder: Path, a: Writer) -> None:
    """The very first look falls into the moment between the two."""
    a.write(line(0, "old"))
    a.path.rename(folder / "a.log.1")
    reader = Reader(folder / "*")
    first = reader.read_lines()
    a.reopen()
    a.write(line(1, "new"))

    assert (first, reader.read_lines()) == ([line(0, "old")], [line(1, "new")])


@pytest.mark.parametrize("suffix", PACK)
def test_logs_with_the_date_in_their_own_name_are_followed_from_day_to_day(folder: Path, suffix: str) -> None:
    """As Exim has it with log_file_path = …/mainlog-%D."""
    reader = Reader(folder / "mainlog-*")
    read, written = [], []
    for day in range(22, 27):
        writer = Writer(folder / f"mainlog-202611{day}")
        for minute in range(3):
            writer.write(line(minute, f"{day}, {minute}"))
            written.append(line(minute, f"{day}, {minute}"))
            if minute != day % 3:
                read += reader.read_lines()
        if day % 2:
            reader.restart()
        compress(writer.path, suffix)
    read += reader.read_lines()

    assert read == written
    assert not reader.gaps


def test_a_log_that_gets_another_name_goes_on_where_it_was(folder: Path, a: Writer) -> None:
    a.write(line(0, "a"))
    reader = Reader(folder / "*.log")
    reader.read_lines()
    a.path.rename(folder / "archive of today.log")
    a.write(line(1, "a"))
    late = reader.read_lines()
    a.reopen()
    a.write(line(2, "a"))
    new = reader.read_lines()
    reader.restart()
    Writer(folder / "archive of today.log").write(line(3, "late"))

    assert (late, new) == ([line(1, "a")], [line(2, "a")])
    assert reader.read_lines() == [line(3, "late")]
    assert not reader.gaps


def test_a_copy_that_is_truncated_into_any_name_is_read_to_its_end(folder: Path, a: Writer) -> None:
    a.write(line(0, "a"))
    reader = Reader(folder / "*.log")
    reader.read_lines()
    a.write(line(1, "a"))
    shutil.copy(a.path, folder / "archive of today.log")
    os.truncate(a.path, 0)
    a.write(line(2, "a"))

    assert sorted(reader.read_lines()) == [line(1, "a"), line(2, "a")]


def test_two_logs_that_begin_with_the_same_lines_have_different_keys(
    folder: Path, a: Writer, b: Writer
) -> None:
    for writer in (a, b):
        writer.write(line(0, "the same") * 3)
    reader = Reader(folder / "*.log")
    first = reader.read_lines(1)
    reader.restart()
    Writer(folder / "c.log").write(line(0, "the same") * 3)
    more = reader.read_lines(1)

    assert len(first) == 6
    assert len(more) == 3
    assert len({(batch.generation, batch.start) for batch in reader.heard}) == 9


# ── what is not read ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "make, what",
    [
        (os.mkfifo, "a named pipe"),
        (Path.mkdir, "a folder"),
        (lambda path: os.mknod(path, 0o020600, os.makedev(1, 5)), "a device"),
        (lambda path: path.symlink_to("/dev/zero"), "a symbolic link"),
        (lambda path: path.symlink_to("a.log"), "a symbolic link"),
        (lambda path: path.symlink_to("/nowhere"), "a symbolic link"),
    ],
    ids=["fifo", "folder", "device", "link to a device", "link to a log", "link to nothing"],
)
def test_only_regular_files_are_read_and_the_others_are_told_once(
    folder: Path, a: Writer, make: Callable[[Path], None], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = folder / "other.log"
    make(other)
    a.write(line(0, "a"))
    reader = Reader(folder / "*.log")
    read = reader.read_lines() + reader.read_lines()

    assert read == [line(0, "a")]
    assert [record.getMessage() for record in caplog.records] == [f"mail: {other} is {what}: it is not read"]


def test_a_second_name_of_a_log_is_not_read_again(
    folder: Path, a: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    a.write(line(0, "a"))
    reader = Reader(folder / "*.log")
    reader.read_lines()
    (folder / "0 the same.log").hardlink_to(a.path)

    assert reader.read_lines() == []
    assert "0 the same.log is the same file as" in caplog.text


def test_what_is_compressed_is_no_log_of_its_own(folder: Path, a: Writer) -> None:
    (folder / "old.log.gz").write_bytes(PACK[".gz"](line(0, "old")))
    a.write(line(1, "a"))

    assert Reader(folder / "*").read_lines() == [line(1, "a")]


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────


def files_in(reader: Reader) -> list[str]:
    return [Path(path).name for path, _ in unpack(reader.checkpoint or "")["files"]]


def test_a_log_that_is_gone_is_forgotten_after_a_day(folder: Path, a: Writer, b: Writer) -> None:
    a.write(line(0, "a"))
    b.write(line(0, "b"))
    reader = Reader(folder / "*.log")
    reader.read_lines()
    b.path.unlink()
    reader.clock.wait(hours=23)
    a.write(line(1, "a"))
    reader.read_lines()
    before = files_in(reader)
    reader.restart()
    reader.clock.wait(hours=2)
    reader.read_lines()
    a.write(line(2, "a"))
    reader.read_lines()

    assert (before, files_in(reader)) == (["a.log", "b.log"], ["a.log"])


def test_a_log_whose_archive_is_kept_is_forgotten_too_and_not_read_again(folder: Path, a: Writer) -> None:
    reader = Reader(folder / "*")
    for day in range(40):
        writer = Writer(folder / f"mail-{20261001 + day}")
        writer.write(line(day, f"{day}"))
        assert reader.read_lines() == [line(day, f"{day}")]
        compress(writer.path)
        reader.clock.wait(days=1)
        reader.read_lines()
    reader.restart()
    a.write(line(99, "a"))

    assert reader.read_lines() == [line(99, "a")]
    assert len(files_in(reader)) <= 4


def test_so_many_logs_are_followed_and_more_are_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MOST + 50):
        (folder / f"{number}.log").write_bytes(line(number, "old"))
        os.utime(folder / f"{number}.log", (number, number))
    reader = Reader(folder / "*.log")
    first = reader.read_lines()
    Writer(folder / "new.log").write(line(0, "new"))

    assert first == [line(number, "old") for number in range(50, MOST + 50)]
    assert reader.read_lines() == [line(0, "new")]
    assert len(files_in(reader)) == MOST
    assert (
        f"{folder}/*.log matches {MOST + 50} logs: the {MOST} that were written last are read" in caplog.text
    )


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_matches_that_is_told_until_something_does(folder: Path) -> None:
    reader = Reader(folder / "*.log", first_read="end")
    reader.read()
    trouble = reader.source.trouble()
    started = reader.source.started
    Writer(folder / "a.log").write(line(0, "a"))

    assert trouble == f"no log matches {folder}/*.log; it is read as soon as it is there"
    assert started is None
    assert reader.read_lines() == [line(0, "a")]
    assert reader.source.trouble() is None
    assert reader.source.started is not None


def test_of_a_log_that_is_gone_nothing_is_said(folder: Path, a: Writer, b: Writer) -> None:
    reader = Reader(folder / "*.log")
    reader.read_lines()
    b.path.unlink()
    reader.read_lines()

    assert reader.source.trouble() is None


def test_folders_that_appear_are_watched(tmp_path: Path, folder: Path) -> None:
    reader = Reader(tmp_path / "*" / "mail.log")
    before = reader.source.watched()
    (tmp_path / "other").mkdir()
    Writer(tmp_path / "other" / "mail.log").write(line(0, "other"))

    assert (before, reader.source.watched()) == ({folder}, {folder, tmp_path / "other"})
    assert reader.read_lines() == [line(0, "other")]


def test_the_start_is_that_of_the_source(folder: Path, a: Writer, b: Writer) -> None:
    a.write(line(-3000, "old") + line(-10, "a"))
    b.write(line(-3000, "old") + line(-20, "b"))
    reader = Reader(folder / "*.log", first_read=timedelta(hours=1))
    started = reader.source.started
    reader.restart()

    assert started
    assert (started.at, started.since) == (NOW, NOW - timedelta(hours=1))
    assert sorted(reader.read_lines()) == [line(-20, "b"), line(-10, "a")]


@pytest.mark.parametrize(
    "path, expected",
    [("/var/log/mail.log", False), ("/var/log/*.log", True), ("/var/log/mail[12].log", True)],
)
def test_a_path_with_wild_cards_is_a_pattern(path: str, expected: bool) -> None:
    assert is_pattern(Path(path)) is expected


AS_NOBODY = """
import os, sys
from pathlib import Path
from sources.logdir import Follower
os.setgid(65534); os.setgroups([]); os.setuid(65534)
follower = Follower(Path(sys.argv[1]))
print(follower.read_all().decode() + (follower.source.trouble() or "no trouble"))
"""


def as_nobody(wanted: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(wanted)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.rstrip("\n")  # fmt: skip


def test_what_may_not_be_read_is_told_and_the_others_are_read(place: Path) -> None:
    (place / "log").mkdir()
    for name in ("a", "b"):
        Writer(place / "log" / f"{name}.log").write(line(0, name))
    (place / "log" / "b.log").chmod(0)
    one_closed = as_nobody(place / "log" / "*.log")
    (place / "log").chmod(0o711)

    assert one_closed == line(0, "a").decode() + (
        f"{place}/log/b.log may not be read by user nobody: setfacl -m u:nobody:r {place}/log/b.log"
    )
    assert as_nobody(place / "log" / "*.log") == (
        f"{place}/log may not be looked into by user nobody: setfacl -m u:nobody:rx {place}/log"
    )
