"""From each release that is stored in tests/data/upgrade to this one: nothing is lost, read twice or left unsaid.

What a release leaves behind is old when the tests run; that changes nothing, as after a server that was off for long.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from parts.daemon import Daemon, rejectwatch
from parts.inbox import Inbox, Mail
from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from upgrade import story
from upgrade.release import DATA, RELEASES, Left, Rows, lay

NOBODY = "mailto://mail.example.net/?from=rejectwatch@corp.example&to=admin@corp.example"
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
LONG_AGO = "2026-01-01"

DECIDED_ANEW = {
    "incidents": {"closed_at", "ending", "record"},
    "outbox": {"payload"},
    "state": {"value", "serial"},
}
"""What a release may say otherwise of a row that was there."""
FORGOTTEN = {"windows", "incidents"}
"""Names of the state: what was open is decided anew."""


def _url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/rejectwatch.db"
    server: PostgreSQL = request.getfixturevalue("cluster")
    return server.fresh_database()


@pytest.fixture(scope="module", params=RELEASES)
def stored(request: pytest.FixtureRequest) -> Path:
    return DATA / str(request.param)


@pytest.fixture(params=DATABASES)
def left(request: pytest.FixtureRequest, stored: Path, tmp_path: Path) -> Left:
    """A release as it has stopped."""
    return lay(stored, tmp_path, _url(request, tmp_path), NOBODY)


# ── the schema ───────────────────────────────────────────────────────────────────────────────────


def told(rows: Rows, table: str, *, columns: Rows | None = None) -> Counter[str]:
    """The rows of a table as far as they have to stay as they were; `columns`: only those that are there."""
    here = (columns or rows)[table]
    names = sorted((here[0].keys() if here else set()) - DECIDED_ANEW.get(table, set()))
    kept = (row for row in rows[table] if table != "state" or row["name"] not in FORGOTTEN)
    return Counter(json.dumps([row[name] for name in names], default=str) for row in kept)


def upgrade(left: Left) -> None:
    """As `rejectwatch db upgrade`, and a daemon on SQLite, does."""
    database = open_database(left.url)
    migrate.upgrade(database)
    database.close()


def test_the_upgrade_keeps_every_row(left: Left) -> None:
    before = left.rows()
    upgrade(left)
    after = left.rows()

    assert after["alembic_version"] == [{"version_num": migrate.newest()}]
    for table in before.keys() - {"alembic_version", "sqlite_sequence"}:
        assert told(after, table, columns=before) == told(before, table), table
    assert all(
        before[name] for name in ("events", "hourly", "delivery_counts", "gaps", "shapes", "positions")
    )


def test_what_was_open_is_closed_as_not_tried_again(left: Left) -> None:
    upgrade(left)
    rows = {row["subject"]: row for row in left.rows()["incidents"]}

    assert {name: row["ending"] for name, row in rows.items()} == {"alice": "expired", "dave": "recovered"}
    assert rows["alice"]["closed_at"] == rows["alice"]["last_at"]


@pytest.mark.slow
def test_a_shared_database_is_upgraded_by_the_operator(
    stored: Path, tmp_path: Path, cluster: PostgreSQL
) -> None:
    url = cluster.fresh_database()
    left = lay(stored, tmp_path, url, NOBODY)
    before = left.rows()
    done = rejectwatch("run", config=left.config)

    assert done.returncode == 2
    assert "of an older rejectwatch: run `rejectwatch db upgrade`" in done.stderr
    assert left.rows() == before


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def test_its_configuration_is_accepted(stored: Path, tmp_path: Path) -> None:
    left = lay(stored, tmp_path, f"sqlite:///{tmp_path}/rejectwatch.db", NOBODY)
    left.config.write_text(
        f'{left.config.read_text()}\n[[sources]]\njournal = true\ndirectory = "/var/log/journal/remote"\n'
    )
    done = rejectwatch("check-config", config=left.config)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{left.config}: no mistakes")


# ── the daemon ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Upgraded:
    """How it went on with this version, on the logs that had grown meanwhile."""

    left: Left
    before: Rows
    after: Rows
    said: str
    metrics: str
    mails: list[Mail]


@pytest.fixture(
    scope="module", params=[pytest.param(one, marks=pytest.mark.slow) for one in ("sqlite", "postgresql")]
)
def upgraded(
    request: pytest.FixtureRequest, stored: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("upgraded")
    url = _url(request, folder)
    with Inbox(folder) as inbox:
        watch = Daemon(folder, "", database_url=url, env={"SSL_CERT_FILE": str(inbox.ca_pem)})
        left = lay(stored, folder, url, inbox.url("admin@corp.example"))
        before = left.rows()
        unsent = {row["id"] for row in before["outbox"]}
        story.grow(left.logs, datetime.now(UTC))
        if request.param == "postgresql":
            watch.upgrade()
        with watch:
            wanted = len(before["events"]) + len(story.COMING)
            until(lambda: len(left.rows()["events"]) >= wanted, what=watch.child.story)
            until(lambda: _are_sent(left, unsent), what=watch.child.story)
            until(lambda: watch.metric("rejectwatch_unread_bytes") == 0, what=watch.child.story)
            metrics = watch.get("/metrics")[1]
            assert watch.stop() == 0
            said = watch.said
        yield Upgraded(left, before, left.rows(), said, metrics, inbox.wait_for(len(unsent)))


def _are_sent(left: Left, ids: set[int]) -> bool:
    return {row["state"] for row in left.rows()["outbox"] if row["id"] in ids} == {"sent"}


def test_reading_goes_on_exactly_where_it_stopped(upgraded: Upgraded) -> None:
    old = {(row["generation"], row["position"], row["n"]) for row in upgraded.before["events"]}
    new = [
        row for row in upgraded.after["events"] if (row["generation"], row["position"], row["n"]) not in old
    ]

    assert len(upgraded.after["events"]) == len(old) + len(new)
    assert Counter(row["user"] for row in new) == dict.fromkeys(story.COMING, 1)
    assert {row["generation"] for row in new} <= {row["generation"] for row in upgraded.before["events"]}


def test_what_was_stored_is_still_there(upgraded: Upgraded) -> None:
    before, after = upgraded.before, upgraded.after

    assert told(before, "events") < told(after, "events", columns=before)
    assert told(before, "delivery_counts") <= told(after, "delivery_counts", columns=before)
    assert told(before, "gaps") == told(after, "gaps", columns=before)
    assert told(before, "shapes") == told(after, "shapes", columns=before)


def test_counts_go_on_from_where_they_were(upgraded: Upgraded) -> None:
    before, after = failures(upgraded.before), failures(upgraded.after)

    assert before <= after
    assert sum(after.values()) - sum(before.values()) == len(story.COMING)


def failures(rows: Rows) -> Counter[tuple[str, str, str]]:
    """By the hour, the cause and the instance."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in rows["hourly"]:
        if row["by"] == "cause":
            counted[str(row["hour"]), row["subject"], row["instance"]] += row["failures"]
    return counted


