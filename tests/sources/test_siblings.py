"""Which files are the rotated ones of a log, and in which order they are read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rejectwatch.sources.siblings import rank, rotated
from sources.logdir import NOW, PACK, Follower, Writer, compress

FIRST = b"2026-11-24T11:00:00+00:00 mail postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
SECOND = b"2026-11-24T11:00:01+00:00 mail postfix/smtpd[1]: disconnect from unknown[192.0.2.1]\n"
THIRD = b"2026-11-24T11:00:02+00:00 mail postfix/smtpd[2]: connect from unknown[192.0.2.2]\n"

MANNERS = [
    # logrotate, as Debian and most others have it; as RHEL and SUSE have it (dateext)
    ("mail.log", ["mail.log.2", "mail.log.1"]),
    ("maillog", ["maillog-20261122", "maillog-20261123"]),
    # dateext with hourly, with dateformat -%s and -%Y%m%d-%s, .%Y-%m-%d, _%Y%m%d_%H%M
    ("mail.log", ["mail.log-2026112309", "mail.log-2026112310"]),
    ("mail.log", ["mail.log-1763942400", "mail.log-1764028800"]),
    ("mail.log", ["mail.log-20261123-1763942400", "mail.log-20261124-1764028800"]),
    ("mail.log", ["mail.log.2026-11-22", "mail.log.2026-11-23"]),
    ("mail.log", ["mail.log_20261123_0000", "mail.log_20261123_1200"]),
    # logrotate with `extension .log`, numbered and dated
    ("mail.log", ["mail.2.log", "mail.1.log"]),
    ("mail.log", ["mail-20261122.log", "mail-20261123.log"]),
    # start 0; exicyclog; postfix logrotate
    ("mail.log", ["mail.log.1", "mail.log.0"]),
    ("mainlog", ["mainlog.02", "mainlog.01"]),
    ("maillog", ["maillog.20261122-235959", "maillog.20261123-235959"]),
]


@pytest.mark.parametrize("log, old", MANNERS)
def test_names_alone_put_the_files_of_a_log_in_order(log: str, old: list[str]) -> None:
    names = [log, old[1], f"{old[0]}.gz"]

    assert sorted(names, key=rank) == names[::-1]


@pytest.mark.parametrize("suffix", ["", *PACK])
@pytest.mark.parametrize("log, old", MANNERS)
def test_rotated_logs_are_found_and_read_in_order(
    tmp_path: Path, log: str, old: list[str], suffix: str
) -> None:
    path = tmp_path / log
    writer = Writer(path)
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    for name, line in zip(old, (SECOND, THIRD), strict=True):
        path.rename(path.with_name(name))
        if suffix:
            compress(path.with_name(name), suffix)
        writer.reopen()
        writer.write(line)
    follower.restart()

    assert follower.read_all() == SECOND + THIRD
    assert not follower.gaps


@pytest.mark.parametrize(
    "name",
    [
        "mail.log", "mail.log.err", "mail.log.bak", "mail.log.old", "mail.log2", "mail.log.1.orig", "mail.log.1.lz4",
        "xmail.log.1", "mail", "mail.1", "mail-1.log", "mail.info.1", "mail.log.1.log.2", "mail.err-20261124",
        "mail.log-2026-week-47", "mail.log.gz.1", "mailXlog.1", "mail.log.", "mail..log", "mail.log.1000",
    ],
)  # fmt: skip
def test_another_name_is_not_taken_for_a_rotated_one(name: str) -> None:
    assert rotated(name, "mail.log") is None


def test_where_two_manners_are_mixed_the_times_tell_the_order(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    lines = [
        b"%d, and long enough to be told from all the other lines by its first bytes\n" % n for n in range(3)
    ]
    for name, line in zip(("mail.log-20261124", "mail.log.1", "mail.log-2026112413"), lines, strict=True):
        path.rename(path.with_name(name))
        writer.reopen()
        writer.write(line)
    follower.restart()

    assert follower.read_all() == b"".join(lines)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("suffix", ["", *PACK])
def test_logs_that_were_rotated_into_another_folder_are_found_there(
    tmp_path: Path, suffix: str, absolute: bool
) -> None:
    path, away = tmp_path / "mail.log", tmp_path / "old"
    away.mkdir()
    writer = Writer(path)
    writer.write(FIRST)
    follower = Follower(path, rotated_to=away if absolute else Path("old"))
    follower.read_all()
    for number, line in ((2, SECOND), (1, THIRD)):
        path.rename(away / f"mail.log.{number}")
        if suffix:
            compress(away / f"mail.log.{number}", suffix)
        writer.reopen()
        writer.write(line)
    follower.restart()

    assert follower.read_all() == SECOND + THIRD
    assert not follower.gaps
    assert follower.source.watched() == {tmp_path, away}


def test_a_copy_in_another_folder_is_read_to_its_end_when_the_log_was_truncated(tmp_path: Path) -> None:
    path, away = tmp_path / "mail.log", tmp_path / "old"
    away.mkdir()
    writer = Writer(path)
    writer.write(FIRST)
    follower = Follower(path, rotated_to=Path("old"))
    follower.read_all()
    writer.write(SECOND)
    shutil.copy(path, away / "mail.log-20261124")
    os.truncate(path, 0)
    writer.write(THIRD)

    assert follower.read_all() == SECOND + THIRD
    assert not follower.gaps


def test_a_folder_that_is_not_there_hinders_nothing(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "mail.log", rotated_to=Path("old"))
    Writer(follower.path).write(FIRST)

    assert follower.read_all() == FIRST
    assert follower.source.trouble() is None


def test_a_link_with_the_name_of_a_rotated_log_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    (tmp_path / "secret").write_bytes(THIRD)
    os.utime(tmp_path / "secret", (NOW.timestamp() + 9, NOW.timestamp() + 9))
    writer = Writer(path)
    writer.write(FIRST)
    follower = Follower(path)
    follower.read_all()
    path.rename(path.with_name("mail.log.2"))
    path.with_name("mail.log.1").symlink_to("secret")
    writer.reopen()
    writer.write(SECOND)
    follower.restart()

    assert follower.read_all() == SECOND
