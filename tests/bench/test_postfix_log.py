"""The generated log: the same for the same seed, and its truth is true."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.postfix_log import lines_of, main, write
from bench.written import Counts, read_counts, read_truth, truth_of

LINES = 20_000
SHARE = 0.02
START = datetime.fromisoformat("2026-11-23T08:00:00+09:00")
CODES = re.compile(
    rb"(?:: reject: RCPT from [^ ]+: |: to=<[^>]*>, relay=.*, status=bounced \(host [^ ]+ (?:said|refused to talk to me): )"
    rb"([0-9]{3})"
)
LINE = re.compile(
    r"(?P<stamp>[^ ]+) mail (?P<tag>postfix/[a-z/]+)\[[0-9]+\]: (?P<queue_id>[0-9A-F]{11}|NOQUEUE): "
    r"(?:reject: RCPT from [^ ]+\[(?P<client_ip>[^\]]+)\]: (?P<reply>.*); from=<(?P<sender>.*)> to=<(?P<to>.*)> proto=ESMTP helo=<.*>"
    r"|to=<(?P<recipient>[^>]*)>, relay=.*, status=bounced \((?P<said>.*)\))"
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("log") / "mail.log"
    write(place, LINES, share=SHARE, seed=7)
    return place


def all_truth(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in truth_of(log).read_text().splitlines()]


def digest(log: Path) -> str:
    return hashlib.sha256(log.read_bytes() + truth_of(log).read_bytes()).hexdigest()[:16]


# ── the same for the same seed ──


def test_the_same_seed_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", 2000, share=0.05, seed=1)

    # Whoever changes the generator on purpose renews this: figures from before can't be compared any more.
    assert digest(tmp_path / "mail.log") == "ee9529e6a287bfe5"


def test_another_seed_gives_another_log(tmp_path: Path) -> None:
    write(tmp_path / "one.log", 2000, seed=1)
    write(tmp_path / "two.log", 2000, seed=2)

    assert digest(tmp_path / "one.log") != digest(tmp_path / "two.log")


# ── the truth is true ──


def test_each_offset_and_line_number_is_that_of_the_line(log: Path) -> None:
    content = log.read_bytes()
    lines = content.splitlines(keepends=True)
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line))

    assert all_truth(log)
    for refusal in all_truth(log):
        assert refusal["offset"] == begins[refusal["line"] - 1]
        (code,) = CODES.findall(lines[refusal["line"] - 1])
        assert int(code) == refusal["code"]


def test_characters_of_several_bytes_come_before_some_refusals(log: Path) -> None:
    first = next(n for n, line in enumerate(log.read_bytes().splitlines(), 1) if not line.isascii())

    assert [refusal for refusal in all_truth(log) if refusal["line"] > first]


def test_the_truth_says_what_its_line_says(log: Path) -> None:
    lines = log.read_text().splitlines()
    for refusal in all_truth(log):
        told = LINE.fullmatch(lines[refusal["line"] - 1])
        assert told
        local = told["reply"] is not None
        assert refusal["recipient"] == (told["to"] if local else told["recipient"])
        assert refusal["queue_id"] == (None if told["queue_id"] == "NOQUEUE" else told["queue_id"])
        assert (refusal["refused_by"], refusal["outcome"]) == (
            ("local", "rejected") if local else ("remote", "bounced")
        )
        assert datetime.fromisoformat(refusal["occurred_at"]) == datetime.fromisoformat(told["stamp"])
        if local:
            assert (refusal["client_ip"], refusal["sender"]) == (told["client_ip"], told["sender"])


def test_every_permanent_refusal_stands_in_the_truth(log: Path) -> None:
    permanent = [
        number
        for number, line in enumerate(log.read_bytes().splitlines(), 1)
        if (code := CODES.search(line)) and code[1].startswith(b"5")
    ]

    assert [refusal["line"] for refusal in all_truth(log)] == permanent


def test_users_and_senders_are_those_that_other_lines_told(log: Path) -> None:
    """A slow and plain reader, line by line, comes to the same user, client and sender."""
    truth = {refusal["line"]: refusal for refusal in all_truth(log)}
    who: dict[str, tuple[str | None, str]] = {}
    senders: dict[str, str] = {}
    sessions: dict[str, str | None] = {}
    for number, line in enumerate(log.read_text().splitlines(), 1):
        process, _, text = line.partition(" mail ")[2].partition(": ")
        queue_id, _, said = text.partition(": ")
        if client := re.fullmatch(
            r"client=[^ ]+\[([^\]]+)\](?:, sasl_method=PLAIN, sasl_username=(.*))?", said
        ):
            who[queue_id] = client[2], client[1]
            sessions[process] = client[2]
        elif sender := re.match(r"from=<([^>]*)>", said):
            senders[queue_id] = sender[1]
        elif text.startswith(("connect from", "disconnect from")):
            sessions.pop(process, None)
        elif number in truth:
            refusal = truth[number]
            by_reply = re.search(r"not owned by user ([^;]*); from=<", text)
            address = None
            if refusal["queue_id"]:
                user, address = who[queue_id]
                source = "queue" if user else None
            elif by_reply:
                user, source = by_reply[1], "reply"
            elif user := sessions.get(process):
                source = "session"
            else:
                user, source = None, None
            assert (refusal["user"], refusal["user_source"]) == (user, source)
            if refusal["refused_by"] == "remote":
                assert (refusal["client_ip"], refusal["sender"]) == (address, senders[queue_id])


def test_deliveries_and_lines_are_counted(log: Path) -> None:
    content = log.read_bytes()
    truth = Counter(str(refusal["code"]) for refusal in all_truth(log))
    counts = read_counts(log)

    assert counts == Counts(
        content.count(b"\n"), len(content), content.count(b" status=sent ("), dict(sorted(truth.items()))
    )
    assert counts.lines == LINES
    assert content.endswith(b"\n")


def test_the_truth_can_be_asked_for_one_code(log: Path) -> None:
    assert [refusal for refusal in all_truth(log) if refusal["code"] == 550] == list(read_truth(log, 550))


# ── it is realistic ──


def test_refusals_have_the_share_that_is_asked_for(log: Path) -> None:
    assert read_counts(log).refusals["553"] == pytest.approx(LINES * SHARE, rel=0.15)


def test_every_way_to_know_a_user_occurs(log: Path) -> None:
    seen = {
        (refusal["refused_by"], refusal["user_source"], refusal["queue_id"] is not None)
        for refusal in read_truth(log)
    }

    assert seen == {
        ("local", "reply", False),
        ("local", "session", False),
        ("local", "queue", True),
        ("local", None, False),
        ("local", None, True),
        ("remote", "queue", True),
        ("remote", None, True),
    }


def test_queue_ids_come_again_and_some_look_like_the_code(log: Path) -> None:
    ids = re.findall(r" ([0-9A-F]+): client=", log.read_text())

    assert len(set(ids)) < len(ids)
    assert any(queue_id.startswith("553") for queue_id in ids)


def test_some_bounces_come_long_after_their_submission(log: Path) -> None:
    began: dict[str, int] = {}
    waits: list[int] = []
    bounces = {
        refusal["line"]: refusal["queue_id"]
        for refusal in read_truth(log)
        if refusal["refused_by"] == "remote"
    }
    for number, line in enumerate(log.read_text().splitlines(), 1):
        if found := re.search(r" ([0-9A-F]+): client=", line):
            began[found[1]] = number
        elif number in bounces:
            waits.append(number - began[bounces[number]])

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
        "[553]:",
        "host553-",
        "from=<553@",
        ":55312: 553 ",
        "in 553 seconds",
        "250 ok 553 octets",
        "said: 550 5.7.1 Refused; backend said: 553",
        "header Subject: status=bounced (host a[192.0.2.1] said: 553",
    )
    assert [look for look in looks if not any(look in line for line in decoys)] == []


# ── times ──


def test_times_go_from_start_to_end_and_never_back(tmp_path: Path) -> None:
    end = START + timedelta(days=60)
    write(tmp_path / "mail.log", 5000, start=START, end=end)
    stamps = [line.split(" ", 1)[0] for line in (tmp_path / "mail.log").read_text().splitlines()]

    assert stamps == sorted(stamps)
    assert stamps[0] == "2026-11-23T08:00:00.000000+09:00"
    assert end - timedelta(hours=1) < datetime.fromisoformat(stamps[-1]) < end
    assert (tmp_path / "mail.log").stat().st_mtime == pytest.approx(
        datetime.fromisoformat(stamps[-1]).timestamp()
    )


def test_a_traditional_prefix_tells_neither_year_nor_zone(tmp_path: Path) -> None:
    write(
        tmp_path / "mail.log", 5000, start=START, end=START + timedelta(days=10), share=0.05, traditional=True
    )
    lines = (tmp_path / "mail.log").read_text().splitlines()

    assert lines[0].startswith("Nov 23 08:00:00 mail postfix/")
    assert lines[-1].startswith("Dec  3 07:5")
    for refusal in read_truth(tmp_path / "mail.log"):
        local = datetime.fromisoformat(refusal["occurred_at"]).astimezone(START.tzinfo)
        assert lines[refusal["line"] - 1].startswith(f"{local:%b} {local.day:2d} {local:%H:%M:%S} mail ")


def test_the_command_writes_a_history_of_about_a_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "mail.log"
    words = ["--size", "3MB", "--start", "2026-09-25", "--end", "2026-11-24T09:30:00+09:00", str(log)]

    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == lines_of(3_000_000) == read_counts(log).lines
    assert log.stat().st_size == pytest.approx(3_000_000, rel=0.05)
    assert log.read_text().startswith("2026-09-25T00:00:00.000000+00:00 mail ")