def test_messages_that_waited_are_sent_once_under_their_old_ids(upgraded: Upgraded) -> None:
    waited = Counter(row["message_id"] for row in upgraded.before["outbox"])
    arrived = Counter(mail.message["X-Rejectwatch-Id"] for mail in upgraded.mails)

    assert {name: arrived[name] for name in waited} == waited


def test_a_file_is_upgraded_by_the_daemon_itself(upgraded: Upgraded) -> None:
    assert upgraded.after["alembic_version"] == [{"version_num": migrate.newest()}]
    assert upgraded.before["alembic_version"] != upgraded.after["alembic_version"]


def test_nothing_goes_wrong_meanwhile(upgraded: Upgraded) -> None:
    assert "Traceback" not in upgraded.said
    assert "can't" not in upgraded.said


SERIES = re.compile(r"([a-z_:]+)(?:\{(.*)\})? \S+")
OF_THE_RUN = {"version", "implementation", "major", "minor", "patchlevel", "le"}
"""Labels that say which Python and which rejectwatch this is, or how a histogram is cut."""


def series(metrics: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every series by its name and labels."""
    found = set()
    for line in metrics.splitlines():
        if match := SERIES.fullmatch(line):
            labels = sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            found.add((match[1], tuple(one for one in labels if one[0] not in OF_THE_RUN)))
    return found


def test_every_series_of_its_metrics_is_still_there(upgraded: Upgraded) -> None:
    old = series(upgraded.left.answer("metrics.txt"))

    assert len({name for name, _ in old}) > 30
    assert old - series(upgraded.metrics) == set()


# ── what people and scripts ask ──────────────────────────────────────────────────────────────────


def asked(upgraded: Upgraded, *command: str) -> Any:
    done = rejectwatch(*command, "--format", "json", config=upgraded.left.config)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_events_are_told_as_before(upgraded: Upgraded) -> None:
    now = {json.dumps(one, sort_keys=True) for one in asked(upgraded, "events", "--limit", "0")}
    before = {json.dumps(one, sort_keys=True) for one in json.loads(upgraded.left.answer("events.json"))}

    assert before < now


def test_those_who_fail_most_are_told_as_before(upgraded: Upgraded) -> None:
    now = asked(upgraded, "top", "users", "--since", LONG_AGO)
    before = json.loads(upgraded.left.answer("top.json"))

    assert [one for one in now if one["subject"] not in story.COMING] == before


def test_incidents_are_told_as_before_but_for_their_end(upgraded: Upgraded) -> None:
    now = {one["id"]: one for one in asked(upgraded, "incidents", "list", "--all", "--limit", "0")}
    before = json.loads(upgraded.left.answer("incidents.json"))
    same = (
        "rule",
        "by",
        "subject",
        "cause",
        "opened_at",
        "told_at",
        "attempts",
        "refusals",
        "users",
        "sample",
    )

    assert len(before) == 2
    for one in before:
        assert {name: now[one["id"]][name] for name in same} == {name: one[name] for name in same}
    assert rejectwatch("incidents", "show", before[0]["id"], config=upgraded.left.config).returncode == 0


@pytest.mark.parametrize("user, can_send", [("alice", "not_known"), ("dave", "yes")])
def test_a_persons_story_is_told_from_what_was_stored(upgraded: Upgraded, user: str, can_send: str) -> None:
    told = asked(upgraded, "user", user, "--since", LONG_AGO)[0]

    assert told["can_send"] == can_send
    assert told["refusals"] == {"alice": 5, "dave": 4}[user]
    assert told["last_success_at"] is not None
