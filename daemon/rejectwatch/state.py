"""What the core remembers between batches: keyed tables, each with an overlay of what changed since the commit.

`step` and `tick` write only the overlay. The overlay *is* the difference that is stored: after the commit
`apply` takes it over, and after a commit that failed `undo` forgets it. A queue id that is opened and
closed between two commits never reaches the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, TypeVar

from rejectwatch.incidents import waiting
from rejectwatch.incidents.incident import (
    Identity,
    Incident,
    Member,
    Person,
    RecoveryKey,
    Story,
    Window,
    identity_from_json,
    incident_from_json,
    to_json,
)

K = TypeVar("K")
V = TypeVar("V")


class _Mark(Enum):
    GONE = "gone"
    MISSING = "missing"


GONE: Final = _Mark.GONE
MISSING: Final = _Mark.MISSING


class Table(Generic[K, V]):
    """A dict in the order of the last put, bounded; what was changed since the last commit stands apart.

    The bound counts single puts, never batches: how a log is split into batches does not show in what is
    forgotten. `dump` turns key and value into two JSON values and `load` turns them back, for the store. `settle`
    makes what a value needs to be kept for long.
    """

    def __init__(
        self,
        limit: int,
        dump: Callable[[K, V], tuple[Any, Any]],
        load: Callable[[Any, Any], tuple[K, V]],
        settle: Callable[[V], V] | None = None,
    ) -> None:
        self.limit = limit
        self.dump = dump
        self.load = load
        self._settle = settle
        self._kept: dict[K, V] = {}
        self._new: dict[K, V | _Mark] = {}
        self._first: K | None = None
        self._rewind()

    def __len__(self) -> int:
        return self._size

    @property
    def changed(self) -> int:
        """How many keys were put or dropped since the last commit."""
        return len(self._new)

    def __contains__(self, key: K) -> bool:
        value = self._new.get(key, MISSING)
        return key in self._kept if value is MISSING else value is not GONE

    def get(self, key: K) -> V | None:
        value = self._new.get(key, MISSING)
        if value is MISSING:
            return self._kept.get(key)
        return None if isinstance(value, _Mark) else value

    def put(self, key: K, value: V) -> None:
        was = self._new.pop(key, MISSING)
        self._new[key] = value
        if was is GONE or (was is MISSING and key not in self._kept):
            self._size += 1
            if self._size > self.limit and (oldest := self.oldest()) is not None:
                self.drop(oldest)
                self.forgotten += 1

    def drop(self, key: K) -> None:
        was = self._new.get(key, MISSING)
        if was is GONE or (was is MISSING and key not in self._kept):
            return
        self._size -= 1
        if key in self._kept:
            self._new[key] = GONE
        else:
            del self._new[key]

    def oldest(self) -> K | None:
        """The key whose last put is the longest ago."""
        while self._first is not None:
            if self._first not in self._new:
                return self._first
            self._first = next(self._walk, None)
        return next((key for key, value in self._new.items() if value is not GONE), None)

    def items(self) -> Iterator[tuple[K, V]]:
        """Keys and values, oldest put first. Not to be changed while walking."""
        for key, value in self._kept.items():
            if key not in self._new:
                yield key, value
        for key, changed in self._new.items():
            if not isinstance(changed, _Mark):
                yield key, changed

    def changes(self) -> tuple[list[tuple[K, V]], list[K]]:
        """What was put and what was dropped since the last commit, each in order."""
        puts = [(key, value) for key, value in self._new.items() if not isinstance(value, _Mark)]
        return puts, [key for key, value in self._new.items() if value is GONE]

    def dumped(self) -> tuple[Iterator[tuple[Any, Any]], Iterator[Any]]:
        """`changes` as JSON values: keys and values that were put, keys that were dropped; made one by one."""
        puts = (self.dump(key, value) for key, value in self._new.items() if not isinstance(value, _Mark))
        gone = (self.dump(key, self._kept[key])[0] for key, value in self._new.items() if value is GONE)
        return puts, gone

    def fill(self, rows: Iterable[tuple[Any, Any]]) -> None:
        """Become what the store has: JSON keys and values in the order of the puts."""
        self._kept = dict(self.load(key, value) for key, value in rows)
        self.undo()

    def apply(self) -> None:
        """The commit succeeded: the overlay becomes part of the table."""
        for key, value in self._new.items():
            self._kept.pop(key, None)
            if not isinstance(value, _Mark):
                self._kept[key] = value if self._settle is None else self._settle(value)
        self.undo()

    def undo(self) -> None:
        """Forget the overlay: the table is as it was at the last commit."""
        self._new.clear()
        self._rewind()

    def _rewind(self) -> None:
        # What `oldest` has walked past stands in the overlay until the next commit, so no walk is done twice.
        self._size = len(self._kept)
        self._walk = iter(self._kept)
        self._first = next(self._walk, None)
        self.forgotten = 0


class Scratch(dict[K, V]):
    """A table that nobody commits: a dict that is asked as a `Table` is. `apply` bounds it, by what was put first."""

    def __init__(self, limit: int, **_of_a_store: object) -> None:
        self.limit = limit

    put = dict.__setitem__

    def drop(self, key: K) -> None:
        self.pop(key, None)

    def apply(self) -> None:
        for key in list(islice(self, max(len(self) - self.limit, 0))):
            del self[key]


def _text(raw: bytes) -> str:
    """Bytes of a log as text that JSON can keep; `_bytes` gives back exactly the same."""
    return raw.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


Handed = tuple[str, bytes]
"""Who handed a message over: the mail server's name and its words, which only its dialect can read.
A plain tuple, because one is made for each message of a busy log."""

Queued = tuple[str, bytes, bytes | None, str | None]
"""What is known of a message in the queue: who handed it over (as in `Handed`), its envelope sender, the name of
its attempt. Plain and flat, because a hundred thousand are kept."""

UNKNOWN: Queued = ("", b"", None, None)
"""What is known of a message whose beginning was not read."""


W = TypeVar("W", bytes, str)


@lru_cache(maxsize=20_000)
def shared(words: W) -> W:
    """Equal words become one object: who has one message in the queue often has more."""
    return words


class Attempt(NamedTuple):
    """An attempt of a server that logs no session: its name, and when it was last refused."""

    name: str
    last_at: datetime


class Transaction(NamedTuple):
    """An attempt in a session that has not closed: one client and sender of one server process."""

    client: str | None
    sender: str | None
    attempt: str


class Late(NamedTuple):
    """Failures of a person that were read too late to be told one by one."""

    failures: int
    first_at: datetime
    last_at: datetime


def _queued(value: Any) -> Queued:
    mta, who, sender, attempt = value
    return _with_shared_words((shared(mta), _bytes(who), None if sender is None else _bytes(sender), attempt))


def _with_shared_words(queued: Queued) -> Queued:
    mta, who, sender, attempt = queued
    return mta, shared(who), None if sender is None else shared(sender), attempt


def _handed_table(limit: int, kind: Any) -> Any:
    return kind(
        limit,
        dump=lambda key, handed: (_text(key), [handed[0], _text(handed[1])]),
        load=lambda key, value: (_bytes(key), (value[0], _bytes(value[1]))),
    )


def _time_table(limit: int) -> Table[tuple[str, str], datetime]:
    return Table(
        limit,
        dump=lambda key, at: (list(key), at.isoformat()),
        load=lambda key, at: ((shared(key[0]), key[1]), datetime.fromisoformat(at)),
    )


class State:
    """All that the core remembers, by table.

    `queue` knows messages by their key, `sessions` and `transactions` server processes (a message that may belong to
    one of its transactions takes them over until its sender is known), `sessionless` clients of a
    server that logs no session. `lines` has what a line may need of those before it (`dialects/remembered.py`).
    `times` holds the logical clock ("clock", "") and the last stamp of each source ("source", name),
    its first one ("stamped", name) and its latest one ("reached", name); under "auto",
    since which of its lines a ("chosen", source) takes the place of another (`app/handover.py`).
    `waiting` has facts that other sources have to catch up with (`incidents/order.py`).
    `successes` holds the last delivery of a ("user", login), ("sender", address) or ("client_ip", address), of such a person
    ("inside", person) us and ("outside", person), ("from", person and client), ("helo", person and HELO); of anybody to a ("partner", domain) and
    ("outside", ""); and of strangers' mail that ("arrived", from a domain).
    All are in the form in which people and clients are compared (`identity.py`), as is whom a window concerns.
    `known` holds the last login from a ("client_ip", address) or a private ("network", block), `logins` the first
    logins from an address, `ours` the last sender of a ("domain", name) who had logged in and the last mail that was
    delivered into a mailbox of a ("local", name).
    `incidents` are open; `subjects` says which one a failure belongs to by what it shares, `members` by who failed;
    `awaited` what would prove that they can send again; `resting` are those that have recovered a short while ago.
    What the watch knows of itself (`watch.py`): `times` holds as well when a ("heard", source) last had
    lines, since when a ("silent", source) has none, since when a ("begun", source) is read, and when a
    ("told", gap) was told; `heard` how many lines of a source
    were read in an hour; `late` the people of a backlog.
    """

    def __init__(self, queue_ids: int = 100_000, *, committed: bool = True) -> None:
        # What each line of traffic writes to; `scan` keeps nothing, and then half of that is enough.
        kind: Any = Table if committed else Scratch
        self.queue: Table[bytes, Queued] = kind(
            queue_ids,
            dump=lambda key, one: (
                _text(key),
                [one[0], _text(one[1]), None if one[2] is None else _text(one[2]), one[3]],
            ),
            load=lambda key, value: (_bytes(key), _queued(value)),
            settle=_with_shared_words,
        )
        self.sessions: Table[bytes, Handed] = _handed_table(10_000, kind)
        self.transactions: Table[bytes, tuple[Transaction, ...]] = kind(
            10_000,
            dump=lambda key, value: (_text(key), [list(one) for one in value]),
            load=lambda key, value: (_bytes(key), tuple(Transaction(*one) for one in value)),
        )
        self.sessionless: Table[bytes, Attempt] = Table(
            10_000,
            dump=lambda key, attempt: (_text(key), [attempt.name, attempt.last_at.isoformat()]),
            load=lambda key, value: (_bytes(key), Attempt(value[0], datetime.fromisoformat(value[1]))),
        )
        self.lines: Table[bytes, bytes] = Table(
            1_000,
            dump=lambda key, line: (_text(key), _text(line)),
            load=lambda key, line: (_bytes(key), _bytes(line)),
        )
        self.waiting: Table[waiting.Place, waiting.Fact] = Table(20_000, dump=waiting.dump, load=waiting.load)
        self.windows: Table[Identity, Window] = Table(20_000, dump=Window.dump, load=Window.load)
        self.incidents: Table[str, Incident] = Table(
            10_000,
            dump=lambda key, one: (key, to_json(one)),
            load=lambda key, one: (key, incident_from_json(one)),
        )
        self.subjects: Table[Identity, str] = Table(
            20_000,
            dump=lambda key, id_: (list(key), id_),
            load=lambda key, id_: (identity_from_json(key), id_),
        )
        self.resting: Table[Identity, Incident] = Table(
            10_000,
            dump=lambda key, one: (list(key), to_json(one)),
            load=lambda key, one: (identity_from_json(key), incident_from_json(one)),
        )
        self.members: Table[Person, Member] = Table(100_000, dump=Member.dump, load=Member.load)
        self.awaited: Table[RecoveryKey, tuple[Person, ...]] = Table(
            100_000,
            dump=lambda key, people: (list(key), [list(one) for one in people]),
            load=lambda key, people: (tuple(key), tuple(Person(Story(*one[0]), one[1]) for one in people)),
        )
        self.logins: Table[str, tuple[str, ...]] = Table(
            20_000,
            dump=lambda key, logins: (key, list(logins)),
            load=lambda key, logins: (key, tuple(logins)),
        )
        self.successes = _time_table(300_000)  # several for each person
        self.known = _time_table(100_000)
        self.ours = _time_table(10_000)
        self.times = _time_table(10_000)
        self.heard: Table[tuple[str, datetime], int] = Table(
            10_000,
            dump=lambda key, lines: ([key[0], key[1].isoformat()], lines),
            load=lambda key, lines: ((key[0], datetime.fromisoformat(key[1])), lines),
        )
        self.late: Table[str, Late] = Table(
            10_000,
            dump=lambda person, late: (person, [late[0], late[1].isoformat(), late[2].isoformat()]),
            load=lambda person, late: (person, Late(late[0], *map(datetime.fromisoformat, late[1:]))),
        )

    def tables(self) -> dict[str, Table[Any, Any]]:
        return {name: table for name, table in vars(self).items() if isinstance(table, Table)}

    @property
    def changed(self) -> int:
        """How many entries differ from the last commit."""
        return sum(table.changed for table in self.tables().values())

    @property
    def forgotten(self) -> int:
        """What the correlator's bounds have pushed out since the last commit: an answer may be missing for each.

        A message in the queue, the login or the attempts of a session, an attempt of a client without a session.
        """
        tables = (self.queue, self.sessions, self.transactions, self.sessionless)
        return sum(table.forgotten for table in tables)

    @property
    def clock(self) -> datetime | None:
        """The logical time: of the last refusal, or of the last delivery that somebody waited for."""
        return self.times.get(("clock", ""))

    def apply(self) -> None:
        for table in vars(self).values():
            table.apply()

    def undo(self) -> None:
        for table in self.tables().values():
            table.undo()
