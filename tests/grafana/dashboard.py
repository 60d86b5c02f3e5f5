"""The shipped dashboards as Grafana would read them, and their queries as Prometheus would get them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rejectwatch.shipped import shipped

FOLDER = shipped("grafana")
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*/*.json"))
"""In a folder for each kind of data source."""

Dashboard = dict[str, Any]
Panel = dict[str, Any]

STANDARD = {"job": ".+", "instance": ".+", "__rate_interval": "5m", "__range": "24h", "__interval": "1m"}
"""The variables as they stand when somebody opens the dashboard: All, and what Grafana fills in itself."""


class Query(NamedTuple):
    """A query in PromQL: `text` as it stands in the file, `promql` with its variables filled in."""

    board: str
    panel: str
    ref: str
    text: str
    promql: str

    def of(self, values: Mapping[str, str]) -> str:
        """The same with other values of some variables."""
        return filled(self.text, {**STANDARD, **values})


def load(path: Path) -> Dashboard:
    found: Dashboard = json.loads(path.read_text(encoding="utf-8"))
    return found


def kind(dashboard: Dashboard) -> str:
    """The type of the data source that it asks."""
    return str(variables(dashboard)["datasource"]["query"])


def panels(dashboard: Dashboard) -> list[Panel]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(dashboard: Dashboard) -> list[tuple[Panel, dict[str, Any]]]:
    return [(panel, target) for panel in panels(dashboard) for target in panel["targets"]]


def variables(dashboard: Dashboard) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


PROMETHEUS = [board for board in map(load, DASHBOARDS) if kind(board) == "prometheus"]


def queries(dashboard: Dashboard) -> Iterator[Query]:
    """Each panel's PromQL; a variable that nobody knows is an error."""
    for panel, target in targets(dashboard):
        yield _query(dashboard, panel["title"], target["refId"], target["expr"])


def notes(dashboard: Dashboard) -> Iterator[Query]:
    for one in dashboard["annotations"]["list"]:
        if not one.get("builtIn"):
            yield _query(dashboard, one["name"], "annotation", one["expr"])


def _query(dashboard: Dashboard, name: str, ref: str, text: str) -> Query:
    return Query(dashboard["uid"], name, ref, text, filled(text))


def filled(text: str, values: Mapping[str, str] = STANDARD) -> str:
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: values[match[1] or match[2]], text)
