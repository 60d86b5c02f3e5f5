"""`rejectwatch db`: what is removed and copied while the daemon runs, and whose files are left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.conftest import Configure
from cli.lines import LOG, write
from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon, rejectwatch
from parts.disk import Disk
from parts.packages import root_needed
from parts.waiting import until
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from store.made import batch
from store.seen import started
from whole.made import CONFIGURATION, append, recipient, refusal, refusals, stored, until_stored

OWNER, GROUP = 4711, 4712


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def imported(configured: Configure, database_url: str, tmp_path: Path) -> Path:
    """A configuration whose database has the refusals of LOG, of October 2026."""
    config = configured("codes = [553, 554]\n[retention]\nevents = '36000d'\nhourly = '36000d'", database_url)
    assert rejectwatch("db", "upgrade", config=config).returncode == 0
    assert rejectwatch("import", write(tmp_path / "mail.log"), config=config).returncode == 0
    return config


def kept_for(config: Path, kept: str) -> Path:
    config.write_text(config.read_text().replace("36000d", kept))
    return config


# ── prune ────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_kept_long_enough_is_removed_and_counted(
    configured: Configure, database_url: str, log: Path
) -> None:
    config, now = configured("", database_url), datetime.now(UTC)
    log.write_bytes(b"".join(refusal(n, now - timedelta(days=days)) for n, days in enumerate((450, 100, 80))))
    assert rejectwatch("db", "upgrade", config=config).returncode == 0
    assert rejectwatch("import", log, config=config).returncode == 0

    only_counted = rejectwatch("db", "prune", "--dry-run", config=config)
    done = rejectwatch("db", "prune", config=config)
    again = rejectwatch("db", "prune", config=config)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "events: 2 removed"
    assert only_counted.stdout == done.stdout.replace(" removed", " would be removed")
    assert again.stdout == "nothing to remove\n"


AT_ONCE = (
    "import sys; from rejectwatch.store import retention; from rejectwatch.cli import main;"
    " retention.BEGIN_AFTER = 0.5; sys.exit(main())"
)


@pytest.mark.slow
def test_the_daemon_prunes_by_itself(
    tmp_path: Path, log: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", AT_ONCE))
    append(log, refusal(0, datetime.now(UTC) - timedelta(days=100)) + refusal(1))
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=database_url)
    watch.upgrade()
    with watch:
        watch.until_said("removed what was kept long enough: rows of events 1")

        assert stored(watch) == [recipient(1)]
        assert watch.stop() == 0


def test_what_is_kept_for_ever_is_not_removed(imported: Path) -> None:
    assert rejectwatch("db", "prune", config=kept_for(imported, "forever")).stdout == "nothing to remove\n"


@pytest.mark.parametrize(
    "value, reason",
    [
        ("0", '\'0\' is neither a duration such as "90d" nor "forever"'),
        ("never", '\'never\' is neither a duration such as "90d" nor "forever"'),
        ("90m", '"90m" is less than a day; give a longer time, or "forever"'),
        ("0d", '"0d" is less than a day; give a longer time, or "forever"'),
    ],
)
def test_a_slip_of_the_pen_removes_nothing(configured: Configure, value: str, reason: str) -> None:
    done = rejectwatch("db", "prune", config=configured(f'[retention]\nevents = "{value}"'))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"retention.events: {reason}\n")


def test_a_misspelt_kind_is_told(configured: Configure) -> None:
    done = rejectwatch("db", "prune", config=configured('[retention]\nevent = "90d"'))

    assert done.stderr.endswith('retention.event: there is no such setting; did you mean "events"?\n')


# ── forget ───────────────────────────────────────────────────────────────────────────────────────


def test_forgetting_tells_how_many_rows_of_what(imported: Path) -> None:
    counted = rejectwatch("db", "forget", "Alice", "--dry-run", config=imported)
    done = rejectwatch("db", "forget", "Alice", config=imported)
    again = rejectwatch("db", "forget", "alice", config=imported)

    assert (done.returncode, done.stderr) == (0, "")
    assert "events: 1 removed" in done.stdout.splitlines()
    assert counted.stdout == done.stdout.replace(" removed", " would be removed")
    assert again.stdout == "nothing to remove\n"


@pytest.mark.parametrize("command", [("prune",), ("forget", "alice")])
def test_a_database_without_tables_is_told(
    command: tuple[str, ...], configured: Configure, database_url: str
) -> None:
    done = rejectwatch("db", *command, config=configured("", database_url))

    assert (done.returncode, done.stdout) == (2, "")
    assert "`rejectwatch db upgrade`" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_running_daemon_forgets_a_person_too(tmp_path: Path, log: Path, database_url: str) -> None:
    """alice is failing (a window), has an open incident, a message to be sent, and is in the queue."""
    channel = '\n[[channels]]\nname = "nowhere"\nurl_file = "nowhere.url"\n[incidents]\ngroup_wait = "1s"\n'
    in_queue = refusal(0).replace(b"NOQUEUE: reject: ", b"4XyzAb12cD: client=pc, sasl_username=alice\n#")
    under_systemd = {"JOURNAL_STREAM": "8:1"}  # as there: what is refused is not printed
    state = tmp_path / "state"
    state.mkdir()
    (state / "nowhere.url").write_text("mailto://nobody:x@127.0.0.1:9?to=a@corp.example")
    watch = Daemon(
        state, CONFIGURATION.format(log=log) + channel, database_url=database_url, env=under_systemd
    )
    if database_url.startswith("postgresql"):
        watch.upgrade()
    append(log, refusal(100, user="bob") + in_queue.partition(b"#")[0] + refusals(range(4)))
    with watch:
        until(lambda: len(stored(watch)) == 5, what=watch.child.story)
        until(lambda: watch.rows("SELECT count(*) FROM outbox")[0][0] == 1, what=watch.child.story)
        before = everywhere(watch)
        done = rejectwatch("db", "forget", "alice", config=watch.config)
        append(log, refusal(101, user="bob"))  # with this commit it writes what it remembers
        until(lambda: recipient(101) in stored(watch), what=watch.child.story)
        append(log, refusal(102, user="bob"))
        until(lambda: recipient(102) in stored(watch), what=watch.child.story)
        after = everywhere(watch)
        shown = [*(watch.get(page)[1] for page in ("/metrics", "/readyz", "/healthz")), watch.said]

        assert (done.returncode, done.stderr) == (0, "")
        assert {line.split(":")[0] for line in done.stdout.splitlines()} == {
            "events",
            "hourly",
            "incidents",
            "outbox",
            "state",
        }
        assert before.count("alice") > 10
        assert "alice" not in after
        assert "alice" not in "".join(shown)
        assert stored(watch) == [recipient(n) for n in (100, 101, 102)]
        assert watch.said.count("by somebody else: what is in memory is read again") == 1
        for path in state.glob("rejectwatch.db*"):
            assert b"alice" not in path.read_bytes().lower(), path
        append(log, refusals([5, 6, 7]))  # what is said of her afterwards is news
        until(lambda: "alice" in everywhere(watch))
        assert watch.stop() == 0


def everywhere(watch: Daemon) -> str:
    tables = ("events", "hourly", "incidents", "outbox", "state", "gaps", "shapes", "positions", "instances")
    return "\n".join(str(row) for table in tables for row in watch.rows(f"SELECT * FROM {table}"))


# ── backup ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_daemon_starts_on_a_copy_that_was_made_while_it_ran(tmp_path: Path, log: Path) -> None:
    copy = tmp_path / "copy.db"
    append(log, refusals(range(3)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, range(3))
        done = rejectwatch("db", "backup", copy, config=watch.config)
        append(log, refusals([3]))
        until_stored(watch, range(4))
        watch.kill()
        for path in watch.folder.glob("rejectwatch.db*"):
            path.unlink()
        copy.rename(watch.folder / "rejectwatch.db")
        watch.start()
        until_stored(watch, range(4))  # what came after the copy is still in the log

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{copy}: ")


def test_a_full_disk_gives_one_sentence_and_no_half_copy(
    configured: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured()
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    migrate.upgrade(database)
    writer, state = started(database)
    writer.commit(batch(end=5_000, events=5_000), state)
    with Disk(tmp_path / "small", "1m") as disk:
        monkeypatch.setattr(parts_daemon, "COMMAND", (*disk.inside, *COMMAND))
        done = rejectwatch("db", "backup", disk.folder / "copy.db", config=config)
        left = list(disk.seen.iterdir())
    database.close()

    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"{tmp_path}/rejectwatch.db can't be copied to {disk.folder}: database or disk is full\n"
    )
    assert left == []


@pytest.mark.slow
def test_a_server_is_copied_by_its_own_program(configured: Configure, postgresql: object) -> None:
    done = rejectwatch("db", "backup", "/x", config=configured("", postgresql.url))  # type: ignore[attr-defined]

    assert (done.returncode, done.stdout) == (2, "")
    assert "pg_dump --format=custom --file=/x" in done.stderr


# ── commands of root ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def owned(place: Path) -> Path:
    """A configuration whose database lies in a folder of another user."""
    root_needed("leaving files of another owner")
    (place / "state").mkdir(0o750)
    os.chown(place / "state", OWNER, GROUP)
    config = place / "rejectwatch.toml"
    config.write_text(f'codes = [553, 554]\n[database]\nurl = "sqlite:///{place}/state/rejectwatch.db"\n')
    return config


def root_runs(config: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """As sudo would, with the usual umask."""
    before = os.umask(0o022)
    try:
        return rejectwatch(*command, config=config)
    finally:
        os.umask(before)


def strange(folder: Path) -> list[str]:
    """The files that the daemon can't write, or others can read."""
    found = []
    for path in folder.iterdir():
        stat = path.stat()
        if (stat.st_uid, stat.st_gid, stat.st_mode & 0o777) != (OWNER, GROUP, 0o600):
            found.append(f"{path.name} {stat.st_uid}:{stat.st_gid} {stat.st_mode & 0o777:o}")
    return found


