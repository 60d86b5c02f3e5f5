"""What fails and works in turn is told twice at most: a table of stories, through `rejectwatch replay`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parts.daemon import rejectwatch

BEGIN = datetime(2026, 10, 5, tzinfo=UTC)
CLIENT = "pc21.corp.example[203.0.113.21]"
SMTPD = "mail postfix/submission/smtpd"
REFUSED = (
    "553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user alice; from=<boss@corp.example>"
    " to=<mori@partner.example> proto=ESMTP helo=<pc21>"
)
SENT = "to=<mori@partner.example>, relay=mx[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)"

Happening = tuple[str, timedelta]


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


def fails(when: timedelta, attempts: int = 3) -> Iterator[Happening]:
    """So many attempts, a minute apart."""
    return (("fails", when + timedelta(minutes=number)) for number in range(attempts))


def works(when: timedelta) -> Iterator[Happening]:
    yield "works", when


def both(when: timedelta) -> Iterator[Happening]:
    """Fails, and works half an hour later."""
    yield from fails(when)
    yield from works(when + at(minutes=30))


def written(happenings: Iterable[Happening]) -> str:
    """The log of it."""
    lines = []
    for number, (what, when) in enumerate(sorted(happenings, key=lambda one: one[1])):
        stamp, pid, queue_id = (BEGIN + when).isoformat(), 1000 + number, f"{0xA0000000 + number:X}"
        if what == "fails":
            lines += [
                f"{stamp} {SMTPD}[{pid}]: connect from {CLIENT}",
                f"{stamp} {SMTPD}[{pid}]: NOQUEUE: reject: RCPT from {CLIENT}: {REFUSED}",
                f"{stamp} {SMTPD}[{pid}]: disconnect from {CLIENT}",
            ]
        else:
            lines += [
                f"{stamp} {SMTPD}[{pid}]: {queue_id}: client={CLIENT}, sasl_method=PLAIN, sasl_username=alice",
                f"{stamp} mail postfix/qmgr[9]: {queue_id}: from=<boss@corp.example>, size=5, nrcpt=1 (queue active)",
                f"{stamp} mail postfix/smtp[9]: {queue_id}: {SENT}",
                f"{stamp} mail postfix/qmgr[9]: {queue_id}: removed",
            ]
    return "\n".join(lines) + "\n"


STORIES: dict[str, tuple[list[Happening], list[str]]] = {
    "fails and works once": ([*both(at())], ["opened", "recovered"]),
    "one attempt a day": (
        [one for day in range(20) for one in fails(at(day), attempts=1)],
        [],
    ),
    "in turn, minute by minute": (
        [*fails(at()), *(one for m in range(4, 60, 2) for one in (*works(at(minutes=m)), *fails(at(minutes=m + 1), 1))), *works(at(hours=1, minutes=5))],
        ["opened", "recovered"],
    ),
    "fails again before ten good minutes have passed": (
        [*fails(at()), *works(at(minutes=8)), *fails(at(minutes=15)), *works(at(minutes=40))],
        ["opened", "recovered"],
    ),
    "again after a week": ([*both(at()), *both(at(days=8))], ["opened", "recovered"] * 2),
    "again within a week": (
        [*both(at()), *both(at(days=3))],
        ["opened", "recovered", "opened flapping", "recovered flapping"],
    ),
    "five times a day": (
        [one for hour in range(8, 18, 2) for one in both(at(hours=hour))],
        ["opened", "recovered", "opened flapping", "recovered flapping"],
    ),
    "each night, by a time rule": (
        [one for day in range(14) for one in both(at(day, hours=2))],
        ["opened", "recovered", "opened flapping", "recovered flapping"],
    ),
    "in the end for good": (
        [*both(at()), *both(at(days=1)), *both(at(days=2)), *fails(at(days=3))],
        ["opened", "recovered", "opened flapping", "expired flapping"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_what_fails_and_works_in_turn_is_told_twice_at_most(name: str, tmp_path: Path) -> None:
    happenings, expected = STORIES[name]
    log = tmp_path / "mail.log"
    log.write_text(written([*works(at(hours=-1)), *happenings]))  # it used to work
    a_month_later = (BEGIN + timedelta(days=40)).isoformat()

    done = rejectwatch("replay", log, "--format", "json", "--now", a_month_later)

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [" ".join([one["kind"], *one["flags"]]) for one in told] == expected
    assert len({one["incident"] for one in told}) <= 1 + (name == "again after a week")
    assert {one["subject"] for one in told} <= {"alice"}
