"""A copy is whole or not there, nobody else can read it, and the daemon has not waited for it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from parts.postgresql import PostgreSQL
from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.store import backup
from rejectwatch.store.backup import back_up
from rejectwatch.store.database import SQLite, open_database
from rejectwatch.store.migrate import upgrade
from store.made import batch
from store.seen import started


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SQLite]:
    folder = tmp_path / "state"
    folder.mkdir()
    opened = open_database(f"sqlite:///{folder}/rejectwatch.db")
    assert isinstance(opened, SQLite)
    upgrade(opened)
    yield opened
    opened.close()


def asked(copy: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(copy)) as connection:
        return connection.execute(question).fetchall()


def test_a_copy_made_while_somebody_writes_is_of_one_moment(file: SQLite, tmp_path: Path) -> None:
    writer, state = started(file)
    writer.commit(batch(end=1), state)
    enough = threading.Event()

    def write() -> None:
        for number in range(2, 100_000):
            writer.commit(batch(end=number), state)  # an event, and how far was read
            if enough.is_set():
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            back_up(file, tmp_path / f"copy{number}.db")
    finally:
        enough.set()
        thread.join()

    copies = [tmp_path / f"copy{number}.db" for number in range(5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*(copy.name for copy in copies), "state"]
    found = [
        asked(copy, "SELECT (SELECT count(*) FROM events), (SELECT position FROM positions)")
        for copy in copies
    ]
    assert [events == position for ((events, position),) in found] == [True] * 5
    assert len(set(map(str, found))) > 1
    for copy in copies:
        assert asked(copy, "PRAGMA integrity_check") == [("ok",)]


def test_what_is_only_in_the_log_is_copied_too(file: SQLite, tmp_path: Path) -> None:
    writer, state = started(file)
    writer.commit(batch(end=9, events=9), state)
    assert file.path.with_name("rejectwatch.db-wal").stat().st_size
    back_up(file, tmp_path / "copy.db")

    assert asked(tmp_path / "copy.db", "SELECT count(*) FROM events") == [(9,)]


def test_only_the_owner_reads_it_from_its_first_byte(
    file: SQLite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    flush = backup._flush

    def look(path: Path) -> None:
        seen.extend(f"{one.name} {one.stat().st_mode & 0o777:o}" for one in tmp_path.glob("copy*"))
        flush(path)

    monkeypatch.setattr(backup, "_flush", look)
    before = os.umask(0o022)
    try:
        back_up(file, tmp_path / "copy.db")
    finally:
        os.umask(before)

    assert seen == ["copy.db.part 600", "copy.db 600"]


@pytest.mark.parametrize("name", ["copy.db", "copy.db.part"])
def test_nothing_is_written_over(file: SQLite, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")

    with pytest.raises(SettingsError, match=rf"/{name} is there"):
        back_up(file, tmp_path / "copy.db")
    assert (tmp_path / name).read_text() == "precious"
    assert len(list(tmp_path.glob("copy*"))) == 1


def test_a_place_that_is_not_there_is_told(file: SQLite, tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"/nowhere/copy.db can't be written: No such file or directory"):
        back_up(file, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_database_gives_no_copy(file: SQLite, tmp_path: Path) -> None:
    writer, state = started(file)
    writer.commit(batch(end=9_000, events=9_000), state)
    file.close()
    with file.path.open("r+b") as out:
        out.seek(file.path.stat().st_size // 2)
        out.write(os.urandom(20_000))

    with pytest.raises(SettingsError, match="damaged"):
        back_up(file, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []


@pytest.mark.slow
def test_a_server_has_its_own_program_for_that(cluster: PostgreSQL, tmp_path: Path) -> None:
    url = cluster.fresh_database().replace("rejectwatch@", "rejectwatch:geheim@")
    with pytest.raises(SettingsError) as told:
        back_up(open_database(url), tmp_path / "copy")

    name = url.rpartition("/")[2]
    assert str(told.value).endswith(
        f"pg_dump --format=custom --file={tmp_path}/copy --host=127.0.0.1 --port={cluster.port}"
        f" --username=rejectwatch --dbname={name}"
    )
