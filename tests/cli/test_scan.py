from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from cli.lines import BOUNCED, DELIVERED, FIELDS, HANDED_OVER, LOG, NOT_OWNED, RELAY, rows, scanned, write
from parts.daemon import COMMAND, rejectwatch

TRADITIONAL = (
    "{day} 09:01:00 mail postfix/smtpd[103]: NOQUEUE: reject: RCPT from unknown[192.0.2.8]: 553 5.7.1 <a@b.example>:"
    " Relay access denied; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<pc>\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "mail.log")


# ── jsonl ────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_has_the_fields_of_the_interface_in_their_order(log: Path) -> None:
    assert [list(record) for record in scanned(log)] == [FIELDS, FIELDS]


def test_a_bounce_is_told_with_whose_message_it_was(log: Path) -> None:
    bounce = scanned(log)[0]

    del bounce["attempt"], bounce["evidence"], bounce["confidence"]
    assert bounce == {
        "occurred_at": "2026-10-08T00:00:03Z",
        "source": str(log),
        "line": 3,
        "host": "mail",
        "mta": "postfix",
        "service": "postfix/smtp",
        "refused_by": "remote",
        "outcome": "bounced",
        "stage": "rcpt",
        "queue_id": "4XyzAb12cD",
        "user": "bob",
        "user_source": "queue",
        "client_ip": "192.0.2.7",
        "client_host": "pc1.corp.example",
        "helo": None,
        "sender": "bob@corp.example",
        "recipient": "gone@partner.example",
        "recipient_domain": "partner.example",
        "relay_host": "mx.partner.example",
        "relay_ip": "198.51.100.9",
        "code": 553,
        "enhanced_code": "5.1.1",
        "reply": "553 5.1.1 <gone@partner.example>: no such user here",
        "repeat": 1,
        "cause": "recipient_unknown",
    }


def test_a_reject_is_told_with_the_login_of_its_reply(log: Path) -> None:
    reject = scanned(log)[1]

    assert {name: reject[name] for name in ("line", "user", "user_source", "queue_id", "helo", "cause")} == {
        "line": 6,
        "user": "alice",
        "user_source": "reply",
        "queue_id": None,
        "helo": "pc2",
        "cause": "sender_not_authorized",
    }


def test_the_line_is_counted_in_the_whole_file_not_in_a_block(tmp_path: Path) -> None:
    ordinary = "2026-10-08T09:00:00+09:00 mail postfix/anvil[1]: statistics: max connection rate 1/60s\n"
    many = 30_000  # more than two blocks
    log = write(tmp_path / "mail.log", ordinary * many + NOT_OWNED + ordinary * many + NOT_OWNED)

    assert [record["line"] for record in scanned(log)] == [many + 1, 2 * many + 2]


def test_a_last_line_without_an_end_counts(tmp_path: Path) -> None:
    assert len(scanned(write(tmp_path / "mail.log", NOT_OWNED.rstrip("\n")))) == 1


def test_a_gzipped_log_is_read_like_a_plain_one(log: Path, tmp_path: Path) -> None:
    packed = write(tmp_path / "mail.log.2.gz", gzip.compress(LOG.encode()))

    assert [{**record, "source": ""} for record in scanned(packed)] == [
        {**one, "source": ""} for one in scanned(log)
    ]


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_is_read(arguments: tuple[str, ...]) -> None:
    assert [(record["source"], record["line"]) for record in scanned(*arguments, stdin=LOG)] == [
        ("-", 3),
        ("-", 6),
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_several_files_are_read_in_the_order_of_their_time(tmp_path: Path, swapped: bool) -> None:
    older, newer = write(tmp_path / "b", HANDED_OVER), write(tmp_path / "a", BOUNCED + DELIVERED + NOT_OWNED)
    files = (newer, older) if swapped else (older, newer)

    found = scanned(*files)

    assert [(record["source"], record["line"], record["user"]) for record in found] == [
        (str(newer), 1, "bob"),
        (str(newer), 4, "alice"),
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_files_that_begin_in_one_second_are_read_in_the_order_of_their_names(
    tmp_path: Path, swapped: bool
) -> None:
    in_that_second = BOUNCED.replace("09:00:03", "09:00:00")
    older, newer = write(tmp_path / "mail.log.1", HANDED_OVER), write(tmp_path / "mail.log", in_that_second)
    os.utime(newer, (0, 0))

    assert scanned(*((newer, older) if swapped else (older, newer)))[0]["user"] == "bob"


def test_one_record_is_one_line_also_for_who_takes_more_than_a_newline_for_its_end(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", NOT_OWNED.replace("boss@corp", "b\x85\u2028\u2029oss@corp"))

    assert [record["sender"] for record in scanned(log)] == ["b\x85\u2028\u2029oss@corp.example"]


def test_a_file_that_is_given_twice_is_read_once(log: Path) -> None:
    assert len(scanned(log, log)) == 2


def test_other_codes_are_found_when_they_are_asked_for(log: Path) -> None:
    assert [record["code"] for record in scanned("--codes", "553,554", log)] == [553, 553, 554]


def test_the_codes_of_a_configuration_hold(log: Path, tmp_path: Path) -> None:
    config = write(tmp_path / "rejectwatch.toml", "codes = [554]\n")

    assert [record["code"] for record in scanned("-c", config, log)] == [554]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (("--year", "2023", "--timezone", "UTC"), "2023-10-08T09:01:00Z"),
        (("--year", "2023", "--timezone", "Asia/Tokyo"), "2023-10-08T00:01:00Z"),
    ],
)
def test_stamps_without_year_and_zone_are_completed(
    arguments: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    log = write(tmp_path / "mail.log", TRADITIONAL.format(day="Oct  8"))

    assert scanned(*arguments, log)[0]["occurred_at"] == expected


def test_without_a_year_that_of_the_file_is_taken(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", TRADITIONAL.format(day="Dec 31"))
    os.utime(log, (1_704_100_000, 1_704_100_000))  # 1 January 2024

    assert scanned("--timezone", "UTC", log)[0]["occurred_at"] == "2023-12-31T09:01:00Z"


def test_bytes_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", NOT_OWNED.encode().replace(b"helo=<pc2>", b"helo=<\xff\x00\xc3>"))

    assert scanned(log)[0]["helo"].startswith(r"\xff")


# ── csv ──────────────────────────────────────────────────────────────────────────────────────────


def test_csv_has_a_head_and_a_row_for_each_refusal(log: Path) -> None:
    done = rejectwatch("scan", "--format", "csv", log)

    found = rows(done.stdout)
    assert found[0] == FIELDS
    assert [dict(zip(FIELDS, row, strict=True))["recipient"] for row in found[1:]] == [
        "gone@partner.example",
        "r1@partner.example",
    ]


@pytest.mark.parametrize(
    "payload", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "＝1", " =1", "\t=1", "\x00=1"]
)
def test_no_cell_is_a_formula(payload: str, tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", NOT_OWNED.replace("helo=<pc2>", f"helo=<{payload}>"))

    done = rejectwatch("scan", "--format", "csv", log)

    cell = rows(done.stdout)[1][FIELDS.index("helo")]
    assert cell.startswith(("'", "\\")), cell


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_summary_says_who_fails_why_and_what_to_do(log: Path) -> None:
    said = rejectwatch("scan", log, "--lang", "en").stdout

    assert "Refused with 553: 2. Delivered: 1. Refused for good with another code: 1." in said
    assert "alice: 1 refused recipient in 1 attempt" in said
    assert "Why: This login may not send with this sender address" in said
    assert "First: " in said


def test_the_summary_speaks_japanese(log: Path) -> None:
    assert "原因" in rejectwatch("scan", log, "--lang", "ja").stdout


def test_the_summary_shows_no_control_character_of_the_log(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", NOT_OWNED.replace("user alice", "user \x1b[31m\x9bal\u202eice"))

    said = rejectwatch("scan", log).stdout

    assert not {"\x1b", "\x9b", "\u202e"} & set(said)


def test_a_terminal_that_has_no_typographic_quotes_shows_the_rest(log: Path) -> None:
    done = rejectwatch("scan", log, env={"PYTHONIOENCODING": "ascii"})

    assert done.returncode == 0
    assert "not owned by user alice" in done.stdout


# ── ends ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "form, expected", [("text", "Refused with 553: 0."), ("jsonl", ""), ("csv", ",".join(FIELDS))]
)
def test_an_empty_log_is_no_mistake(form: str, expected: str, tmp_path: Path) -> None:
    done = rejectwatch("scan", "--format", form, write(tmp_path / "empty.log", ""), "--lang", "en")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (("/nowhere/mail.log",), "/nowhere/mail.log can't be read: No such file or directory"),
        (("/dev/null",), "/dev/null is a device"),
        (("/tmp",), "/tmp is a folder"),
        (("--codes", "250", "-"), '"250" is not a list of permanent reply codes such as 550,553'),
        (("--codes", "", "-"), "is not a list of permanent reply codes"),
        (("--timezone", "Mars", "-"), 'there is no time zone "Mars"'),
        (("--timezone", "../etc", "-"), 'there is no time zone "../etc"'),
        (("--year", "12", "-"), "12 is not in the range"),
        (("--format", "xml", "-"), "'xml' is not one of"),
    ],
)
def test_a_mistake_in_the_call_gets_one_sentence(arguments: tuple[str, ...], reason: str) -> None:
    done = rejectwatch("scan", *arguments, stdin="")

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]


def test_a_gzipped_log_that_is_cut_gives_what_it_has_and_is_told(tmp_path: Path) -> None:
    packed = gzip.compress(
        b"".join(os.urandom(64).hex().encode() + b"\n" for _ in range(20_000)) + LOG.encode()
    )
    log = write(tmp_path / "cut.gz", gzip.compress(NOT_OWNED.encode()) + packed[: len(packed) // 2])

    done = rejectwatch("scan", "--format", "jsonl", log)

    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.startswith(f"{log} can only be read up to byte ")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", NOT_OWNED * 5_000)

    with subprocess.Popen(
        [*COMMAND, "scan", "--format", "jsonl", str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as scan:
        assert scan.stdout is not None
        assert scan.stderr is not None
        scan.stdout.readline()
        scan.stdout.close()

        assert scan.stderr.read() == b""
        assert scan.wait(30) == 0


def test_a_full_disk_is_told_in_one_sentence(log: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, "scan", str(log)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (
        1,
        "standard output can't be written: No space left on device\n",
    )


def on_a_terminal(*arguments: str | Path) -> tuple[bytes, str]:
    """Run a command whose standard error is a terminal: what it prints there, and its standard output."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 65_536):
            shown += more
    except OSError:  # a terminal says so that nobody writes any more
        pass
    os.close(ours)
    return shown, done.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["scan", "import", "replay"])
def test_long_work_shows_its_progress_on_a_terminal_and_nowhere_else(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "REJECTWATCH_CONFIG",
        str(write(tmp_path / "c.toml", f'[database]\nurl = "sqlite:///{tmp_path}/rejectwatch.db"\n')),
    )
    ordinary = "2026-10-08T09:00:00+09:00 mail postfix/anvil[1]: statistics: max connection rate 1/60s\n"
    large = write(tmp_path / "large.log", NOT_OWNED + ordinary * ((65 << 20) // len(ordinary)))

    shown, printed = on_a_terminal(command, large)

    assert b"reading" in shown
    assert b"100%" in shown
    assert "reading" not in printed
    assert on_a_terminal(command, write(tmp_path / "small.log"))[0] == b""
    assert rejectwatch(command, large).stderr == ""


# ── what it costs ────────────────────────────────────────────────────────────────────────────────

FOREIGN = (
    "rejectwatch.app", "rejectwatch.store", "rejectwatch.settings", "rejectwatch.web", "rejectwatch.notify",
    "rejectwatch.metrics", "sqlalchemy", "alembic", "psycopg", "pydantic", "tornado", "apprise", "prometheus_client",
    "watchdog",
)  # fmt: skip

RUN = """
import json, sys
from rejectwatch.cli import main
sys.argv = ["rejectwatch", *sys.argv[1:]]
code = main()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.mark.parametrize("command", ["scan", "explain"])
def test_the_light_commands_load_nothing_of_the_daemon(command: str, log: Path) -> None:
    argument = str(log) if command == "scan" else NOT_OWNED
    done = subprocess.run(
        [sys.executable, "-c", RUN, command, argument], capture_output=True, text=True, check=True
    )

    code, modules = json.loads(done.stderr)
    assert code == 0
    assert done.stdout
    assert [name for name in modules if name.startswith(FOREIGN)] == []


def test_a_scan_for_scripts_starts_without_the_words_for_people(log: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, "scan", "--format", "jsonl", str(log)],
        capture_output=True,
        text=True,
        check=True,
    )

    code, modules = json.loads(done.stderr)
    assert code == 0
    assert [name for name in modules if name.startswith(("rejectwatch.messages", "difflib"))] == []


def test_a_scan_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(tmp_path / "mail.log", LOG + RELAY)
    monkeypatch.chdir(tmp_path)

    scanned(log)

    assert [path.name for path in tmp_path.iterdir()] == ["mail.log"]
