"""A daemon on a disk that is busy, full, read-only, failing or damaged: one sentence, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon, rejectwatch
from parts.disk import Disk
from parts.packages import program, root_needed
from parts.waiting import until
from whole.made import CONFIGURATION, append, lines_with, recipient, refusals, until_stored

pytestmark = pytest.mark.slow

WAITS = "reading waits until it works again"
WORKS = "the database works again, reading goes on"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


# ── busy ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_that_somebody_holds_for_long_is_waited_for(tmp_path: Path, log: Path) -> None:
    append(log, refusals([0]))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, [0])
        with closing(sqlite3.connect(watch.folder / "rejectwatch.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            append(log, refusals([1]))
            watch.until_said(f"database is locked; {WAITS}")
            began = time.monotonic()  # long enough for three more tries
            until(lambda: time.monotonic() - began > 12, 20)
            append(log, refusals([2]))
            assert watch.get("/readyz") == (503, watch.get("/readyz")[1])
            assert "database is locked" in watch.get("/readyz")[1]
            other.execute("ROLLBACK")
        until_stored(watch, range(3))
        watch.until_said(WORKS)

        assert len(lines_with(watch, WAITS)) == 1
        assert len(lines_with(watch, WORKS)) == 1


# ── full, read-only: a disk of two megabytes ─────────────────────────────────────────────────────


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    with Disk(tmp_path / "disk") as small:
        monkeypatch.setattr(parts_daemon, "COMMAND", (*small.inside, *COMMAND))
        yield small


def on(disk: Disk, tmp_path: Path, log: Path) -> Daemon:
    """A daemon whose database, and nothing else, lies there."""
    url = f"sqlite:///{disk.folder}/rejectwatch.db"
    return Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=url)


def recipients(watch: Daemon) -> list[str]:
    return [one["recipient"] for one in watch.events()]


def test_a_full_disk_is_waited_for_and_nothing_is_lost(tmp_path: Path, log: Path, disk: Disk) -> None:
    append(log, refusals(range(3)))
    with on(disk, tmp_path, log) as watch:
        until(lambda: len(recipients(watch)) == 3, what=watch.child.story)
        disk.fill()
        append(log, refusals(range(3, 400)))
        watch.until_said(WAITS)
        append(log, refusals(range(400, 500)))
        until(lambda: watch.get("/readyz")[0] == 503)
        disk.clear()
        watch.until_said(WORKS)
        until(lambda: len(recipients(watch)) >= 500, what=watch.child.story)

        assert sorted(recipients(watch)) == sorted(map(recipient, range(500)))
        assert {"full" in line or "No space" in line for line in lines_with(watch, WAITS)} == {True}
        assert len(lines_with(watch, WAITS)) <= 2  # each reason once
        assert watch.stop() == 0


def test_a_start_on_a_full_disk_waits_too(tmp_path: Path, log: Path, disk: Disk) -> None:
    append(log, refusals([0]))
    disk.fill()
    with on(disk, tmp_path, log) as watch:
        watch.until_said(f"(full|No space).*{WAITS}")
        disk.clear()
        until(lambda: recipients(watch) == [recipient(0)], what=watch.child.story)


def test_a_start_on_a_read_only_disk_waits_too(tmp_path: Path, log: Path, disk: Disk) -> None:
    append(log, refusals([0]))
    with on(disk, tmp_path, log) as watch:
        until(lambda: recipients(watch) == [recipient(0)], what=watch.child.story)
        assert watch.stop() == 0
        disk.read_only()
        append(log, refusals([1]))
        watch.start()
        watch.until_said(f"(Read-only file system|readonly database|unable to open).*{WAITS}")
        until(lambda: watch.get("/readyz")[0] == 503)
        disk.writable()
        until(lambda: sorted(recipients(watch)) == [recipient(0), recipient(1)], what=watch.child.story)

        assert len(lines_with(watch, WAITS)) == 1


@contextmanager
def immutable(*paths: Path) -> Iterator[None]:
    """Every write fails, also of who has the file open, as on a disk that the kernel has given up."""
    root_needed("chattr +i")
    chattr = program("chattr", "e2fsprogs")
    subprocess.run([chattr, "+i", *paths], check=True)
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", *paths], check=True)


def test_a_state_folder_that_becomes_read_only_is_waited_for(tmp_path: Path, log: Path) -> None:
    append(log, refusals([0]))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, [0])
        with immutable(*watch.folder.glob("rejectwatch.db*"), watch.folder):
            append(log, refusals([1]))
            watch.until_said(WAITS)
            append(log, refusals([2]))
            until(lambda: watch.get("/readyz")[0] == 503)
        until_stored(watch, range(3))
        watch.until_said(WORKS)

        assert len(lines_with(watch, WAITS)) <= 2  # each reason once
        assert "Traceback" not in watch.said


# ── damaged, gone ────────────────────────────────────────────────────────────────────────────────


def said_last(watch: Daemon) -> str:
    until(lambda: not watch.child.running, 20, watch.child.story)
    assert watch.child.stop() == 2  # systemd does not start it again after that
    return watch.said.splitlines()[-1]


def test_a_database_that_is_damaged_while_it_is_used_ends_it_with_one_sentence(
    tmp_path: Path, log: Path
) -> None:
    append(log, refusals(range(2_000)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, range(2_000))
        path = watch.folder / "rejectwatch.db"
        rejectwatch("db", "forget", "nobody-at-all", config=watch.config)  # which writes the log back
        with path.open("r+b") as out:
            out.seek(4096)
            out.write(os.urandom(path.stat().st_size - 4096))
        append(log, refusals(range(2_000, 2_010)))
        last = said_last(watch)

        assert last.startswith(f"{path} is damaged (")
        assert "put a backup in its place" in last
        assert "Traceback" not in watch.said
        watch.start()
        assert said_last(watch).startswith(f"{path} is damaged (")


def test_a_database_that_is_gone_is_not_begun_anew_until_the_operator_says_so(
    tmp_path: Path, log: Path
) -> None:
    append(log, refusals(range(3)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, range(3))
        backup = tmp_path / "backup.db"
        assert rejectwatch("db", "backup", backup, config=watch.config).returncode == 0
        assert watch.stop() == 0
        path = watch.folder / "rejectwatch.db"
        path.unlink()

        watch.start()
        assert said_last(watch).startswith(f"There is no database {path} any more: put a backup in its place")
        assert not path.exists()

        path.write_bytes(b"")
        watch.start()
        assert said_last(watch).startswith(f"{path} is empty, and was not: ")

        shutil.copy(backup, path)
        watch.start()
        append(log, refusals([3]))
        until_stored(watch, range(4))
        assert watch.stop() == 0

        path.unlink()
        done = rejectwatch("db", "upgrade", config=watch.config)
        assert (done.returncode, done.stderr) == (0, "")
        watch.start()
        until_stored(watch, range(4))  # first_read is "all"


def test_a_wrong_password_ends_the_start_with_one_sentence(
    tmp_path: Path, log: Path, postgresql: object
) -> None:
    url = postgresql.url.replace("rejectwatch@", "nobody:geheim@")  # type: ignore[attr-defined]
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=url) as watch:
        last = said_last(watch)

        assert 'role "nobody" does not exist' in last
        assert "geheim" not in watch.said
