"""The rules of Grafana's dashboard-linter, and what Grafana takes without a word and shows wrongly."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grafana.dashboard import DASHBOARDS, FOLDER, Dashboard, Panel, load, panels, variables
from rejectwatch.causes import CAUSES

MOST_PANELS = 8
UNITS = {"none", "short", "s", "bytes", "percentunit", "suffix:/min"}
"""Units of Grafana that we use; a misspelt one is shown as text behind the number."""

dashboard_files = pytest.mark.parametrize("dashboard", [load(path) for path in DASHBOARDS], ids=[path.stem for path in DASHBOARDS])  # fmt: skip


def test_there_is_a_dashboard() -> None:
    assert [path.name for path in DASHBOARDS] == ["rejectwatch.json"]


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, list):
        return [found for one in value for found in objects(one)]
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in objects(one))]
    return []


def targets(dashboard: Dashboard) -> list[tuple[Panel, dict[str, Any]]]:
    return [(panel, target) for panel in panels(dashboard) for target in panel["targets"]]


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
    assert re.fullmatch(r"[a-z0-9-]{1,40}", dashboard["uid"])
    assert dashboard["editable"] is False
    assert "rejectwatch" in dashboard["tags"]
    assert dashboard["graphTooltip"] == 1  # a shared crosshair
    assert dashboard["title"]
    assert dashboard["description"]


def test_uids_and_titles_are_distinct() -> None:
    loaded = [load(path) for path in DASHBOARDS]

    assert (
        len({dashboard["uid"] for dashboard in loaded})
        == len({dashboard["title"] for dashboard in loaded})
        == len(loaded)
    )


@dashboard_files
def test_the_data_source_is_a_variable(dashboard: Dashboard) -> None:
    variable = variables(dashboard)["datasource"]

    assert (variable["type"], variable["query"], variable["label"]) == (
        "datasource",
        "prometheus",
        "Data source",
    )
    used = [found["datasource"] for found in objects(dashboard) if "datasource" in found]
    assert used
    for datasource in used:
        assert datasource in (
            {"type": "prometheus", "uid": "${datasource}"},
            {"type": "grafana", "uid": "-- Grafana --"},
        )


@dashboard_files
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
def test_every_variable_that_is_used_exists(dashboard: Dashboard) -> None:
    used = set(re.findall(r"\$\{?(\w+)", str(dashboard))) - {"__rate_interval", "__all"}

    assert used <= set(variables(dashboard))
    assert set(variables(dashboard)) <= used


# ── the panels ──


@dashboard_files
def test_there_are_few_panels_and_they_fill_the_grid_without_overlap(dashboard: Dashboard) -> None:
    places = [panel["gridPos"] for panel in panels(dashboard)]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert 0 < len(places) <= MOST_PANELS
    assert all(set(place) == {"x", "y", "w", "h"} for place in places)
    assert len(set(cells)) == len(cells)
    assert set(cells) == {(x, y) for x in range(24) for y in range(max(y for _, y in cells) + 1)}


@dashboard_files
def test_panels_are_told_apart(dashboard: Dashboard) -> None:
    ids = [panel["id"] for panel in panels(dashboard)]
    titles = [panel["title"] for panel in panels(dashboard)]

    assert len(set(ids)) == len(set(titles)) == len(ids)


@dashboard_files
def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert len(panel["description"]) > 40, panel["title"]


@dashboard_files
def test_every_panel_is_of_a_kind_that_today_s_grafana_has(dashboard: Dashboard) -> None:
    kinds = {panel["type"] for panel in panels(dashboard)}

    assert kinds <= {"stat", "timeseries", "bargauge", "table"}


@dashboard_files
def test_every_panel_has_a_unit_that_grafana_knows(dashboard: Dashboard) -> None:
    units = [panel["fieldConfig"]["defaults"].get("unit") for panel in panels(dashboard)]
    units += [
        one["value"]
        for panel in panels(dashboard)
        for override in panel["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "unit"
    ]

    assert set(units) <= UNITS


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
            assert matcher["id"] in {"byName", "byRegexp", "byFrameRefID"}
            if matcher["id"] == "byFrameRefID":
                assert matcher["options"] in refs


@dashboard_files
def test_a_colour_of_a_cause_is_for_one_that_exists(dashboard: Dashboard) -> None:
    (by_cause,) = (panel for panel in panels(dashboard) if panel["title"] == "Refused mail, by cause")
    coloured = {override["matcher"]["options"] for override in by_cause["fieldConfig"]["overrides"]}

    assert coloured
    assert coloured <= {cause.slug for cause in CAUSES}


# ── the queries, as text (as PromQL: test_promql.py) ──


@dashboard_files
def test_every_panel_asks_something_and_names_what_comes_back(dashboard: Dashboard) -> None:
    for panel in panels(dashboard):
        refs = [target["refId"] for target in panel["targets"]]
        assert refs == list("ABCDEFGH"[: len(refs)]), panel["title"]
        assert refs, panel["title"]
    for panel, target in targets(dashboard):
        assert target["legendFormat"], panel["title"]


@dashboard_files
def test_a_legend_names_only_labels_that_the_query_keeps(dashboard: Dashboard) -> None:
    for panel, target in targets(dashboard):
        kept = set(",".join(re.findall(r"\bby \(([^)]*)\)", target["expr"])).replace(" ", "").split(","))
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, panel["title"]


@dashboard_files
def test_a_number_of_now_is_asked_for_once_and_a_curve_over_time(dashboard: Dashboard) -> None:
    for panel, target in targets(dashboard):
        assert target.get("instant", False) is (panel["type"] == "stat"), panel["title"]
        assert target["range"] is not target.get("instant", False)


# ── provisioning ──


@pytest.mark.parametrize("kind, key", [("dashboards", "providers"), ("datasources", "datasources")])
def test_provisioning_is_what_grafana_reads(kind: str, key: str) -> None:
    yaml = pytest.importorskip("yaml")  # comes with Apprise
    (path,) = (FOLDER / "provisioning" / kind).glob("*.yaml")
    told = yaml.safe_load(path.read_text())

    assert told["apiVersion"] == 1
    (one,) = told[key]
    if kind == "dashboards":
        assert (one["type"], one["allowUiUpdates"]) == ("file", False)
        assert one["options"]["path"].startswith("/")
    else:
        assert (one["type"], one["access"]) == ("prometheus", "proxy")
        assert one["uid"]
        assert "password" not in path.read_text().lower()
