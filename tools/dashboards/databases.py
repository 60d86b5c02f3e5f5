"""What PostgreSQL and SQLite say differently, and how their data sources in Grafana are asked.

PostgreSQL's belongs to Grafana; SQLite's is the community's `frser-sqlite-datasource`, which reads the file itself.
What somebody chose or typed comes into SQL only by `typed`, `written` or `chosen`: as strings, their quotes doubled.

A time series has the columns `time`, `metric` and "Value", in this spelling and in the order of the time: then both
data sources name each series after its `metric`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

from tools.dashboards.board import choice, datasource, textbox
from tools.dashboards.panels import Json

Form = Literal["table", "time_series"]

EVERYTHING = "'.+'"
"""What All becomes in SQL. Grafana puts it into the query as it stands, so the quotes belong to it."""


# ── variables in SQL ──


def typed(variable: str) -> str:
    """A variable as an SQL string, whatever is in it."""
    return f"${{{variable}:sqlstring}}"


def written(column: str, variable: str) -> str:
    """A condition: the column is what was typed, in any case of letters; or nothing was typed."""
    return f"({typed(variable)} = '' OR lower({column}) = lower({typed(variable)}))"


def several(variable: Json) -> Json:
    """A variable of which several values may be chosen, for `chosen`."""
    return variable | {"allValue": EVERYTHING}


def chosen(column: str, variable: str) -> str:
    """A condition: the column is one of those that were chosen; or all are."""
    return f"({EVERYTHING} IN ({typed(variable)}) OR {column} IN ({typed(variable)}))"


# ── the databases ──


class Database(ABC):
    """`suffix` is what the uids of this database's dashboards end with; `plugin` the type of its data source."""

    name: str
    suffix: str
    plugin: str
    zones: str
    """How somebody writes a time zone."""

    @property
    def source(self) -> Json:
        return {"type": self.plugin, "uid": "${datasource}"}

    def uid(self, board: str) -> str:
        return f"rejectwatch-{board}{self.suffix}"

    def datasource(self) -> Json:
        """The variable that says which data source is asked."""
        return datasource(self.plugin)

    def instances(self) -> Json:
        """The variable `instance`: which daemons of a shared database are asked about."""
        query = "SELECT instance FROM instances ORDER BY instance"
        return several(choice("instance", "Instance", self.source, query))

    def timezone(self) -> Json:
        """The variable `timezone`, in which `hour_of`, `weekday_of` and `day_of` reckon."""
        return textbox("timezone", "Time zone", description=self.zones)

    @abstractmethod
    def target(self, sql: str, *, form: Form = "table", times: Sequence[str] = ()) -> Json:
        """A query. `times`: the columns that `moment` or `bucket` made, besides `time`."""

    @abstractmethod
    def within(self, column: str) -> str:
        """The dashboard's time range, as a condition that an index answers."""

    @abstractmethod
    def begin(self) -> str:
        """The first moment of the time range, comparable with a column of times; `end` the last one."""

    @abstractmethod
    def end(self) -> str: ...

    @abstractmethod
    def first_hour(self) -> str:
        """Where the first whole hour of the time range begins; `last_hour`: where the last one ends. Hours of UTC."""

    @abstractmethod
    def last_hour(self) -> str: ...

    def moment(self, column: str) -> str:
        """A time as Grafana shows it."""
        return column

    @abstractmethod
    def bucket(self, column: str) -> str:
        """The time cut to the panel's interval. Group by its number: GROUP BY 1."""

    @abstractmethod
    def seconds(self, since: str, until: str) -> str:
        """How long it is from one time to another, a whole number."""

    @abstractmethod
    def later(self, time: str, hours: int) -> str:
        """So many hours behind a time, or before it."""

    @abstractmethod
    def hour_of(self, column: str) -> str:
        """0 to 23, on the clocks of the zone that the variable `timezone` names."""

    @abstractmethod
    def weekday_of(self, column: str) -> str:
        """0 to 6, Sunday is 0."""

    @abstractmethod
    def day_of(self, column: str) -> str:
        """The date, as text: 2026-11-27."""

    @abstractmethod
    def json(self, column: str, place: int) -> str:
        """An element of a list in JSON, as text; the first has the place 0."""

    @abstractmethod
    def find(self, text: str, sign: str) -> str:
        """Where a sign stands in a text, from 1 on; 0: nowhere."""

    @abstractmethod
    def is_plain(self, text: str) -> str:
        """A condition: the text is ASCII, so that all that compares it does so in the same way."""

    @abstractmethod
    def elements(self, column: str, name: str) -> str:
        """What stands in FROM for the list of this name in JSON: a row `element` for each, its column `value`."""


