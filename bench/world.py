"""The world of a generated log: people, partners, server processes, queue ids. All chance comes from one seed.

Only `Random.random()` is asked: its values are the same in every version of Python.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Literal, NamedTuple, TypeVar

Some = TypeVar("Some")

UserSource = Literal["line", "reply", "queue", "session"]


class Refusal(NamedTuple):
    """The truth about one permanent refusal, as far as the log tells it. Names as in `scan --format jsonl`."""

    user: str | None
    user_source: UserSource | None
    client_ip: str | None
    sender: str | None
    recipient: str | None
    code: int
    refused_by: Literal["local", "remote"]
    outcome: Literal["rejected", "bounced"]
    queue_id: str | None


class Said(NamedTuple):
    """A line that reports a refusal, and the truth about it."""

    line: str
    refusal: Refusal


Script = Iterator[str | Said]
"""What one session or one delivery writes into the log, line by line, from the tag on."""


class Client(NamedTuple):
    host: str
    ip: str

    def __str__(self) -> str:
        return f"{self.host}[{self.ip}]"


class User(NamedTuple):
    login: str
    address: str
    client: Client


class Partner(NamedTuple):
    """Another mail domain and its server."""

    domain: str
    host: str
    ip: str


LOCAL = Partner("corp.example", "127.0.0.1", "127.0.0.1")
"""Where mail to our own people goes."""

SURNAMES = (
    "sato suzuki tanaka ito kato weber novak rossi garcia smith olsen martin dubois silva kim chen".split()
)
GIVEN = "anna ben chie daisuke elena fumi goro hana ivan jun kei lars mika nina oskar paula ren sara taro yui".split()
WORDS = "north blue river stone maple harbor delta summit cedar orbit lumen vector fjord atlas tundra prisma".split()

USERS = 400
PARTNERS = 120
STRANGERS = 300
INODES = 0x278000


class World:
    """Everything that sessions share. `line` counts what is written, of `lines`, by whoever writes it."""

    def __init__(self, seed: int, lines: int) -> None:
        self.chance = Random(seed).random
        self.lines = lines
        self.line = 0
        self.deliveries = 0
        self.users = [self._user(n) for n in range(USERS)]
        self.partners = [self._partner(n) for n in range(PARTNERS)]
        self.strangers = [self._stranger(n) for n in range(STRANGERS)]
        self.started: deque[Script] = deque()
        self._waiting: list[tuple[int, int, Script]] = []
        self._tickets = count()
        self._free: dict[str, list[str]] = {}
        self._pids = count(553)  # some of the first ones look like the code
        self._active: set[str] = set()
        self._gone: deque[str] = deque(maxlen=5000)

    # ── chance ──

    def pick(self, several: Sequence[Some]) -> Some:
        return several[int(self.chance() * len(several))]

    def often(self, several: Sequence[Some]) -> Some:
        """The first ones much more often than the last: few people write most of the mail."""
        return several[int(self.chance() ** 2 * len(several))]

    def number(self, low: int, high: int) -> int:
        return low + int(self.chance() * (high - low))

    def recipient(self) -> tuple[str, Partner]:
        """Somebody at a partner's."""
        partner = self.often(self.partners)
        return f"{self.pick(self.users).address.partition('@')[0]}@{partner.domain}", partner

    # ── server processes and queue ids ──

    def enter(self, service: str) -> str:
        """The tag of a process that serves one client at a time; give it back with `leave`."""
        free = self._free.setdefault(service, [])
        if free and self.chance() < 0.95:
            return free.pop(int(self.chance() * len(free)))
        return f"{service}[{self.pid()}]"

    def leave(self, tag: str) -> None:
        self._free[tag[: tag.index("[")]].append(tag)

    def pid(self) -> int:
        """That of a new process."""
        return next(self._pids)

    def queue_id(self) -> str:
        """A new short queue id; now and then one that a message of long ago has had."""
        if self._gone and self.chance() < 0.002:
            again = self.pick(self._gone)
            if again not in self._active:
                self._active.add(again)
                return again
        while (new := f"{self._microsecond():05X}{INODES + self.number(0, 4096):X}") in self._active:
            pass
        self._active.add(new)
        return new

    def _microsecond(self) -> int:
        return 0x55300 + self.number(0, 256) if self.chance() < 0.002 else self.number(0, 1_000_000)

    def removed(self, queue_id: str) -> None:
        self._active.remove(queue_id)
        self._gone.append(queue_id)

    # ── what goes on by itself ──

    def later(self, lines: int, script: Script) -> None:
        """Begin a script when so many more lines have been written, or before the log ends."""
        lines = min(lines, int(self.chance() * (self.lines - self.line)))
        heapq.heappush(self._waiting, (self.line + lines, next(self._tickets), script))

    def due(self) -> Script | None:
        """What has to go on before anything new begins."""
        if self.started:
            return self.started.popleft()
        if self._waiting and self._waiting[0][0] <= self.line:
            return heapq.heappop(self._waiting)[2]
        return None

    # ── people and places ──

    def _user(self, n: int) -> User:
        name = f"{self.pick(GIVEN)}.{self.pick(SURNAMES)}{n}"
        login = name if n % 3 else f"{name}@corp.example"
        if n % 10 == 7:
            client = Client("unknown", f"2001:db8:{n:x}::{self.number(1, 65535):x}")
        elif n % 10 == 8:
            client = Client(f"dyn{n}.access.example", f"198.51.100.{n % 250 + 1}")
        else:
            client = Client(f"pc{n}.corp.example", f"10.20.{n // 200}.{n % 200 + 1}")
        return User(login, f"{name}@corp.example", client)

    def _partner(self, n: int) -> Partner:
        domain = f"{self.pick(WORDS)}{n}.example"
        return Partner(domain, f"mx{n % 3 + 1}.{domain}", f"203.0.113.{n % 250 + 1}")

    def _stranger(self, n: int) -> Client:
        if n % 4 == 0:
            return Client("unknown", f"192.0.2.{n % 250 + 1}")
        host = f"host553-{n}" if n % 50 == 1 else f"mail{n}"
        return Client(f"{host}.{self.pick(WORDS)}{n}.example", f"192.0.2.{n % 250 + 1}")
