"""Ask the panels of a dashboard, by their titles, with the variables as they stand when somebody opens it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.dashboards.board import Board
from tools.dashboards.databases import Database

from grafana.sql.answering import Answer, Raw, Source, Span, Target, Value, answer
from grafana.sql.seed import BEGINS, NOW

Json = dict[str, Any]
Make = Callable[[Database], Board]

EVER = Span(BEGINS, NOW)
"""The whole of the seeded story."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A database, as the dashboards' makers know it and as it is asked; `url` is the daemon's own."""

    database: Database
    source: Source
    url: str

    def board(self, make: Make) -> Json:
        """A dashboard as Grafana reads it."""
        return _board(make, self.database)

    def panel(self, make: Make, title: str, span: Span = EVER, **chosen: Value) -> Answer:
        """What the one query of a panel brings; `title` may be the beginning of its title."""
        board = self.board(make)
        (panel,) = (one for one in board["panels"] if one["title"].startswith(title) and "targets" in one)
        (target,) = panel["targets"]
        return self.ask(board, target, span, **chosen)

    def ask(self, board: Json, target: Target, span: Span = EVER, **chosen: Value) -> Answer:
        return answer(self.source, target, {**standard(board), **chosen}, span)


@cache
def _board(make: Make, database: Database) -> Json:
    told: Json = json.loads(make(database).as_json())
    return told


def targets(board: Json) -> Iterator[tuple[str, Target]]:
    """Each query, with the title of its panel."""
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target


def standard(board: Json) -> dict[str, Value]:
    """Nothing typed, everything chosen, the first of the few; but for the data source, which stands in no query."""
    values: dict[str, Value] = {}
    for variable in board["templating"]["list"]:
        if variable["type"] == "datasource":
            continue
        value = variable.get("current", {}).get("value", "")
        values[variable["name"]] = Raw(variable["allValue"]) if value == ["$__all"] else value
    return values
