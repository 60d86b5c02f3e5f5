"""The rules of Grafana's dashboard-linter, what Grafana takes without a word and shows wrongly, and what a log may not do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tools.dashboards.boards import BOARDS
from tools.dashboards.panels import CAUSES as IN_WORDS
from tools.dashboards.panels import COLOURS

from grafana.dashboard import (
    DASHBOARDS,
    FOLDER,
    PROMETHEUS,
    Dashboard,
    kind,
    load,
    notes,
    panels,
    targets,
    variables,
)
from rejectwatch.causes import CAUSES

SCREEN = 18
"""Rows of the grid that are seen without scrolling; what is asked first has to be answered there."""
LONGEST = 80
UNITS = {
    "none", "short", "s", "bytes", "Bps", "percentunit", "suffix:/min", "suffix: /s", "dateTimeAsIso", "dateTimeFromNow",
}  # fmt: skip
"""Units of Grafana that we use; a misspelt one is shown as text behind the number."""
KINDS = {"stat", "timeseries", "bargauge", "table", "state-timeline"}
CELLS = {"auto", "color-text", "color-background", "gauge"}
"""Cells that show text as text: not markdown, html, json-view, image, data-links, pill, sparkline."""
FOLDERS = {
    "prometheus": "prometheus",
    "grafana-postgresql-datasource": "postgresql",
    "frser-sqlite-datasource": "sqlite",
}
OF_GRAFANA = {
    "__rate_interval", "__range", "__all", "__interval", "__interval_ms", "__from", "__to", "__url_time_range",
    "__timeFilter", "__timeFrom", "__timeTo", "__timeGroup", "__data", "__field", "__value",
    "__unixEpochFrom", "__unixEpochTo", "__unixEpochFilter", "__unixEpochGroup",
}  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER / "dashboards").as_posix()


dashboard_files = pytest.mark.parametrize("dashboard", [load(path) for path in DASHBOARDS], ids=map(name_of, DASHBOARDS))  # fmt: skip
of_prometheus = pytest.mark.parametrize("dashboard", PROMETHEUS, ids=[board["uid"] for board in PROMETHEUS])
of_sql = pytest.mark.parametrize(
    "dashboard",
    [board for board in map(load, DASHBOARDS) if kind(board) != "prometheus"],
    ids=[name_of(path) for path in DASHBOARDS if kind(load(path)) != "prometheus"],
)


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, list):
        return [found for one in value for found in objects(one)]
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in objects(one))]
    return []


def properties(dashboard: Dashboard, name: str) -> list[Any]:
    """The values of a field's property, in overrides."""
    return [found["value"] for found in objects(panels(dashboard)) if found.get("id") == name]


# ── the files ──


@pytest.mark.parametrize("name", BOARDS)
def test_a_committed_file_is_what_the_generator_writes(name: str) -> None:
    assert (FOLDER / "dashboards" / name).read_text("utf-8") == BOARDS[name]().as_json()


def test_there_is_no_file_that_nobody_makes() -> None:
    written = {
        path.relative_to(FOLDER / "dashboards").as_posix() for path in (FOLDER / "dashboards").rglob("*.*")
    }

    assert written == set(BOARDS)


@pytest.mark.parametrize("path", DASHBOARDS, ids=name_of)
def test_a_folder_holds_what_asks_its_kind_of_data_source(path: Path) -> None:
    told = load(path)

    assert path.parent.name == FOLDERS[kind(told)]
    assert path.stem == told["uid"].removesuffix("-sqlite")


def test_uids_are_distinct_and_titles_within_a_kind() -> None:
    loaded = [load(path) for path in DASHBOARDS]

    assert len({one["uid"] for one in loaded}) == len(loaded)
    assert len({(kind(one), one["title"]) for one in loaded}) == len(loaded)


# ── the dashboard ──


@dashboard_files
def test_it_is_classic_json_of_a_version_that_every_grafana_from_11_on_reads(dashboard: Dashboard) -> None:
    assert dashboard["schemaVersion"] == 39
    assert isinstance(dashboard["refresh"], str)
    assert "time_options" not in dashboard["timepicker"]
    assert not {"__inputs", "__requires", "__elements", "id", "gnetId"} & set(dashboard)
    assert not [found for found in objects(dashboard) if "libraryPanel" in found]


