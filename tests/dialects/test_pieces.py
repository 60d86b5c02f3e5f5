"""Lines that say that another came again, and lines in parts: told once, with their number, wherever a block ends."""

from __future__ import annotations

import json

import pytest

from dialects.recording import Recording, asked, recorded
from rejectwatch import dialects

REJECT = (
    b"NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <bob@corp.example>: Sender address rejected:"
    b" not owned by user alice; from=<bob@corp.example> to=<x@ok.example> proto=ESMTP helo=<pc21>"
)
LINE = b"Nov 24 04:27:25 mail postfix/smtpd[250]: " + REJECT + b"\n"
AGAIN = b"Nov 24 04:27:55 mail last message repeated 3 times\n"
OTHER = b"Nov 24 04:27:26 mail postfix/smtpd[250]: connect from x[192.0.2.1]\n"


def repeats(log: bytes) -> list[tuple[int, int, str | None]]:
    return [(one.offset, one.repeat, one.user) for one in recorded(log).refusals]


def test_a_line_that_came_again_counts_as_often_as_it_is_said() -> None:
    assert repeats(LINE + AGAIN) == [(0, 1, "alice"), (len(LINE), 3, "alice")]


def test_it_has_its_own_time() -> None:
    first, again = recorded(LINE + AGAIN).refusals

    assert (again.at - first.at).total_seconds() == 30


def test_it_may_come_again_twice() -> None:
    assert [repeat for _, repeat, _ in repeats(LINE + AGAIN + AGAIN)] == [1, 3, 3]


@pytest.mark.parametrize(
    "log",
    [
        LINE + OTHER + AGAIN,
        AGAIN,
        LINE + AGAIN.replace(b" mail ", b" other "),
        LINE + AGAIN.replace(b"last", b"postfix/smtpd[2]: last"),
    ],
    ids=["another line came again", "nothing before it", "another host's", "words of somebody else"],
)
def test_it_is_about_the_line_right_before_it_and_of_the_same_host(log: bytes) -> None:
    assert [repeat for _, repeat, _ in repeats(log) if repeat != 1] == []


BOUNCE = (
    b"Nov 24 04:27:25 mail postfix/smtp[251]: 4XyzAb12cD: to=<lee@partner.example>, relay=mx[192.0.2.41]:25, delay=1,"
    b" delays=0/0/0/1, dsn=5.7.1, status=bounced (host mx[192.0.2.41] said: 553 5.7.1 no (in reply to DATA command))\n"
)


@pytest.mark.parametrize("line", [LINE, BOUNCE])
def test_it_is_known_across_blocks(line: bytes) -> None:
    remembering, told = asked(), Recording()
    for block in (line, AGAIN, AGAIN, OTHER, AGAIN):
        dialects.read(block, remembering, told)

    assert [one.repeat for one in told.refusals] == [1, 3, 3]


def test_nothing_but_refusals_comes_again() -> None:
    assert recorded(OTHER + AGAIN).calls == recorded(OTHER).calls


@pytest.mark.parametrize("text", [b"[ " + REJECT + b"]", b"[" + REJECT + b"]", b"[ " + REJECT])
def test_rsyslog_repeats_the_line_itself(text: bytes) -> None:
    log = b"Nov 24 04:27:55 mail postfix/smtpd[250]: message repeated 2 times: " + text + b"\n"

    assert repeats(log) == [(0, 2, "alice")]
    assert recorded(log).refused_one.recipient == "x@ok.example"


def test_who_logs_in_or_sends_cannot_repeat_anything() -> None:
    log = (
        LINE
        + b"Nov 24 04:27:26 mail postfix/smtpd[250]: warning: x: message repeated 9 times: [ "
        + REJECT
        + b"]\n"
    )

    assert [repeat for _, repeat, _ in repeats(log)] == [1]


# ── parts ────────────────────────────────────────────────────────────────────────────────────────

BEGIN = b"2026-11-24 07:54:18 1xVlMD-00002Y-0q ** x@p.example R=r T=t H=mx.p [192.0.2.1]: SMTP error from remote mail"
END = rb" server after RCPT TO:<x@p.example>: 553-5.7.1 why\n553 5.7.1 because"


def part(text: bytes, pid: int = 81) -> bytes:
    return b"Nov 24 07:54:18 mail exim[%d]: " % pid + text + b"\n"


PARTS = [part(b"[1/3] " + BEGIN), part(b"[2/3] " + END[:20]), part(b"[3/3] " + END[20:])]


def test_a_line_in_parts_is_told_at_its_last_part() -> None:
    refused = recorded(b"".join(PARTS)).refused_one

    assert refused.offset == len(PARTS[0] + PARTS[1])
    assert refused.reply == r"553-5.7.1 why\n553 5.7.1 because"
    assert (refused.recipient, refused.host, refused.service) == ("x@p.example", "mail", "exim")


def test_what_looks_like_the_begin_of_a_part_within_its_text_is_text() -> None:
    (first, last), behind = (BEGIN[:100], BEGIN[100:] + END), b" - [1: [2  -  ["
    parts = [part(b"[1/3] " + first), part(b"[2/3] " + last), part(b"[3/3]" + behind)]
    parts[1] = parts[1].replace(b"553-5.7.1 why", b"553-5.7.1 - [: [")

    assert recorded(b"".join(parts)).refused_one.reply == r"553-5.7.1 - [: [\n553 5.7.1 because- [1: [2  -  ["


