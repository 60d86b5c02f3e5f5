"""What happens to a daemon while it runs: every refusal is stored once, whatever breaks."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon
from parts.journal import Journal
from parts.postgresql import PostgreSQL
from parts.systemd import Systemd
from parts.waiting import until
from whole.made import CONFIGURATION, append, lines_with, refusal, refusals, stored, until_stored

pytestmark = pytest.mark.slow


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


class _MailServer:
    """Writes a refusal every few milliseconds, as a busy server does while something else breaks."""

    def __init__(self, log: Path) -> None:
        self.written = 0
        self._log = log
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._write)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()

    def until_written(self, more: int) -> None:
        wanted = self.written + more
        until(lambda: self.written >= wanted)

    def _write(self) -> None:
        with self._log.open("ab", buffering=0) as out:
            for number in count():
                line = refusal(number)
                out.write(line[: len(line) // 2])  # seen by whoever looks just now
                out.write(line[len(line) // 2 :])
                self.written += 1
                if self._enough.wait(0.002):
                    return


@contextmanager
def running(folder: Path, configuration: str, url: str, systemd: Systemd | None = None) -> Iterator[Daemon]:
    """On a server, which has to be told to make the tables."""
    env = systemd.environment if systemd else None
    one = Daemon(folder / "state", configuration, database_url=url, env=env)
    one.upgrade()
    with one:
        yield one


def test_a_database_server_that_stops_and_crashes_costs_nothing(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    configuration, mail = CONFIGURATION.format(log=log), _MailServer(log)
    with (
        Systemd() as systemd,
        mail.writing(),
        running(tmp_path, configuration, postgresql.url, systemd) as watch,
    ):
        until(lambda: len(stored(watch)) > 10, what=watch.child.story)
        postgresql.stop()
        watch.until_said("reading waits until it works again")
        mail.until_written(50)
        until(lambda: watch.get("/readyz")[0] == 503)
        until(lambda: watch.metric("rejectwatch_ready") == 0)
        tries = systemd.heard.count("WATCHDOG=1")
        until(lambda: systemd.heard.count("WATCHDOG=1") >= tries + 2)
        assert "can't be used" in systemd.heard[-1]
        postgresql.start()
        watch.until_said("the database works again, reading goes on")
        until(lambda: watch.get("/readyz")[0] == 200)
        until(lambda: watch.metric("rejectwatch_ready") == 1)
        seen = len(stored(watch))
        postgresql.restart(immediate=True)
        until(lambda: len(stored(watch)) > seen + 50, what=watch.child.story)
        mail.until_written(50)
        mail.stop()
        until_stored(watch, range(mail.written))

        troubles = lines_with(watch, "reading waits until it works again")
        assert len(troubles) <= 4  # of two outages, each reason once
        assert len(lines_with(watch, "the database works again")) <= 2
        assert "Traceback" not in watch.said
        assert watch.rows("SELECT count(*), count(DISTINCT recipient) FROM events") == [(mail.written,) * 2]


def test_a_rotation_is_survived_running_and_stopped_and_so_is_a_partial_line(
    tmp_path: Path, log: Path
) -> None:
    append(log, refusals(range(3)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, range(3))

        with log.open("ab") as old:
            log.rename(log.with_name("mail.log.1"))
            old.write(refusal(3))  # the mail server has the old file open for a while
            old.flush()
            append(log, refusals([4]))
            until_stored(watch, range(5))
            old.write(refusal(5))
        until_stored(watch, range(6))

        line = refusal(6)
        append(log, line[:100])
        append(log, b"")
        until(lambda: watch.metric("rejectwatch_unread_bytes") == 100)
        assert len(stored(watch)) == 6
        assert watch.stop() == 0

        append(log, line[100:] + refusal(7))
        log.with_name("mail.log.1").rename(log.with_name("mail.log.2"))
        log.rename(log.with_name("mail.log.1"))
        append(log, refusals([8]))
        watch.start()
        until_stored(watch, range(9))

        copy = log.with_name("mail.log.1.copy")
        copy.write_bytes(log.read_bytes())
        log.with_name("mail.log.2").rename(log.with_name("mail.log.3"))
        log.with_name("mail.log.1").rename(log.with_name("mail.log.2"))
        copy.rename(log.with_name("mail.log.1"))
        with log.open("r+b") as truncated:
            truncated.truncate()
        append(log, refusals([9]))
        until_stored(watch, range(10))


def test_it_is_killed_again_and_again_while_lines_are_written(tmp_path: Path, log: Path) -> None:
    mail = _MailServer(log)
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log))
    with mail.writing(), watch:
        for _ in range(3):
            seen = len(stored(watch))
            until(lambda seen=seen: len(stored(watch)) > seen, what=watch.child.story)  # type: ignore[misc]
            watch.kill()
            mail.until_written(20)
            watch.start()
        mail.stop()
        until_stored(watch, range(mail.written))


def test_it_ends_at_once_though_its_database_says_nothing(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    append(log, refusals([0]))
    with running(tmp_path, CONFIGURATION.format(log=log), postgresql.url) as watch:
        until_stored(watch, [0])
        with postgresql.frozen():
            append(log, refusals([1]))
            until(lambda: unanswered(postgresql.port) >= 2)  # that of reading, and that of sending
            before = time.monotonic()
            assert watch.stop() == 0
            assert time.monotonic() - before < 5
        watch.start()
        until_stored(watch, range(2), 40)


def test_a_database_that_is_deleted_ends_it_with_one_sentence(tmp_path: Path, log: Path) -> None:
    append(log, refusals([0]))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, [0])
        for file in watch.folder.glob("rejectwatch.db*"):
            file.unlink()
        append(log, refusals([1]))
        until(lambda: not watch.child.running, 20, watch.child.story)

        assert watch.child.stop() == 2
        assert watch.said.splitlines()[-1].startswith(f"There is no database {watch.folder}/rejectwatch.db")


def unanswered(port: int) -> int:
    """How many connections to this server hold a question that it has not taken."""
    connections = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = [queues for _, local, _, _, queues, *_ in connections if local.endswith(f":{port:04X}")]
    return sum(int(queues.partition(":")[2], 16) > 0 for queues in mine)


def session(leader: int) -> list[str]:
    """The living processes that a daemon of ours and its children have started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            _, _, text = (folder / "stat").read_text(errors="replace").partition("(")
            name, _, rest = text.rpartition(")")
            state, _parent, _group, leads, *_ = rest.split()
            if int(leads) == leader and state != "Z":
                found.append(name)
    return found


