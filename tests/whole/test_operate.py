"""The daemon in the hands of an operator: it reloads, is ready when it says so, is seen to hang, and ends at once."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon
from parts.inbox import Inbox
from parts.namespace import with_files
from parts.network import free_port
from parts.postgresql import PostgreSQL
from parts.processes import Child
from parts.systemd import Systemd
from parts.waiting import until
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from whole.made import CONFIGURATION, append, lines_with, recipient, refusal, refusals, stored, until_stored
from whole.recording import NOISE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

END = 5.0
"""Seconds in which SIGTERM is obeyed, whatever hangs."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.touch()
    return log


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    with Systemd() as one:
        yield one


def listening(log: Path) -> str:
    """A configuration with an address that is the same after a reload."""
    return CONFIGURATION.format(log=log) + f'\n[http]\nlisten = "127.0.0.1:{free_port()}"\n'


def until_ready(watch: Daemon, systemd: Systemd, times: int) -> None:
    """READY=1 has come so many times since the start."""
    until(
        lambda: systemd.heard.count("READY=1") >= times,
        40,
        lambda: f"READY=1 number {times}: {systemd.heard[-5:]} {watch.child.story()}",
    )
    assert systemd.heard.count("READY=1") == times


def ended(child: Child, number: signal.Signals = signal.SIGTERM) -> tuple[int, bool]:
    """Its exit code, and whether it ended in time."""
    began = time.monotonic()
    code = child.stop(number)
    return code, time.monotonic() - began < END


