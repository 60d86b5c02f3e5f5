"""The journal and files, Postfix and Exim: one daemon reads them together, each refusal once."""

from __future__ import annotations

import time
from datetime import UTC
from pathlib import Path

import pytest

from parts.daemon import Daemon
from parts.journal import Journal
from parts.waiting import until
from rejectwatch.app.sources import SourceBuilder
from rejectwatch.errors import SettingsError
from rejectwatch.settings import Settings
from rejectwatch.sources import auto
from whole.made import append, recipient, refusals, stored, text, until_stored

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
    sentence = "/var/log/mail.log may not be read by user mail: usermod -aG adm mail"
    monkeypatch.setattr(auto, "survey", lambda: auto.Survey((), (sentence,), ()))

    with pytest.raises(SettingsError) as refused:
        SourceBuilder(Settings(), UTC)

    assert str(refused.value) == sentence
