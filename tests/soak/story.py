"""What a busy mail server says, and what is true of it: the lines of many conversations, mixed as in a real log.

Time is the log's own, and it runs ahead of the machine's clock: the clock on the wall never decides anything, so
that it is known exactly when an incident begins and ends. Some users have trouble again and again: they fail until
an incident opens, and send until it is over. All others are refused in one attempt of their life.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count, repeat
from random import Random
from typing import NamedTuple, TypeVar

GROUP_WAIT, RECOVER_AFTER = timedelta(minutes=2), timedelta(minutes=10)
"""As in the daemon's configuration."""

FAILING = 4
"""Users who have trouble again and again."""

NOISE = (
    "postfix/smtpd[{pid}]: warning: hostname h{n}.example does not resolve to address 203.0.113.9",
    "postfix/smtpd[{pid}]: lost connection after CONNECT from unknown[198.51.100.{byte}]",
    "postfix/smtpd[{pid}]: warning: unknown[198.51.100.{byte}]: SASL LOGIN authentication failed: 553 5.7.1 no",
    (
        "postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[198.51.100.{byte}]: 550 5.1.1 <n{n}@corp.example>:"
        " Recipient address rejected: User unknown; from=<s@spam.example> to=<n{n}@corp.example> proto=ESMTP helo=<553>"
    ),
    (
        "postfix/smtp[{pid}]: {n:010X}: to=<n{n}@partner.example>, relay=mx.partner.example[192.0.2.25]:25, delay=1,"
        " delays=0/0/0/1, dsn=4.7.1, status=deferred (host mx.partner.example[192.0.2.25] said: 451 4.7.1 try again in"
        " 553 seconds (in reply to RCPT TO command))"
    ),
    (
        "postfix/cleanup[{pid}]: {n:010X}: warning: header Subject: postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
        " a[192.0.2.1]: 553 5.7.1 <b@corp.example>: Sender address rejected: not owned by user c; from=<b@corp.example>"
        " to=<d@e.example> from unknown[198.51.100.{byte}]; from=<f@g.example> to=<h@corp.example> proto=ESMTP helo=<i>"
    ),
    "systemd[1]: Started session {n} of user root.",
)
"""Lines that are no wanted refusals and no deliveries, though some look like them. {n} makes each its own."""


class Refusal(NamedTuple):
    """A refused recipient, as it has to be stored."""

    occurred_at: datetime
    user: str | None
    user_source: str | None
    client_ip: str
    sender: str
    recipient: str
    refused_by: str
    outcome: str
    queue_id: str | None
    cause: str


class Incident(NamedTuple):
    """Somebody started failing, and works again."""

    subject: str
    cause: str
    opened_at: datetime
    told_at: datetime
    last_at: datetime
    closed_at: datetime
    attempts: int
    refusals: int


@dataclass(slots=True)
class Truth:
    """What the lines so far tell. Counters, because a line that stands there twice counts twice."""

    refusals: Counter[Refusal] = field(default_factory=Counter)
    deliveries: Counter[datetime] = field(default_factory=Counter)
    successes: dict[tuple[str, str], datetime] = field(default_factory=dict)
    incidents: Counter[Incident] = field(default_factory=Counter)


class Client(NamedTuple):
    login: str | None
    address: str
    ip: str

    def __str__(self) -> str:
        return f"pc.corp.example[{self.ip}]"


Told = tuple[str | None, ...]
"""A refusal without its time."""

Result = TypeVar("Result")
Script = Generator[tuple[int, str], None, Result]
"""A conversation: seconds to wait, then a line. It goes on as soon as its line is said: it is `now` then."""


