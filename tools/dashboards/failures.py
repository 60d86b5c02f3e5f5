"""Failures of any time range, counted: whole hours from `hourly`, the ends of the range from `events`.

As `rejectwatch top` does it (store/top.py), so the numbers are the same. And what all panels about failures share: how
they are filtered, how a cause is coloured.
"""

from __future__ import annotations

from tools.dashboards.board import custom
from tools.dashboards.databases import Database, chosen, several, typed
from tools.dashboards.panels import CAUSES, COLOURS, Json, override, timeseries, told_causes, words

FAILED = "outcome IN ('rejected', 'bounced')"
FILTERS = f"{chosen('instance', 'instance')} AND {chosen('cause', 'cause')}"

_PERSONS = "by IN ('user', 'sender', 'nobody')"

_ROWS = {
    "user": ("by = 'user'", "subject", '"user" IS NOT NULL'),
    "sender": ("by = 'sender'", "subject", '"user" IS NULL AND sender IS NOT NULL'),
    "sender_domain": (f"{_PERSONS} AND sender_domain <> ''", "sender_domain", "sender_domain <> ''"),
    "client_ip": (f"{_PERSONS} AND client_ip <> ''", "client_ip", "client_ip <> ''"),
    "recipient_domain": ("by = 'recipient_domain'", "subject", "recipient_domain <> ''"),
    "cause": ("by = 'cause'", "subject", "cause <> ''"),
}
"""What is counted → its rows of `hourly`, its column there, and which events have it."""


def counted(database: Database, by: str) -> str:
    """SQL of rows `subject`, `cause`, `failures`, which together count every failure once."""
    rows, column, has_it = _ROWS[by]
    first, last = database.first_hour(), database.last_hour()
    hours = f"hour >= {first} AND hour < {last}"
    ends = (f"occurred_at < {first}", f"occurred_at >= {first} AND occurred_at >= {last}")
    parts = [
        f"SELECT {column} AS subject, cause, failures FROM hourly WHERE {rows} AND {hours} AND {FILTERS}"
    ]
    parts += [
        f'SELECT "{by}", cause, repeat FROM events WHERE {database.within("occurred_at")} AND {end}'
        f" AND {FAILED} AND {has_it} AND {FILTERS}"
        for end in ends
    ]
    return "\n  UNION ALL ".join(parts)


def is_typed(column: str, variable: str) -> str:
    """A condition that an index answers: the column is what was typed; or nothing was."""
    return f"({typed(variable)} = '' OR {column} = {typed(variable)})"


def causes() -> Json:
    """The variable `cause`: several of those that exist. They are known here, and need no question."""
    variable = several(custom("cause", "Cause", {slug: slug for slug in sorted(CAUSES)}))
    options = [{**option, "selected": False} for option in variable["options"]]
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return variable | {"multi": True, "includeAll": True, "current": everything, "options": options}


def in_words(column: str) -> str:
    """SQL: a cause in words, where it becomes a part of a name."""
    told = " ".join(f"""WHEN '{slug}' THEN '{word.replace("'", "''")}'""" for slug, word in CAUSES.items())
    return f"CASE {column} {told} ELSE {column} END"


def coloured(column: str = "cause", **more: object) -> Json:
    """A column of causes: in words, each in its colour."""
    told = words({slug: (word, COLOURS[slug]) for slug, word in CAUSES.items()})
    return override(column, mappings=told, custom__cellOptions={"type": "color-text"}, **more)


def by_cause(
    title: str, description: str, database: Database, sql: str, *, interval: str, points: int | None = None
) -> Json:
    """Failures over time as stacked bars, from rows of `time`, a cause and its number."""
    return timeseries(
        title, description, [database.target(sql, form="time_series")], unit="short", stacked=True, bars=True,
        interval=interval, points=points, decimals=0, legend="bottom", overrides=told_causes(),
    )  # fmt: skip
