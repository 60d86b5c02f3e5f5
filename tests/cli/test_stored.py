"""What lies in the database: `db`, `import`, `events`, `incidents`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Configure
from cli.lines import BOUNCED, DELIVERED, FIELDS, HANDED_OVER, LOG, NOT_OWNED, RELAY, rows, write
from parts.daemon import Daemon, rejectwatch
from parts.waiting import until
from whole.made import CONFIGURATION, refusals, until_stored

STORED = ["instance" if name == "line" else name for name in FIELDS]


def events(config: Path, *arguments: str) -> list[dict[str, Any]]:
    done = rejectwatch("events", "--format", "json", *arguments, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def imported(config: Path, *files: Path) -> str:
    done = rejectwatch("import", *files, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture
def stored(configured: Configure, tmp_path: Path) -> Path:
    """A configuration whose database has the refusals of LOG, with 554 among them."""
    config = configured("codes = [553, 554]")
    imported(config, write(tmp_path / "mail.log"))
    return config


# ── db ───────────────────────────────────────────────────────────────────────────────────────────


def test_upgrade_makes_the_tables_and_then_has_nothing_to_do(
    configured: Configure, database_url: str
) -> None:
    config = configured("", database_url)

    first = rejectwatch("db", "upgrade", config=config)
    second = rejectwatch("db", "upgrade", config=config)

    assert (first.returncode, first.stderr, second.returncode, second.stderr) == (0, "", 0, "")
    assert second.stdout == first.stdout.rstrip("\n") + ", as it was\n"
    schema = first.stdout.split()[-1]
    assert rejectwatch("db", "current", config=config).stdout.endswith(
        f"schema {schema}, needed is {schema}\n"
    )


def test_current_tells_that_a_server_has_no_tables(configured: Configure, database_url: str) -> None:
    done = rejectwatch("db", "current", config=configured("", database_url))

    if database_url.startswith("sqlite"):
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("There is no database ")
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert ": schema none, needed is " in done.stdout


@pytest.mark.parametrize("command", [("events",), ("incidents", "list"), ("db", "current")])
def test_a_database_that_is_not_there_is_told_and_not_made(
    command: tuple[str, ...], configured: Configure, tmp_path: Path
) -> None:
    done = rejectwatch(*command, config=configured())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"There is no database {tmp_path}/rejectwatch.db; `rejectwatch run` makes it, and `rejectwatch db upgrade`\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["rejectwatch.toml"]


@pytest.mark.parametrize("command", [("events",), ("incidents", "list"), ("import", "/dev/stdin")])
def test_a_database_without_tables_is_told(
    command: tuple[str, ...], configured: Configure, tmp_path: Path
) -> None:
    (tmp_path / "rejectwatch.db").write_bytes(b"not a database at all" * 100)

    done = rejectwatch(*command, config=configured())

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "file is not a database" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("events",), ("incidents", "list"), ("import", "/dev/null"), ("db", "upgrade")]
)
def test_a_server_that_is_away_is_told_without_its_password(
    command: tuple[str, ...], configured: Configure
) -> None:
    config = configured("", "postgresql+psycopg://rejectwatch:geheim-553@127.0.0.1:9/mail")

    done = rejectwatch(*command, config=config)

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1" in done.stderr
    assert "geheim" not in done.stderr


# ── import ───────────────────────────────────────────────────────────────────────────────────────


def test_importing_twice_changes_nothing(configured: Configure, database_url: str, tmp_path: Path) -> None:
    config, log = configured("", database_url), write(tmp_path / "mail.log")
    assert rejectwatch("db", "upgrade", config=config).returncode == 0

    said = imported(config, log), imported(config, log)

    assert said == ("2 refusals found, 2 of them new", "2 refusals found, 0 of them new")
    assert len(events(config)) == 2


def test_a_copy_and_a_gzipped_copy_are_the_same_log(configured: Configure, tmp_path: Path) -> None:
    config, log = configured(), write(tmp_path / "mail.log")
    imported(config, log)

    said = imported(
        config, write(tmp_path / "copy"), write(tmp_path / "mail.log.1.gz", gzip.compress(LOG.encode()))
    )

    assert said.endswith(", 0 of them new")
    assert len(events(config)) == 2


def test_a_log_that_has_grown_gives_only_what_is_new(configured: Configure, tmp_path: Path) -> None:
    config, log = configured(), write(tmp_path / "mail.log")
    imported(config, log)
    write(log, LOG + NOT_OWNED.replace("r1@", "r2@"))

    assert imported(config, log) == "3 refusals found, 1 of them new"


def test_whose_message_it_was_is_known_across_the_files(configured: Configure, tmp_path: Path) -> None:
    config = configured()
    older, newer = write(tmp_path / "b", HANDED_OVER), write(tmp_path / "a", BOUNCED + DELIVERED)

    imported(config, newer, older)

    assert [event["user"] for event in events(config)] == ["bob"]


@pytest.mark.parametrize("first", ["mail.log", "mail.log.1"])
def test_whose_message_it_was_is_known_from_the_rotated_log_beside(
    configured: Configure, tmp_path: Path, first: str
) -> None:
    config = configured()
    logs = [write(tmp_path / "mail.log.1", HANDED_OVER), write(tmp_path / "mail.log", BOUNCED + DELIVERED)]

    for log in logs if logs[0].name == first else logs[::-1]:
        imported(config, log)

    assert [event["user"] for event in events(config)] == ["bob"]


def test_what_is_refused_in_a_rotated_log_beside_is_not_imported(
    configured: Configure, tmp_path: Path
) -> None:
    config = configured()
    write(tmp_path / "mail.log.1.gz", gzip.compress(NOT_OWNED.encode()))

    assert imported(config, write(tmp_path / "mail.log", BOUNCED)) == "1 refusals found, 1 of them new"


def test_what_is_not_understood_is_told_by_the_doctor_however_often_it_is_imported(
    configured: Configure, tmp_path: Path
) -> None:
    config = configured()
    odd = BOUNCED.replace("no such user here", "odd moon tonight")
    log = write(tmp_path / "mail.log", 2 * NOT_OWNED.replace("reject:", "moon-reject:") + odd)

    imported(config, log)
    imported(config, log)
    done = rejectwatch("doctor", "--format", "json", config=config)

    says = [one["says"] for one in json.loads(done.stdout) if one["check"] == "not understood"]
    kinds = [one.partition(", last")[0] + one[one.index(" ago: ") :] for one in says if " ago: " in one]
    assert kinds == [
        f"2 × postfix, {log} ago: *: moon-reject: RCPT from *: 553 *",
        f"1 × postfix, {log} ago: reply: 553 5.1.1 <*>: odd moon tonight",
    ]


def test_a_last_line_that_is_still_being_written_is_imported_when_it_is_whole(
    configured: Configure, tmp_path: Path
) -> None:
    config = configured()
    cut = NOT_OWNED.index("ice; from=")  # reads as user "al"
    log = write(tmp_path / "mail.log", HANDED_OVER + BOUNCED + NOT_OWNED[:cut])
    imported(config, log)
    before = [event["user"] for event in events(config)]
    imported(config, write(log, HANDED_OVER + BOUNCED + NOT_OWNED))

    assert (before, [event["user"] for event in events(config)]) == (["bob"], ["alice", "bob"])


def test_import_alerts_nobody(configured: Configure, tmp_path: Path) -> None:
    config = configured()
    imported(config, write(tmp_path / "mail.log", refusals(range(10))))

    assert rejectwatch("incidents", "list", "--all", config=config).stdout == "no incidents\n"


def test_a_file_that_is_not_there_is_told(configured: Configure) -> None:
    done = rejectwatch("import", "/nowhere/mail.log", config=configured())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "/nowhere/mail.log can't be read: No such file or directory\n"


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_import_of_a_log_that_a_daemon_reads_gives_no_doubles(packed: bool, tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", refusals(range(20)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, range(20))
        copy = write(tmp_path / "mail.log.1.gz", gzip.compress(log.read_bytes())) if packed else log

        assert imported(watch.config, copy) == "20 refusals found, 0 of them new"
        until_stored(watch, range(20))


@pytest.mark.slow
def test_a_daemon_that_reads_what_was_imported_gives_no_doubles(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", refusals(range(20)))
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log))
    imported(watch.config, log)
    with watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_lines_total") == 20)
        until_stored(watch, range(20))


# ── events ───────────────────────────────────────────────────────────────────────────────────────


def test_an_event_has_the_fields_of_the_interface_in_their_order(stored: Path) -> None:
    assert [list(event) for event in events(stored)] == [STORED] * 3


def test_an_event_is_told_as_scan_tells_it(stored: Path, tmp_path: Path) -> None:
    done = rejectwatch("scan", "--format", "jsonl", "--codes", "553,554", tmp_path / "mail.log")
    expected = [json.loads(line) for line in done.stdout.splitlines()]
    for record in expected:
        del record["line"]

    found = events(stored)
    for event in found:
        assert event.pop("instance") == "main"
    assert found == expected[::-1]


@pytest.mark.parametrize(
    "arguments, lines",
    [
        ((), [7, 6, 3]),
        (("--user", "alice"), [6]),
        (("--user", "a@else.example"), [7]),  # nobody logged in
        (("--domain", "PARTNER.example"), [6, 3]),
        (("--domain", "corp.example"), [6, 3]),
        (("--ip", "203.0.113.5"), [7]),
        (("--cause", "relay_denied"), [7]),
        (("--since", "2026-10-08T00:01:00Z"), [7, 6]),
        (("--until", "2026-10-08T00:01:00Z"), [3]),
        (("--since", "1000000w"), [7, 6, 3]),
        (("--since", "99999999999999w"), [7, 6, 3]),
        (("--until", "1970-01-02"), []),
        (("--limit", "1"), [7]),
        (("--limit", "0"), [7, 6, 3]),
        (("--user", "nobody"), []),
    ],
)
def test_events_can_be_chosen(arguments: tuple[str, ...], lines: list[int], stored: Path) -> None:
    recipients = {3: "gone@partner.example", 6: "r1@partner.example", 7: "x@else.example"}

    assert [event["recipient"] for event in events(stored, *arguments)] == [
        recipients[line] for line in lines
    ]


def test_events_as_csv_have_a_head_and_no_formula(stored: Path) -> None:
    found = rows(rejectwatch("events", "--format", "csv", config=stored).stdout)

    assert found[0] == STORED
    assert len(found) == 4
    assert found[1][STORED.index("helo")] == "'=cmd|calc"


def test_events_as_text_are_plain_words(stored: Path) -> None:
    said = rejectwatch("events", "--lang", "en", config=stored).stdout

    assert "alice (pc2.corp.example [192.0.2.8]) → r1@partner.example" in said
    assert said.count("Why: ") == 3


def test_what_is_not_there_is_said(stored: Path) -> None:
    assert rejectwatch("events", "--user", "nobody", config=stored).stdout == "no such refusals\n"


def test_a_list_that_was_cut_says_so(stored: Path) -> None:
    done = rejectwatch("events", "--limit", "1", config=stored)

    assert done.stderr == "The newest 1; there may be more: --limit\n"


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (
            ("--since", "yesterday"),
            '"yesterday" is neither a duration such as "7d" nor a date such as "2026-11-24"',
        ),
        (("--since", ""), '"" is neither a duration'),
        (("--until", "2026-13-01"), '"2026-13-01" is neither a duration'),
        (("--cause", "auth_requird"), "'auth_requird' is not one of 'address_syntax', 'auth_required'"),
        (("--limit", "-1"), "-1 is not in the range"),
    ],
)
def test_a_mistake_in_the_call_gets_one_sentence(
    arguments: tuple[str, ...], reason: str, stored: Path
) -> None:
    done = rejectwatch("events", *arguments, config=stored)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]


# ── incidents ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_an_incident_is_listed_while_it_is_open(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", refusals(range(5)))
    with Daemon(
        tmp_path / "state", CONFIGURATION.format(log=log) + '[incidents]\ngroup_wait = "1s"\n'
    ) as watch:
        until_stored(watch, range(5))
        said = until(lambda: _listed(watch, "open"))
        done = rejectwatch("incidents", "list", "--format", "json", config=watch.config)

    assert "sender_not_authorized" in said
    assert "user alice" in said
    (incident,) = json.loads(done.stdout)
    assert (incident["by"], incident["subject"], incident["cause"]) == (
        "user",
        "alice",
        "sender_not_authorized",
    )


def _listed(watch: Daemon, word: str) -> str:
    said = rejectwatch("incidents", "list", config=watch.config).stdout
    return said if f" {word} " in said else ""


def test_no_incidents_is_said(stored: Path) -> None:
    assert rejectwatch("incidents", "list", config=stored).stdout == "no open incidents\n"
    assert rejectwatch("incidents", "list", "--format", "json", config=stored).stdout == "[]\n"


def test_relay_denied_is_not_found_unless_its_code_is_watched(configured: Configure, tmp_path: Path) -> None:
    config = configured()
    imported(config, write(tmp_path / "mail.log", RELAY))

    assert events(config) == []
