"""Ask a database what a panel asks, as Grafana would: variables and macros filled in, values in the types of its columns.

Done again here after the behaviour of three programs, none of which runs in the tests: Grafana's pages, which put in the
variables; its PostgreSQL data source; the community's SQLite data source (frser-sqlite-datasource 4). What these leave as
it stands, because they do not know it, is a mistake here.
"""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg

Target = Mapping[str, Any]


class Raw(str):
    """What is put into a query as it stands: the custom value of All."""

    __slots__ = ()


Value = str | Sequence[str]
"""Of a variable: what was typed or chosen; a list where several can be; `Raw` for All."""


class Span(NamedTuple):
    """The dashboard's time range, and the distance of two points."""

    since: datetime
    until: datetime
    interval: timedelta = timedelta(minutes=5)


class Answer(NamedTuple):
    """Times are aware; a time series is as it was asked for: `time`, `metric`, `Value`."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def named(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        return [row[self.columns.index(name)] for row in self.rows]


class Mistake(Exception):
    """A query that Grafana would send half understood."""


def answer(source: Source, target: Target, variables: Mapping[str, Value], span: Span) -> Answer:
    """What the panel gets."""
    found = source.ask(target, filled(source.text_of(target), variables, span), span)
    if source.is_time_series(target):
        _must_be_a_series(found)
    return found


def _must_be_a_series(found: Answer) -> None:
    if found.columns[:2] != ("time", "metric") or found.columns[2:] != ("Value",):
        raise Mistake(f"a time series has the columns time, metric, Value, not {found.columns}")
    times = found.column("time")
    if times != sorted(times) or None in times:
        raise Mistake("the times of a time series go up")


# ── the page: variables ──────────────────────────────────────────────────────────────────────────

_VARIABLE = re.compile(r"\$(?P<plain>\w+)(?P<call>\()?|\$\{(?P<name>\w+)(?::(?P<form>\w+))?\}|\[\[\w+")


def filled(text: str, variables: Mapping[str, Value], span: Span) -> str:
    """The text with its variables put in, once: what is in them is not looked at again."""
    of_time = _of_time(span)

    def value(match: re.Match[str]) -> str:
        name, form = match["plain"] or match["name"], match["form"] or ""
        if match["call"]:
            return match[0]  # a macro, which is the data source's
        if name in of_time and not form:
            return of_time[name]
        if name not in variables:
            raise Mistake(f"nobody knows the variable {match[0]}")
        if form != "sqlstring":
            raise Mistake(
                f"{match[0]}: what somebody has typed or chosen comes into SQL as ${{{name}:sqlstring}}"
            )
        return sql_string(variables[name])

    return _VARIABLE.sub(value, text)


def _of_time(span: Span) -> dict[str, str]:
    milliseconds = span.interval // timedelta(milliseconds=1)
    return {
        "__from": str(_milliseconds(span.since)),
        "__to": str(_milliseconds(span.until)),
        "__interval": f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s",
        "__interval_ms": str(milliseconds),
    }


def sql_string(value: Value) -> str:
    if isinstance(value, Raw):
        return value
    several = [value] if isinstance(value, str) else value
    return ",".join("'" + one.replace("'", "''") + "'" for one in several)


def _milliseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


# ── the data sources ─────────────────────────────────────────────────────────────────────────────


class Source(ABC):
    plugin: str

    @abstractmethod
    def text_of(self, target: Target) -> str: ...

    @abstractmethod
    def is_time_series(self, target: Target) -> bool: ...

    @abstractmethod
    def ask(self, target: Target, text: str, span: Span) -> Answer:
        """`text` has its variables; the macros are this data source's."""


class OnPostgreSQL(Source):
    """`url` as psycopg has it; the role need not be the daemon's."""

    plugin = "grafana-postgresql-datasource"

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")

    def text_of(self, target: Target) -> str:
        return str(target["rawSql"])

    def is_time_series(self, target: Target) -> bool:
        return bool(target["format"] == "time_series")

    def ask(self, target: Target, text: str, span: Span) -> Answer:
        with psycopg.connect(self._url, autocommit=True) as connection:
            cursor = connection.execute(with_macros(text, span).encode())
            columns = tuple(one.name for one in cursor.description or ())
            rows = [tuple(map(_plain, columns, row)) for row in cursor]
        return Answer(columns, rows)


