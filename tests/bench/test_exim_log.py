"""The generated log of Exim: the same for the same seed, its truth is true, and no easier than a real one."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bench.exim_log import write
from bench.written import Counts, read_counts, read_truth, truth_of

LINES = 20_000
SHARE = 0.02
PREFIX = r"(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:(?P<id>\w{6}-\w{6}-\w\w) )?"
PEER = r"H=(?:[^ \[]+ )?(?:\([^)]*\) )?\[(?P<client_ip>[^\]]+)\]"
TLS = r"(?: X=\S+ CV=\w+)?"
REJECTED = re.compile(
    PREFIX + PEER + TLS + r"(?: F=<(?P<sender>[^>]*)>(?: A=plain_server:(?P<login>\S+))?)? rejected "
    r"(?:RCPT <(?P<recipient>[^>]*)>|MAIL <(?P<mail>[^>]*)>|after DATA): (?P<code>\d{3}) "
    r"(?:5.7.1 <[^>]*>: Sender address rejected: not owned by user (?P<owner>\S+)$)?"
)
BOUNCED = re.compile(
    PREFIX + r"\*\* (?P<recipient>\S+) R=dnslookup T=remote_smtp H=\S+ \[\S+\]" + TLS + ": SMTP error from "
    r"remote mail server after [^:]+(?::<[^>]*>(?: SIZE=\d+)?)?: (?P<code>\d{3})[ -]"
)
ARRIVED = re.compile(
    PREFIX + r"<= (?P<sender>\S+) " + PEER + r" P=\w+" + TLS + r"(?: A=plain_server:(?P<login>\S+))? S="
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("log") / "mainlog"
    write(place, LINES, share=SHARE, seed=7)
    return place


def all_truth(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in truth_of(log).read_text().splitlines()]


def digest(log: Path) -> str:
    return hashlib.sha256(log.read_bytes() + truth_of(log).read_bytes()).hexdigest()[:16]


def test_the_same_seed_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    write(tmp_path / "mainlog", 2000, share=0.05, seed=1)

    # Whoever changes the generator on purpose renews this: figures from before can't be compared any more.
    assert digest(tmp_path / "mainlog") == "3586801969eb6023"


def test_a_slow_and_plain_reader_comes_to_the_same_truth(log: Path) -> None:
    """Line by line, each line by itself but for the `<=` line of the same message."""
    found, offset = [], 0
    arrived: dict[str, re.Match[str]] = {}
    for number, line in enumerate(log.read_text().splitlines(), 1):
        if handed := ARRIVED.match(line):
            arrived[handed["id"]] = handed
        elif told := REJECTED.match(line):
            user = told["login"] or (told["owner"] if told["mail"] else None)
            source = "line" if told["login"] else "reply" if user else None
            who = (user, source, told["client_ip"], told["mail"] or told["sender"], "rejected")
            found.append((offset, number, *who, *told.group("stamp", "recipient", "code", "id")))
        elif told := BOUNCED.match(line):
            before = arrived[told["id"]]
            source = "queue" if before["login"] else None
            who = (before["login"], source, before["client_ip"], before["sender"], "bounced")
            found.append((offset, number, *who, *told.group("stamp", "recipient", "code", "id")))
        offset += len(f"{line}\n".encode())

    names = ("offset", "line", "user", "user_source", "client_ip", "sender", "outcome")
    assert found == [
        (
            *(one[name] for name in names),
            f"{datetime.fromisoformat(one['occurred_at']):%Y-%m-%d %H:%M:%S}",
            one["recipient"],
            str(one["code"]),
            one["queue_id"],
        )
        for one in all_truth(log)
    ]


def test_deliveries_and_lines_are_counted(log: Path) -> None:
    content = log.read_bytes()
    truth = Counter(str(refusal["code"]) for refusal in all_truth(log))
    deliveries = re.findall(rb"^.{19} \S+ [=-]> ", content, re.MULTILINE)

    assert read_counts(log) == Counts(LINES, len(content), len(deliveries), dict(sorted(truth.items())))
    assert content.count(b"\n") == LINES


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_refusals_have_the_share_that_is_asked_for(share: float, tmp_path: Path) -> None:
    counts = write(tmp_path / "mainlog", LINES, share=share)

    assert counts.refusals["553"] == pytest.approx(LINES * share, rel=0.15)


def test_every_way_to_know_a_user_occurs(log: Path) -> None:
    seen = {
        (refusal["refused_by"], refusal["user_source"], refusal["queue_id"] is not None)
        for refusal in read_truth(log)
    }

    assert seen == {
        ("local", "line", False),
        ("local", "line", True),
        ("local", "reply", False),
        ("local", None, False),
        ("remote", "queue", True),
        ("remote", None, True),
    }


def test_message_ids_are_those_of_one_message(log: Path) -> None:
    ids = re.findall(r" (\w{6}-\w{6}-\w\w) <= ", log.read_text())

    assert len(set(ids)) == len(ids)


def test_some_bounces_come_long_after_their_submission(log: Path) -> None:
    arrived: dict[str, int] = {}
    waits: list[int] = []
    for number, line in enumerate(log.read_text().splitlines()):
        if handed := ARRIVED.match(line):
            arrived[handed["id"]] = number
        elif told := BOUNCED.match(line):
            waits.append(number - arrived[told["id"]])

    assert max(waits) > LINES / 4
    assert sorted(waits)[len(waits) // 2] < 1000


def test_many_lines_hold_the_digits_and_are_no_refusal(log: Path) -> None:
    refusals = {refusal["line"] for refusal in read_truth(log)}
    decoys = [
        line
        for number, line in enumerate(log.read_text().splitlines(), 1)
        if "553" in line and number not in refusals
    ]

    looks = (
        "H=host553-",
        "A=plain_server:k553 ",
        "Warning: 553 ",
        "in 553 seconds",
        'C="250 ok 553 octets"',
        "550 5.7.1 Refused; backend said: 553",
        "syntactically invalid argument(s): x [192.0.2.1] F=<",
        "(set_id=x) F=<",
        " => ** x@",
        "]: SMTP error from remote mail server after initial connection: 553",
    )
    assert [look for look in looks if not any(look in line for line in decoys)] == []


def test_times_go_from_the_first_line_to_that_of_the_file(log: Path) -> None:
    stamps = [line[:19] for line in log.read_text().splitlines()]

    assert stamps == sorted(stamps)
    assert stamps[0] == "2026-11-23 08:00:00"
    assert f"{datetime.fromtimestamp(log.stat().st_mtime, UTC):%Y-%m-%d %H:%M:%S}" == stamps[-1]
