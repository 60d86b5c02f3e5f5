"""The journal as a source of lines, on journals that systemd itself has written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from parts.journal import Journal as Written
from parts.journal import Value
from parts.waiting import until
from rejectwatch.facts import Batch
from rejectwatch.sources.entries import parse
from rejectwatch.sources.interface import FirstRead, Start
from rejectwatch.sources.journal import Journal
from sources.logdir import NOW, Clock

NOON = int(NOW.timestamp()) * 1_000_000
DAY = timedelta(days=1)


def entry(text: Value, second: float = 0, **more: Value) -> dict[str, Value]:
    return {"__REALTIME_TIMESTAMP": str(NOON + int(second * 1_000_000)), "MESSAGE": text, **more}


def line(text: str, second: float = 0) -> bytes:
    at = NOW + timedelta(seconds=second)
    return f"{at.isoformat(timespec='microseconds')} mail postfix/smtpd[250]: {text}\n".encode()


class Follower:
    """Reads a journal as the daemon does, and can be killed and started again."""

    def __init__(self, written: Written, first_read: FirstRead = "all") -> None:
        self.clock = Clock()
        self.directory = written.directory
        self.first_read = first_read
        self.heard: list[Batch] = []
        self.source = self.build(None)
        assert self.source.started
        self.checkpoint = self.source.started.checkpoint

    def build(self, checkpoint: str | None) -> Journal:
        return Journal(
            "mail",
            self.directory,
            checkpoint=checkpoint,
            start=Start(self.first_read, self.clock()),
            max_alert_age=timedelta(hours=1),
            clock=self.clock,
        )

    def read(self, limit: int = 1 << 20) -> bytes | None:
        batch = self.source.read(limit)
        if batch is None:
            return None
        self.heard.append(batch)
        self.checkpoint = batch.checkpoint
        return batch.block

    def read_all(self, limit: int = 1 << 20) -> bytes:
        return b"".join(iter(lambda: self.read(limit) or b"", b""))

    def wait_for_more(self) -> bytes:
        return until(self.read, 20, "a line") or b""

    def restart(self) -> None:
        self.source.close()
        self.source = self.build(self.checkpoint)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path / "journal")


@pytest.fixture
def follower(written: Written) -> Iterator[Follower]:
    follower = Follower(written)
    yield follower
    follower.source.close()


def test_every_entry_becomes_a_line_and_other_facilities_none(written: Written, follower: Follower) -> None:
    written.append([entry("connect from unknown[192.0.2.1]", 0.25), entry("cron", 1, SYSLOG_FACILITY="9")])

    assert follower.read_all() == line("connect from unknown[192.0.2.1]", 0.25)


def test_every_boot_is_read_and_then_followed(written: Written, follower: Follower) -> None:
    written.append([entry("first boot")])
    written.boot = "2" * 32
    written.append([entry("second boot", 1)])
    before = follower.read_all()
    written.boot = "3" * 32
    written.append([entry("third boot", 2)])

    assert before == line("first boot") + line("second boot", 1)
    assert follower.wait_for_more() == line("third boot", 2)


def test_what_is_appended_wakes_the_reader(written: Written, follower: Follower) -> None:
    written.append([entry("before")])
    follower.read_all()
    descriptor = follower.source.fileno()
    written.append([entry("after", 1)])

    assert descriptor is not None
    assert follower.wait_for_more() == line("after", 1)


def test_a_newline_in_a_message_makes_no_second_line(written: Written, follower: Follower) -> None:
    forged = "said: 550\n2026-11-24T12:00:00.000000+00:00 mail postfix/smtpd[250]: forged\r\0"
    written.append([entry(forged), entry("next\n", 1)])

    assert follower.read_all() == line(
        forged.replace("\n", "#012").replace("\r", "#015").replace("\0", "#000")
    ) + line("next", 1)


def test_no_field_before_the_message_can_forge_a_line(written: Written, follower: Follower) -> None:
    written.append([entry("text", SYSLOG_IDENTIFIER="x[1]: y\nz", _HOSTNAME="a b")])

    assert follower.read_all().endswith(b" a#040b x#1331#135:#040y#012z[250]: text\n")


def test_a_message_that_is_no_text_keeps_its_bytes(written: Written, follower: Follower) -> None:
    written.append([entry(b"helo=<\xff\xe9>")])

    assert follower.read_all().endswith(b": helo=<\xff\xe9>\n")


def test_a_long_message_is_whole(written: Written, follower: Follower) -> None:
    written.append([entry("x" * 40_000)])

    assert follower.read_all() == line("x" * 40_000)


def test_an_entry_beyond_measure_is_left_out(written: Written, follower: Follower) -> None:
    written.append([entry("before"), entry("x" * 3_000_000, 1), entry("after", 2)])

    assert follower.read_all() == line("before") + line("after", 2)


@pytest.mark.parametrize("fields", [{"MESSAGE": None}, {}, {"MESSAGE": [[255], "text"]}])
def test_missing_and_repeated_fields_are_no_fault(fields: dict[str, object]) -> None:
    import json

    raw = {"__CURSOR": "s=a;i=1f;b=b", "__REALTIME_TIMESTAMP": str(NOON), **fields}
    found = parse(json.dumps(raw).encode())

    assert found
    assert (found.generation, found.position) == ("a", 31)
    assert found.line.startswith(b"2026-11-24T12:00:00.000000+00:00 localhost unknown: ")


def test_positions_are_the_numbers_of_the_entries(written: Written, follower: Follower) -> None:
    written.append([entry("one"), entry("cron", 1, SYSLOG_FACILITY="9"), entry("two", 2)])
    follower.read_all()
    written.append([entry("three", 3)])
    follower.wait_for_more()
    first, second = follower.heard

    assert [first.position_of(0), first.position_of(len(line("one")) - 1)] == [1, 1]
    assert first.position_of(len(line("one"))) == 3
    assert (first.start, first.end, second.start, second.end) == (1, 4, 4, 5)
    assert first.generation == second.generation != ""


@pytest.mark.parametrize("limit", [1, 300, 1 << 20])
def test_a_restart_after_any_batch_changes_nothing(written: Written, follower: Follower, limit: int) -> None:
    written.append([entry(f"line {n}", n) for n in range(12)])
    heard = b""
    while (block := follower.read(limit)) is not None:
        heard += block
        follower.restart()

    assert heard == b"".join(line(f"line {n}", n) for n in range(12))


def test_several_journals_in_one_folder_each_have_their_own_numbers(
    written: Written, follower: Follower
) -> None:
    written.append([entry(f"a{n}", 2 * n) for n in range(3)], file="a")
    written.boot = "b" * 32  # another machine
    written.append([entry(f"b{n}", 2 * n + 1) for n in range(3)], file="b")
    heard = follower.read_all()
    reached: dict[str, int] = {}
    for batch in follower.heard:
        assert batch.start == reached.get(batch.generation, 1)
        reached[batch.generation] = batch.end

    assert heard == b"".join(line(f"{'ab'[n % 2]}{n // 2}", n) for n in range(6))
    assert sorted(reached.values()) == [4, 4]


def test_entries_removed_before_they_were_read_are_told_and_no_other_is_skipped(
    written: Written, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    written.append([entry("read")], file="old")
    follower.read_all()
    written.append([entry("never read", 1)], file="old")
    written.append([entry("first that is left", 2), entry("second", 3)], file="new")
    follower.source.close()
    for file in written.directory.glob("old*"):  # each writing begins a new file
        file.unlink()
    follower.restart()

    assert follower.read_all() == line("first that is left", 2) + line("second", 3)
    assert "may be lost" in caplog.text


def test_the_first_start_goes_a_day_back(written: Written) -> None:
    written.append([entry("old", -90_000), entry("a day ago", -86_400), entry("new")])
    follower = Follower(written, DAY)

    assert follower.read_all() == line("a day ago", -86_400) + line("new")
    follower.source.close()


def test_a_start_at_the_end_holds_over_a_restart_although_nothing_was_read(written: Written) -> None:
    written.append([entry("old", -1)])
    follower = Follower(written, "end")
    nothing = follower.read_all()
    follower.clock.wait(hours=1)
    written.append([entry("new", 1)])
    follower.restart()

    assert (nothing, follower.read_all()) == (b"", line("new", 1))
    follower.source.close()


def test_a_journalctl_that_was_killed_is_told_and_started_again(written: Written, follower: Follower) -> None:
    written.append([entry("before")])
    follower.read_all()
    assert follower.source._reader
    process = follower.source._reader._process
    process.kill()
    process.wait()
    written.append([entry("after", 1)])
    while_dead, trouble = follower.read(), follower.source.trouble()
    follower.clock.wait(seconds=2)

    assert (while_dead, trouble) == (None, "journalctl ended with -9: it said nothing")
    assert follower.read_all() == line("after", 1)
    assert follower.source.trouble() is None


def test_a_folder_that_does_not_exist_is_told_and_waited_for(written: Written, follower: Follower) -> None:
    written.directory.rename(written.directory.with_name("elsewhere"))
    nothing, trouble = follower.read(), follower.source.trouble()
    still, same = follower.read(), follower.source.trouble()
    written.directory.with_name("elsewhere").rename(written.directory)
    written.append([entry("there")])
    follower.clock.wait(minutes=2)

    assert nothing is still is None
    assert (
        trouble
        == same
        == f"journalctl ended with 1: Failed to open {written.directory}: No such file or directory"
    )
    assert follower.read_all() == line("there")


AS_NOBODY = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from rejectwatch.sources.interface import Start
from rejectwatch.sources.journal import Journal
os.setgid(65534); os.setgroups([]); os.setuid(65534)
now = datetime.now(UTC)
source = Journal("mail", Path(sys.argv[1]), checkpoint=None, start=Start("all", now),
                 max_alert_age=timedelta(0), clock=lambda: now)
print(source.read(), source.trouble())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_journal_that_may_not_be_read_names_the_group(written: Written) -> None:
    written.append([entry("secret")])
    written.path().chmod(0o640)
    for folder in list(written.path().parents)[:-2]:
        folder.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(written.directory)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip

    assert said.stdout == (
        "None the journal may not be read by user nobody: usermod -aG systemd-journal nobody, then start again\n"
    )
