"""The shipped dashboards as Grafana would read them, and their queries as Prometheus would get them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rejectwatch.shipped import shipped

FOLDER = shipped("grafana")
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))

Dashboard = dict[str, Any]
Panel = dict[str, Any]

STANDARD = {"job": ".+", "instance": ".+", "__rate_interval": "5m", "__range": "24h", "__interval": "1m"}
"""The variables as they stand when somebody opens the dashboard: All, and what Grafana fills in itself."""


class Query(NamedTuple):
    panel: str
    ref: str
    promql: str


def load(path: Path) -> Dashboard:
    found: Dashboard = json.loads(path.read_text(encoding="utf-8"))
    return found


def panels(dashboard: Dashboard) -> list[Panel]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: Dashboard) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def queries(dashboard: Dashboard, values: Mapping[str, str] = STANDARD) -> Iterator[Query]:
    """Each panel's PromQL with its variables filled in; a variable that nobody knows is an error."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Query(panel["title"], target["refId"], filled(target["expr"], values))


def filled(text: str, values: Mapping[str, str] = STANDARD) -> str:
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: values[match[1] or match[2]], text)
