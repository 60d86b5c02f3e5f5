"""What happens to a daemon while it runs: every refusal is stored once, whatever breaks."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon
from parts.journal import Journal
from parts.postgresql import PostgreSQL
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


def test_a_database_server_that_stops_and_crashes_costs_nothing(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=postgresql.url)
    watch.upgrade()
    mail = _MailServer(log)
    with mail.writing(), watch:
        until(lambda: len(stored(watch)) > 10, what=watch.child.story)
        postgresql.stop()
        watch.until_said("reading waits until it works again")
        mail.until_written(50)
        until(lambda: watch.get("/readyz")[0] == 503)
        # Long enough for a second try, whose words must not be said again.
        tries = watch.metric("process_open_fds"), time.monotonic()
        until(lambda: time.monotonic() > tries[1] + 2.5)
        postgresql.start()
        watch.until_said("the database works again, reading goes on")
        until(lambda: watch.get("/readyz")[0] == 200)
        seen = len(stored(watch))
        postgresql.restart(immediate=True)
        until(lambda: len(stored(watch)) > seen + 50, what=watch.child.story)
        mail.until_written(50)
        mail._enough.set()
        mail._thread.join()
        until_stored(watch, range(mail.written))

        troubles = lines_with(watch, "reading waits until it works again")
        assert len(troubles) <= 4  # of two outages, each reason once
        assert len(lines_with(watch, "the database works again")) <= 2
        assert "Traceback" not in watch.said
        assert watch.rows("SELECT count(*), count(DISTINCT recipient) FROM events") == [(mail.written,) * 2]


def test_a_rotation_is_survived_running_and_stopped_and_so_is_a_partial_line(tmp_path: Path, log: Path) -> None:
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
        mail._enough.set()
        mail._thread.join()
        until_stored(watch, range(mail.written))


def test_it_ends_at_once_though_its_database_says_nothing(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    append(log, refusals([0]))
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=postgresql.url)
    watch.upgrade()
    with watch:
        until_stored(watch, [0])
        with postgresql.frozen():
            append(log, refusals([1]))
            until(lambda: watch.metric("rejectwatch_unread_bytes") == 0)
            before = time.monotonic()
            assert watch.stop() == 0
            assert time.monotonic() - before < 5
        watch.start()
        until_stored(watch, range(2), 40)


BROKEN = """
import sys
from rejectwatch.app import reading
from rejectwatch.cli import main

def step(state, batch, changes, terms):
    raise ZeroDivisionError("a bug")

reading.step = step
sys.exit(main())
"""


def test_a_bug_ends_it_with_a_traceback_and_leaves_nothing_behind(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append([{"__REALTIME_TIMESTAMP": str(time.time_ns() // 1000), "MESSAGE": "connect from unknown[192.0.2.1]"}])
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", BROKEN))
    both = CONFIGURATION.format(log=log) + f'[[sources]]\nname = "j"\njournal = true\ndirectory = "{journal.directory}"\n'
    with Daemon(tmp_path / "state", both) as watch:
        until(lambda: not watch.child.running, 20, watch.child.story)

        assert watch.child.stop(seconds=5) == 1  # which sees to it that no journalctl is left
        assert "ZeroDivisionError: a bug" in watch.said


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