_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^\)]*)\)")


def with_macros(text: str, span: Span) -> str:
    """As the PostgreSQL data source fills them in: also within strings, and an argument ends at the first bracket."""
    named = _named(span)

    def value(match: re.Match[str]) -> str:
        name, arguments = match[1], [one.strip(" ") for one in match[2].split(",")]
        if name not in named:
            raise Mistake(f"PostgreSQL's data source does not know the macro ${name}")
        # Before a comma it would get the name "time", as long ago.
        is_named = name == "__timeGroup" and text.startswith(",", text.index(match[0]) + len(match[0]))
        return named[name](*arguments) + (' AS "time"' if is_named else "")

    return _MACRO.sub(value, text)


def _named(span: Span) -> dict[str, Callable[..., str]]:
    since, until = (f"'{_rfc3339(at)}'" for at in (span.since, span.until))
    return {
        "__time": lambda column: f'{column} AS "time"',
        "__timeEpoch": lambda column: f'extract(epoch from {column}) as "time"',
        "__timeFilter": lambda column: f"{column} BETWEEN {since} AND {until}",
        "__timeFrom": lambda _="": since,
        "__timeTo": lambda _="": until,
        "__timeGroup": lambda column, interval: _group(f"extract(epoch from {column})", interval),
        "__timeGroupAlias": lambda column, interval: (
            _group(f"extract(epoch from {column})", interval) + ' AS "time"'
        ),
    }


def _group(epoch: str, interval: str) -> str:
    number, unit = re.fullmatch(r"'?(\d+)(ms|s|m|h|d)'?", interval).groups()  # type: ignore[union-attr]
    seconds = f"{int(number) * {'ms': 0.001, 's': 1, 'm': 60, 'h': 3600, 'd': 86400}[unit]:g}"
    return f"floor({epoch}/{seconds})*{seconds}"


def _rfc3339(at: datetime) -> str:
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Mistake(f"{column} is a time without a zone")
        return value.astimezone(UTC)
    # A number in the column of this name is seconds.
    return datetime.fromtimestamp(value, UTC) if column == "time" and value is not None else value


class OnSQLite(Source):
    """The plugin opens the file itself, and may only read."""

    plugin = "frser-sqlite-datasource"

    def __init__(self, path: Path) -> None:
        self._path = path

    def text_of(self, target: Target) -> str:
        if target["rawQueryText"] != target["queryText"]:
            raise Mistake(
                "rawQueryText is what the page fills in, queryText what an alert would ask: they are one"
            )
        return str(target["rawQueryText"])

    def is_time_series(self, target: Target) -> bool:
        return bool(target["queryType"] == "time series")

    def ask(self, target: Target, text: str, span: Span) -> Answer:
        if unknown := re.search(r"\$__\w+\(", self.text_of(target)):
            raise Mistake(f"SQLite's data source does not know the macro {unknown[0]}")
        with closing(sqlite3.connect(f"file:{quote(str(self._path))}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            cursor = connection.execute(text)
            columns = tuple(name for name, *_ in cursor.description)
            found = cursor.fetchall()
        if unknown_times := set(target["timeColumns"]) - {"time", *columns}:
            raise Mistake(f"no such columns: {unknown_times}")
        kinds = [_read_as(name, values, target["timeColumns"]) for name, values in _by_column(columns, found)]
        return Answer(
            columns, [tuple(kind(one) for kind, one in zip(kinds, row, strict=True)) for row in found]
        )


def _by_column(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    for place, name in enumerate(columns):
        yield name, [row[place] for row in rows if row[place] is not None]


def _read_as(name: str, values: list[Any], times: Sequence[str]) -> Callable[[Any], Any]:
    """The plugin gives a column the type of its first value, and bends the others."""
    if name in times:
        return _time
    if len({type(value) for value in values}) > 1:
        raise Mistake(f"the column {name} has values of several types: {values}")
    return lambda value: value


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    return datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
