"""The journal as a source of lines, on journals that systemd itself has written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from parts.journal import Journal as Written
from parts.journal import Value
from parts.waiting import until
from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.entries import Entry, parse
from rejectwatch.sources.interface import FirstRead, Start
from rejectwatch.sources.journal import Journal
from rejectwatch.sources.journalctl import wanted
from sources.logdir import NOW, Clock

NOON = int(NOW.timestamp()) * 1_000_000
DAY = timedelta(days=1)

JOURNALD: dict[str, Value] = {
    "_TRANSPORT": "driver",
    "SYSLOG_FACILITY": "3",
    "SYSLOG_IDENTIFIER": "systemd-journald",
    "MESSAGE_ID": "a596d6fe7bfa4994828e72309e95d61e",
}
"""How journald speaks of what it has dropped (systemd 252)."""


def entry(text: Value, second: float = 0, **more: Value) -> dict[str, Value]:
    return {"__REALTIME_TIMESTAMP": str(NOON + int(second * 1_000_000)), "MESSAGE": text, **more}


def suppressed(lines: int, unit: str, second: float = 0, **more: Value) -> dict[str, Value]:
    text = f"Suppressed {lines} messages from {unit}"
    return {**entry(text, second), **JOURNALD, "N_DROPPED": str(lines), **more}


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
        self.gaps: list[Gap] = []
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
        self.gaps += self.source.gaps()
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


def test_an_entry_beyond_measure_is_left_out_and_told(written: Written, follower: Follower) -> None:
    written.append([entry("before"), entry("x" * 3_000_000, 1), entry("after", 2)])
    heard = follower.read_all()
    generation = follower.heard[0].generation

    assert heard == line("before") + line("after", 2)
    assert follower.gaps == [Gap("mail", "damaged", generation, 1, "an entry longer than 2097152 bytes")]


def test_an_entry_beyond_measure_at_the_end_is_told_once(written: Written, follower: Follower) -> None:
    written.append([entry("before"), *(entry("x" * 3_000_000, second) for second in (1, 2))])
    follower.read_all()
    written.append([entry("after", 3)])

    assert follower.wait_for_more() == line("after", 3)
    assert [(gap.reason, gap.position) for gap in follower.gaps] == [("damaged", 1)]


@pytest.mark.parametrize("fields", [{"MESSAGE": None}, {}, {"MESSAGE": [[255], "text"]}])
def test_missing_and_repeated_fields_are_no_fault(fields: dict[str, object]) -> None:
    import json

    raw = {"__CURSOR": "s=a;i=1f;b=b", "__REALTIME_TIMESTAMP": str(NOON), **fields}
    found = parse(json.dumps(raw).encode())

    assert isinstance(found, Entry)
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


def vacuum(written: Written, name: str) -> None:
    for file in written.directory.glob(f"{name}*"):  # each writing begins a new file
        file.unlink()


def test_entries_removed_before_they_were_read_are_a_gap_and_no_other_is_skipped(
    written: Written, follower: Follower
) -> None:
    written.append([entry("read"), entry("read last", 0.5)], file="old")
    follower.read_all()
    generation = follower.heard[0].generation
    written.append([entry("never read", 1)], file="old")
    written.append([entry("first that is left", 2), entry("second", 3)], file="new")
    follower.source.close()
    vacuum(written, "old")
    checkpoint = follower.checkpoint
    follower.restart()
    heard = follower.read_all()
    follower.checkpoint = checkpoint  # killed before the commit
    follower.restart()
    again = follower.read_all()

    assert heard == again == line("first that is left", 2) + line("second", 3)
    assert follower.gaps == 2 * [Gap("mail", "vacuumed", generation, 2, "the journal")]


def test_a_journal_that_was_emptied_is_a_gap_when_the_next_entry_comes(
    written: Written, follower: Follower
) -> None:
    written.append([entry("read")], file="old")
    follower.read_all()
    follower.source.close()
    vacuum(written, "old")
    follower.restart()
    nothing, told = follower.read_all(), list(follower.gaps)
    written.append([entry("next", 1)], file="new")

    assert (nothing, told) == (b"", [])
    assert follower.wait_for_more() == line("next", 1)
    assert [gap.reason for gap in follower.gaps] == ["vacuumed"]


def test_a_restart_and_older_entries_that_are_removed_are_no_gap(
    written: Written, follower: Follower
) -> None:
    written.append([entry("first")], file="old")
    follower.read_all()
    written.append([entry("second", 1)], file="new")
    follower.wait_for_more()
    vacuum(written, "old")
    follower.restart()
    nothing = follower.read_all()
    written.append([entry("third", 2)], file="new")

    assert (nothing, follower.wait_for_more(), follower.gaps) == (b"", line("third", 2), [])


def test_what_journald_dropped_of_a_mail_server_is_a_gap_and_no_line(
    written: Written, follower: Follower
) -> None:
    written.append([entry("before"), suppressed(42, "postfix@-.service", 1), entry("after", 2)])
    heard = follower.read_all()
    generation = follower.heard[0].generation

    assert heard == line("before") + line("after", 2)
    assert follower.gaps == [
        Gap(
            "mail",
            "suppressed",
            generation,
            2,
            "postfix@-.service",
            until=NOW + timedelta(seconds=1),
            lines=42,
        )
    ]


def test_what_journald_dropped_is_the_same_gap_after_a_restart_and_none_once_it_is_passed(
    written: Written, follower: Follower
) -> None:
    written.append([entry("before"), suppressed(42, "exim4.service", 1)])
    follower.read_all()
    follower.restart()
    follower.read_all()
    first, second = follower.gaps
    written.append([entry("after", 2)])
    follower.wait_for_more()
    follower.restart()
    follower.read_all()

    assert first == second
    assert len(follower.gaps) == 2


@pytest.mark.parametrize(
    "unit, told",
    [
        ("postfix.service", True),
        ("postfix@out.service", True),
        ("/system.slice/postfix.service", True),
        ("exim.service", True),
        ("cron.service", False),
        ("user@1000.service", False),
    ],
)
def test_only_what_was_dropped_of_a_mail_server_is_a_gap(
    written: Written, follower: Follower, unit: str, told: bool
) -> None:
    written.append([suppressed(7, unit), entry("after", 1)])

    assert follower.read_all() == line("after", 1)
    assert [gap.detail for gap in follower.gaps] == [unit.rpartition("/")[2]] * told


def test_nobody_but_journald_is_believed_that_lines_were_dropped(
    written: Written, follower: Follower
) -> None:
    forged = suppressed(99, "postfix.service", _TRANSPORT="journal", SYSLOG_FACILITY="2")
    written.append([forged, suppressed(99, "postfix.service", 1, _TRANSPORT="syslog"), entry("after", 2)])
    heard = follower.read_all()

    assert heard.splitlines(keepends=True)[1:] == [line("after", 2)]
    assert heard.startswith(b"2026-11-24T12:00:00.000000+00:00 mail systemd-journald[250]: Suppressed 99 ")
    assert follower.gaps == []


def test_what_rsyslog_says_with_the_mail_facility_is_a_line(written: Written, follower: Follower) -> None:
    text = "imjournal: 5 messages lost due to rate-limiting (20000 allowed within 600 seconds)"
    written.append([entry(text, SYSLOG_IDENTIFIER="rsyslogd")])

    assert follower.read_all().endswith(b" mail rsyslogd[250]: " + text.encode() + b"\n")
    assert follower.gaps == []


def test_the_journals_of_other_machines_are_left_out_mail_and_all_else(written: Written) -> None:
    for second, machine in enumerate(("a" * 32, "b" * 32)):
        written.append(
            [
                entry("mail", second, _MACHINE_ID=machine),
                suppressed(7, "postfix.service", second, _MACHINE_ID=machine),
            ],
            file=machine,
        )
    found = written.entries(*wanted(f"_MACHINE_ID={'a' * 32}"))

    assert [(one["_MACHINE_ID"], one["SYSLOG_FACILITY"]) for one in found] == [
        ("a" * 32, "2"),
        ("a" * 32, "3"),
    ]


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
def test_a_journal_that_may_not_be_read_names_the_group() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        TemporaryDirectory() as folder
    ):  # pytest's own is closed to others, by each other run of pytest again
        written = Written(Path(folder))
        written.directory.chmod(0o755)
        written.append([entry("secret")])
        written.path().chmod(0o640)
        said = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, folder],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip

    assert said.stdout == (
        "None the journal may not be read by user nobody: usermod -aG systemd-journal nobody, then start again\n"
    )
