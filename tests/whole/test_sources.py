"""The journal and files, Postfix and Exim: one daemon reads them together, each refusal once."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parts.daemon import COMMAND, Daemon
from parts.journal import Journal
from parts.namespace import with_files
from parts.processes import Child
from parts.waiting import until
from rejectwatch.app.sources import SourceBuilder
from rejectwatch.errors import SettingsError
from rejectwatch.settings import Settings
from rejectwatch.sources import auto
from whole.made import append, lines_with, recipient, refusal, refusals, stored, text, until_stored

pytestmark = pytest.mark.slow

JOURNAL = """
first_read = "24h"

[[sources]]
name = "journal"
journal = true
directory = "{directory}"
"""

FILE = """
[[sources]]
name = "{name}"
path = "{path}"
"""

EXIM = (
    "2026-11-24 04:33:00 H=pc21.corp.example [127.0.0.21] X=TLS1.3 CV=no F=<boss@corp.example>"
    " A=plain_server:alice rejected RCPT <exim@partner.example>: 553 5.7.1 sender address not owned by alice"
)


def entry(message: str, *, ago: float = 0, **fields: str) -> dict[str, str]:
    moment = str(time.time_ns() // 1000 - int(ago * 1e6))
    return {
        "__REALTIME_TIMESTAMP": moment,
        "MESSAGE": message,
        "SYSLOG_IDENTIFIER": "postfix/submission/smtpd",
        **fields,
    }


def until_following(watch: Daemon) -> None:
    until(
        lambda: (
            watch.metric("rejectwatch_unread_bytes", source="journal") == 0
            and watch.metric("rejectwatch_last_line_timestamp_seconds", source="journal") > 0
        ),
        what=watch.child.story,
    )


def test_a_journal_is_read_from_its_entry_on_and_followed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    forged = f"\nNov 24 04:27:25 mail postfix/smtpd[250]: {text(99)}"
    journal.append(
        [
            entry(text(90), ago=2 * 86400),  # older than `first_read`
            entry(text(0), ago=60),
            entry("connect from unknown[192.0.2.1]", ago=59),
            entry(text(91), ago=58, SYSLOG_FACILITY="4"),  # somebody else's
            entry("warning: hostname x does not resolve" + forged, ago=57),
            entry(text(98) + forged, ago=57),
            entry(text(1), ago=56, SYSLOG_PID="4711"),
        ]
    )
    with Daemon(tmp_path / "state", JOURNAL.format(directory=journal.directory)) as watch:
        until(lambda: len(stored(watch)) >= 3, what=watch.child.story)
        until_following(watch)
        events = {event["recipient"]: event for event in watch.events()}

        assert len(stored(watch)) == 3  # one of the forged entry, and whatever it says, it is one
        assert {recipient(0), recipient(1)} < set(events)
        one = events[recipient(1)]
        assert {
            key: one[key]
            for key in ("source", "host", "mta", "service", "user", "client_ip", "sender", "code")
        } == {
            "source": "journal",
            "host": "mail",
            "mta": "postfix",
            "service": "postfix/submission/smtpd",
            "user": "alice",
            "client_ip": "10.20.0.2",
            "sender": "boss@corp.example",
            "code": 553,
        }
        (forged_one,) = (event for event in events.values() if event["client_ip"] == "10.20.0.99")
        assert forged_one["sender"] == "boss@corp.example"
        ((generation, position, reason),) = watch.rows(
            "SELECT generation, position, started_reason FROM positions"
        )
        assert (len(generation), position) == (32, 8)  # entries are counted from 1; this one comes next
        assert reason.startswith("from 20")

        journal.append([entry(text(2))])
        until(lambda: len(stored(watch)) >= 4, 10, watch.child.story)
        assert watch.stop() == 0

        journal.append([entry(text(3))])
        watch.start()
        until(lambda: len(stored(watch)) >= 5, 10, watch.child.story)
        until_following(watch)
        journal.append([entry(text(4))], file="another")
        until(lambda: len(stored(watch)) >= 6, 10, watch.child.story)
        watch.kill()
        watch.start()
        until_following(watch)
        journal.append([entry(text(5))])
        until(lambda: len(stored(watch)) >= 7, 10, watch.child.story)

        assert stored(watch)[:-1] == [recipient(number) for number in range(6)]
        assert watch.metric("rejectwatch_lines_total", source="journal") == 1  # of this start
        assert "Traceback" not in watch.said


def test_no_field_of_an_event_comes_from_a_line_that_is_forged_within_its_entry(tmp_path: Path) -> None:
    line = text(99, "mallory").replace("boss@corp.example", "evil@forged.example")
    forged = f"\nNov 24 04:27:25 mail postfix/submission/smtpd[250]: {line}\n"
    journal = Journal(tmp_path / "journal")
    journal.append(
        [
            entry(text(1).replace("helo=<pc>", f"helo=<pc{forged}>"), ago=50),
            entry(text(2).replace("to=<r2", f"to=<{forged}r2"), ago=40),
            entry(text(3).replace("not owned by user", f"not{forged}owned by user"), ago=30),
            entry(
                "4XyzAb12cD: to=<a@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=5.7.1,"
                f" status=bounced (host mx.b.example[192.0.2.9] said: 553 5.7.1 no{forged} (in reply to RCPT TO command))",
                ago=20,
                SYSLOG_IDENTIFIER="postfix/smtp",
            ),
            entry("warning: hostname x does not resolve" + forged, ago=15),
            entry(text(4), ago=10),
        ]
    )
    with Daemon(tmp_path / "state", JOURNAL.format(directory=journal.directory)) as watch:
        until(lambda: len(watch.events()) >= 5, what=watch.child.story)
        until_following(watch)
        events = watch.events()
        told = {event[name] for event in events for name in ("user", "sender", "recipient", "client_ip")}

        assert len(events) == 5
        # What a client has written as its recipient is the recipient, and nothing else.
        recipients = {recipient(1), forged.replace("\n", "#012") + recipient(2), recipient(3), recipient(4)}
        assert told <= {"alice", "boss@corp.example", *recipients, "a@b.example", None} | {
            f"10.20.0.{number + 1}" for number in range(1, 5)
        }


def test_a_journal_and_two_logs_of_different_servers_are_read_together(tmp_path: Path) -> None:
    journal, log, mainlog = Journal(tmp_path / "journal"), tmp_path / "mail.log", tmp_path / "mainlog"
    journal.append([entry(text(0))])
    log.write_bytes(refusals([1]))
    today = time.strftime("%Y-%m-%d %H:%M:%S")
    mainlog.write_text(EXIM.replace("2026-11-24 04:33:00", today) + "\n")
    configuration = (
        JOURNAL.format(directory=journal.directory)
        + FILE.format(name="postfix", path=log)
        + FILE.format(name="exim", path=mainlog)
    )
    with Daemon(tmp_path / "state", configuration) as watch:
        until(lambda: len(stored(watch)) >= 3, what=watch.child.story)
        events = {event["source"]: event for event in watch.events()}

        assert {
            name: (event["mta"], event["user"], event["recipient"]) for name, event in events.items()
        } == {
            "journal": ("postfix", "alice", recipient(0)),
            "postfix": ("postfix", "alice", recipient(1)),
            "exim": ("exim", "alice", "exim@partner.example"),
        }
        assert watch.rows("SELECT source FROM positions ORDER BY source") == [
            ("exim",),
            ("journal",),
            ("postfix",),
        ]
        mainlog.unlink()
        append(log, refusals([2]))
        journal.append([entry(text(3))])
        until(lambda: len(stored(watch)) >= 5, 10, watch.child.story)
        watch.until_said(f"{mainlog} does not exist")
        assert watch.get("/readyz")[0] == 200

        assert watch.stop() == 0
        append(log, refusals([4]))
        watch.start()
        append(log, refusals([5]))
        journal.append([entry(text(6))])
        until(lambda: len(stored(watch)) >= 8, 10, watch.child.story)
        assert [watch.metric("rejectwatch_rejections_total", mta=mta) for mta in ("postfix", "exim")] == [
            3,
            0,
        ]


def test_a_journal_that_is_not_there_yet_is_awaited(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    configuration = JOURNAL.format(directory=journal.directory) + FILE.format(
        name="postfix", path=tmp_path / "mail.log"
    )
    append(tmp_path / "mail.log", refusals([0]))
    with Daemon(tmp_path / "state", configuration) as watch:
        until_stored(watch, [0])
        journal.append([entry(text(1))])
        until_stored(watch, [0, 1])


def test_a_machine_whose_only_mail_log_may_not_be_read_is_told_how_to_allow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, sentence = Path("/var/log/mail.log"), "/var/log/mail.log may not be read by user mail: usermod"
    found = auto.Candidate("file", str(path), path, sentence, chosen=True, needs_help=True)
    monkeypatch.setattr(auto, "survey", lambda: auto.Survey((found,)))

    with pytest.raises(SettingsError) as refused:
        SourceBuilder(Settings(), UTC)

    assert str(refused.value) == sentence


MACHINE = "0123456789abcdef0123456789abcdef"

NOW = datetime.now(UTC).replace(microsecond=250_000)


class OnAMachine(Daemon):
    """Finds its logs by itself, on a machine of its own: what /var/log holds there is in `logs`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "state", 'first_read = "24h"\n')
        self.logs = folder / "log"
        self.mail_log = self.logs / "mail.log"
        self._machine = {"/var/log": self.logs, "/run/log": folder / "run", "/etc/machine-id": folder / "id"}
        self.journal = Journal(self.logs / "journal" / MACHINE)
        (folder / "run").mkdir()
        (folder / "id").write_text(MACHINE + "\n")

    def start(self, **env: str) -> None:
        self._starts += 1
        self._child = Child(
            with_files(self._machine, [*COMMAND, "run", "-c", self.config]),
            self.output,
            env={**os.environ, **env},
        )

    def refuse(self, number: int, at: datetime, *, journal: bool = True, file: bool = True) -> None:
        """A refusal as the journal has it, as rsyslog has written it, or both: with the same stamp."""
        if journal:
            moment = str(int(at.timestamp() * 1_000_000))
            self.journal.append(
                [{**entry(text(number)), "__REALTIME_TIMESTAMP": moment, "_MACHINE_ID": MACHINE}]
            )
        if file:
            append(self.mail_log, refusal(number, at))
            os.utime(self.mail_log, (at.timestamp(), at.timestamp()))

    def reason(self, source: str) -> str:
        ((reason,),) = self.rows(f"SELECT started_reason FROM positions WHERE source = '{source}'")
        return str(reason)


