"""Several sources, one logical clock: any interleaving of their logs gives the same messages, restarts included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from law.told import END, LONG_AGO, batch, restarted
from rejectwatch.changes import Changes
from rejectwatch.incidents.incident import Message
from rejectwatch.incidents.rules import Policy, Rule, RuleBy
from rejectwatch.pipeline import Terms, step, tick
from rejectwatch.state import State

FAR_PAST = datetime.min.replace(tzinfo=UTC)
QUEUE_IDS = 1000
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def rule(by: RuleBy, people: int) -> Rule:
    return Rule(by, by, 2, timedelta(minutes=10), people)


TERMS = Terms(
    codes=frozenset({553}),
    zone=UTC,
    policy=Policy(
        rules=(
            rule("user", 1),
            rule("sender", 1),
            rule("client_ip", 1),
            rule("recipient_domain", 2),
            rule("sender_domain", 2),
            rule("cause", 2),
        ),
        group_wait=timedelta(seconds=20),
        group_people=2,
        recover_after=timedelta(minutes=2),
        recover_people=1,
        grown_times=2,
        expire_after=timedelta(hours=2),
        domains=frozenset({"corp.example"}),
    ),
)

PEOPLE = ("alice", "bob", "carol")
CLIENTS = ("192.168.0.5", "203.0.113.9")
# Few of everything: only where they meet again and again do faults of order show.
SCENES = ("not owned", "not logged in", "bounced", "sent", "sent inside")
PAUSES = (0, 0, 0, 1, 2, 25, 130, 400, 700, -1)


def postfix(server: str, number: int, scene: str, person: str, client: str) -> Iterator[str]:
    """What one attempt leaves in the log of a server."""
    smtpd = f"{server} postfix/submission/smtpd[{1000 + number}]"
    queue_id, sender = f"4{server.upper()}{number:06}", f"{person}@corp.example"
    if scene in ("not owned", "not logged in"):
        why = f"not owned by user {person}" if scene == "not owned" else "not logged in"
        yield f"{smtpd}: connect from pc[{client}]"
        yield (
            f"{smtpd}: NOQUEUE: reject: RCPT from pc[{client}]: 553 5.7.1 <{sender}>: Sender address rejected: {why};"
            f" from=<{sender}> to=<mori@partner.example> proto=ESMTP helo=<pc>"
        )
        return
    to = "desk@corp.example" if scene == "sent inside" else "mori@partner.example"
    relay = f"{server} postfix/smtp[9]: {queue_id}: to=<{to}>, relay=mx[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn="
    yield f"{smtpd}: {queue_id}: client=pc[{client}], sasl_method=PLAIN, sasl_username={person}"
    yield f"{server} postfix/qmgr[2]: {queue_id}: from=<{sender}>, size=300, nrcpt=1 (queue active)"
    if scene == "bounced":
        reply = f"553 5.7.1 <{sender}>: sender blocked"
        yield f"{relay}5.7.1, status=bounced (host mx[198.51.100.1] said: {reply} (in reply to MAIL FROM command))"
    else:
        yield f"{relay}2.0.0, status=sent (250 2.0.0 Ok)"
    yield f"{server} postfix/qmgr[2]: {queue_id}: removed"


def exim(server: str, number: int, scene: str, person: str, client: str) -> Iterator[str]:
    """The same of Exim, which logs no session, and no host either."""
    message, sender = f"1tEx{server.upper()}0-0000000{number:04}-0000", f"{person}@corp.example"
    if scene in ("not owned", "not logged in"):
        login = f" A=plain_server:{person}" if scene == "not owned" else ""
        yield (
            f"H=pc [{client}] F=<{sender}>{login} rejected RCPT <mori@partner.example>: 553 5.7.1"
            f" sender address {scene} by {person}"
        )
        return
    to = "desk@corp.example" if scene == "sent inside" else "mori@partner.example"
    yield f"{message} <= {sender} H=pc [{client}] P=esmtpsa A=plain_server:{person} S=300"
    if scene == "bounced":
        yield (
            f"{message} ** {to} R=dnslookup T=remote_smtp H=mx [198.51.100.1]: SMTP error from remote mail server"
            f" after MAIL FROM:<{sender}>: 553 5.7.1 <{sender}>: sender blocked"
        )
    else:
        yield f'{message} => {to} R=dnslookup T=remote_smtp H=mx [198.51.100.1] C="250 OK"'
    yield f"{message} Completed"


WRITERS: dict[str, Callable[[str, int, str, str, str], Iterator[str]]] = {"postfix": postfix, "exim": exim}


@st.composite
def server_logs(draw: st.DrawFn, mta: str) -> dict[str, list[bytes]]:
    """The logs of two or three servers, of the same minutes."""
    attempt = st.tuples(
        st.sampled_from(PAUSES), st.sampled_from(SCENES), st.sampled_from(PEOPLE), st.sampled_from(CLIENTS)
    )
    logs = {}
    for server in ("a", "b", "c")[: draw(st.integers(2, 3))]:
        lines, second = [], draw(st.sampled_from((0, 1, 60)))
        for number, (pause, *what) in enumerate(draw(st.lists(attempt, max_size=12))):
            second += pause
            form = "%Y-%m-%d %H:%M:%S" if mta == "exim" else "%Y-%m-%dT%H:%M:%S+00:00"
            at = (NINE + timedelta(seconds=second)).strftime(form)
            lines += [f"{at} {text}\n".encode() for text in WRITERS[mta](server, number, *what)]
        logs[server] = lines
    return logs


class Reader:
    """Reads several logs as the daemon does, and commits after each batch; with `restarts`, it begins anew as well."""

    def __init__(self, logs: dict[str, list[bytes]], *, restarts: bool = False) -> None:
        self.said: list[Message] = []
        self._logs = logs
        self._restarts = restarts
        self._read = dict.fromkeys(logs, 0)
        self._state = State(QUEUE_IDS)

    def unread(self) -> list[str]:
        return [name for name, lines in self._logs.items() if self._read[name] < len(lines)]

    def read(self, name: str, lines: int) -> None:
        first, changes = self._read[name], Changes()
        last = min(first + lines, len(self._logs[name]))
        block, start = b"".join(self._logs[name][first:last]), len(b"".join(self._logs[name][:first]))
        others = (self._reached(one) for one in self.unread() if one != name)
        one = replace(batch(block, start, LONG_AGO), source=name, generation=name)
        step(self._state, one, changes, TERMS, min(others, default=None))
        self._read[name] = last
        self._committed(changes)

    def end(self) -> list[Message]:
        changes = Changes()
        tick(self._state, END, changes, TERMS)
        self._committed(changes)
        return self.said

    def _reached(self, name: str) -> datetime:
        return self._state.times.get(("reached", name)) or FAR_PAST

    def _committed(self, changes: Changes) -> None:
        self.said += changes.messages
        self._state.apply()
        if self._restarts:
            self._state = restarted(self._state, QUEUE_IDS)


def one_after_the_other(logs: dict[str, list[bytes]]) -> list[Message]:
    reader = Reader(logs)
    for name, lines in logs.items():
        if lines:
            reader.read(name, len(lines))
    return reader.end()


@pytest.mark.parametrize("mta", WRITERS)
@settings(max_examples=200)
@given(draw=st.data(), restarts=st.booleans())
def test_any_interleaving_says_the_same(mta: str, draw: st.DataObject, restarts: bool) -> None:
    logs = draw.draw(server_logs(mta))
    reader = Reader(logs, restarts=restarts)
    while names := reader.unread():
        reader.read(draw.draw(st.sampled_from(names)), draw.draw(st.integers(1, 12)))

    assert reader.end() == one_after_the_other(logs)


def story(mta: str) -> dict[str, list[bytes]]:
    """Two people fail on either server, one after the other; their success stands in the other log."""
    happened = {
        "a": [
            (0, "sent", "alice"),
            (60, "not owned", "alice"),
            (80, "not owned", "bob"),
            (400, "sent", "bob"),
        ],
        "b": [(70, "not owned", "alice"), (90, "not owned", "bob"), (410, "sent", "alice")],
    }
    logs: dict[str, list[bytes]] = {}
    for server, attempts in happened.items():
        logs[server] = []
        for number, (second, scene, person) in enumerate(attempts):
            at = (NINE + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")
            at = at if mta == "exim" else f"{at.replace(' ', 'T')}+00:00"
            lines = WRITERS[mta](server, number, scene, person, CLIENTS[0])
            logs[server] += [f"{at} {text}\n".encode() for text in lines]
    return logs


@pytest.mark.parametrize("mta", WRITERS)
def test_what_two_servers_refuse_is_one_incident_that_ends(mta: str) -> None:
    logs = story(mta)
    told = one_after_the_other(logs)

    assert [message.kind for message in told] == ["opened", "recovered"]
    assert (told[-1].incident.attempts, told[-1].incident.people) == (4, 2)
    for order in permutations(logs):
        assert one_after_the_other({name: logs[name] for name in order}) == told