@dashboard_files
def test_it_has_a_fixed_uid_and_is_not_edited_in_place(dashboard: Dashboard) -> None:
    assert re.fullmatch(r"rejectwatch[a-z-]{0,29}", dashboard["uid"])
    assert dashboard["title"].startswith("rejectwatch: ")
    assert dashboard["editable"] is False
    assert "rejectwatch" in dashboard["tags"]
    assert dashboard["graphTooltip"] == 1  # a shared crosshair
    assert dashboard["description"]


@dashboard_files
def test_the_data_source_is_a_variable(dashboard: Dashboard) -> None:
    variable = variables(dashboard)["datasource"]

    assert (variable["type"], variable["label"]) == ("datasource", "Data source")
    used = [found["datasource"] for found in objects(dashboard) if "datasource" in found]
    assert used
    for datasource in used:
        assert datasource in (
            {"type": variable["query"], "uid": "${datasource}"},
            {"type": "grafana", "uid": "-- Grafana --"},
        )


@of_prometheus
@pytest.mark.parametrize("name", ["job", "instance"])
def test_job_and_instance_can_be_chosen(dashboard: Dashboard, name: str) -> None:
    variable = variables(dashboard)[name]

    assert variable["type"] == "query"
    assert variable["label"] == name.capitalize()
    assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")
    assert variable["refresh"] == 2  # also when the time range changes
    assert variable["sort"] == 1
    assert variable["current"]["value"] == ["$__all"]
    query = variable["query"]["query"]
    assert re.fullmatch(r"label_values\(rejectwatch_build_info(\{.*\})?, " + name + r"\)", query)


@dashboard_files
def test_a_variable_that_is_asked_for_follows_the_time_range(dashboard: Dashboard) -> None:
    for variable in variables(dashboard).values():
        assert variable["label"]
        assert variable["type"] in {"datasource", "query", "textbox", "custom"}
        if variable["type"] == "query":
            assert variable["refresh"] == 2


@dashboard_files
def test_every_variable_that_is_used_exists(dashboard: Dashboard) -> None:
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) - OF_GRAFANA

    assert used <= set(variables(dashboard))


@dashboard_files
def test_it_leads_to_the_others_and_takes_what_was_chosen_only_to_those_of_its_kind(
    dashboard: Dashboard,
) -> None:
    alike, other = dashboard["links"]

    assert set(alike["tags"]) <= set(dashboard["tags"])
    assert not set(other["tags"]) <= set(dashboard["tags"])
    assert {link["type"] for link in (alike, other)} == {"dashboards"}
    assert (alike["includeVars"], other["includeVars"]) == (True, False)
    assert alike["keepTime"] is other["keepTime"] is True
    for link in (alike, other):
        assert any(set(link["tags"]) <= set(load(path)["tags"]) for path in DASHBOARDS)


# ── the panels ──


@dashboard_files
def test_panels_fill_the_grid_without_overlap(dashboard: Dashboard) -> None:
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert all(set(place) == {"x", "y", "w", "h"} for place in places)
    assert len(set(cells)) == len(cells)
    assert set(cells) == {(x, y) for x in range(24) for y in range(max(y for _, y in cells) + 1)}
    assert max(y for _, y in cells) < LONGEST


@of_prometheus
def test_what_is_asked_first_fits_on_a_screen(dashboard: Dashboard) -> None:
    headings = [panel["gridPos"]["y"] for panel in dashboard["panels"] if panel["type"] == "row"]

    assert min(headings) <= SCREEN


@dashboard_files
def test_panels_are_told_apart(dashboard: Dashboard) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    titles = [panel["title"] for panel in panels(dashboard)]

    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)


@dashboard_files
def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert len(panel["description"]) > 40, panel["title"]


@dashboard_files
def test_every_panel_is_of_a_kind_that_today_s_grafana_has(dashboard: Dashboard) -> None:
    assert {panel["type"] for panel in panels(dashboard)} <= KINDS


@dashboard_files
def test_every_panel_but_tables_has_a_unit_that_grafana_knows(dashboard: Dashboard) -> None:
    others = [panel for panel in panels(dashboard) if panel["type"] != "table"]
    units = [panel["fieldConfig"]["defaults"].get("unit") for panel in others]

    assert {*units, *properties(dashboard, "unit")} <= UNITS


@dashboard_files
def test_thresholds_begin_at_the_bottom_and_rise(dashboard: Dashboard) -> None:
    several = [found["steps"] for found in objects(dashboard) if "steps" in found]

    assert several
    for steps in several:
        values = [step["value"] for step in steps]
        assert values[0] is None
        assert values[1:] == sorted(values[1:])


