"""What holds for each query of each dashboard that asks in SQL."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from tools.dashboards.boards import ASKED_IN_SQL

from grafana.sql.answering import Mistake, Span
from grafana.sql.asking import EVER, Asking, Json, Make, targets
from grafana.sql.seed import BEGINS, NOW

BOARDS = pytest.mark.parametrize("make", ASKED_IN_SQL.values(), ids=ASKED_IN_SQL)
TYPED = (
    "alice",
    "o'brien",
    'a"b',
    "\\",
    "'; DROP TABLE events; --",
    "${user}",
    "$x",
    "%",
    "<script>",
    "[x](javascript:1)",
)
"""What somebody may type, or a log may bring into a link."""


def boxes(board: Json) -> list[str]:
    """The names of what somebody can type; a time zone that is none is a mistake that is told."""
    variables = board["templating"]["list"]
    return [one["name"] for one in variables if one["type"] == "textbox" and one["name"] != "timezone"]


@BOARDS
@pytest.mark.parametrize("typed", ["", "alice"], ids=["nothing typed", "typed"])
def test_each_query_is_answered(make: Make, typed: str, asking: Asking) -> None:
    board = asking.board(make)
    given = dict.fromkeys(boxes(board), typed)

    assert all(asking.ask(board, target, EVER, **given).columns for _, target in targets(board))


@BOARDS
def test_a_time_range_without_anything_brings_no_mistake(make: Make, asking: Asking) -> None:
    board = asking.board(make)
    for span in (
        Span(BEGINS - timedelta(days=9), BEGINS - timedelta(days=8)),
        Span(NOW, NOW + timedelta(days=1)),
    ):
        for _, target in targets(board):
            assert asking.ask(board, target, span).columns


@BOARDS
def test_what_is_typed_is_only_looked_for(make: Make, asking: Asking) -> None:
    board = asking.board(make)
    for typed in TYPED:
        given = dict.fromkeys(boxes(board), typed)
        for title, target in targets(board):
            assert asking.ask(board, target, EVER, **given).columns, title


@BOARDS
@pytest.mark.parametrize(
    "typed",
    [
        "$__timeFilter(x)",
        "$__timeFrom() OR person = person --",
        "$__timeFilter(1 OR 1=1 --) OR 1=1 --",
        "$__timeGroup(x,1m),1",
        "$__time(person)",
        "$__nothing(x)",
    ],
)
def test_a_macro_that_is_typed_brings_nobodys_rows(make: Make, typed: str, asking: Asking) -> None:
    """Grafana's PostgreSQL data source looks for macros within strings, too: that is a mistake, and no way in."""
    board = asking.board(make)
    for title, target in targets(board):
        nobody = asking.ask(board, target, user="nobody@nowhere.example").rows
        try:
            found = asking.ask(board, target, user=typed).rows
        except (psycopg.errors.SyntaxError, Mistake):
            assert asking.database.name == "postgresql"
        else:
            assert found == nobody, title


@BOARDS
def test_what_a_stranger_has_written_comes_as_it_is(make: Make, asking: Asking) -> None:
    """A text is a text: nothing of it is read as SQL, and no dashboard shows a text as anything but one."""
    board = asking.board(make)

    assert {panel["type"] for panel in board["panels"]}.isdisjoint({"text", "html", "news", "dashlist"})
    assert all(
        "html" not in str(panel["fieldConfig"]).lower() for panel in board["panels"] if "targets" in panel
    )
