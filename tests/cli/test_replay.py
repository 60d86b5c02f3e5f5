"""`rejectwatch replay`: what would have been told, of old logs, without a database."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.lines import write
from parts.daemon import rejectwatch

NINE = datetime(2026, 10, 8, 9, tzinfo=UTC)
FIELDS = (
    "at kind incident rule channel subject_kind subject users senders client_ips recipient_domains user_count cause"
    " confidence who_acts attempts refusals first_at last_at last_success_at flags title text"
).split()

SUMMARY = "1 alert in 1 day, 1 recovered by itself, 0 not tried again, 0 still open; at most 1 on one day (8 October)"


def refused(minute: float, user: str = "alice", host: str = "mail") -> str:
    """An attempt that our server refuses, so many minutes after nine."""
    at = (NINE + timedelta(minutes=minute)).isoformat()
    return (
        f"{at} {host} postfix/submission/smtpd[{1000 + int(minute * 60)}]: NOQUEUE: reject: RCPT from"
        f" pc.corp.example[192.0.2.8]: 553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user {user};"
        f" from=<boss@corp.example> to=<mori@partner.example> proto=ESMTP helo=<pc>\n"
    )


def sent(minute: float, user: str = "alice", host: str = "mail") -> str:
    """The same, and it gets through."""
    at, queue_id = (NINE + timedelta(minutes=minute)).isoformat(), f"4Xyz{int(minute * 60):06}"
    return (
        f"{at} {host} postfix/submission/smtpd[99]: {queue_id}: client=pc.corp.example[192.0.2.8], sasl_method=PLAIN,"
        f" sasl_username={user}\n"
        f"{at} {host} postfix/qmgr[90]: {queue_id}: from=<boss@corp.example>, size=300, nrcpt=1 (queue active)\n"
        f"{at} {host} postfix/smtp[91]: {queue_id}: to=<mori@partner.example>, relay=mx.partner.example[198.51.100.9]:25,"
        f" delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
        f"{at} {host} postfix/qmgr[90]: {queue_id}: removed\n"
    )


def quiet(minute: float) -> str:
    """A line that says nothing of interest, but when."""
    at = (NINE + timedelta(minutes=minute)).isoformat()
    return f"{at} mail postfix/anvil[1]: statistics: max connection rate 1/60s for (smtp:192.0.2.1)\n"


MORNING = sent(0) + refused(10) + refused(11) + refused(12)
NOON = sent(180) + quiet(200)
LOG = MORNING + NOON


def replayed(*arguments: str | Path, stdin: str | bytes | None = None) -> list[dict[str, Any]]:
    """What `replay --format json` prints."""
    done = rejectwatch("replay", "--format", "json", "--lang", "en", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def said(*arguments: str | Path, lang: str = "en") -> list[str]:
    """The lines of its text."""
    done = rejectwatch("replay", "--lang", lang, *arguments, env={"TZ": "UTC"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def kinds(told: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["at"], one["kind"]) for one in told]


OPENED = ("2026-10-08T09:14:00Z", "opened")
RECOVERED = ("2026-10-08T12:10:00Z", "recovered")
EXPIRED = ("2026-10-11T09:12:00Z", "expired")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "mail.log", LOG)


# ── json ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_has_the_fields_of_the_interface_in_their_order(log: Path) -> None:
    assert [list(one) for one in replayed(log)] == [FIELDS, FIELDS]


def test_a_message_says_who_fails_since_when_and_why(log: Path) -> None:
    opened = replayed(log)[0]

    title, text, incident = (opened.pop(name) for name in ("title", "text", "incident"))
    assert opened == {
        "at": "2026-10-08T09:14:00Z",
        "kind": "opened",
        "rule": "user starts failing",
        "channel": None,
        "subject_kind": "user",
        "subject": "alice",
        "users": ["alice"],
        "senders": ["boss@corp.example"],
        "client_ips": ["192.0.2.8"],
        "recipient_domains": ["partner.example"],
        "user_count": 1,
        "cause": "sender_not_authorized",
        "confidence": "high",
        "who_acts": "user",
        "attempts": 3,
        "refusals": 3,
        "first_at": "2026-10-08T09:10:00Z",
        "last_at": "2026-10-08T09:12:00Z",
        "last_success_at": "2026-10-08T09:00:00Z",
        "flags": [],
    }
    assert title.startswith("[rejectwatch] alice can't send")
    assert "not owned by user alice" in text
    assert incident


def test_what_works_again_is_the_same_incident(log: Path) -> None:
    told = replayed(log)

    assert kinds(told) == [OPENED, RECOVERED]
    assert len({one["incident"] for one in told}) == 1


def test_there_is_one_array_also_when_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert replayed(write(tmp_path / "mail.log", refused(1))) == []
    assert replayed(write(tmp_path / "empty.log", "")) == []


def test_each_channel_gets_its_own_in_its_language(log: Path, tmp_path: Path) -> None:
    channels = "".join(
        f'[[channels]]\nname = "{name}"\nurl_file = "{name}.url"\nlanguage = "{lang}"\n{more}\n'
        for name, lang, more in (
            ("admins", "en", ""),
            ("管理者", "ja", 'domains = ["corp.example"]'),
            ("others", "en", 'domains = ["else.example"]'),
        )
    )
    config = write(tmp_path / "rejectwatch.toml", channels)

    told = replayed("-c", config, log)  # without a look into the files of the URLs: nothing is sent

    assert sorted((one["channel"], one["kind"]) for one in told) == [
        ("admins", "opened"),
        ("admins", "recovered"),
        ("管理者", "opened"),
        ("管理者", "recovered"),
    ]
    assert {one["channel"]: "送信" in one["title"] for one in told if one["kind"] == "opened"} == {
        "admins": False,
        "管理者": True,
    }


def test_quiet_hours_are_kept(log: Path, tmp_path: Path) -> None:
    quiet_hours = '[[channels]]\nname = "a"\nurl_file = "a.url"\nquiet = "08:00-10:30"\n'
    config = write(tmp_path / "rejectwatch.toml", quiet_hours)

    done = rejectwatch("replay", "--format", "json", "-c", config, log, env={"TZ": "UTC"})

    assert kinds(json.loads(done.stdout)) == [("2026-10-08T10:30:00Z", "opened"), RECOVERED]


# ── rules and options ────────────────────────────────────────────────────────────────────────────


def test_other_rules_say_other_things(log: Path, tmp_path: Path) -> None:
    rules = '[[rules]]\nname = "many"\nby = "user"\nthreshold = 4\n'
    assert replayed("-c", write(tmp_path / "many.toml", rules), log) == []
    soon = '[incidents]\ngroup_wait = "0s"\n'

    told = replayed("-c", write(tmp_path / "soon.toml", soon), log)

    assert told[0]["at"] == "2026-10-08T09:12:00Z"


def test_no_configuration_of_this_machine_counts(log: Path, tmp_path: Path) -> None:
    config = write(tmp_path / "rejectwatch.toml", "codes = [550]\n")

    done = rejectwatch("replay", "--format", "json", log, config=config)

    assert kinds(json.loads(done.stdout)) == [OPENED, RECOVERED]


def test_the_last_line_moves_the_clock_whatever_it_says(tmp_path: Path) -> None:
    assert kinds(replayed(write(tmp_path / "a.log", MORNING))) == []
    assert kinds(replayed(write(tmp_path / "b.log", MORNING + quiet(13.9)))) == []
    assert kinds(replayed(write(tmp_path / "c.log", MORNING + quiet(14)))) == [OPENED]


def test_the_clock_can_run_on(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", MORNING)

    assert kinds(replayed(log, "--now", "2026-10-09T00:00Z")) == [OPENED]
    assert kinds(replayed(log, "--now", "2026-10-12T00:00Z")) == [OPENED, EXPIRED]
    assert kinds(replayed(log, "--now", "2026-10-01T00:00Z")) == []  # it never runs back


def test_since_and_until_choose_what_is_printed_and_not_what_is_learnt(log: Path) -> None:
    after = replayed(log, "--since", "2026-10-08T10:00Z")
    before = replayed(log, "--until", "2026-10-08T10:00Z")

    assert (kinds(after), kinds(before)) == ([RECOVERED], [OPENED])
    assert before[0]["last_success_at"] == "2026-10-08T09:00:00Z"
    assert replayed(log, "--since", "2026-10-08T09:14:00Z", "--until", "2026-10-08T12:10:00Z") == before


# ── files ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("swapped", [False, True])
def test_several_files_are_read_in_the_order_of_their_time(tmp_path: Path, swapped: bool) -> None:
    files = [write(tmp_path / "mail.log", NOON), write(tmp_path / "mail.log.1", MORNING)]
    told = replayed(*(files[::-1] if swapped else files))

    assert kinds(told) == [OPENED, RECOVERED]
    assert told[0]["last_success_at"] == "2026-10-08T09:00:00Z"


@pytest.mark.parametrize("swapped", [False, True])
def test_the_logs_of_two_servers_have_one_clock(tmp_path: Path, swapped: bool) -> None:
    """Three attempts in ten minutes, two of them here and one there; the proof stands here again."""
    first = sent(0, host="mx1") + refused(10, host="mx1") + refused(19, host="mx1") + sent(120, host="mx1")
    second = sent(5, host="mx2") + refused(15, host="mx2") + sent(60, user="bob", host="mx2") + quiet(200)
    files = [write(tmp_path / "mx1.log", first), write(tmp_path / "mx2.log", second)]

    told = replayed(*(files[::-1] if swapped else files))

    assert kinds(told) == [("2026-10-08T09:21:00Z", "opened"), ("2026-10-08T11:10:00Z", "recovered")]
    assert told[0]["attempts"] == 3
    assert told[0]["last_success_at"] == "2026-10-08T09:05:00Z"


def test_logs_that_are_larger_than_what_is_read_at_once_are_merged(tmp_path: Path) -> None:
    """Of each server one attempt in a hundred minutes: together they are three in ten."""
    logs = ["", "", ""]
    for number in range(3):
        for round_ in range(0, 1200, 100):
            logs[number] += refused(round_ + number, host=f"mx{number}")
            logs[number] += "".join(quiet(round_ + 3 + step / 60) for step in range(1000))
    files = [write(tmp_path / f"{number}.log", text) for number, text in enumerate(logs)]

    told = replayed(*files)

    assert files[0].stat().st_size > 1 << 20
    assert [(one["kind"], one["attempts"]) for one in told] == [("opened", 3)]
    assert told[0]["at"] == "2026-10-08T09:04:00Z"


def test_the_rotated_part_is_the_same_source(tmp_path: Path) -> None:
    """Exim logs no session: two refusals within a minute are one attempt, also across a rotation."""

    def exim(second: int) -> str:
        return (
            f"2026-10-08 09:{second // 60:02}:{second % 60:02} H=pc [192.0.2.8] F=<boss@corp.example> A=plain_server:alice"
            " rejected RCPT <mori@partner.example>: 553 5.7.1 sender address not owned by alice\n"
        )

    older = write(tmp_path / "mainlog.1", exim(0) + exim(100))
    newer = write(tmp_path / "mainlog", exim(110) + exim(200) + exim(500))

    told = replayed(newer, older)

    assert [one["attempts"] for one in told] == [3]


def test_an_incident_has_the_same_name_in_every_replay_of_the_same_logs(log: Path, tmp_path: Path) -> None:
    packed = write(tmp_path / "elsewhere.gz", gzip.compress(LOG.encode()))

    assert replayed(packed) == replayed(log)


def test_standard_input_is_read(log: Path) -> None:
    assert replayed("-", stdin=LOG) == replayed(log)


def test_a_rejectlog_is_left_out_where_the_mainlog_is_there(tmp_path: Path) -> None:
    line = (
        "2026-10-08 09:0{}:00 H=pc [192.0.2.8] F=<boss@corp.example> A=plain_server:alice rejected RCPT"
        " <mori@partner.example>: 553 5.7.1 sender address not owned by alice\n"
    )
    text = "".join(line.format(minute) for minute in (0, 2))
    files = [write(tmp_path / "mainlog", text), write(tmp_path / "rejectlog", text)]

    done = rejectwatch("replay", "--format", "json", *files)

    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "rejectlog" in done.stderr


def test_a_log_that_is_torn_is_told_and_what_it_held_counts(tmp_path: Path) -> None:
    torn = write(tmp_path / "mail.log.gz", gzip.compress((LOG + quiet(300)).encode())[:-9])

    done = rejectwatch("replay", "--format", "json", torn)

    assert done.returncode == 1
    assert kinds(json.loads(done.stdout)) == [OPENED, RECOVERED]
    assert "can only be read up to byte" in done.stderr


def test_a_file_that_is_not_there_is_one_sentence() -> None:
    done = rejectwatch("replay", "/nowhere/mail.log")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "/nowhere/mail.log can't be read: No such file or directory\n"


def test_nothing_is_written(log: Path, tmp_path: Path) -> None:
    config = write(tmp_path / "rejectwatch.toml", f'[database]\nurl = "sqlite:///{tmp_path}/none.db"\n')
    replayed("-c", config, log)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["mail.log", "rejectwatch.toml"]


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_has_a_line_a_message_and_what_it_comes_to(log: Path) -> None:
    opened, recovered, total = said(log)

    assert opened.startswith("2026-10-08 09:14:00  opened     [rejectwatch] alice can't send")
    assert recovered.startswith("2026-10-08 12:10:00  recovered  [rejectwatch] ")
    assert total == SUMMARY


def test_the_summary_counts_how_the_alerts_ended_and_the_worst_day(tmp_path: Path) -> None:
    day = 24 * 60
    text = LOG
    for number, begins in enumerate((day, day + 60, 8 * day)):
        text += "".join(refused(begins + minute, user=f"user{number}") for minute in range(3))
    text += quiet(9 * day)

    assert said(write(tmp_path / "mail.log", text))[-1] == (
        "4 alerts in 9 days, 1 recovered by itself, 2 not tried again, 1 still open; at most 2 on one day (9 October)"
    )


def test_a_heading_above_the_first_line_does_not_shorten_the_time(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", "-- Journal begins here. --\n" + LOG + sent(60 * 24 * 3))

    assert said(log)[-1] == SUMMARY.replace("1 day,", "3 days,")


def test_what_is_chosen_is_what_is_counted(log: Path) -> None:
    assert said(log, "--since", "2026-10-08T10:00Z")[-1] == "no alerts in 1 day"
    assert said(log, "--until", "2026-10-08T10:00Z")[-1] == SUMMARY


def test_it_speaks_japanese(log: Path) -> None:
    opened, recovered, total = said(log, lang="ja")

    assert opened.startswith("2026-10-08 09:14:00  発生       [rejectwatch] ")
    assert recovered.startswith("2026-10-08 12:10:00  復旧       [rejectwatch] ")
    assert (
        total
        == "1 日間でアラート 1 件（自然に復旧 1 件、再試行なし 0 件、未解決 0 件）。1 日の最多は 1 件（10月8日）"
    )


def test_a_message_to_two_channels_is_one_line(log: Path, tmp_path: Path) -> None:
    two = "".join(f'[[channels]]\nname = "{name}"\nurl_file = "{name}.url"\n' for name in "ab")

    assert said("-c", write(tmp_path / "rejectwatch.toml", two), log) == said(log)


def test_a_digest_is_one_line(log: Path, tmp_path: Path) -> None:
    daily = '[[channels]]\nname = "a"\nurl_file = "a.url"\ndigest = "18:00"\n'
    config = write(tmp_path / "rejectwatch.toml", daily)

    lines = said("-c", config, log, "--now", "2026-10-09T00:00Z")

    assert [line[:29] for line in lines[:-1]] == ["2026-10-08 18:00:00  digest  "]


HOSTILE = ("\x1b[2J", "\x9b31m", "\u202e", "\u2028", "\r", "\x07", "\u200b")


@pytest.mark.parametrize("payload", HOSTILE)
def test_text_of_the_log_does_not_move_the_terminal(payload: str, tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", LOG.replace("user alice", f"user {payload}alice"))

    lines = said(log, "--now", "2026-10-20")

    assert "".join(lines).isprintable()
    assert len(lines) == 3
    assert re.fullmatch(r"1 alert in .*", lines[-1])


def test_into_a_pipe_it_is_silent_while_it_reads(log: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m rejectwatch replay '{log}' 2>&1 >/dev/null"],
        capture_output=True,
        check=True,
    )

    assert done.stdout == b""