class Story:
    """`line()` gives the next line of the log; `truth` is what it and all lines before it tell."""

    def __init__(self, chance: Random, begins: datetime) -> None:
        self.truth = Truth()
        self.now = begins
        self._chance = chance
        self._began = begins
        self._numbers = count(1)
        self._arrives = 0
        self._waiting: list[tuple[int, int, str, Script[None]]] = []
        self._ending = False
        for number in range(FAILING):
            self._go_on(0, self._fails_and_works_again(f"failing{number}"))

    def line(self) -> bytes:
        while not self._ending and self._arrives <= self._waiting[0][0]:
            self._go_on(self._arrives, self._chance.choice(CONVERSATIONS)(self))
            self._arrives += self._chance.randint(0, 8)
        at, _, text, script = heapq.heappop(self._waiting)
        self.now = self._began + timedelta(seconds=at)
        self._go_on(at, script)
        return self._stamped(text)

    def sentinel(self) -> bytes:
        """A refusal that needs no other line and concerns no rule, in this very second."""
        text, told = self._relay_denied()
        self.truth.refusals[_refusal(self.now, told)] += 1
        return self._stamped(text)

    def end(self) -> Iterator[bytes]:
        """The lines that end every conversation, and a last one so late that nothing is pending behind it."""
        self._ending = True
        while self._waiting:
            yield self.line()
        self.now += timedelta(days=1)
        yield self.sentinel()

    # ── the play ──

    def _go_on(self, at: int, script: Script[None]) -> None:
        if step := next(script, None):
            wait, text = step
            heapq.heappush(self._waiting, (at + wait, next(self._numbers), text, script))

    def _stamped(self, text: str) -> bytes:
        return f"{self.now.isoformat()} mail {text}\n".encode()

    def _waits(self, first: int) -> list[int]:
        """Most lines stand there once; some twice or more, byte for byte, as happens within one second."""
        return [first] + [0] * self._chance.choice((0, 0, 0, 0, 0, 0, 1, 2))

    def _delivered(self, client: Client) -> None:
        self.truth.deliveries[self.now.replace(minute=0, second=0)] += 1
        if client.login is None:  # a stranger's mail says nothing about people
            return
        for key in (("user", client.login), ("sender", client.address), ("client_ip", client.ip)):
            if key[1] is not None:
                self.truth.successes[key[0], key[1]] = self.now.replace(second=0)

    def _refused(self, wait: int, text: str, *told: str | None) -> Script[list[datetime]]:
        """A line that tells of a refusal, and the times when it was said."""
        said_at = []
        for seconds in self._waits(wait):
            yield seconds, text
            self.truth.refusals[_refusal(self.now, told)] += 1
            said_at.append(self.now)
        return said_at

    def _process(self, service: str) -> str:
        return f"postfix/{service}[{1000 + next(self._numbers) % 60000}]"

    # ── conversations ──

    def _noise(self) -> Script[None]:
        yield from self._passes(0, 0)

    def _passes(self, shortest: int, longest: int) -> Script[None]:
        """Some time, and at its end a line that means nothing, or the same line a few times."""
        n = next(self._numbers)
        text = self._chance.choice(NOISE).format(n=n, pid=n % 60000, byte=n % 250)
        for wait in self._waits(self._chance.randint(shortest, longest)):
            yield wait, text

    def _a_regular_sends(self) -> Script[None]:
        n = self._chance.randrange(200)
        yield from self._sends(Client(f"regular{n}", f"regular{n}@corp.example", f"10.1.0.{n}"))

    def _mail_comes_in(self) -> Script[None]:
        n = self._chance.randrange(250)
        yield from self._sends(Client(None, f"news@h{n}.example", f"203.0.113.{n}"))

    def _sends(self, client: Client) -> Script[datetime]:
        """A message is handed over and delivered."""
        queue_id = yield from self._handed_over(client)
        text = (
            f"{self._process('smtp')}: {queue_id}: to=<r{next(self._numbers)}@partner.example>,"
            " relay=mx.partner.example[192.0.2.25]:25, delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0,"
            " status=sent (250 2.0.0 Ok: 553 octets)"
        )
        for wait in self._waits(1):
            yield wait, text
            self._delivered(client)
        delivered_at = self.now
        yield 0, f"postfix/qmgr[551]: {queue_id}: removed"
        return delivered_at

    def _handed_over(self, client: Client) -> Script[str]:
        smtpd, queue_id = self._process("submission/smtpd"), f"{next(self._numbers):010X}"
        login = f", sasl_method=PLAIN, sasl_username={client.login}" if client.login else ""
        yield 0, f"{smtpd}: connect from {client}"
        yield 0, f"{smtpd}: {queue_id}: client={client}{login}"
        yield 0, f"postfix/qmgr[551]: {queue_id}: from=<{client.address}>, size=553, nrcpt=1 (queue active)"
        yield 1, f"{smtpd}: disconnect from {client} ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6"
        return queue_id

    def _a_message_bounces(self) -> Script[None]:
        """Now, or so much later that its `client=` line lies many rotations and restarts back."""
        n = next(self._numbers)
        login = f"once{n}" if n % 4 else None
        client = Client(login, f"once{n}@corp.example", f"198.51.100.{n % 250}")
        queue_id = yield from self._handed_over(client)
        recipient, wait = f"nobody{n}@partner.example", self._chance.choice((1, 60, 3_000, 40_000))
        text = (
            f"{self._process('smtp')}: {queue_id}: to=<{recipient}>, relay=mx.partner.example[192.0.2.25]:25,"
            " delay=0.5, delays=0.1/0/0.2/0.2, dsn=5.3.0, status=bounced (host mx.partner.example[192.0.2.25] said:"
            f" 553 5.3.0 <{recipient}>... No such user here (in reply to RCPT TO command))"
        )
        told = (
            login, login and "queue", client.ip, client.address, recipient,
            "remote", "bounced", queue_id, "recipient_unknown",
        )  # fmt: skip
        yield from self._refused(self._chance.randint(1, wait), text, *told)
        yield 0, f"postfix/qmgr[551]: {queue_id}: removed"

    def _a_stranger_is_refused(self) -> Script[None]:
        text, told = self._relay_denied()
        yield from self._refused(0, text, *told)

    def _relay_denied(self) -> tuple[str, Told]:
        n = next(self._numbers)
        ip, sender, to = f"203.0.113.{n % 250}", f"s{n % 97}@spam.example", f"victim{n}@other.example"
        text = (
            f"{self._process('smtpd')}: NOQUEUE: reject: RCPT from unknown[{ip}]: 553 5.7.1 <{to}>: Relay access"
            f" denied; from=<{sender}> to=<{to}> proto=ESMTP helo=<h>"
        )
        return text, (None, None, ip, sender, to, "local", "rejected", None, "relay_denied")

    def _a_user_is_refused(self) -> Script[None]:
        n = next(self._numbers)
        yield from self._fails(Client(f"once{n}", "boss@corp.example", f"10.2.0.{n % 250}"))

    def _fails(self, client: Client) -> Script[list[datetime]]:
        """One attempt with an address that does not belong to this login; the times of the lines that tell of it."""
        smtpd, to = self._process("submission/smtpd"), f"to{next(self._numbers)}@partner.example"
        text = (
            f"{smtpd}: NOQUEUE: reject: RCPT from {client}: 553 5.7.1 <{client.address}>: Sender address rejected:"
            f" not owned by user {client.login}; from=<{client.address}> to=<{to}> proto=ESMTP helo=<pc>"
        )
        told = (
            client.login, "reply", client.ip, client.address, to,
            "local", "rejected", None, "sender_not_authorized",
        )  # fmt: skip
        yield 0, f"{smtpd}: connect from {client}"
        failed_at = yield from self._refused(1, text, *told)
        yield 1, f"{smtpd}: disconnect from {client} ehlo=1 auth=1 mail=1 rcpt=0/1 quit=1 commands=4/5"
        return failed_at

    def _fails_and_works_again(self, login: str) -> Script[None]:
        """An incident opens with the third attempt, and closes when a delivery was followed by quiet."""
        client = Client(login, f"{login}@corp.example", f"10.3.0.{login[-1]}")
        for rest in chain([4_000], repeat(40_000)):
            yield from self._passes(700, rest)
            if self._ending:
                return
            attempts = []
            for _ in range(self._chance.randint(3, 6)):
                yield from self._passes(5, 150)
                attempts.append((yield from self._fails(client)))
            yield from self._passes(5, 900)
            works_at = yield from self._sends(client)
            if self._chance.random() < 0.3:  # too early: it goes on
                yield from self._passes(5, 500)
                attempts.append((yield from self._fails(client)))
                yield from self._passes(5, 900)
                works_at = yield from self._sends(client)
            opened_at = attempts[2][0]
            incident = Incident(
                subject=login,
                cause="sender_not_authorized",
                opened_at=opened_at,
                told_at=opened_at + GROUP_WAIT,
                last_at=attempts[-1][-1],
                closed_at=works_at + RECOVER_AFTER,
                attempts=len(attempts),
                refusals=sum(map(len, attempts)),
            )
            self.truth.incidents[incident] += 1


def _refusal(at: datetime, told: Told) -> Refusal:
    return Refusal(at, *told)  # type: ignore[arg-type]


CONVERSATIONS = (
    *[Story._noise] * 2,
    *[Story._a_regular_sends] * 5,
    *[Story._mail_comes_in] * 2,
    Story._a_message_bounces,
    Story._a_stranger_is_refused,
    Story._a_user_is_refused,
)
"""As often as they stand here."""