class PostgreSQL(Database):
    name = "postgresql"
    suffix = ""
    plugin = "grafana-postgresql-datasource"
    zones = "As in Asia/Tokyo; empty: that of the database."

    def target(self, sql: str, *, form: Form = "table", times: Sequence[str] = ()) -> Json:
        del times  # they have a type there
        return {
            "datasource": self.source, "editorMode": "code", "format": form, "rawQuery": True, "rawSql": sql,
        }  # fmt: skip

    def within(self, column: str) -> str:
        return f"$__timeFilter({column})"

    def begin(self) -> str:
        return "CAST($__timeFrom() AS timestamptz)"

    def end(self) -> str:
        return "CAST($__timeTo() AS timestamptz)"

    def first_hour(self) -> str:
        last_moment = "interval '59 minutes 59.999999 seconds'"
        return f"date_trunc('hour', {self.begin()} + {last_moment}, 'UTC')"

    def last_hour(self) -> str:
        return f"date_trunc('hour', {self.end()}, 'UTC')"

    def bucket(self, column: str) -> str:
        # In brackets: with a comma behind it, Grafana would give it a name.
        return f"($__timeGroup({column},$__interval))"

    def seconds(self, since: str, until: str) -> str:
        return f"CAST(extract(epoch FROM {until} - {since}) AS bigint)"

    def later(self, time: str, hours: int) -> str:
        return f"({time} + INTERVAL '{hours} hours')"

    def hour_of(self, column: str) -> str:
        return f"CAST(extract(hour FROM {_on_clocks(column)}) AS integer)"

    def weekday_of(self, column: str) -> str:
        return f"CAST(extract(dow FROM {_on_clocks(column)}) AS integer)"

    def day_of(self, column: str) -> str:
        return f"to_char({_on_clocks(column)}, 'YYYY-MM-DD')"

    def json(self, column: str, place: int) -> str:
        return f"(CAST({column} AS json) ->> {place})"

    def find(self, text: str, sign: str) -> str:
        return f"strpos({text}, {sign})"

    def is_plain(self, text: str) -> str:
        return f"(octet_length({text}) = char_length({text}))"

    def elements(self, column: str, name: str) -> str:
        return f"json_array_elements(CAST({column} AS json) -> '{name}') AS element(value)"


def _on_clocks(column: str) -> str:
    zone = f"coalesce(nullif({typed('timezone')}, ''), current_setting('TimeZone'))"
    return f"({column} AT TIME ZONE {zone})"


class SQLite(Database):
    """Times are text there: RFC 3339 with microseconds, which sorts as it stands, and which the plugin reads."""

    name = "sqlite"
    suffix = "-sqlite"
    plugin = "frser-sqlite-datasource"
    zones = "As in +09:00; empty: that of the machine."

    def target(self, sql: str, *, form: Form = "table", times: Sequence[str] = ()) -> Json:
        return {
            "datasource": self.source, "queryType": "table" if form == "table" else "time series",
            "rawQueryText": sql, "queryText": sql, "timeColumns": sorted({"time", *times}),
        }  # fmt: skip

    def within(self, column: str) -> str:
        return f"{column} BETWEEN {self.begin()} AND {self.end()}"

    def begin(self) -> str:
        return _stamp("$__from")

    def end(self) -> str:
        return _stamp("$__to")

    def first_hour(self) -> str:
        return _stamp("($__from + 3599999) / 3600000 * 3600000")

    def last_hour(self) -> str:
        return _stamp("$__to / 3600000 * 3600000")

    def bucket(self, column: str) -> str:
        seconds = "max($__interval_ms / 1000, 1)"
        return f"{_epoch(column)} / {seconds} * {seconds}"

    def seconds(self, since: str, until: str) -> str:
        return f"({_epoch(until)} - {_epoch(since)})"

    def later(self, time: str, hours: int) -> str:
        return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {time}, '{hours:+} hours')"

    def hour_of(self, column: str) -> str:
        return f"CAST({_shown('%H', column)} AS INTEGER)"

    def weekday_of(self, column: str) -> str:
        return f"CAST({_shown('%w', column)} AS INTEGER)"

    def day_of(self, column: str) -> str:
        return _shown("%Y-%m-%d", column)

    def json(self, column: str, place: int) -> str:
        return f"json_extract({column}, '$[{place}]')"

    def find(self, text: str, sign: str) -> str:
        return f"instr({text}, {sign})"

    def is_plain(self, text: str) -> str:
        return f"(length(CAST({text} AS BLOB)) = length({text}))"

    def elements(self, column: str, name: str) -> str:
        return f"json_each({column}, '$.{name}') AS element"


def _stamp(milliseconds: str) -> str:
    # As long as what is stored: "…:00.5Z" would sort behind "…:00.500000Z".
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {milliseconds} / 1000.0, 'unixepoch')"


def _epoch(time: str) -> str:
    return f"CAST(strftime('%s', {time}) AS INTEGER)"


def _shown(form: str, column: str) -> str:
    return f"strftime('{form}', {column}, coalesce(nullif({typed('timezone')}, ''), 'localtime'))"


DATABASES: tuple[Database, ...] = (PostgreSQL(), SQLite())
