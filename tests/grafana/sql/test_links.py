"""From a row to another dashboard: the link leads to one that exists, keeps what was chosen, and can't be bent by a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tools.dashboards.domain import domain
from tools.dashboards.events import events
from tools.dashboards.helpdesk import helpdesk
from tools.dashboards.incidents import incidents
from tools.dashboards.user import user
from tools.dashboards.who import who

from grafana.sql.asking import EVER, Asking, Json, Make

MAKERS: tuple[Make, ...] = (who, domain, events, incidents, user, helpdesk)
OURS: tuple[Make, ...] = (who, domain, events, incidents)
FIELD = re.compile(r"\$\{__data\.fields\.(\w+):")
URL = re.compile(r"/d/([a-z-]+)\?(.+)")


def links(value: Any) -> Iterator[str]:
    """Every url of a panel."""
    if isinstance(value, list):
        for one in value:
            yield from links(one)
    if isinstance(value, dict):
        if "url" in value:
            yield value["url"]
        for one in value.values():
            yield from links(one)


def names(board: Json) -> set[str]:
    return {variable["name"] for variable in board["templating"]["list"]}


@pytest.mark.parametrize("make", MAKERS)
def test_a_link_leads_to_a_dashboard_and_fills_variables_that_it_has(make: Make, asking: Asking) -> None:
    boards = {board["uid"]: board for board in map(asking.board, MAKERS)}
    board = asking.board(make)
    urls = [url for panel in board["panels"] for url in links(panel)]

    assert urls
    for url in urls:
        told = URL.fullmatch(url)
        assert told, url
        there = boards[told[1]]
        assert set(re.findall(r"var-(\w+)=", url)) <= names(there), url
        assert set(re.findall(r"\$\{(\w+):queryparam\}", url)) <= names(there) & names(board), url
        assert "datasource:queryparam" in url
        assert url.endswith("${__url_time_range}"), url


@pytest.mark.parametrize("make", MAKERS)
def test_what_the_log_says_is_percent_encoded_in_a_link(make: Make, asking: Asking) -> None:
    for panel in asking.board(make)["panels"]:
        for url in links(panel):
            rest = re.sub(r"\$\{\w+:queryparam\}|\$\{__url_time_range\}|\$\{[\w.]+:percentencode\}", "", url)
            assert "$" not in rest, url


@pytest.mark.parametrize("make", OURS)
def test_a_link_takes_its_values_from_columns_of_its_row_that_are_never_null(
    make: Make, asking: Asking
) -> None:
    board = asking.board(make)
    chosen = {"domain": "corp.example"} if make is domain else {}
    for panel in board["panels"]:
        taken = own(panel) | {column for url in links(panel) for column in FIELD.findall(url)}
        if taken:
            found = asking.panel(make, panel["title"], EVER, **chosen)
            assert found.rows, panel["title"]
            assert taken <= set(found.columns), panel["title"]
            assert [column for column in taken if None in found.column(column)] == [], panel["title"]


def own(panel: Json) -> set[str]:
    """Columns whose cells a link takes its value from."""
    rules = panel["fieldConfig"]["overrides"]
    return {rule["matcher"]["options"] for rule in rules if any("__value.raw" in url for url in links(rule))}


@pytest.mark.parametrize("make", MAKERS)
def test_a_link_takes_of_other_columns_only_what_shows_no_words_for_a_value(
    make: Make, asking: Asking
) -> None:
    for panel in asking.board(make)["panels"]:
        for column in {column for url in links(panel) for column in FIELD.findall(url)}:
            shown = shown_as(panel, column)
            assert not shown.get("mappings"), (panel["title"], column)
            assert not shown.get("noValue"), (panel["title"], column)


def shown_as(panel: Json, column: str) -> Json:
    """The properties of a column, those of later rules over those of earlier ones."""
    shown: Json = dict(panel["fieldConfig"]["defaults"])
    for rule in panel["fieldConfig"]["overrides"]:
        kind, told = rule["matcher"]["id"], rule["matcher"]["options"]
        if told == column if kind == "byName" else kind == "byRegexp" and re.search(told.strip("/"), column):
            shown |= {one["id"]: one["value"] for one in rule["properties"]}
    return shown


@pytest.mark.parametrize("make", MAKERS)
def test_an_empty_cell_does_not_show_what_stands_for_no_rows(make: Make, asking: Asking) -> None:
    for panel in asking.board(make)["panels"]:
        if panel["type"] == "table":
            for column in asking.panel(make, panel["title"]).columns:
                shown = shown_as(panel, column)["noValue"]

                assert shown in ("", "—", "still open", "not yet", "nobody"), (panel["title"], column)


@pytest.mark.parametrize("make", MAKERS)
def test_a_text_of_digits_is_shown_as_it_is(make: Make, asking: Asking) -> None:
    """With a unit Grafana would make a number of it: of the login 0012, 12."""
    for panel in asking.board(make)["panels"]:
        assert panel["type"] != "table" or "unit" not in panel["fieldConfig"]["defaults"]


@pytest.mark.parametrize("make", OURS)
def test_no_text_of_a_log_stands_where_markup_or_html_is_read(make: Make, asking: Asking) -> None:
    board = asking.board(make)

    assert {panel["type"] for panel in board["panels"]} <= {"stat", "table", "timeseries", "state-timeline"}
    assert "markdown" not in str(board)
    assert "json-view" not in str(board)
    assert [one["name"] for one in board["annotations"]["list"]] == ["Annotations & Alerts"]