def blocks(pid: int, number: signal.Signals) -> bool:
    """Whether a thread of a process keeps this signal waiting (one that waits for it does not show it)."""
    found = (one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/status"))
    masks = [int(mask, 16) for text in found for mask in re.findall(r"SigBlk:\s*([0-9a-f]+)", text)]
    return any(mask >> (number - 1) & 1 for mask in masks)


def inheritable(pid: int) -> list[str]:
    """The descriptors that would be open still after a reload, but for the standard ones."""
    folder = Path(f"/proc/{pid}")
    found = []
    for info in (folder / "fdinfo").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            (flags,) = re.findall(r"^flags:\s*([0-7]+)$", info.read_text(), re.MULTILINE)
            if int(info.name) > 2 and not int(flags, 8) & os.O_CLOEXEC:
                found.append(str((folder / "fd" / info.name).readlink()))
    return found


Script = Callable[[str], None]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Let the daemon of this test begin with some lines that break it."""

    def begins_with(lines: str) -> None:
        code = f"import sys\n{lines}\nfrom rejectwatch.cli import main\nsys.exit(main())\n"
        monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", code))

    return begins_with


# ── it reloads ──

RELOADS = 8


def test_reloads_under_load_lose_nothing_and_double_nothing(
    tmp_path: Path, log: Path, systemd: Systemd
) -> None:
    written = 0

    def write_on() -> int:
        nonlocal written
        lines = refusals(range(written, written + 10))
        written += 10
        append(log, lines[: len(lines) // 3])  # seen by whoever looks just now
        append(log, lines[len(lines) // 3 :])
        return written

    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        pid = watch.child.pid
        for reloads in range(1, RELOADS + 1):
            watch.child.send(signal.SIGHUP)
            until(lambda: write_on() and systemd.heard.count("READY=1") > reloads, 40, watch.child.story)  # noqa: B023
        until_stored(watch, range(written))
        until(lambda: watch.get("/readyz")[0] == 200)

        assert systemd.heard.count("READY=1") == systemd.heard.count("RELOADING=1") + 1 == RELOADS + 1
        assert "STOPPING=1" not in systemd.heard
        assert (watch.child.pid, watch.child.running) == (pid, True)
        assert inheritable(pid) in (
            [],
            ["anon_inode:inotify"],
        )  # watchdog's, closed each time: else there was one more for each reload
        assert watch.rows("SELECT count(*), count(DISTINCT recipient) FROM events") == [(written, written)]
        assert watch.metric("rejectwatch_config_last_reload_successful") == 1
        assert ended(watch.child) == (0, True)


def test_a_reload_is_told_to_systemd_as_it_wants_to_hear_it(
    tmp_path: Path, log: Path, systemd: Systemd
) -> None:
    before = time.monotonic_ns() // 1000
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 2)
        begun = systemd.heard.index("RELOADING=1")
        key, _, microseconds = systemd.heard[begun + 1].partition("=")

        assert key == "MONOTONIC_USEC"  # systemd takes the READY=1 for this reload's that is later than this
        assert before < int(microseconds) < time.monotonic_ns() // 1000
        assert "READY=1" in systemd.heard[begun:]


def test_a_mistake_on_reload_changes_nothing_and_is_said(tmp_path: Path, log: Path, systemd: Systemd) -> None:
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        right = watch.config.read_text()
        watch.config.write_text(f'first_reed = "24h"\ncodes = [200]\n{right}')
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 2)
        append(log, refusal(0))
        until_stored(watch, [0])

        said = lines_with(watch, "not reloaded, the configuration from before holds: ")
        assert len(said) == 2
        assert f"{watch.config}: codes[0]: " in said[0]
        assert f"{watch.config}: first_reed: there is no such setting" in said[1]
        assert watch.metric("rejectwatch_config_last_reload_successful") == 0
        until(lambda: systemd.heard[-1].startswith("STATUS=watching. The last reload failed: "))
        assert watch.get("/readyz")[0] == 200

        watch.config.write_text(right)
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 3)
        until(lambda: systemd.heard[-1] == "STATUS=watching.")
        until(lambda: watch.metric("rejectwatch_config_last_reload_successful") == 1)


@pytest.mark.parametrize("mistake", ["the file is gone", "no tables", "no database", "no channel"])
def test_what_a_start_would_refuse_a_reload_refuses_too(
    mistake: str, tmp_path: Path, log: Path, postgresql: PostgreSQL, systemd: Systemd
) -> None:
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        right = watch.config.read_text()
        match mistake:
            case "the file is gone":
                watch.config.unlink()
            case "no tables":
                watch.config.write_text(right.replace(watch.database_url, postgresql.url))
            case "no database":
                watch.config.write_text(right.replace(watch.database_url, "sqlite:////nowhere/at/all.db"))
            case _:
                watch.config.write_text(f'{right}[[channels]]\nname = "c"\nurl_file = "missing.url"\n')
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 2)
        append(log, refusal(0))
        until_stored(watch, [0])

        assert len(lines_with(watch, "not reloaded, the configuration from before holds: ")) == 1
        assert "Traceback" not in watch.said
        watch.config.write_text(right)  # for the one that starts when the test ends


def test_a_configuration_without_a_mistake_takes_effect(tmp_path: Path, log: Path, systemd: Systemd) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(refusal(1))
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        source = f'[[sources]]\nname = "other"\npath = "{other}"\n'
        watch.config.write_text(watch.config.read_text() + source)
        append(log, refusal(0))
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 2)
        until_stored(watch, [0, 1])

        assert watch.metric("rejectwatch_lines_total", source="other") == 1


def test_without_a_file_a_reload_looks_for_one_again(tmp_path: Path, systemd: Systemd) -> None:
    folders = {"/etc": tmp_path / "etc", "/var/lib": tmp_path / "lib", "/var/log": tmp_path / "log"}
    for folder in (*folders.values(), tmp_path / "lib" / "rejectwatch"):
        folder.mkdir()
    (tmp_path / "log" / "mail.log").write_bytes(refusal(0))
    environment = {key: value for key, value in os.environ.items() if key != "REJECTWATCH_CONFIG"}
    child = Child(
        with_files(folders, [*COMMAND, "run"]),
        tmp_path / "output",
        env={**environment, **systemd.environment},
    )
    try:
        until(lambda: systemd.heard.count("READY=1") == 1, 20, child.story)
        child.send(signal.SIGHUP)
        until(lambda: systemd.heard.count("READY=1") == 2, 20, child.story)
        (tmp_path / "etc" / "rejectwatch").mkdir()
        (tmp_path / "etc" / "rejectwatch" / "rejectwatch.toml").write_text("codes = 1\n")
        child.send(signal.SIGHUP)
        until(lambda: systemd.heard.count("READY=1") == 3, 20, child.story)

        assert "rejectwatch.toml: codes: is not a list" in child.output.read_text()
        assert ended(child) == (0, True)
    finally:
        child.kill()


def test_a_reload_leads_out_of_a_start_whose_database_is_away(
    tmp_path: Path, log: Path, postgresql: PostgreSQL, systemd: Systemd
) -> None:
    append(log, refusal(0))
    nowhere = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"
    with Daemon(tmp_path / "state", listening(log), database_url=nowhere, env=systemd.environment) as watch:
        watch.until_said("reading waits until it works again")
        watch.child.send(signal.SIGHUP)  # the same again: it waits on
        until(
            lambda: len(lines_with(watch, "reading waits until it works again")) == 2, what=watch.child.story
        )
        assert "READY=1" not in systemd.heard

        watch.database_url = f"sqlite:///{tmp_path}/state/other.db"
        watch.config.write_text(watch.config.read_text().replace(nowhere, watch.database_url))
        watch.child.send(signal.SIGHUP)
        until_ready(watch, systemd, 1)
        until_stored(watch, [0])


AT_THE_FIRST_MOMENT = """
import os, signal
from rejectwatch import settings
find = settings.find
def first_moment(given):
    if os.environ.pop("SIGNAL", None):
        os.kill(os.getpid(), signal.{name})
    return find(given)
settings.find = first_moment
"""


def test_sighup_in_the_first_moment_does_not_end_it(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(AT_THE_FIRST_MOMENT.format(name="SIGHUP"))
    environment = {**systemd.environment, "SIGNAL": "once"}
    with Daemon(tmp_path / "state", listening(log), env=environment) as watch:
        until(lambda: "READY=1" in systemd.heard, what=watch.child.story)
        watch.until_ready()

        assert watch.child.running


def test_sigterm_in_the_first_moment_ends_it(tmp_path: Path, log: Path, script: Script) -> None:
    script(AT_THE_FIRST_MOMENT.format(name="SIGTERM"))
    with Daemon(tmp_path / "state", listening(log), env={"SIGNAL": "once"}) as watch:
        until(lambda: not watch.child.running, END, watch.child.story)

        assert watch.child.stop() == 0


AT_THE_LAST_MOMENT = """
import os, signal
execv = os.execv
def last_moment(path, words):
    if os.environ.pop("SIGNAL", None):
        os.kill(os.getpid(), signal.{name})
    execv(path, words)
os.execv = last_moment
"""


def test_sigterm_in_the_midst_of_a_reload_ends_it(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(AT_THE_LAST_MOMENT.format(name="SIGTERM"))
    environment = {**systemd.environment, "SIGNAL": "once"}
    with Daemon(tmp_path / "state", listening(log), env=environment) as watch:
        until_ready(watch, systemd, 1)
        watch.child.send(signal.SIGHUP)
        until(lambda: not watch.child.running, what=watch.child.story)

        assert watch.child.stop() == 0
        assert systemd.heard.count("READY=1") == 1  # it ended before it began anew


def test_sighup_in_the_midst_of_a_reload_is_a_reload_more(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(AT_THE_LAST_MOMENT.format(name="SIGHUP"))
    environment = {**systemd.environment, "SIGNAL": "once"}
    with Daemon(tmp_path / "state", listening(log), env=environment) as watch:
        until_ready(watch, systemd, 1)
        watch.child.send(signal.SIGHUP)
        watch.until_said("(?s)(metrics on.*){3}")  # of the start and of two reloads
        until(lambda: watch.get("/readyz")[0] == 200, what=watch.child.story)

        assert watch.child.running


def test_sigterm_at_any_moment_of_a_reload_ends_it(tmp_path: Path, log: Path, systemd: Systemd) -> None:
    watch = Daemon(tmp_path / "state", listening(log), env=systemd.environment)
    with watch:
        for tenth in range(0, 10, 2):
            if tenth:
                watch.start()
            until_ready(watch, systemd, 1)
            systemd.heard.clear()
            began = time.monotonic()
            watch.child.send(signal.SIGHUP)
            until(lambda: time.monotonic() - began > tenth / 10)  # noqa: B023

            assert ended(watch.child) == (0, True)
            systemd.heard.clear()


ON_A_TERMINAL = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for descriptor in range(3):
    os.dup2(terminal, descriptor)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_what_was_started_on_a_terminal_ends_with_it(tmp_path: Path, log: Path, systemd: Systemd) -> None:
    ours, theirs = pty.openpty()
    config = Daemon(tmp_path / "state", listening(log)).config
    command = [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(theirs), *COMMAND, "run", "-c", str(config)]
    child = Child(command, tmp_path / "output", env={**os.environ, **systemd.environment})
    try:
        until(lambda: "READY=1" in systemd.heard, what=child.story)
        os.close(theirs)
        os.close(ours)
        until(lambda: not child.running, what=child.story)

        assert child.stop() == 0
        assert "RELOADING=1" not in systemd.heard
    finally:
        child.kill()


# ── it is ready when it says so ──


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Held as another rejectwatch that writes would hold it."""
    with file.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def downgrade(url: str) -> None:
    database = open_database(url)
    with database.write() as connection:
        command.downgrade(migrate._config(connection), "base")
    database.close()


def test_it_is_not_ready_before_the_tables_are_there(tmp_path: Path, log: Path, systemd: Systemd) -> None:
    watch = Daemon(tmp_path / "state", listening(log), env=systemd.environment)
    watch.upgrade()
    downgrade(watch.database_url)
    with locked(tmp_path / "state" / "rejectwatch.db.write.lock"), watch:
        until(lambda: systemd.heard.count("WATCHDOG=1") >= 2, 30, watch.child.story)

        assert ("READY=1" in systemd.heard, "instances" in tables(watch)) == (False, False)
        assert watch.get("/readyz")[0] == 503
        assert systemd.heard[-1].startswith("EXTEND_TIMEOUT_USEC=")  # or systemd gives up
        assert ended(watch.child) == (0, True)
    with watch:
        until_ready(watch, systemd, 1)

        assert "instances" in tables(watch)


SLOW_SOURCES = """
import os
from rejectwatch.app.daemon import SourceBuilder
from rejectwatch.app.reading import time
build = SourceBuilder.build
def slow(self, *arguments):
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.05)
    return build(self, *arguments)
SourceBuilder.build = slow
"""


def test_it_is_not_ready_before_the_place_in_the_log_is_found(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(SLOW_SOURCES)
    environment = {**systemd.environment, "GO_ON": str(tmp_path / "go")}
    with Daemon(tmp_path / "state", listening(log), env=environment) as watch:
        until(lambda: "instances" in tables(watch), what=watch.child.story)
        until(lambda: watch.get("/readyz")[0] == 503)
        assert "READY=1" not in systemd.heard

        (tmp_path / "go").touch()
        until_ready(watch, systemd, 1)


def tables(watch: Daemon) -> set[str]:
    if not (watch.folder / "rejectwatch.db").exists():
        return set()
    return {name for (name,) in watch.rows("SELECT name FROM sqlite_master")}


# ── it is seen to hang ──

HUNG_COMMIT = """
import threading
from rejectwatch.app import reading
from rejectwatch.store.writer import Writer
reading.STUCK = 2.0
commit = Writer.commit
def hung(self, changes, state):
    if any(event.recipient == "r1@partner.example" for event in changes.events):
        with self._database.write():
            threading.Event().wait()
    return commit(self, changes, state)
Writer.commit = hung
"""


def test_a_commit_that_never_ends_is_seen_by_systemd_and_left_behind_by_sigterm(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(HUNG_COMMIT)
    append(log, refusal(0))
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_stored(watch, [0])
        until(lambda: "STATUS=watching." in systemd.heard)
        assert watch.get("/healthz")[0] == 200
        append(log, refusal(1))
        until(lambda: watch.get("/healthz")[0] == 503, what=watch.child.story)
        signs = systemd.heard.count("WATCHDOG=1")
        until(lambda: hanging_for(watch) >= 5, what=watch.child.story)

        assert systemd.heard.count("WATCHDOG=1") == signs
        assert ended(watch.child) == (0, True)
        assert "STOPPING=1" in systemd.heard
        monkeypatch.setattr(parts_daemon, "COMMAND", COMMAND)
        watch.start()
        until_stored(watch, [0, 1])


def hanging_for(watch: Daemon) -> int:
    found = re.fullmatch(r"nothing was read or written for (\d+) seconds\n", watch.get("/healthz")[1])
    return int(found[1]) if found else 0


def test_a_commit_that_never_ends_is_left_behind_by_a_reload(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(
        'import os\nif not os.environ.get("BEFORE"):\n    os.environ["BEFORE"] = "1"\n'
        + indented(HUNG_COMMIT)
    )
    append(log, refusals([0, 1]))
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until(lambda: watch.get("/healthz")[0] == 503, what=watch.child.story)
        watch.child.send(signal.SIGHUP)
        until_stored(watch, [0, 1])

        assert watch.rows("SELECT count(*) FROM events") == [(2,)]


def indented(lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines.splitlines())


HUNG_SENDING = """
import threading
from rejectwatch.notify.notifier import Notifier
Notifier.once = lambda self: threading.Event().wait()
"""


def test_sending_that_hangs_does_not_end_a_watch_that_reads(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(HUNG_SENDING)
    with Daemon(tmp_path / "state", listening(log), env=systemd.environment) as watch:
        until_ready(watch, systemd, 1)
        signs = systemd.heard.count("WATCHDOG=1")
        until(lambda: systemd.heard.count("WATCHDOG=1") >= signs + 3)
        append(log, refusal(0))
        until_stored(watch, [0])

        assert watch.get("/healthz")[0] == 200
        assert ended(watch.child) == (0, True)


# ── it lives with a clock that jumps ──

JUMPING_CLOCK = """
import datetime as module
import os
class Jumping(module.datetime):
    @classmethod
    def now(cls, zone=None):
        with open(os.environ["JUMP"]) as file:
            return module.datetime.now(zone) + module.timedelta(days=float(file.read() or 0))
from rejectwatch.app import daemon, reading, sources
daemon.datetime = reading.datetime = sources.datetime = Jumping
"""


def test_a_clock_that_jumps_costs_nothing(
    tmp_path: Path, log: Path, systemd: Systemd, script: Script
) -> None:
    script(JUMPING_CLOCK)
    clock = tmp_path / "jump"
    clock.write_text("0")
    environment = {**systemd.environment, "JUMP": str(clock)}
    with Daemon(tmp_path / "state", listening(log), env=environment) as watch:
        for number, days in enumerate((0, 40, -400, 0)):
            clock.with_suffix(".new").write_text(str(days))
            clock.with_suffix(".new").replace(clock)
            signs = systemd.heard.count("WATCHDOG=1")
            append(log, refusal(number, datetime.now(UTC) + timedelta(days=days)))
            until_stored(watch, range(number + 1))
            until(lambda: systemd.heard.count("WATCHDOG=1") >= signs + 2)  # noqa: B023
        ages = [
            (datetime.now(UTC) - datetime.fromisoformat(one["occurred_at"])).days for one in watch.events()
        ]

        assert sorted(ages) == [-40, 0, 0, 400]  # what the log says is kept, as it was
        assert watch.get("/healthz")[0] == 200
        assert "Traceback" not in watch.said


# ── it ends at once, and all counts are exact ──

BACKLOG = 110_000_000
EVERY = 64


def backlog(log: Path) -> int:
    """A log of that size in which every 64th line is a refusal; how many there are."""
    block, total = NOISE * (EVERY - 1), 0
    with log.open("wb") as out:
        while out.tell() < BACKLOG:
            out.write(block + refusal(total))
            total += 1
    return total


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/rejectwatch.db"
    url: str = request.getfixturevalue("postgresql").url
    return url


def test_sigterm_in_the_midst_of_a_batch_ends_it_and_all_is_counted_once(
    tmp_path: Path, log: Path, database_url: str
) -> None:
    total = backlog(log)
    watch = Daemon(tmp_path / "state", listening(log), database_url=database_url)
    watch.upgrade()
    counted = 0
    with watch:
        for _ in range(2):
            until(lambda: events(watch) > counted, 120, watch.child.story)  # noqa: B023
            assert ended(watch.child) == (0, True)
            counted = events(watch)

            assert 0 < counted < total
            assert stored(watch) == [recipient(number) for number in range(counted)]
            watch.start()
        until_stored(watch, range(total), 120)

        assert watch.rows("SELECT count(*), count(DISTINCT recipient) FROM events") == [(total, total)]


def events(watch: Daemon) -> int:
    return int(watch.rows("SELECT count(*) FROM events")[0][0])


def test_sigterm_in_the_first_moments_ends_it(tmp_path: Path, log: Path) -> None:
    watch = Daemon(tmp_path / "state", listening(log))
    with watch:
        until(lambda: blocks(watch.child.pid, signal.SIGHUP))  # hardly loaded
        assert ended(watch.child) == (0, True)

        watch.start()
        until(lambda: blocks(watch.child.pid, signal.SIGTERM))  # it has just begun
        assert ended(watch.child) == (0, True)

        with locked(tmp_path / "state" / "rejectwatch.db.write.lock"):
            watch.start()
            watch.until_said("reading waits until it works again")
            assert ended(watch.child) == (0, True)


def test_asked_twice_it_ends_as_well(tmp_path: Path, log: Path, script: Script) -> None:
    script(HUNG_COMMIT)
    append(log, refusals([0, 1]))
    with Daemon(tmp_path / "state", listening(log)) as watch:
        until(lambda: watch.get("/healthz")[0] == 503, what=watch.child.story)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            watch.child.send(number)

        assert ended(watch.child) == (0, True)


ALERTING = """
[[rules]]
name = "user"
by = "user"
threshold = 2

[incidents]
group_wait = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""


def test_it_ends_at_once_though_its_database_and_its_channel_say_nothing(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    with Inbox(tmp_path / "inbox", security="none") as inbox:
        inbox.behave("silent")
        watch = Daemon(tmp_path / "state", listening(log) + ALERTING, database_url=postgresql.url)
        (watch.folder / "postmasters.url").write_text(inbox.url())
        watch.upgrade()
        with watch:
            append(log, refusals(range(2)))
            until(lambda: children(watch.child.pid), what=watch.child.story)  # a send
            with postgresql.frozen():
                append(log, refusal(2))
                until(lambda: watch.get("/readyz")[0] == 503, 30, watch.child.story)

                assert ended(watch.child) == (0, True)
            watch.start()
            until_stored(watch, range(3), 40)


def children(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


# ── it says little ──

RUBBISH = (
    b"\xff\xfe\x00 status=bounced (host",
    b"Nov 31 25:61:61 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[1.2.3.4]: 553",
    b"Nov 24 04:27:25 mail postfix/smtp[1]: 7C0DE278199: to=<a>, relay=b, status=bounced (host mx[ said: 553 ",
    b"2026-11-24 07:54:18 1xVlMD-00002Y-0q ** lee@ok.example R=x T=y: SMTP error from remote mail server after RCPT",
    b'2026-11-24 07:54:18 H=(x) [192.0.2.1] rejected RCPT <"\\>: 553',
)
LINES = 20_000
OVERLONG = b"x" * (1 << 20) + b"y\n"
JOURNALCTL = """#!/bin/sh
case "$*" in *--follow*) exec sleep 1000 ;; esac
yes '{{"__CURSOR": "no entry"' | head -n {lines}
"""


def test_twenty_thousand_broken_lines_make_a_handful_of_ours(tmp_path: Path, log: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    journalctl = programs / "journalctl"
    journalctl.write_text(JOURNALCTL.format(lines=LINES))
    journalctl.chmod(0o755)
    log.write_bytes(b"\n".join(RUBBISH * (LINES // len(RUBBISH))) + b"\n" + OVERLONG * 40)
    append(log, refusal(0))
    both = listening(log).replace("[http]", '[[sources]]\nname = "j"\njournal = true\n[http]')
    with Daemon(tmp_path / "state", both, env={"PATH": f"{programs}:{os.environ['PATH']}"}) as watch:
        until_stored(watch, [0])
        until(lambda: lines_with(watch, "no entry"))
        assert watch.stop() == 0

        assert len(lines_with(watch, "rejectwatch: ")) < 30
        assert len(lines_with(watch, "cut a line of")) == 11
        assert len(lines_with(watch, "… and 30 more like this: cut a line of")) == 1