@pytest.fixture
def machine(tmp_path: Path) -> OnAMachine:
    return OnAMachine(tmp_path)


def test_a_change_from_file_to_journal_and_back_loses_nothing_and_counts_nothing_twice(
    machine: OnAMachine,
) -> None:
    for number in range(3):
        machine.refuse(number, NOW - timedelta(hours=5 - number))
    with machine as watch:
        until_stored(watch, range(3))
        watch.kill()

        for number in range(3, 5):  # rsyslog was removed
            machine.refuse(number, NOW - timedelta(hours=5 - number), file=False)
        machine.refuse(5, NOW - timedelta(minutes=40), file=False)
        watch.start()
        until_stored(watch, range(6))
        watch.kill()

        watch.start()
        until_stored(watch, range(6))
        until_following(watch)
        machine.refuse(6, NOW - timedelta(minutes=30), journal=True, file=True)  # it was installed again
        until_stored(watch, range(7))
        watch.kill()

        machine.refuse(7, NOW - timedelta(minutes=20))
        watch.start()
        until_stored(watch, range(8))
        told = lines_with(watch, "reading /var/log/mail.log from")
        watch.kill()
        machine.refuse(8, NOW - timedelta(minutes=10))
        watch.start()
        until_stored(watch, range(9))

        assert ", where /var/log/mail.log was left" in watch.reason("journal")
        assert ", where journal was left" in told[0]
        assert lines_with(watch, "was left") == []