BROKEN = """
import sys
from rejectwatch.app import reading
from rejectwatch.cli import main

step = reading.step

def broken(state, batch, changes, terms, until):
    if b"192.0.2.66" in batch.block:
        raise ZeroDivisionError("a bug")
    step(state, batch, changes, terms, until)

reading.step = broken
sys.exit(main())
"""


def test_a_bug_ends_it_with_a_traceback_and_leaves_nothing_behind(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal")
    entry = {
        "__REALTIME_TIMESTAMP": str(time.time_ns() // 1000),
        "MESSAGE": "connect from unknown[192.0.2.1]",
    }
    journal.append([entry])
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", BROKEN))
    both = (
        CONFIGURATION.format(log=log)
        + f'[[sources]]\nname = "j"\njournal = true\ndirectory = "{journal.directory}"\n'
    )
    with Daemon(tmp_path / "state", both) as watch:
        until(
            lambda: "journalctl" in session(watch.child.pid) and watch.metric("rejectwatch_lines_total") == 1
        )
        until(lambda: watch.metric("rejectwatch_unread_bytes") == 0)  # from here on journalctl follows
        journal.append([{**entry, "MESSAGE": "connect from unknown[192.0.2.66]"}])
        until(lambda: not watch.child.running, 20, watch.child.story)

        assert watch.child.stop() == 1
        assert "ZeroDivisionError: a bug" in watch.said
        assert not session(watch.child.pid)  # no journalctl is left


def test_it_watches_on_when_nobody_takes_what_it_prints(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_daemon, "COMMAND", ("sh", "-c", 'exec "$@" > /dev/full', "sh", *COMMAND))
    append(log, refusals([0]))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, [0])
        append(log, refusals([1]))
        until_stored(watch, [0, 1])

        assert len(lines_with(watch, "refusals are no longer printed, watching goes on")) == 1
        assert watch.stop() == 0
