"""`top`: who fails most, in plain text and for scripts."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Configure
from cli.lines import LOG, NOT_OWNED, rows, write
from parts.daemon import rejectwatch

KINDS = ("users", "senders", "domains", "ips", "causes")
ALL = ("--since", "2026-10-01")
FIELDS = ["by", "subject", "failures", "cause", "first_hour", "last_hour"]


@pytest.fixture
def stored(configured: Configure, tmp_path: Path) -> Path:
    """A configuration whose database has the refusals of LOG: one of bob's, two of alice's, one of a stranger's."""
    config = configured("codes = [553, 554]")
    log = write(tmp_path / "mail.log", LOG + NOT_OWNED.replace("09:01", "11:59"))
    assert rejectwatch("import", log, config=config).stdout == "4 refusals found, 4 of them new\n"
    return config


def top(config: Path, *arguments: str) -> list[dict[str, Any]]:
    done = rejectwatch("top", *arguments, "--format", "json", config=config)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "kind, found",
    [
        ("users", [("user", "alice", 2), ("user", "bob", 1)]),
        ("senders", [("sender", "a@else.example", 1)]),
        (
            "domains",
            [
                ("recipient_domain", "partner.example", 3),
                ("sender_domain", "corp.example", 3),
                ("recipient_domain", "else.example", 1),
                ("sender_domain", "else.example", 1),
            ],
        ),
        (
            "ips",
            [("client_ip", "192.0.2.8", 2), ("client_ip", "192.0.2.7", 1), ("client_ip", "203.0.113.5", 1)],
        ),
        (
            "causes",
            [
                ("cause", "sender_not_authorized", 2),
                ("cause", "recipient_unknown", 1),
                ("cause", "relay_denied", 1),
            ],
        ),
    ],
)
def test_those_who_fail_most_come_first(kind: str, found: list[tuple[str, str, int]], stored: Path) -> None:
    told = top(stored, kind, *ALL)

    assert sorted((one["by"], one["subject"], one["failures"]) for one in told) == sorted(found)
    assert [one["failures"] for one in told] == [failures for _, _, failures in found]


def test_it_tells_the_main_cause_and_the_first_and_last_hour(stored: Path) -> None:
    assert top(stored, "users", *ALL)[0] == {
        "by": "user",
        "subject": "alice",
        "failures": 2,
        "cause": "sender_not_authorized",
        "first_hour": "2026-10-08T00:00:00Z",
        "last_hour": "2026-10-08T02:00:00Z",
        "causes": {"sender_not_authorized": 2},
    }


@pytest.mark.parametrize(
    "arguments, found",
    [
        (("--since", "2026-10-08T00:30:00Z"), {"alice": 1}),
        (("--since", "2026-10-08T00:00:30Z"), {"alice": 2}),
        (("--since", "2026-10-08T00:00:00Z", "--until", "2026-10-08T00:01:00Z"), {"bob": 1}),
        ((*ALL, "--cause", "recipient_unknown"), {"bob": 1}),
        ((*ALL, "--user", "alice"), {"alice": 2}),
        ((*ALL, "--ip", "192.0.2.7"), {"bob": 1}),
        ((*ALL, "--domain", "partner.example"), {"alice": 2, "bob": 1}),
        ((*ALL, "--domain", "else.example"), {}),
        ((*ALL, "--limit", "1"), {"alice": 2}),
        ((*ALL, "--limit", "0"), {"alice": 2, "bob": 1}),
        (("--since", "1000000w"), {"alice": 2, "bob": 1}),
        (("--since", "9999-12-31T23:59:59Z"), {}),
        ((*ALL, "--until", "1970-01-01T00:00:00Z"), {}),
    ],
)
def test_the_time_and_the_kind_of_failure_can_be_chosen(
    arguments: tuple[str, ...], found: dict[str, int], stored: Path
) -> None:
    assert {one["subject"]: one["failures"] for one in top(stored, "users", *arguments)} == found


def test_it_looks_a_day_back_by_itself(configured: Configure, tmp_path: Path) -> None:
    config, now = configured(), datetime.now(UTC)
    log = write(
        tmp_path / "mail.log", NOT_OWNED + NOT_OWNED.replace("2026-10-08T09:01:00+09:00", now.isoformat())
    )
    rejectwatch("import", log, config=config)

    assert [one["failures"] for one in top(config, "users")] == [1]


def test_text_is_a_table(stored: Path) -> None:
    done = rejectwatch("top", "domains", *ALL, config=stored, env={"TZ": "Asia/Tokyo"})

    assert done.stdout.splitlines() == [
        " failures  mostly                          first hour        last hour         who",
        "        3  sender_not_authorized (67%)     2026-10-08 09:00  2026-10-08 11:00  from corp.example",
        "        3  sender_not_authorized (67%)     2026-10-08 09:00  2026-10-08 11:00  to partner.example",
        "        1  relay_denied                    2026-10-08 09:00  2026-10-08 09:00  to else.example",
        "        1  relay_denied                    2026-10-08 09:00  2026-10-08 09:00  from else.example",
    ]


def test_csv_has_a_head(stored: Path) -> None:
    found = rows(rejectwatch("top", "causes", *ALL, "--format", "csv", config=stored).stdout)

    assert found[0] == FIELDS
    assert found[1] == [
        "cause",
        "sender_not_authorized",
        "2",
        "sender_not_authorized",
        *["2026-10-08T00:00:00Z", "2026-10-08T02:00:00Z"],
    ]


def test_log_text_moves_no_cursor_and_is_no_formula(configured: Configure, tmp_path: Path) -> None:
    config = configured()
    hostile = NOT_OWNED.replace("user alice", "user =cmd|calc\x1b[2J")
    rejectwatch("import", write(tmp_path / "mail.log", hostile), config=config)

    text = rejectwatch("top", "users", *ALL, config=config).stdout
    table = rows(rejectwatch("top", "users", *ALL, "--format", "csv", config=config).stdout)

    assert text.splitlines()[1].endswith("“=cmd|calc\\x1b[2J”")
    assert table[1][1] == "'=cmd|calc\x1b[2J"


def test_the_null_sender_has_a_name(configured: Configure, tmp_path: Path) -> None:
    config = configured("codes = [554]")
    log = LOG.replace("from=<a@else.example>", "from=<>")
    rejectwatch("import", write(tmp_path / "mail.log", log), config=config)

    assert rejectwatch("top", "senders", *ALL, config=config).stdout.splitlines()[1].endswith("  <>")


def test_a_list_that_was_cut_says_so(stored: Path) -> None:
    done = rejectwatch("top", "users", *ALL, "--limit", "1", config=stored)

    assert done.stderr == "The first 1; there may be more: --limit\n"


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_failed_it_says_so(kind: str, configured: Configure) -> None:
    config = configured()
    rejectwatch("db", "upgrade", config=config)

    assert rejectwatch("top", kind, config=config).stdout == "no such failures\n"
    assert top(config, kind) == []


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ((), "Missing argument"),
        (("persons",), "'persons' is not one of 'users'"),
        (("users", "--since", "yesterday"), '"yesterday" is neither a duration'),
        (("users", "--cause", "auth_requird"), "'auth_requird' is not one of"),
    ],
)
def test_a_mistake_in_the_call_gets_one_sentence(
    arguments: tuple[str, ...], reason: str, stored: Path
) -> None:
    done = rejectwatch("top", *arguments, config=stored)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_a_database_of_an_older_version_is_told(stored: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "rejectwatch.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    done = rejectwatch("top", "users", config=stored)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("has the schema 0001 of an older rejectwatch: run `rejectwatch db upgrade`\n")
