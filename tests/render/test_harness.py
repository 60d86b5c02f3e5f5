"""What the drawing has to notice: each of these was made wrong on purpose."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from grafana.sql.answering import OnSQLite
from parts.prometheus import Prometheus
from render import day
from render.bridge import At
from render.drawing import Browser, Drawn

Json = dict[str, Any]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

EVIL = "https://evil.example/x.png"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    place = tmp_path_factory.mktemp("harness")
    with closing(sqlite3.connect(place / "small.db")) as database:
        database.executescript(f"CREATE TABLE t (word TEXT); INSERT INTO t VALUES ('{EVIL}'), ('{PIXEL}');")
    with Prometheus(place / "prometheus", []) as server:
        sources = [At("prom", "Prometheus", server.url), At("file", "SQLite", OnSQLite(place / "small.db"))]
        with Browser(sources) as found:
            yield found


def promql(expr: str) -> Json:
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "datasource": source,
        "expr": expr,
        "legendFormat": "x",
        "instant": True,
        "range": False,
        "refId": "A",
    }


def sql(text: str) -> Json:
    source = {"type": OnSQLite.plugin, "uid": "${datasource}"}
    return {
        "datasource": source, "queryType": "table", "rawQueryText": text, "queryText": text, "timeColumns": ["time"],
        "refId": "A",
    }  # fmt: skip


def panel(kind: str, target: Json, **overridden: Any) -> Json:
    """A panel with one query; `overridden` are options of the field `word`."""
    properties = [{"id": name.replace("__", "."), "value": value} for name, value in overridden.items()]
    overrides = [{"matcher": {"id": "byName", "options": "word"}, "properties": properties}]
    return {
        "id": 1, "type": kind, "title": "panel", "datasource": target["datasource"], "targets": [target],
        "gridPos": {"x": 0, "y": 0, "w": 24, "h": 8}, "fieldConfig": {"defaults": {}, "overrides": overrides},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/"}, "showHeader": True},
    }  # fmt: skip


def stat(target: Json, **overridden: Any) -> Json:
    return panel("stat", target, **overridden)


def table(text: str, **overridden: Any) -> Json:
    return panel("table", sql(text), **overridden)


def textbox(name: str) -> Json:
    return {"name": name, "type": "textbox", "query": "1", "current": {"text": "1", "value": "1"}}


def board(one: Json, *variables: Json) -> Json:
    source = {"name": "datasource", "type": "datasource", "query": one["datasource"]["type"], "multi": False}
    return {
        "uid": "small", "title": "small", "time": {"from": "now-1h", "to": "now"}, "graphTooltip": 1,
        "templating": {"list": [source, *variables]}, "panels": [one],
    }  # fmt: skip


def drawn(browser: Browser, one: Json, *variables: Json) -> Drawn:
    return browser.draw(board(one, *variables), day.NOW)


def test_a_good_panel_has_no_fault(browser: Browser) -> None:
    found = drawn(browser, stat(promql("vector(553)")))

    assert (found.errors, found.elsewhere, found.made) == ([], [], [])
    assert "553" in found.panel("panel").text


@pytest.mark.parametrize(
    "one, said",
    [
        (stat(promql('vector(1) or up{job="$nobody"}')), "undefined variable $nobody"),
        (stat(promql("sum(up")), "parse error"),
        (stat(sql("SELECT word FROM nowhere")), "no such table"),
        (stat(sql("SELECT '${nobody:sqlstring}' AS word")), "undefined variable ${nobody:sqlstring}"),
        (stat(sql("SELECT $typed AS word")), "${typed} stands in SQL without a format"),
        (stat(promql("vector(1)"), custom__widht=9), 'no option "custom.widht"'),
        (stat(promql("vector(1)")) | {"type": "graph"}, "no panel of type graph"),
        (stat(promql("vector(1)")) | {"repeat": "job"}, '"repeat" is not read here'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_panel_is_told(one: Json, said: str, browser: Browser) -> None:
    found = drawn(browser, one, textbox("typed"))

    assert any(said in error for error in found.errors), found.errors


def test_a_variable_that_cannot_be_asked_is_told(browser: Browser) -> None:
    one = stat(promql("vector(1)"))
    variable = {
        "name": "job",
        "type": "query",
        "datasource": one["datasource"],
        "query": "label_values(up{, job)",
    }
    found = drawn(browser, one, variable)

    assert any("variable job" in error for error in found.errors), found.errors


def test_a_panel_without_rows_is_seen(browser: Browser) -> None:
    found = drawn(browser, stat(promql("up")))

    assert found.panel("panel").rows == 0
    assert "No data" in found.panel("panel").text


def test_an_element_made_of_data_is_seen(browser: Browser) -> None:
    found = drawn(browser, table("SELECT word FROM t", custom__cellOptions={"type": "image"}))

    assert f"img {PIXEL}" in found.made
    assert EVIL in found.elsewhere


def test_a_link_made_of_data_is_seen(browser: Browser) -> None:
    links = [{"title": "x", "url": "${__value.raw}", "targetBlank": False}]
    found = drawn(browser, table("SELECT word FROM t", links=links))

    assert EVIL in found.panel("panel").links
    assert EVIL in found.hrefs


def test_a_variable_in_the_address_is_taken(browser: Browser) -> None:
    shown = board(table("SELECT ${typed:sqlstring} AS word"), textbox("typed"))
    found = browser.draw(shown, day.NOW, {"typed": day.MALLORY})

    assert found.errors == []
    assert day.MALLORY in found.panel("panel").text
