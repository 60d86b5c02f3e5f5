"""What is told of a block depends on its lines and on nothing else."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects import corpus, grammar
from dialects.recording import Recording, asked, recorded
from rejectwatch import dialects
from rejectwatch.dialects import DIALECTS
from rejectwatch.facts import Refused

ALL_LOGS = b"".join(corpus.log(name) for name in corpus.NAMES)
LINES = [line for name in corpus.NAMES for line in corpus.lines(name)]
CALLS = recorded(ALL_LOGS).calls


PLACED = ("other_refusal", "dropped", "not_understood")
"""The facts that say where they stand, besides refusals."""


def moved(call: tuple[Any, ...], distance: int) -> tuple[Any, ...]:
    if isinstance(call[1], Refused):
        return (call[0], replace(call[1], offset=call[1].offset + distance))
    return (call[0], call[1] + distance, *call[2:]) if call[0] in PLACED else call


def told_in_parts(parts: list[bytes]) -> list[tuple[Any, ...]]:
    one_after_another, calls, distance = asked(), [], 0
    for part in parts:
        told = Recording()
        dialects.read(part, one_after_another, told)
        calls += [moved(call, distance) for call in told.calls]
        distance += len(part)
    return calls


def test_line_by_line_tells_the_same_as_the_whole_log() -> None:
    assert told_in_parts(LINES) == CALLS


@given(st.lists(st.integers(0, len(LINES)), max_size=6).map(sorted))
def test_any_split_at_line_ends_tells_the_same(cuts: list[int]) -> None:
    bounds = [0, *cuts, len(LINES)]
    parts = [b"".join(LINES[begin:end]) for begin, end in pairwise(bounds)]

    assert told_in_parts(parts) == CALLS


def test_the_logs_of_two_servers_may_be_mixed_line_by_line() -> None:
    postfix, exim = corpus.lines("postfix37-nodelay"), corpus.lines("exim496-default")
    mixed = [line for pair in zip(postfix, exim, strict=False) for line in pair]
    apart = [*postfix[: len(mixed) // 2], *exim[: len(mixed) // 2]]

    def kinds(lines: list[bytes]) -> list[str]:
        return sorted(
            str(moved(call, -(recorded_offset(call) or 0))) for call in recorded(b"".join(lines)).calls
        )

    assert kinds(mixed) == kinds(apart)


def recorded_offset(call: tuple[Any, ...]) -> int | None:
    if isinstance(call[1], Refused):
        return call[1].offset
    return int(call[1]) if call[0] in PLACED else None


def test_calls_come_in_the_order_of_the_lines() -> None:
    offsets = [offset for call in CALLS if (offset := recorded_offset(call)) is not None]

    assert len(offsets) > 100
    assert offsets == sorted(offsets)


def test_each_line_tells_of_one_place_only() -> None:
    kinds = {tuple(call[0] for call in recorded(line).calls) for line in LINES}

    assert {told for told in kinds if len(told) > 1} == {
        ("accepted", "sender"),
        ("accepted", "handoff"),
    }


def test_an_empty_block_tells_nothing() -> None:
    assert recorded(b"").calls == []


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert recorded(LINES[0].rstrip(b"\n")).calls == recorded(LINES[0]).calls


NEEDLES = [needle for dialect in DIALECTS for needle in dialect.needles]
PREFIXES = [
    b"Nov 24 04:27:25 mail postfix/smtpd[1]: ",
    b"2026-11-24T04:27:25Z mail postfix/smtpd[1]: ",
    b"Feb 30 99:99:99 mail postfix/smtpd[1]: ",
    b"2026-11-24 07:54:18 ",
    b"2026-99-99 99:99:99 ",
]
MESSAGES = [b"4D43B278178", b"NOQUEUE", b"1xVlMD-00002Y-0q", b"1xVl93-0000000001m-1EWb"]
SCRAPS = st.sampled_from([*PREFIXES, *MESSAGES, *NEEDLES, *(text.encode() for text in grammar.FORGED), b"\n"])


@given(st.lists(SCRAPS | st.binary(max_size=9), max_size=30).map(b"".join))
def test_no_bytes_raise_anything(log: bytes) -> None:
    told = recorded(log, frozenset({553, 550, 450}))

    for mta in ("postfix", "exim"):
        dialects.who(mta, log)
    for refused in told.refusals:
        refused.reply.encode()
        assert "\0" not in repr(refused)


KIB_64 = 64 * 1024
LINE_BEGINS = {
    "postfix": b"Nov 24 04:27:25 mail postfix/smtpd[1]: ",
    "reject": b"Nov 24 04:27:25 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 5.7.1 ",
    "reject at HELO": b"Nov 24 04:27:25 mail postfix/smtpd[1]: NOQUEUE: reject: EHLO from x[192.0.2.1]: 553 5.7.1 ",
    "to": b'Nov 24 04:27:25 mail postfix/smtp[1]: 4D43B278178: to=<"',
    "bounce": b"Nov 24 04:27:25 mail postfix/smtp[1]: 4D43B278178: to=<a@b>, relay=none, dsn=5.0.0, "
    b"status=bounced (host x[192.0.2.1] said: 553 ",
    "proxy": b'Nov 24 04:27:25 mail postfix/smtpd[1]: warning: proxy 127.0.0.1:10025 rejected "MAIL FROM:<',
    "RFC 5424": b"<22>1 2026-11-24T04:27:25Z mail postfix/smtpd 1 - [a ",
    "repeated": b"Nov 24 04:27:25 mail postfix/smtpd[1]: message repeated 2 times: [ ",
    "a part": b"Nov 24 04:27:25 mail exim[1]: [1/2] ",
    "exim": b"2026-11-24 07:54:18 ",
    "exim by syslog": b"Nov 24 04:27:25 mail exim[1]: 2026-11-24 07:54:18 H=",
    "cutthrough": b"2026-11-24 07:54:18 H=x [192.0.2.1] a@b F=<a@b> rejected after DATA: R=a ",
    "client": b"2026-11-24 07:54:18 H=",
    "login": b"2026-11-24 07:54:18 H=x [192.0.2.1] F=<a@b> A=p:",
    "rejected": b"2026-11-24 07:54:18 H=x [192.0.2.1] rejected RCPT <a@b>: ",
    "arrival": b'2026-11-24 07:54:18 1xVlMD-00002Y-0q <= "',
    "delivery": b"2026-11-24 07:54:18 1xVlMD-00002Y-0q => ",
    "failure": b"2026-11-24 07:54:18 1xVlMD-00002Y-0q ** a@b R=x T=y H=m [192.0.2.1]",
}
FILLED_WITH = [
    *(needle.strip(b"\n") for needle in NEEDLES),
    *(text.encode() for text in grammar.FORGED),
    *b'; from=<" |; from=<a@b> to=<c@d> proto=ESMTP helo=<x| <"\\"| DT=1s| X=|x|<|>|(|[|\\\\|a: | AAA'.split(
        b"|"
    ),
]


def seconds(line: bytes) -> float:
    """The best of several runs: other programs on the machine make a run longer, never shorter."""
    best = 1.0
    for _ in range(15):
        begin = time.process_time()
        recorded(line)
        best = min(best, time.process_time() - begin)
        if best < 0.004:
            break
    return best


@pytest.mark.parametrize("begin", LINE_BEGINS.values(), ids=LINE_BEGINS)
def test_a_line_of_64_kib_takes_5_ms_at_most(begin: bytes) -> None:
    lines = {scrap: (begin + scrap * KIB_64)[:KIB_64] + b"\n" for scrap in FILLED_WITH}
    slow = {scrap: taken for scrap, line in lines.items() if (taken := seconds(line)) > 0.005}

    assert slow == {}
