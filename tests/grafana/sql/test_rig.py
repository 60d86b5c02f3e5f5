"""The rig fills in what Grafana fills in, in the same way, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tools.dashboards.databases import chosen, typed, written

from grafana.sql.answering import Mistake, OnSQLite, Raw, Span, answer, filled, with_macros
from grafana.sql.asking import EVER, Asking

SPAN = Span(
    datetime(2026, 11, 2, tzinfo=UTC),
    datetime(2026, 11, 2, 1, 0, 0, 500_000, tzinfo=UTC),
    timedelta(minutes=1),
)


@pytest.mark.parametrize(
    "macro, sql",
    [
        ("$__timeFilter(at)", "at BETWEEN '2026-11-02T00:00:00Z' AND '2026-11-02T01:00:00.5Z'"),
        ("$__timeFrom()", "'2026-11-02T00:00:00Z'"),
        ("$__timeGroup(at,60s) AS x", "floor(extract(epoch from at)/60)*60 AS x"),
        ("$__timeGroup(at,'500ms')", "floor(extract(epoch from at)/0.5)*0.5"),
        ("$__timeGroup(at,1h), n", 'floor(extract(epoch from at)/3600)*3600 AS "time", n'),
        ("$__timeGroupAlias(at,1d)", 'floor(extract(epoch from at)/86400)*86400 AS "time"'),
        ("'$__timeFrom()'", "''2026-11-02T00:00:00Z''"),
    ],
)
def test_a_macro_becomes_what_grafana_makes_of_it(macro: str, sql: str) -> None:
    assert with_macros(macro, SPAN) == sql


def test_the_variables_of_time_are_milliseconds() -> None:
    assert (
        filled("$__from ${__to} $__interval_ms $__interval", {}, SPAN)
        == "1793577600000 1793581200500 60000 60s"
    )


def test_what_is_typed_is_one_string_and_is_not_looked_at_again() -> None:
    variables = {"user": "o'brien ${other} $__from", "instance": ["mx1", "m'x2"], "all": Raw("'.+'")}

    assert filled(typed("user"), variables, SPAN) == "'o''brien ${other} $__from'"
    assert filled(typed("instance"), variables, SPAN) == "'mx1','m''x2'"
    assert filled(typed("all"), variables, SPAN) == "'.+'"


@pytest.mark.parametrize(
    "text", ["$other", "${other:sqlstring}", "${user}", "$user", "${user:raw}", "[[user]]"]
)
def test_a_variable_that_nobody_knows_or_that_stands_bare_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake):
        filled(text, {"user": "x"}, SPAN)


def test_a_macro_that_the_data_source_does_not_know_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    asked = {
        "rawQueryText": "SELECT $__timeFrom()",
        "queryText": "SELECT $__timeFrom()",
        "queryType": "table",
    }

    with pytest.raises(Mistake, match="timeFrom"):
        answer(OnSQLite(tmp_path / "empty.db"), asked, {}, SPAN)
    with pytest.raises(Mistake, match="unixEpochGroupSeconds"):
        with_macros("$__unixEpochGroupSeconds(at, 10)", SPAN)


def test_a_column_of_two_types_is_a_mistake_in_sqlite(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    sql = "SELECT 1 AS n UNION ALL SELECT 1.5"
    asked = {"rawQueryText": sql, "queryText": sql, "queryType": "table", "timeColumns": ["time"]}

    with pytest.raises(Mistake, match="several types"):
        answer(OnSQLite(tmp_path / "empty.db"), asked, {}, SPAN)


# ── what both databases say in their own ways ────────────────────────────────────────────────────


def asked(
    asking: Asking, sql: str, span: Span = EVER, **variables: str | list[str]
) -> list[tuple[object, ...]]:
    values = {"user": "", "instance": Raw("'.+'"), "timezone": "", **variables}
    return answer(asking.source, asking.database.target(sql), values, span).rows


def test_the_time_range_is_closed_on_both_sides(asking: Asking) -> None:
    at = datetime(2026, 11, 4, 9, 40, tzinfo=UTC)
    sql = f"SELECT count(*) FROM failures WHERE {asking.database.within('occurred_at')}"
    moment = timedelta(milliseconds=1)

    assert asked(asking, sql, Span(at, at)) == [(2,)]
    assert (
        asked(asking, sql, Span(at + moment, at + moment))
        == asked(asking, sql, Span(at - moment, at - moment))
        == [(0,)]
    )


def test_times_are_cut_to_the_interval(asking: Asking) -> None:
    sql = f"""SELECT {asking.database.bucket("occurred_at")} AS time, count(*) FROM failures
WHERE cause = 'local_restriction' GROUP BY 1 ORDER BY 1"""
    (first, second, *_) = asked(asking, sql, EVER._replace(interval=timedelta(hours=1)))

    assert first == (datetime(2026, 11, 2, 22, tzinfo=UTC), 2)
    assert second == (datetime(2026, 11, 3, 22, tzinfo=UTC), 2)


def test_hours_days_and_weekdays_are_those_of_the_zone_that_is_asked_for(asking: Asking) -> None:
    database = asking.database
    sql = f"""SELECT DISTINCT {database.hour_of("occurred_at")}, {database.weekday_of("occurred_at")},
  {database.day_of("occurred_at")} FROM failures WHERE cause = 'local_restriction' ORDER BY 2"""
    tokyo = "Asia/Tokyo" if database.name == "postgresql" else "+09:00"

    assert asked(asking, sql, timezone=tokyo) == [(7, 2, "2026-11-03"), (7, 3, "2026-11-04")]
    assert len(asked(asking, sql)) == 2


def test_one_some_or_all_can_be_chosen(asking: Asking) -> None:
    sql = f"SELECT DISTINCT instance FROM failures WHERE {chosen('instance', 'instance')} ORDER BY 1"

    assert asked(asking, sql) == [("mx1",), ("mx2",), ("mx3",)]
    assert asked(asking, sql, instance=["mx1", "mx3"]) == [("mx1",), ("mx3",)]
    assert asked(asking, sql, instance=["x' OR '1'='1"]) == []


def test_what_was_typed_is_found_in_any_case_of_letters_and_nothing_means_all(asking: Asking) -> None:
    sql = f"SELECT count(*) FROM failures WHERE {written('person', 'user')}"

    assert asked(asking, sql, user="ALICE") == [(8,)]
    assert asked(asking, sql, user="alice'--") == [(0,)]
    assert asked(asking, sql) == [(71,)]