@contextmanager
def as_the_daemon() -> Iterator[None]:
    os.setegid(GROUP)
    os.seteuid(OWNER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_commands_of_root_leave_every_file_to_the_daemon(owned: Path) -> None:
    folder, log = owned.parent / "state", write(owned.parent / "mail.log", LOG)
    commands: list[tuple[str | Path, ...]] = [
        ("db", "upgrade"), ("db", "upgrade"), ("import", log), ("events",), ("incidents", "list"),
        ("db", "current"), ("db", "prune"), ("db", "forget", "bob"), ("db", "backup", folder / "copy.db"),
        ("check-config",),
    ]  # fmt: skip
    # A program that is killed, or reads on, leaves SQLite's other files behind.
    names: set[str] = set()
    for command in commands:
        done = root_runs(owned, *command)
        assert done.returncode == 0, done.stderr
        assert strange(folder) == [], command
        database = open_database(f"sqlite:///{folder}/rejectwatch.db")
        with database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM events")
            assert strange(folder) == [], command
            names |= {path.name for path in folder.iterdir()}
        with database.write() as connection:
            connection.exec_driver_sql("DELETE FROM gaps")
            assert strange(folder) == [], command
        database.close()

    wanted = {
        "rejectwatch.db",
        "rejectwatch.db-wal",
        "rejectwatch.db-shm",
        "rejectwatch.db.write.lock",
        "copy.db",
    }
    assert names == wanted
    with as_the_daemon():
        database = open_database(f"sqlite:///{folder}/rejectwatch.db")
        writer, state = started(database)
        writer.commit(batch(), state)
        database.close()


def test_a_file_that_root_made_by_hand_in_the_place_of_the_database_is_told(owned: Path) -> None:
    path = owned.parent / "state" / "rejectwatch.db"
    root_runs(owned, "db", "upgrade")
    os.chown(path, 0, 0)
    with as_the_daemon():
        database = open_database(f"sqlite:///{path}")
        with pytest.raises(
            Exception, match=r"rejectwatch.db can't be used: (unable to open|attempt to write)"
        ):
            started(database)
        database.close()
