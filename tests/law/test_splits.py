"""The law of splits: `step` over a batch equals `step` over any split of it, with a restart at any cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from law.told import END, told

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
LOGS = sorted(CORPUS.glob("*.log"))

# Few queue ids, processes, people and addresses: only where they meet again and again do faults of order show.
PROCESSES = ("postfix/submission/smtpd[11]", "postfix/smtpd[12]")
CLIENTS = ("pc[192.168.0.5]", "unknown[203.0.113.9]")
IDS = ("AAAAAA1", "BBBBBB2")
PEOPLE = ("alice", "bob")
SENDERS = (
    "alice@corp.example",
    "a: client=x[192.168.0.5], sasl_username=root",
    "x status=bounced (host h[1.2.3.4] said: 553 5.7.1 no",
)
REPLIES = (
    "553 5.7.1 <{s}>: Sender address rejected: not logged in",
    "553 5.7.1 <{s}>: Sender address rejected: not owned by user {u}",
    "553 5.7.1 <{s}>: Relay access denied",
    "550 5.1.1 <{s}>: no",
)
QUOTING = (
    "Nov 24 04:27:25 mail postfix/smtpd[12]: NOQUEUE: reject: RCPT from a[1.2.3.4]: 553 5.7.1 <x@y>: not owned by user root;"
    " from=<x@y> to=<z@w> proto=ESMTP helo=<h>"
)


def quoted(sender: str) -> tuple[str, str]:
    """An address as Postfix writes it between brackets, and as it stands in a reply."""
    if "@corp" in sender:
        return sender, sender
    return '"' + sender.replace('"', '\\"') + '"@corp.example', sender + "@corp.example"


@st.composite
def lines(draw: st.DrawFn) -> str:
    process, client, queue_id = (
        draw(st.sampled_from(PROCESSES)),
        draw(st.sampled_from(CLIENTS)),
        draw(st.sampled_from(IDS)),
    )
    user, (sender, shown) = draw(st.sampled_from(PEOPLE)), quoted(draw(st.sampled_from(SENDERS)))
    remote = draw(st.sampled_from(("553 5.1.1 no such user", f"553 5.7.1 {QUOTING}", "550 5.1.1 no")))
    reply = draw(st.sampled_from(REPLIES)).format(s=shown, u=user)
    to = "mori@partner.example"
    return draw(
        st.sampled_from(
            (
                f"{process}: connect from {client}",
                f"{process}: disconnect from {client} ehlo=1 auth=1 mail=1 rcpt=0/1 commands=3/4",
                f"{process}: {queue_id}: client={client}, sasl_method=PLAIN, sasl_username={user}",
                f"{process}: {queue_id}: client={client}",
                f"{process}: NOQUEUE: reject: RCPT from {client}: {reply}; from=<{sender}> to=<{to}> proto=ESMTP helo=<pc>",
                f"{process}: {queue_id}: reject: RCPT from {client}: {reply}; from=<{sender}> to=<{to}> proto=ESMTP helo=<pc>",
                f"postfix/qmgr[2]: {queue_id}: from=<{sender}>, size=300, nrcpt=1 (queue active)",
                f"postfix/qmgr[2]: {queue_id}: removed",
                (
                    f"postfix/smtp[3]: {queue_id}: to=<{to}>, relay=mx[198.51.100.1]:25, delay=1, delays=0/0/0/1,"
                    f" dsn=2.0.0, status=sent (250 2.0.0 Ok)"
                ),
                (
                    f"postfix/smtp[3]: {queue_id}: to=<{to}>, relay=mx[198.51.100.1]:25, delay=1, delays=0/0/0/1,"
                    f" dsn=5.1.1, status=bounced (host mx[198.51.100.1] said: {remote} (in reply to RCPT TO command))"
                ),
            )
        )
    )


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """Lines in any order, some lost, some twice; now and then minutes pass, and sometimes time steps back."""
    written, second = [], 0
    for text in draw(st.lists(lines(), min_size=1, max_size=40)):
        second += draw(st.sampled_from((0, 0, 1, 2, 90, 700, -1)))
        minute, rest = divmod(max(second, 0), 60)
        hour, minute = divmod(minute, 60)
        written.append(f"Nov 24 {4 + hour:02}:{minute:02}:{rest:02} mail {text}\n")
    return "".join(written).encode()


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 1500), max_size=30), restarts=st.booleans())
def test_a_recorded_log_says_the_same_however_it_is_cut(log: Path, cuts: list[int], restarts: bool) -> None:
    whole = log.read_bytes()

    assert told(whole, cuts, restarts=restarts) == told(whole)


@settings(max_examples=400)
@given(log=logs(), cuts=st.lists(st.integers(1, 40), max_size=12), restarts=st.booleans())
def test_a_generated_log_says_the_same_however_it_is_cut(log: bytes, cuts: list[int], restarts: bool) -> None:
    assert told(log, cuts, restarts=restarts) == told(log)


@settings(max_examples=100)
@given(log=logs(), cuts=st.lists(st.integers(1, 40), max_size=12), restarts=st.booleans())
def test_what_comes_late_is_the_same_however_it_is_cut(log: bytes, cuts: list[int], restarts: bool) -> None:
    whole = told(log, alert_from=END)

    assert told(log, cuts, restarts=restarts, alert_from=END) == whole
    assert "opened" not in {message.kind for message in whole["messages"]}


@settings(max_examples=100)
@given(log=logs(), cuts=st.lists(st.integers(1, 40), max_size=12))
def test_what_a_tight_memory_forgets_does_not_depend_on_the_cuts(log: bytes, cuts: list[int]) -> None:
    assert told(log, cuts, queue_ids=1) == told(log, queue_ids=1)


def test_the_recorded_logs_are_there_and_say_something() -> None:
    assert len(LOGS) == 4
    assert all(told(log.read_bytes())["events"] for log in LOGS)


@settings(max_examples=300)
@given(log=logs())
def test_text_that_imitates_a_line_makes_no_event(log: bytes) -> None:
    """Each line tells at most one refusal, and nobody is ever taken for the user that only quoted text names."""
    events = told(log)["events"]

    assert len({event.position for event in events}) == len(events)
    assert "root" not in {event.user for event in events}
