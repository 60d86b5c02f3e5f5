"""A log that is followed, one fact at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from rejectwatch.sources.content import LONGEST
from sources.logdir import NOW, Follower, Writer, compress, rotate

FIRST = b"2026-11-24T11:00:00+00:00 mail postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
SECOND = b"2026-11-24T11:00:01+00:00 mail postfix/smtpd[1]: disconnect from unknown[192.0.2.1]\n"
THIRD = b"2026-11-24T11:00:02+00:00 mail postfix/smtpd[2]: connect from unknown[192.0.2.2]\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def writer(path: Path) -> Writer:
    return Writer(path)


@pytest.mark.parametrize("cut", range(len(SECOND)))
def test_a_line_cut_at_any_byte_comes_once_and_whole(path: Path, writer: Writer, cut: int) -> None:
    follower = Follower(path)
    writer.write(FIRST + SECOND[:cut])
    first = follower.read_all()
    writer.write(SECOND[cut:])

    assert (first, follower.read_all()) == (FIRST, SECOND)


def test_a_batch_tells_where_its_lines_stand(path: Path, writer: Writer) -> None:
    writer.write(FIRST + SECOND + THIRD)
    follower = Follower(path)
    follower.read(1)
    follower.read()
    batch = follower.heard[1]

    assert (batch.start, batch.end) == (len(FIRST), len(FIRST + SECOND + THIRD))
    assert batch.position_of(len(SECOND)) == len(FIRST + SECOND)
    assert batch.alert_from == NOW - timedelta(hours=1)


def test_what_is_unread_is_told(path: Path, writer: Writer) -> None:
    writer.write(FIRST + SECOND)
    follower = Follower(path)
    follower.read(1)

    assert follower.source.unread() == len(SECOND)


def test_the_name_of_a_generation_does_not_depend_on_when_it_was_first_seen(
    path: Path, writer: Writer
) -> None:
    early = Follower(path)
    writer.write(FIRST[:-10])
    early.read()
    writer.write(FIRST[-10:])
    early.read()
    writer.write(SECOND * 100)
    early.read()
    late = Follower(path)
    late.read()

    assert {batch.generation for batch in early.heard} == {late.heard[0].generation}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_line_appended_just_before_the_rename_comes_before_those_of_the_new_file(
    path: Path, writer: Writer, restarted: bool
) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    writer.write(SECOND)
    rotate(path)
    writer.reopen()
    writer.write(THIRD)
    if restarted:
        follower.restart()

    assert follower.read_all() == SECOND + THIRD


def test_a_late_line_in_a_renamed_file_comes(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    rotate(path)
    successor = Writer(path)
    successor.write(SECOND)
    follower.read_all()
    writer.write(THIRD)

    assert follower.read_all() == THIRD


def test_a_late_line_comes_also_after_a_restart_or_long_after_the_rename(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    rotate(path)
    Writer(path).write(SECOND)
    follower.read_all()
    follower.clock.wait(hours=1)
    follower.read_all()
    writer.write(THIRD)
    follower.restart()

    assert follower.read_all() == THIRD


def test_files_are_not_kept_open_for_ever(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    rotate(path)
    Writer(path).write(SECOND)
    follower.read_all()
    kept = open_names()
    follower.clock.wait(minutes=2)
    follower.read_all()

    assert str(path) + ".1" in kept
    assert open_names().count(str(path) + ".1") == 1  # the writer's own


def open_names() -> list[str]:
    return [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]


def test_rotations_while_nobody_was_reading_are_read_in_order(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    writer.write(SECOND)
    for line in (b"a" * 70 + b"\n", b"b" * 70 + b"\n", THIRD):
        rotate(path)
        writer.reopen()
        writer.write(line)
    compress(path.with_name("mail.log.3"))
    follower.restart()

    assert follower.read_all() == SECOND + b"a" * 70 + b"\n" + b"b" * 70 + b"\n" + THIRD


def test_any_number_of_rotations_while_nobody_was_reading_is_read(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    lines = [b"%03d" % number + SECOND for number in range(40)]
    for line in lines:
        rotate(path)
        writer.reopen()
        writer.write(line)

    assert follower.read_all() == b"".join(lines)


def test_a_log_copied_and_truncated_between_looking_and_reading_is_read_first(
    path: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(path)
    look = follower.source._look

    def look_and_lose_the_race() -> None:
        look()
        monkeypatch.undo()
        writer.write(FIRST)
        writer.tick(shutil.copy(path, path.with_name("mail.log.1")))
        os.truncate(path, 0)
        writer.write(SECOND)

    monkeypatch.setattr(follower.source, "_look", look_and_lose_the_race)

    assert follower.read_all() == FIRST + SECOND


def test_dated_names_are_read_in_order(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    for date, line in (("20261122", SECOND), ("20261123", THIRD)):
        path.rename(path.with_name(f"mail.log-{date}"))
        writer.reopen()
        writer.write(line)
    follower.restart()

    assert follower.read_all() == SECOND + THIRD


def test_a_file_with_another_name_is_not_taken_for_a_rotated_one(path: Path, writer: Writer) -> None:
    for name in ("mail.log.err", "mail.log.bak", "mail.log2", "mail.log.1.orig", "xmail.log.1"):
        path.with_name(name).write_bytes(THIRD)
    follower = Follower(path)
    writer.write(FIRST)

    assert follower.read_all() == FIRST


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_log_that_was_truncated_and_grew_about_as_far_is_read_anew(
    path: Path, writer: Writer, more: int, restarted: bool
) -> None:
    follower = Follower(path)
    writer.write(FIRST)
    follower.read_all()
    new = b"x" * (len(FIRST) - 1 + more) + b"\n"
    os.truncate(path, 0)
    writer.write(new)
    if restarted:
        follower.restart()

    assert follower.read_all() == new


@pytest.mark.parametrize("restarted", [False, True])
def test_a_log_that_was_truncated_and_begins_with_the_same_lines_is_read_anew(
    path: Path, writer: Writer, restarted: bool
) -> None:
    follower = Follower(path)
    writer.write(FIRST * 20 + SECOND)
    follower.read_all()
    os.truncate(path, 0)
    writer.write(FIRST * 20 + THIRD + SECOND)
    if restarted:
        follower.restart()

    assert follower.read_all() == FIRST * 20 + THIRD + SECOND
    assert len({(batch.generation, batch.start) for batch in follower.heard}) == len(follower.heard)


def test_a_new_log_that_gets_the_inode_of_the_old_one_is_read_from_its_first_line(
    path: Path, writer: Writer
) -> None:
    """As ext4 gives it to the next file at once."""
    writer.write(FIRST + SECOND)
    follower = Follower(path)
    follower.read_all()
    follower.source.close()
    inode = path.stat().st_ino
    path.write_bytes(THIRD + FIRST + SECOND)
    follower.restart()

    assert path.stat().st_ino == inode
    assert follower.read_all() == THIRD + FIRST + SECOND


def test_a_copy_made_before_the_truncation_is_read_to_its_end(path: Path, writer: Writer) -> None:
    follower = Follower(path)
    writer.write(FIRST)
    follower.read_all()
    writer.write(SECOND)
    shutil.copy(path, path.with_name("mail.log.1"))
    os.truncate(path, 0)
    writer.write(THIRD)

    assert follower.read_all() == SECOND + THIRD
    assert len({batch.generation for batch in follower.heard}) == 2


def test_two_files_that_begin_with_the_same_lines_have_two_names(path: Path, writer: Writer) -> None:
    follower = Follower(path)
    writer.write(FIRST + SECOND)
    follower.read_all()
    rotate(path)
    writer.reopen()
    writer.write(FIRST + THIRD)
    follower.read_all()

    assert follower.text == FIRST + SECOND + FIRST + THIRD
    assert len({batch.generation for batch in follower.heard}) == 2


def test_a_file_that_was_read_last_and_deleted_loses_nothing_that_comes_after(
    path: Path, writer: Writer
) -> None:
    follower = Follower(path)
    writer.write(FIRST)
    follower.read_all()
    path.unlink()
    writer.write(SECOND)
    gone = follower.read_all()
    trouble = follower.source.trouble()
    writer.reopen()
    writer.write(THIRD)

    assert gone + follower.read_all() == SECOND + THIRD
    assert trouble == f"{path} does not exist; it is read as soon as it is there"
    assert follower.source.trouble() is None


def test_a_log_that_is_copied_in_place_goes_on(path: Path, writer: Writer) -> None:
    """As rsync does it: a new file with the old content and more takes the place of the old."""
    follower = Follower(path)
    writer.write(FIRST)
    follower.read_all()
    path.with_name("new").write_bytes(FIRST + SECOND)
    path.with_name("new").rename(path)

    assert follower.read_all() == SECOND


def test_a_log_in_a_folder_that_comes_later_is_read_from_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "log" / "mail.log"
    follower = Follower(path, first_read="end")
    before = follower.read(), follower.source.trouble()
    path.parent.mkdir()
    Writer(path).write(FIRST)

    assert before == (None, f"{path} does not exist; it is read as soon as it is there")
    assert (follower.read_all(), follower.source.trouble()) == (FIRST, None)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_log_whose_folder_is_removed_and_made_again_is_read_on(tmp_path: Path, restarted: bool) -> None:
    path = tmp_path / "log" / "mail.log"
    path.parent.mkdir()
    Writer(path).write(FIRST)
    follower = Follower(path)
    follower.read_all()
    shutil.rmtree(path.parent)
    if restarted:
        follower.restart()
    gone = follower.read_all()
    path.parent.mkdir()
    Writer(path).write(SECOND)

    assert (gone, follower.read_all()) == (b"", SECOND)


@pytest.mark.parametrize("link", ["log", "log/mail.log"])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_link_that_is_swapped_to_another_log_leads_there(
    tmp_path: Path, link: str, restarted: bool
) -> None:
    for name in ("one", "two", "log"):
        (tmp_path / name).mkdir()
    one, two, path = (tmp_path / name / "mail.log" for name in ("one", "two", "log"))
    if link == "log":
        path.parent.rmdir()

    def swap_to(log: Path) -> None:
        new = tmp_path / "new"
        new.symlink_to(log.parent if link == "log" else log)
        new.rename(tmp_path / link)

    writer = Writer(one)
    writer.write(FIRST)
    swap_to(one)
    follower = Follower(path)
    follower.read_all()
    Writer(two).write(SECOND)
    swap_to(two)
    if restarted:
        follower.restart()
    else:
        writer.write(b"a late line, for which the old log is kept open\n")

    assert follower.read_all().endswith(SECOND)
    assert follower.text.count(b"late line") == (not restarted)


def test_a_writer_that_does_not_append_leaves_holes_and_no_line_is_lost(path: Path) -> None:
    """After each truncation it goes on at the place where it was."""
    writer = os.open(path, os.O_WRONLY | os.O_CREAT)
    follower = Follower(path)
    for number in range(4):
        for line in (FIRST, SECOND, b"%d \xff\xfe\xc3( no UTF-8\n" % number):
            os.write(writer, line)
            follower.read_all()
        shutil.copy2(path, path.with_name(f"mail.log.{4 - number}"))
        os.truncate(path, 0)
        follower.read_all()
    os.close(writer)

    assert follower.text.replace(b"\0", b"") == b"".join(
        FIRST + SECOND + b"%d \xff\xfe\xc3( no UTF-8\n" % number for number in range(4)
    )
    keys = [(batch.generation, batch.start) for batch in follower.heard]
    assert len(set(keys)) == len(keys)


READ_BOUNDED = """
import resource, sys
from pathlib import Path
from sources.logdir import Follower
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (24 << 20), used + (24 << 20)))
sys.stdout.buffer.write(Follower(Path(sys.argv[1])).read_all())
"""


@pytest.mark.slow
def test_two_gigabytes_without_a_line_end_take_little_memory(path: Path, writer: Writer) -> None:
    writer.write(FIRST)
    os.truncate(path, 2 << 30)
    writer.write(b"end\n" + SECOND)
    said = subprocess.run(
        [sys.executable, "-c", READ_BOUNDED, str(path)],
        capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert said.stdout == FIRST + bytes(64 << 10) + b"\n" + SECOND


def test_a_line_without_an_end_is_cut_and_the_log_goes_on(path: Path, writer: Writer) -> None:
    follower = Follower(path)
    writer.write(FIRST)
    os.truncate(path, len(FIRST) + 3 * LONGEST)  # a hole of zeros
    before = follower.read_all()
    writer.write(b"end\n" + SECOND)
    after = follower.read_all()
    cut = after[: -len(SECOND)]

    assert before == FIRST
    assert cut == b"\0" * (64 * 1024) + b"\n"
    assert follower.heard[-1].start == len(FIRST) + 3 * LONGEST + 4
    follower.restart()
    writer.write(THIRD)
    assert follower.read_all() == THIRD


@pytest.mark.parametrize(
    "make, what",
    [
        (os.mkfifo, "a named pipe"),
        (lambda path: path.symlink_to("/dev/null"), "a device"),
        (Path.mkdir, "a folder"),
    ],
)
def test_what_is_no_file_is_refused(path: Path, make: object, what: str) -> None:
    make(path)  # type: ignore[operator]
    follower = Follower(path)

    assert follower.read() is None
    assert follower.source.trouble() == f"{path} is {what}; only a regular file can be read as a log"


READ_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from sources.logdir import Follower
path = Path(sys.argv[1])
os.setgid(65534); os.setgroups([]); os.setuid(65534)
follower = Follower(path)
first = follower.read_all(), follower.source.trouble()
print(json.dumps([first[0].decode(), first[1]]), flush=True)
sys.stdin.readline()
print(json.dumps([follower.read_all().decode(), follower.source.trouble()]), flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_an_unreadable_log_is_told_and_read_as_soon_as_it_may_be(
    path: Path, writer: Writer, closed: str
) -> None:
    writer.write(FIRST)
    for folder in list(path.parents)[1:-2]:
        folder.chmod(0o755)
    path.parent.chmod(0o700 if closed == "folder" else 0o755)
    path.chmod(0o600 if closed == "file" else 0o644)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    reader = subprocess.Popen(
        [sys.executable, "-c", READ_AS_NOBODY, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    with reader:
        assert reader.stdin
        assert reader.stdout
        first = json.loads(reader.stdout.readline())
        path.parent.chmod(0o755)
        path.chmod(0o644)
        reader.stdin.write("\n")
        reader.stdin.flush()
        second = json.loads(reader.stdout.readline())

    allow = f"setfacl -m u:nobody:x {path.parent}" if closed == "folder" else f"setfacl -m u:nobody:r {path}"
    assert first == ["", f"{path} may not be read by user nobody: {allow}"]
    assert second == [FIRST.decode(), None]