@dashboard_files
def test_overrides_are_for_something_that_the_panel_has(dashboard: Dashboard) -> None:
    for panel in panels(dashboard):
        refs = {target["refId"] for target in panel["targets"]}
        for override in panel["fieldConfig"]["overrides"]:
            matcher = override["matcher"]
            assert matcher["id"] in {"byName", "byRegexp", "byType", "byFrameRefID"}
            if matcher["id"] == "byFrameRefID":
                assert matcher["options"] in refs
            if matcher["options"].startswith("Value #"):
                assert matcher["options"].removeprefix("Value #") in refs


def test_every_cause_has_a_colour_and_words_of_its_own() -> None:
    slugs = {cause.slug for cause in CAUSES}

    assert set(COLOURS) == set(IN_WORDS) == slugs
    assert len(set(COLOURS.values())) == len(set(IN_WORDS.values())) == len(slugs)


# ── the queries, as text (as PromQL: test_promql.py; as SQL: sql/) ──


@dashboard_files
def test_every_panel_asks_something(dashboard: Dashboard) -> None:
    for panel in panels(dashboard):
        refs = [target["refId"] for target in panel["targets"]]
        assert refs == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(refs)]), panel["title"]
        assert refs, panel["title"]


@of_prometheus
def test_a_legend_is_there_and_names_only_labels_that_the_query_keeps(dashboard: Dashboard) -> None:
    for panel, target in targets(dashboard):
        if panel["type"] == "table":
            assert target["format"] == "table"
            continue
        kept = set(",".join(re.findall(r"\bby \(([^)]*)\)", target["expr"])).replace(" ", "").split(","))
        assert target["legendFormat"], panel["title"]
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, panel["title"]


@of_prometheus
def test_a_number_of_now_is_asked_for_once_and_a_curve_over_time(dashboard: Dashboard) -> None:
    for panel, target in targets(dashboard):
        assert target["instant"] is (panel["type"] != "timeseries"), panel["title"]
        assert target["range"] is not target["instant"]


@of_sql
def test_what_is_typed_or_chosen_comes_into_sql_only_as_a_string(dashboard: Dashboard) -> None:
    """So that neither a quote nor a `$` in it is read as SQL."""
    for panel, target in targets(dashboard):
        texts = [str(target[key]) for key in ("rawSql", "rawQueryText", "queryText") if key in target]
        assert texts, panel["title"]
        for text in texts:
            bare = [
                name
                for name in re.findall(r"\$\{?(\w+)(?!\w|:sqlstring\})", text)
                if not name.startswith("__")
            ]
            assert bare == [], panel["title"]


# ── what a log says can't become markup or a link ──


@dashboard_files
def test_a_cell_shows_text_as_text(dashboard: Dashboard) -> None:
    cells = [found["cellOptions"] for found in objects(dashboard) if "cellOptions" in found]
    cells += properties(dashboard, "custom.cellOptions")

    assert {cell["type"] for cell in cells} <= CELLS


@dashboard_files
def test_no_variable_stands_in_what_grafana_reads_as_markup(dashboard: Dashboard) -> None:
    told = [found[key] for found in objects(dashboard) for key in ("description", "content") if key in found]
    told += [panel["title"] for panel in dashboard["panels"]]

    assert [text for text in told if "$" in text and "$__" not in text] == []


@dashboard_files
def test_a_link_is_our_own_path_and_what_is_filled_in_is_encoded(dashboard: Dashboard) -> None:
    """A reply that says `javascript:` or `//evil.example` can't be where a link leads."""
    uids = {load(path)["uid"] for path in DASHBOARDS}
    for found in objects(panels(dashboard)):
        if "url" not in found:
            continue
        path, _, query = found["url"].partition("?")
        assert path.removeprefix("/d/") in uids
        for part in filter(None, query.split("&")):
            assert re.fullmatch(
                r"var-\w+=\$\{[\w.]+:percentencode\}|\$\{\w+:queryparam\}|\$\{__url_time_range\}|var-\w+=[\w-]*",
                part,
            ), part
        assert found["targetBlank"] is False


@dashboard_files
def test_an_annotation_shows_only_labels_of_ours(dashboard: Dashboard) -> None:
    ours = {"alertname", "instance", "source", "channel"}
    for one in dashboard["annotations"]["list"]:
        texts = one.get("titleFormat", "") + one.get("textFormat", "") + one.get("tagKeys", "")
        assert set(re.findall(r"\{\{\s*(\w+)\s*\}\}", texts)) <= ours
    if kind(dashboard) == "prometheus":
        assert [one.panel for one in notes(dashboard)] == ["Alerts", "Restarts"]
