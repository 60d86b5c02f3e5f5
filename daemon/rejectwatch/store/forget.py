"""A person is forgotten: every row that names an address or a login is removed, while the daemon runs.

The word has to stand alone, in any case of letters. A letter, digit or `_` beside it makes it another word, and
so does one of `. + - @ % '` with a letter or digit behind it: `al` is not in `alice`, `alice` not in
`alice@example.jp`, `alice@example.jp` neither in `x-alice@example.jp` nor in `alice@example.jp.example`; but
`alice` is in `sasl_username=alice,` and in "not owned by user alice."

First goes what the daemons remember, in the transaction that also raises their revisions: the next commit of
each is refused, and it reads everything again, without that person. So nothing comes back from its memory while
the large tables are walked through afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from rejectwatch.errors import SettingsError
from rejectwatch.store.database import Database
from rejectwatch.store.removal import Key, Removal, Step, bound, by_key
from rejectwatch.store.tables import ACKS, INSTANCES, METADATA, SILENCES, STATE
from rejectwatch.store.types import Line

LOOKED_AT = 20_000
"""Rows of a large table that are looked at in one query."""

OURS = frozenset(
    "id rule by cause refused_by confidence who_acts mta host service source kind stage outcome ending state"
    " user_source enhanced_code reason attempt recent_attempts checkpoint started_reason"
    " side flags severity logged_in fingerprint".split()
)
"""Columns, and names in JSON, whose text is our own or the operator's: a login may well be `mail` or `sent`."""

WRITTEN_BY_PEOPLE = frozenset({ACKS.c.by, SILENCES.c.reason})
"""Columns of such a name in which somebody may be named all the same."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9@.]+")
"""What SQL can't be asked for alike in both databases, or JSON writes in another way."""


def _recovery(key: Sequence[str]) -> Sequence[str]:
    return key[len(key) // 2 :]  # names of fields, then what was in them


REMEMBERED: dict[str, Callable[[Any, Any], Any]] = {
    "queue": lambda message, known: [message, known[1], known[2]],
    "sessions": lambda process, handed: [process, handed[1]],
    "transactions": lambda process, open_ones: [process, [one[:2] for one in open_ones]],
    "sessionless": lambda client, _: client,
    "lines": lambda _key, line: line,
    "waiting": lambda _place, fact: fact,
    "windows": lambda identity, failures: [
        identity[1],
        [[*failure[2:7], *_recovery(failure[8])] for failure in failures],
    ],
    "incidents": lambda _id, incident: incident,
    "subjects": lambda identity, _id: identity[1],
    "resting": lambda identity, incident: [identity[1], incident],
    "members": lambda person, member: [person[1], member[1], *map(_recovery, member[5])],
    "awaited": lambda key, people: [_recovery(key), [person[1] for person in people]],
    "logins": lambda address, logins: [address, logins],
    "successes": lambda who, _: who[1],
    "known": lambda who, _: who[1],
    "ours": lambda domain, _: domain[1],
    "late": lambda person, _: person,
    "times": lambda _key, _: None,
    "heard": lambda _key, _: None,
}
"""By table of the state: what of a JSON key and value is text of a log."""


def searched(table: Table) -> list[Column[Any]]:
    """The columns in which a person may be named."""
    texts = (one for one in table.columns if isinstance(one.type, Line | Text))
    return [one for one in texts if one.name not in OURS or one in WRITTEN_BY_PEOPLE]


class Forgetting:
    """Finds, or removes, the rows that name one person."""

    def __init__(self, database: Database, name: str) -> None:
        if not name.strip() or not name.isprintable():
            raise SettingsError("an address or a login is needed")
        name = name.strip()
        self._database = database
        self._removal = Removal(database)
        word = rf"(?<!\w)(?<!\w[.+@%'-]){re.escape(name)}(?![.+@%'-]*\w)"
        self._has = re.compile(word, re.IGNORECASE).search
        # As a text of its own: as one of the column's it would be cut to its length.
        self._like = literal(f"%{_NOT_PLAIN.sub('%', name)}%", String())

    def count(self) -> Iterator[Step]:
        """The rows that are to go, by table."""
        for table in self._tables():
            for keys in self._found(table):
                yield Step(table.name, len(keys), 0)

    def steps(self) -> Iterator[Step]:
        """Remove them, a chunk a step; the caller rests between two. `wipe` comes last."""
        yield self._forget_state()
        for table in self._tables():
            if table is not STATE:
                for keys in self._found(table):
                    yield from self._removal.steps(table, keys)

    def wipe(self) -> None:
        """See to it that the removed rows are gone from the disk too."""
        self._database.wipe(table.name for table in self._tables())

    def _tables(self) -> Iterable[Table]:
        return (table for table in METADATA.sorted_tables if searched(table))

    def _forget_state(self) -> Step:
        with self._database.write() as connection:
            # First, so that no daemon commits from here on: it waits, and then it has been overtaken.
            connection.execute(INSTANCES.update().values(revision=INSTANCES.c.revision + 1))
            keys = self._named(connection, STATE, true())
            if keys:
                connection.execute(by_key(STATE), bound(keys))
        return Step(STATE.name, len(keys), 0)

    def _found(self, table: Table) -> Iterator[list[Key]]:
        """The keys of the rows that name the person, from one stretch of the table after the other."""
        columns = table.primary_key.columns
        key = tuple_(*columns)
        beyond: ColumnElement[bool] = true()
        while True:
            last = select(*columns).where(beyond).order_by(*columns).offset(LOOKED_AT - 1).limit(1)
            with self._database.read() as connection:
                end = connection.execute(last).one_or_none()
                stretch = beyond if end is None else beyond & (key <= tuple_(*end))
                found = self._named(connection, table, stretch)
            if found:
                yield found
            if end is None:
                return
            beyond = key > tuple_(*end)

    def _named(self, connection: Connection, table: Table, where: ColumnElement[bool]) -> list[Key]:
        # SQL tells which rows may name the person, and never too few.
        may_be = or_(*(column.ilike(self._like) for column in searched(table)))
        rows = connection.execute(select(table).where(where, may_be)).mappings()
        key = [column.name for column in table.primary_key]
        return [[row[name] for name in key] for row in rows if self._is_in(_told(table, row))]

    def _is_in(self, told: Any) -> bool:
        match told:
            case str():
                return self._has(told) is not None
            case dict():
                return any(self._is_in(value) for name, value in told.items() if name not in OURS)
            case list() | tuple():
                return any(map(self._is_in, told))
        return False


def _told(table: Table, row: Mapping[Any, Any]) -> Any:
    """What of a row is text of a log: columns of type `Text` hold JSON."""
    told = [
        json.loads(row[column.name]) if isinstance(column.type, Text) else row[column.name]
        for column in searched(table)
    ]
    return REMEMBERED[row["name"]](*told) if table is STATE and row["name"] in REMEMBERED else told
