"""What messages in the queue cost to remember, and that ids without end cost no more.

`make load` has ten million ids.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.live import CONFIGURATION
from bench.queue_ids import MEMORY, OPEN, endless_ids, handed_over, open_messages, read
from hypothesis import given
from hypothesis import strategies as st

from parts.daemon import Daemon
from parts.waiting import until
from rejectwatch.state import State

DATABASE = 32_000_000
"""Bytes that a database has for itself while so much is committed."""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_open_messages_take_at_most_64_megabytes(
    tmp_path: Path, database_url: str | None
) -> None:
    grown = open_messages(database_url or f"sqlite:///{tmp_path}/rejectwatch.db", refused=10)

    assert max(grown.kept, grown.read, grown.loaded) < MEMORY, grown
    assert grown.committed < MEMORY + DATABASE, grown


@pytest.mark.slow
def test_ids_without_end_take_bounded_memory_and_each_that_was_forgotten_is_counted() -> None:
    ids = 4 * OPEN

    assert endless_ids(ids).forgotten == ids - OPEN


@pytest.mark.slow
def test_the_daemon_shows_what_it_had_to_forget_and_knows_the_rest_after_a_restart(tmp_path: Path) -> None:
    log, more = tmp_path / "mail.log", 20_000
    with log.open("wb") as lines:
        lines.writelines(map(handed_over, range(OPEN + more)))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until(lambda: watch.metric("rejectwatch_lines_total") == OPEN + more, 60, watch.child.story)

        assert watch.metric("rejectwatch_correlator_forgotten_total") == more
        assert watch.metric("rejectwatch_correlator_open_queue_ids") == OPEN

        watch.kill()
        watch.start()
        watch.until_ready()
        assert watch.metric("rejectwatch_correlator_open_queue_ids") == OPEN


# ── what is counted ──

QUEUE_IDS = ("AAAAAA1", "BBBBBB2", "CCCCCC3", "DDDDDD4")
TO = "to=<mori@partner.example>, relay=mx[198.51.100.1]:25, delay=1, delays=0/0/0/1"
SAID = (
    "postfix/smtpd[{pid}]: connect from pc[192.168.0.5]",
    "postfix/smtpd[{pid}]: {queue_id}: client=pc[192.168.0.5], sasl_method=PLAIN, sasl_username=alice",
    "postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from pc[192.168.0.5]: 553 5.7.1 no; from=<x@y.example> to=<z@w.example>",
    "postfix/qmgr[2]: {queue_id}: from=<alice@corp.example>, size=300, nrcpt=1 (queue active)",
    "postfix/smtp[3]: {queue_id}: "
    + TO
    + ", dsn=5.1.1, status=bounced (host mx[198.51.100.1] said: 553 5.1.1 no)",
    "postfix/qmgr[2]: {queue_id}: removed",
    "postfix/smtpd[{pid}]: disconnect from pc[192.168.0.5] ehlo=1 commands=1",
)
LINES = st.lists(
    st.builds(
        lambda said, queue_id, pid: (
            f"Nov 24 04:27:25 mail {said.format(queue_id=queue_id, pid=pid)}\n".encode()
        ),
        st.sampled_from(SAID),
        st.sampled_from(QUEUE_IDS),
        st.integers(11, 14),
    ),
    max_size=40,
)


def forgotten(lines: list[bytes], at_once: int = 1) -> int:
    """How much a tight memory has forgotten in all; it is committed after so many lines."""
    state, total = State(queue_ids=2), 0
    state.sessions.limit = state.transactions.limit = 2

    def committed() -> None:
        nonlocal total
        total += state.forgotten
        state.apply()

    read(state, lines, committed, at_once)
    return total


@given(LINES, st.integers(2, 50))
def test_how_much_is_forgotten_does_not_depend_on_how_the_log_is_split(
    lines: list[bytes], at_once: int
) -> None:
    assert forgotten(lines, at_once) == forgotten(lines)


@pytest.mark.parametrize(
    "line",
    [SAID[1], SAID[3], SAID[4]],
    ids=["handed over", "its sender", "its refusal"],
)
def test_a_message_that_is_forgotten_counts_once_whatever_was_known_of_it(line: str) -> None:
    said = [SAID[1], SAID[3], line]
    lines = [
        f"Nov 24 04:27:25 mail {one.format(queue_id=queue_id, pid=11)}\n".encode()
        for queue_id in QUEUE_IDS
        for one in said
    ]

    assert forgotten(lines) == len(QUEUE_IDS) - 2


@pytest.mark.parametrize("line", [SAID[1], SAID[2]], ids=["a login", "an attempt"])
def test_a_session_that_is_forgotten_is_counted(line: str) -> None:
    lines = [
        f"Nov 24 04:27:25 mail {line.format(queue_id='AAAAAA1', pid=pid)}\n".encode() for pid in range(5)
    ]

    assert forgotten(lines) == 3


def test_a_message_that_leaves_the_queue_is_not_counted() -> None:
    lines = [
        f"Nov 24 04:27:25 mail {one.format(queue_id=queue_id, pid=11)}\n".encode()
        for queue_id in QUEUE_IDS
        for one in (SAID[1], SAID[3], SAID[5])
    ]

    assert forgotten(lines) == 0