def test_what_the_journal_no_longer_has_is_a_row(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    dropped = {
        "_TRANSPORT": "driver",
        "SYSLOG_FACILITY": "3",
        "SYSLOG_IDENTIFIER": "systemd-journald",
        "MESSAGE_ID": "a596d6fe7bfa4994828e72309e95d61e",
        "N_DROPPED": "42",
    }
    journal.append(
        [entry(text(0), ago=50), entry("Suppressed 42 messages from postfix@-.service", ago=40, **dropped)]
    )
    rows = "SELECT source, reason, position, lines, detail FROM gaps ORDER BY position, reason"
    with Daemon(tmp_path / "state", JOURNAL.format(directory=journal.directory)) as watch:
        until_stored(watch, [0])
        until(lambda: watch.rows(rows), what=watch.child.story)
        assert watch.stop() == 0
        journal.append([entry(text(1), ago=30)])
        for file in journal.directory.iterdir():
            file.unlink()
        journal.append([entry(text(2), ago=20)], file="new")
        watch.start()
        until(lambda: len(watch.rows(rows)) >= 2, what=watch.child.story)
        until(lambda: len(stored(watch)) >= 2, what=watch.child.story)
        watch.kill()
        watch.start()
        until_following(watch)

        assert watch.rows(rows) == [
            ("journal", "vacuumed", 1, None, "the journal"),
            ("journal", "suppressed", 2, 42, "postfix@-.service"),
        ]
        assert stored(watch) == [recipient(0), recipient(2)]
