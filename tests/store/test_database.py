"""Trouble with a database is told in one sentence, in time, and passes."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.errors import SettingsError, Superseded, TransientError
from rejectwatch.store import queries
from rejectwatch.store.backup import back_up
from rejectwatch.store.database import Database, SQLite, open_database
from rejectwatch.store.flock import FileLock
from rejectwatch.store.lock import claim
from rejectwatch.store.migrate import prepare, upgrade
from rejectwatch.store.tables import DELIVERY_COUNTS
from store.cutting import CuttingProxy
from store.made import batch
from store.seen import positions, rows, sizes, started


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SQLite]:
    opened = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    assert isinstance(opened, SQLite)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def server(cluster: PostgreSQL) -> Iterator[Database]:
    opened = open_database(cluster.fresh_database())
    upgrade(opened)
    yield opened
    opened.close()


# ── the settings ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "rejectwatch.db",
        "mysql://localhost/x",
        "nonsense://x",
        "postgresql+psycopg2://localhost/x",
        "sqlite://",
        "sqlite:///:memory:",
        "",
    ],
)
def test_an_impossible_url_is_told(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database\.url: "):
        open_database(url)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"can't be used: No such file"):
        upgrade(open_database(f"sqlite:///{tmp_path}/missing/rejectwatch.db"))


def test_reading_makes_no_database(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")

    with pytest.raises(SettingsError, match="There is no database"):
        queries.incidents(database)
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_reads_the_files(file: SQLite) -> None:
    writer, state = started(file)
    writer.commit(batch(), state)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in file.path.parent.iterdir()}

    assert len(modes) == 4
    assert set(modes.values()) == {"0o600"}, modes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of another owner")
def test_a_command_of_root_leaves_the_files_to_the_daemon(place: Path) -> None:
    os.chown(place, 4711, 4712)
    database = open_database(f"sqlite:///{place}/rejectwatch.db")
    upgrade(database)
    claimed = claim(database, "main")
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in place.iterdir()}
    claimed.release()
    database.close()

    assert len(owners) == 5
    assert set(owners.values()) == {(4711, 4712)}, owners


def test_sqlite_is_opened_as_the_promise_needs_it(file: SQLite) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with file.write() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}

    assert found == wanted


def test_a_password_is_never_shown(cluster: PostgreSQL) -> None:
    database = open_database(f"postgresql+psycopg://nobody:canary-7@127.0.0.1:{cluster.port}/canary-7")

    with pytest.raises(SettingsError, match="nobody") as caught:
        database.read().__enter__()
    assert "canary-7@" not in str(caught.value)
    assert "canary-7" not in database.name.partition("@")[0]


# ── trouble that passes ──────────────────────────────────────────────────────────────────────────


def test_a_busy_file_is_waited_for_and_then_told(file: SQLite) -> None:
    writer, state = started(file)
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = monotonic()

    with pytest.raises(TransientError, match="database is locked"):
        writer.commit(batch(), state)
    waited = monotonic() - began
    other.execute("ROLLBACK")
    other.close()
    writer.commit(batch(), state)

    assert 2 < waited < 10
    assert sizes(file)["events"] == 1


def test_a_transaction_that_will_write_has_the_file_from_its_first_moment(file: SQLite) -> None:
    # Begun as a reader, it would be refused at its first write whenever somebody has written meanwhile.
    other = sqlite3.connect(file.path, isolation_level=None, timeout=0)
    with file.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_two_processes_never_write_at_the_same_time(file: SQLite) -> None:
    program = (
        "import sys; from rejectwatch.store.database import open_database;"
        "database = open_database(sys.argv[1]); connection = database.write(); connection.__enter__();"
        "print('writing', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, f"sqlite:///{file.path}"],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "writing\n"
        with pytest.raises(TransientError, match="another rejectwatch has been writing for 3 seconds"):
            started(file)
        other.kill()
    started(file)


def test_threads_take_turns(database: Database) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            writer, state = started(database, f"instance {number}")
            writer.commit(batch(), state)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sizes(database)["events"] == 4


def test_a_full_disk_passes(file: SQLite) -> None:
    writer, state = started(file)
    with file.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(TransientError, match="database or disk is full"):
        writer.commit(batch(events=1_000, end=1_000), state)
    with file.write() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages * 1_000}")
    writer.commit(batch(events=1_000, end=1_000), state)

    assert sizes(file)["events"] == 1_000


def test_a_corrupt_file_is_refused(file: SQLite) -> None:
    file.close()
    for path in file.path.parent.iterdir():
        path.unlink()
    file.path.write_bytes(b"not a database, for sure" * 1_000)

    with pytest.raises(SettingsError, match="file is not a database"):
        queries.incidents(file)

    assert file.path.read_bytes() == b"not a database, for sure" * 1_000


LOST = (
    r"There is no database .*/rejectwatch.db any more: put a backup in its place .* `rejectwatch db upgrade`"
)


@pytest.mark.parametrize("companion", ["write.lock", "daemon.lock"])
def test_a_database_that_is_gone_is_not_begun_anew_in_silence(file: SQLite, companion: str) -> None:
    claim(file, "main").release()
    file.close()
    for path in file.path.parent.iterdir():
        if not path.name.endswith(companion):
            path.unlink()

    with pytest.raises(SettingsError, match=LOST):
        prepare(file)
    with pytest.raises(SettingsError, match=LOST):
        queries.incidents(file)
    assert not file.path.exists()
    upgrade(file)  # the operator's own decision
    prepare(file)
    assert sizes(file)["events"] == 0


def test_an_emptied_database_is_not_begun_anew_in_silence(file: SQLite) -> None:
    file.close()
    file.path.write_bytes(b"")

    for use in (prepare, upgrade, queries.incidents):
        with pytest.raises(
            SettingsError, match=r"rejectwatch.db is empty, and was not: stop rejectwatch, move"
        ):
            use(file)
    assert file.path.stat().st_size == 0


@pytest.mark.parametrize("made", [False, True])
def test_a_first_start_that_was_cut_off_is_no_loss(tmp_path: Path, *, made: bool) -> None:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    assert isinstance(database, SQLite)
    if made:
        database.make()
    else:
        database.path.touch()
    prepare(database)

    assert sizes(database)["events"] == 0
    database.close()


DAMAGED = (
    r"rejectwatch.db is damaged \(.*\): stop rejectwatch, move rejectwatch.db and rejectwatch.db-wal away,"
)


def damage(path: Path, how: str) -> None:
    size = path.stat().st_size
    with path.open("r+b") as out:
        if how == "cut":
            out.truncate(size // 2)
        elif how == "head":
            out.write(b"\xff" * 100)
        else:
            out.seek(4096)
            out.write(os.urandom(size - 4096))


@pytest.mark.parametrize("how", ["cut", "head", "middle"])
@pytest.mark.parametrize("opened", [False, True])
def test_a_damaged_file_is_told_with_its_name_and_the_way_out(
    file: SQLite, how: str, *, opened: bool
) -> None:
    writer, state = started(file)
    writer.commit(batch(end=3_000, events=3_000), state)
    file.wipe([])  # all of it is in the file
    if not opened:
        file.close()
    damage(file.path, how)

    with pytest.raises(SettingsError, match=DAMAGED):
        list(queries.events(file, queries.EventFilter()))
    with pytest.raises(SettingsError, match=DAMAGED):
        writer.commit(batch(end=4_000), state)


def test_damage_that_one_thread_meets_ends_the_work_of_all(file: SQLite) -> None:
    writer, state = started(file)
    broken = sqlite3.DatabaseError("database disk image is malformed")
    broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    with pytest.raises(SettingsError, match=DAMAGED), file.read():
        raise broken

    with pytest.raises(SettingsError, match=DAMAGED):
        writer.commit(batch(), state)


def test_a_file_that_takes_its_place_is_not_taken_for_it(file: SQLite, tmp_path: Path) -> None:
    writer, state = started(file)
    back_up(file, tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(file.path)

    with pytest.raises(
        SettingsError, match=r"rejectwatch.db was replaced by another file while it was in use"
    ):
        writer.commit(batch(), state)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_folder_that_may_not_be_entered_passes(place: Path) -> None:
    folder = place / "state"
    folder.mkdir(0o700)
    database = open_database(f"sqlite:///{folder}/rejectwatch.db")
    upgrade(database)
    os.seteuid(4711)
    try:
        with pytest.raises(TransientError, match=r"rejectwatch.db can't be used: Permission denied"):
            queries.incidents(database)
    finally:
        os.seteuid(0)
    database.close()


def test_only_one_connection_writes_and_writes_the_log_back(file: SQLite) -> None:
    # SQLite before 3.51.3 can lose pages when one connection writes while another resets the log.
    with file.write() as one:
        writing = one.connection.driver_connection
    with file.write() as other:
        assert other.connection.driver_connection is writing
    with file.read() as reader, pytest.raises(DBAPIError, match="readonly"):
        reader.exec_driver_sql("DELETE FROM gaps")
    with (
        FileLock(file.beside("write.lock")).held(1),
        pytest.raises(TransientError, match="another rejectwatch"),
    ):
        file.wipe([])
    used: list[object] = []
    event.listen(file._writer, "checkout", lambda connection, *_: used.append(connection))
    file.wipe([])
    assert used == [writing]


def test_a_mistake_of_ours_is_no_trouble_that_passes(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_parameters_never_stand_in_an_error(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "alice@example.jp"})

    assert "alice" not in str(caught.value)


def test_a_missing_permission_is_the_operators(server: Database) -> None:
    with pytest.raises(SettingsError, match="permission denied"), server.read() as connection:
        connection.execute(text("SELECT * FROM pg_authid"))


@pytest.fixture
def locked(cluster: PostgreSQL) -> Iterator[str]:
    """The URL of a database whose owner needs a password, which is in the URL."""
    url = cluster.fresh_database()
    name = url.rpartition("/")[2]
    hba = cluster.directory / "data" / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"host {name} rejectwatch 127.0.0.1/32 scram-sha-256\n{before}")
    with cluster._administrator() as administrator:
        administrator.execute("ALTER ROLE rejectwatch PASSWORD 'right'")
        administrator.execute("SELECT pg_reload_conf()")
    yield url.replace("rejectwatch@", "rejectwatch:right@")
    hba.write_text(before)
    with cluster._administrator() as administrator:
        administrator.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    "change, told",
    [
        ((":right@", ":wrong@"), "password authentication failed"),
        ((":right@", "@"), "no password supplied"),
        (("rejectwatch:right@", "nobody@"), 'role "nobody" does not exist'),
        (("/fresh_", "/nowhere_"), 'database "nowhere_.*" does not exist'),
    ],
)
def test_a_server_that_does_not_know_us_is_the_operators_mistake(
    locked: str, change: tuple[str, str], told: str
) -> None:
    database = open_database(locked.replace(*change))

    for use in (lambda: queries.incidents(database), lambda: claim(database, "main")):
        with pytest.raises(SettingsError, match=told) as caught:
            use()
        assert "wrong" not in str(caught.value)


def test_a_server_that_knew_us_is_being_repaired(cluster: PostgreSQL, locked: str) -> None:
    database = open_database(locked)
    upgrade(database)
    with cluster._administrator() as administrator:
        administrator.execute("ALTER ROLE rejectwatch PASSWORD 'other'")
    cluster.restart()

    with pytest.raises(TransientError, match="password authentication failed"):
        queries.incidents(database)
    with cluster._administrator() as administrator:
        administrator.execute("ALTER ROLE rejectwatch PASSWORD 'right'")
    assert queries.incidents(database) == []
    database.close()


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        database = open_database(f"postgresql+psycopg://x@127.0.0.1:{silent.getsockname()[1]}/x")

        with pytest.raises(TransientError, match="Connection refused"):
            queries.incidents(database)


@pytest.mark.parametrize("immediate", [False, True])
def test_a_restart_of_the_server_between_two_commits_is_not_noticed(
    cluster: PostgreSQL, server: Database, *, immediate: bool
) -> None:
    writer, state = started(server)
    writer.commit(batch(end=10), state)
    cluster.restart(immediate=immediate)
    writer.commit(batch(end=20), state)

    assert positions(server)["mail"].position == 20


def test_a_connection_that_dies_in_mid_commit_passes(cluster: PostgreSQL, server: Database) -> None:
    writer, state = started(server)
    ending = "WITH gone AS (DELETE FROM instances) SELECT pg_terminate_backend(pg_backend_pid())"

    with pytest.raises(TransientError), server.write() as connection:
        connection.exec_driver_sql(ending)
    writer.commit(batch(end=20), state)

    assert positions(server)["mail"].position == 20


def test_a_commit_whose_answer_is_lost_is_found_written_and_not_done_again(cluster: PostgreSQL) -> None:
    url = cluster.fresh_database()
    with CuttingProxy(cluster.port) as proxy:
        database = open_database(url.replace(f":{cluster.port}/", f":{proxy.port}/"))
        upgrade(database)
        writer, state = started(database)
        proxy.cuts.set()
        with pytest.raises(TransientError, match="can't be used"):
            writer.commit(batch(end=10), state)
        with pytest.raises(Superseded):
            writer.commit(batch(end=10), state)
        position = writer.load(state)["mail"].position
        writer.commit(batch(end=20), state)
        counted = rows(database, DELIVERY_COUNTS)[0]["count"]
        database.close()

    assert position == 10
    assert counted == 14


@pytest.mark.slow
def test_a_frozen_server_is_an_error_within_20_seconds(cluster: PostgreSQL) -> None:
    url = cluster.fresh_database()
    busy, idle, fresh = (open_database(url) for _ in range(3))
    upgrade(busy)
    started(idle)
    writer, state = started(busy)
    took: dict[str, float] = {}
    told: dict[str, str] = {}

    def measured(name: str, database: Database) -> None:
        began = monotonic()
        try:
            queries.incidents(database)
        except TransientError as error:
            told[name] = str(error)
        took[name] = monotonic() - began

    with cluster.frozen():
        threads = [
            threading.Thread(target=measured, args=(name, database))
            for name, database in {"idle": idle, "fresh": fresh}.items()
        ]
        for thread in threads:
            thread.start()
        began = monotonic()
        with pytest.raises(TransientError, match=r"has not answered|connection timeout"):
            writer.commit(batch(), state)
        took["busy"] = monotonic() - began
        for thread in threads:
            thread.join()
    writer.load(state)
    writer.commit(batch(end=30), state)

    assert max(took.values()) < 20, took
    assert sorted(told) == ["fresh", "idle"]
    assert positions(busy)["mail"].position == 30
    for database in (busy, idle, fresh):
        database.close()


@pytest.mark.slow
def test_a_server_that_freezes_in_the_middle_of_a_commit_is_an_error_in_time(
    cluster: PostgreSQL, server: Database
) -> None:
    writer, state = started(server)
    began = 0.0

    def freeze_in_the_middle() -> None:
        nonlocal began
        with server.write() as connection:
            connection.exec_driver_sql("SELECT 1")
            with cluster.frozen():
                began = monotonic()
                connection.exec_driver_sql("SELECT 1")

    with pytest.raises(TransientError, match="has not answered for 10 seconds"):
        freeze_in_the_middle()

    assert monotonic() - began < 20
    writer.commit(batch(), state)


# ── one daemon only ──────────────────────────────────────────────────────────────────────────────


def test_a_second_daemon_is_refused(database_url: str, database: Database) -> None:
    first = claim(database, "main")
    again = open_database(database_url)

    with pytest.raises(SettingsError, match="Another rejectwatch is running"):
        claim(again, "main")
    first.release()
    claim(again, "main").release()
    again.close()


def test_two_instances_share_a_server(server: Database) -> None:
    claims = [claim(server, name) for name in ("east", "west")]
    for one in claims:
        one.release()


def test_a_claim_is_renewed_after_a_restart_of_the_server(cluster: PostgreSQL, server: Database) -> None:
    held = claim(server, "main")
    cluster.restart(immediate=True)
    held.renew()

    with pytest.raises(SettingsError, match="Another rejectwatch"):
        claim(server, "main")
    held.release()


def test_a_killed_daemon_leaves_no_claim(database_url: str, database: Database) -> None:
    program = (
        "import os, signal, sys; from rejectwatch.store.database import open_database;"
        "from rejectwatch.store.lock import claim;"
        "held = claim(open_database(sys.argv[1]), 'main'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run(
        [sys.executable, "-c", program, database_url], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )

    def is_free() -> bool:
        try:
            claim(database, "main").release()
        except SettingsError:  # PostgreSQL hears of the death a little later
            return False
        return True

    until(is_free, 10, "the claim of the killed daemon to end")