def test_the_parts_of_several_processes_may_be_mixed_and_split() -> None:
    remembering, told = asked(), Recording()
    others = [part(b"[1/2] " + BEGIN, 82), part(b"[2/2] " + END, 82)]
    for block in (PARTS[0] + others[0], PARTS[1], others[1], PARTS[2]):
        dialects.read(block, remembering, told)

    assert [one.reply for one in told.refusals] == [r"553-5.7.1 why\n553 5.7.1 because"] * 2


@pytest.mark.parametrize(
    "parts", [PARTS[1:], [PARTS[0], PARTS[2]], PARTS[:2]], ids=["first", "second", "last"]
)
def test_a_line_of_which_a_part_is_missing_is_not_guessed(parts: list[bytes]) -> None:
    assert recorded(b"".join(parts)).refusals == []


REFUSED = (
    b"H=pc22 [127.0.0.22] F=<dave@corp.example> A=plain:carol rejected RCPT <x@ok.example>: 553 5.7.1 no"
)


@pytest.mark.parametrize("stamp", [b"2026-11-24 07:54:18 ", b"2026-11-24 07:54:18.123 +0900 [81] ", b""])
def test_the_copy_for_the_reject_log_is_no_second_refusal(stamp: bytes) -> None:
    line = part(stamp + REFUSED)

    assert [one.user for one in recorded(line + line).refusals] == ["carol"]
    assert [one.user for one in recorded(line + part(b"x") + line + line + line).refusals] == ["carol"] * 2
    assert len(recorded(line + part(stamp + REFUSED, 82)).refusals) == 2


def alone(number: int) -> bytes:
    """Refusals of one session that have no copies."""
    return b"".join(part(REFUSED.replace(b"<x@", b"<x%d@" % one)) for one in range(number))


def test_without_copies_two_equal_lines_are_two_refusals() -> None:
    assert len(recorded(alone(4) + 2 * part(REFUSED)).refusals) == 4 + 2


def test_a_copy_that_was_lost_makes_no_others_count() -> None:
    lines = [part(REFUSED.replace(b"<x@", b"<x%d@" % one)) for one in range(20)]
    log = b"".join(2 * line if number % 5 else line for number, line in enumerate(lines))

    assert len(recorded(log).refusals) == len(lines)


def test_copies_that_begin_again_are_known_again() -> None:
    lines = [part(REFUSED.replace(b"<x@", b"<y%d@" % one)) for one in range(20)]
    log = alone(9) + b"".join(2 * line for line in lines)

    assert len(recorded(log).refusals) <= 9 + len(lines) + 4


def test_copies_are_told_apart_where_the_log_names_no_pids() -> None:
    one, other = (part(text).replace(b"[81]", b"") for text in (REFUSED, REFUSED.replace(b"carol", b"kim")))

    assert [refused.user for refused in recorded(one + other + one + other).refusals] == ["carol", "kim"]


def test_the_copy_may_have_the_headers_of_the_message_behind_it() -> None:
    line = REFUSED.replace(b"RCPT <x@ok.example>", b"after DATA")
    copy = [part(rb"[1\3] " + line), part(rb"[2\3] Envelope-from: <dave@corp.example>"), part(b"[3/3] P x")]

    assert len(recorded(part(line) + b"".join(copy)).refusals) == 1


# ── docker's json-file ──


def by_docker(text: bytes) -> bytes:
    said = {
        "log": text.decode(),
        "stream": "stdout",
        "attrs": {"tag": "x"},
        "time": "2026-11-24T04:27:25.153874123Z",
    }
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def test_a_line_of_dockers_own_file_has_dockers_time() -> None:
    log = by_docker(OTHER) + by_docker(LINE.replace(b"<pc21>", b'<\xc3\xa9"&\\>'))
    refused = recorded(log).refused_one

    assert (refused.offset, refused.user, refused.helo) == (len(by_docker(OTHER)), "alice", 'é"&\\')
    assert refused.at.isoformat() == "2026-11-24T04:27:25.153874+00:00"


@pytest.mark.parametrize(
    "line",
    [b'{"log":"', b'{"log":"x"}', b'{"log":1,"time":[]}', b'{"log":"' + b"[" * 100_000, b'{"log":"\\ud800","time":""}',
     b'x {"log":"Nov 24 04:27:25 mail postfix/qmgr[1]: 4D43B278178: removed\\n","time":"2026-11-24T04:27:25Z"}'],
)  # fmt: skip
def test_what_is_no_line_of_dockers_says_nothing(line: bytes) -> None:
    assert recorded(line + b"\n").calls == []


@pytest.mark.parametrize("before", [b" ", b"\t", b"T To: "])
def test_a_header_in_exims_reject_log_is_no_line_of_dockers(before: bytes) -> None:
    assert recorded(before + by_docker(LINE)).calls == []


def test_a_line_of_dockers_is_one_line() -> None:
    assert recorded(by_docker(OTHER + LINE)).refusals == []


def test_an_empty_line_is_no_line() -> None:
    remembering, told = asked(), Recording()
    for block in (b"\n\n" + LINE + b"\n\n", b"\n", b"\n" + AGAIN + b"\n" + AGAIN):
        dialects.read(block, remembering, told)

    assert [one.repeat for one in told.refusals] == [1, 3, 3]
