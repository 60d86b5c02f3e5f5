"""A dashboard: its head, its variables, and where each panel stands on the grid of 24 columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from tools.dashboards.panels import Json, row

COLUMNS = 24


class Board:
    """Collects lines of panels from top to bottom; every line fills the grid, so that nothing moves by itself."""

    def __init__(
        self, uid: str, title: str, description: str, variables: Sequence[Json], *, since: str = "now-24h",
        refresh: str = "1m", tags: Sequence[str] = (), annotations: Sequence[Json] = (),
    ) -> None:  # fmt: skip
        self._head = (uid, title, description)
        self._variables = list(variables)
        self._since, self._refresh = since, refresh
        self._kind = _KINDS[_source(variables)]
        self._tags = ["rejectwatch", "mail", *self._kind, *tags]
        self._annotations = list(annotations)
        self._panels: list[Json] = []
        self._y = 0
        self._ids = 0

    def line(self, height: int, *panels: tuple[Json, int]) -> None:
        """Panels side by side, each with its width in columns."""
        if sum(width for _, width in panels) != COLUMNS:
            raise ValueError(f"a line has {COLUMNS} columns: {[panel['title'] for panel, _ in panels]}")
        x = 0
        for panel, width in panels:
            self._put(panel, x, width, height)
            x += width
        self._y += height

    def heading(self, title: str) -> None:
        self._put(row(title), 0, COLUMNS, 1)
        self._y += 1

    def _put(self, panel: Json, x: int, width: int, height: int) -> None:
        self._ids += 1
        place = {"h": height, "w": width, "x": x, "y": self._y}
        self._panels.append({"id": self._ids, **panel, "gridPos": place})

    def as_json(self) -> str:
        """The file, as it is committed."""
        uid, title, description = self._head
        told: dict[str, Any] = {
            "uid": uid,
            "title": title,
            "description": description,
            "tags": self._tags,
            "schemaVersion": 39,  # the newest that Grafana 11.1 knows; later ones read it without a change
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "fiscalYearStartMonth": 0,
            "weekStart": "",
            "timezone": "browser",
            "refresh": self._refresh,
            "time": {"from": self._since, "to": "now"},
            "timepicker": {},
            "links": _links(self._kind),
            "liveNow": False,
            "annotations": {"list": [_BUILT_IN, *self._annotations]},
            "templating": {"list": self._variables},
            "panels": self._panels,
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


_KINDS = {
    "prometheus": ("prometheus",),
    "grafana-postgresql-datasource": ("sql", "postgresql"),
    "frser-sqlite-datasource": ("sql", "sqlite"),
}
"""What is asked → the tags that say so, by which dashboards find each other."""


def _source(variables: Sequence[Json]) -> str:
    (plugin,) = (str(one["query"]) for one in variables if one["type"] == "datasource")
    return plugin


def _links(kind: Sequence[str]) -> list[Json]:
    """To the dashboards of the same kind, with what was chosen, and to those of the other, with the time only.

    A data source of one kind is none of the other, and an `instance` is an address there, a name here.
    """
    other, title = ("prometheus", "How much, and is it blind?") if "sql" in kind else ("sql", "Who exactly?")
    return [_link("More of this", kind[-1], chosen=True), _link(title, other, chosen=False)]


def _link(title: str, tag: str, *, chosen: bool) -> Json:
    return {
        "title": title, "type": "dashboards", "tags": ["rejectwatch", tag], "asDropdown": True,
        "icon": "external link", "includeVars": chosen, "keepTime": True, "targetBlank": False, "tooltip": "",
        "url": "",
    }  # fmt: skip


_BUILT_IN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


# ── variables ──


def datasource(kind: str) -> Json:
    """Which data source of this type is asked: every panel says `${datasource}`."""
    return {
        "name": "datasource", "label": "Data source", "type": "datasource", "query": kind, "refresh": 1,
        "multi": False, "includeAll": False, "hide": 0, "options": [], "regex": "", "skipUrlSync": False,
    }  # fmt: skip


def choice(
    name: str, label: str, source: Json, query: Json | str, *, several: bool = True, sort: int = 1
) -> Json:
    """One or several of what the data source offers; All is `.+`."""
    told: Json = {
        "name": name, "label": label, "type": "query", "datasource": source, "query": query, "refresh": 2,
        "sort": sort, "multi": several, "includeAll": several, "hide": 0, "options": [], "regex": "",
        "skipUrlSync": False,
    }  # fmt: skip
    if several:
        told |= {"allValue": ".+", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}
    return told


def textbox(name: str, label: str, value: str = "", description: str = "") -> Json:
    """What somebody types. In SQL only as `${name:sqlstring}`, in a url only as `${name:percentencode}`."""
    return {
        "name": name, "label": label, "type": "textbox", "query": value, "description": description,
        "current": {"selected": False, "text": value, "value": value}, "hide": 0,
        "options": [{"selected": True, "text": value, "value": value}], "skipUrlSync": False,
    }  # fmt: skip


def custom(name: str, label: str, values: dict[str, str], *, hide: Literal[0, 1, 2] = 0) -> Json:
    """One of a few that are known here: what is shown → what is asked with; the first is taken."""
    (first, chosen), *_ = values.items()
    options = [{"selected": value == chosen, "text": text, "value": value} for text, value in values.items()]
    return {
        "name": name, "label": label, "type": "custom", "query": ",".join(f"{text} : {value}" for text, value in values.items()),
        "current": {"selected": True, "text": first, "value": chosen}, "options": options, "hide": hide,
        "multi": False, "includeAll": False, "skipUrlSync": False,
    }  # fmt: skip
