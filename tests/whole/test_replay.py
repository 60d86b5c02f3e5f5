"""A daemon that catches up with the logs of three servers, killed again and again, decides as `replay` does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parts.daemon import Daemon, rejectwatch
from parts.waiting import until

pytestmark = pytest.mark.slow

SERVERS = ("mx1", "mx2", "mx3")
ROUNDS = 12
"""In each, every server refuses one attempt: only together they are three in ten minutes."""
BETWEEN = timedelta(minutes=100)
OTHERS = 300
"""Deliveries of other people between two rounds: so a log has two megabytes, more than is read of it at once."""
POINTS = ("step:4", "before-commit:1", "after-commit:1")

CONFIGURATION = """
first_read = "all"
max_alert_age = "36500d"
"""
SOURCE = """
[[sources]]
name = "{name}"
path = "{log}"
"""


def lines(server: str, number: int, begin: datetime) -> Iterator[str]:
    for round_ in range(ROUNDS):
        at = begin + round_ * BETWEEN + timedelta(minutes=number)
        user = f"user{round_ % 4}"
        yield (
            f"{at.isoformat()} {server} postfix/submission/smtpd[{round_}]: NOQUEUE: reject: RCPT from pc[192.0.2.8]: 553"
            f" 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user {user}; from=<boss@corp.example>"
            f" to=<r{round_}@partner.example> proto=ESMTP helo=<pc>\n"
        )
        for other in range(OTHERS):
            at += timedelta(seconds=15)
            yield from delivery(f"{at.isoformat()} {server}", f"4{round_:04}{other:04}", f"other{other}")


def delivery(prefix: str, queue_id: str, user: str) -> Iterator[str]:
    yield (
        f"{prefix} postfix/submission/smtpd[9]: {queue_id}: client=pc[192.0.2.9], sasl_method=PLAIN,"
        f" sasl_username={user}\n"
    )
    yield f"{prefix} postfix/qmgr[2]: {queue_id}: from=<{user}@corp.example>, size=300, nrcpt=1 (queue active)\n"
    yield (
        f"{prefix} postfix/smtp[3]: {queue_id}: to=<mori@partner.example>, relay=mx[198.51.100.1]:25, delay=1,"
        " delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    )
    yield f"{prefix} postfix/qmgr[2]: {queue_id}: removed\n"


def decided(watch: Daemon) -> list[tuple[str, str, int]]:
    try:
        rows = watch.rows("SELECT id, ending, attempts FROM incidents WHERE ending IS NOT NULL")
    except sqlite3.OperationalError:  # the tables are not made yet
        return []
    return sorted((id_, ending, attempts) for id_, ending, attempts in rows)


def test_the_daemon_decides_as_replay(tmp_path: Path) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=12)
    logs = {name: tmp_path / f"{name}.log" for name in SERVERS}
    for number, (name, log) in enumerate(logs.items()):
        log.write_text("".join(lines(name, number, begin)))
    now = datetime.now(UTC).isoformat()

    done = rejectwatch("replay", "--format", "json", "--now", now, *logs.values())
    told = json.loads(done.stdout)
    expected = sorted(
        (one["incident"], one["kind"], one["attempts"])
        for one in told
        if one["kind"] in ("recovered", "expired")
    )
    sources = "".join(SOURCE.format(name=name, log=log) for name, log in logs.items())
    watch = Daemon(tmp_path / "state", CONFIGURATION + sources)
    for point in POINTS:
        watch.start(REJECTWATCH_FAULTPOINT=point)
        until(lambda: not watch.child.running, 60, watch.child.story)
    with watch:
        until(lambda: len(decided(watch)) >= len(expected), 30, watch.child.story)

        assert decided(watch) == expected
    assert len(expected) == 4
