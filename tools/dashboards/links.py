"""From a row of one dashboard to another one, with the time and what was chosen kept.

What the log says is percent-encoded and stands behind our own path: it can name another person, never another place.
"""

from __future__ import annotations

from tools.dashboards.databases import Database
from tools.dashboards.panels import Json, link, override

_OF_ONE = ("user", "helpdesk")
"""Boards about one person, whichever server the person was refused by."""


def to(database: Database, board: str, title: str, *kept: str, own: str = "", **taken: str) -> Json:
    """A link. `kept`: variables that both boards have; `own`: the variable there that the cell itself fills; `taken`: a
    variable there → the column here that fills it.

    A cell gives its value, but of another column Grafana takes the text that it shows: words, if it has any for the value.
    So only an `unseen` column is taken, which has none.
    """
    shared = ("datasource",) if board in _OF_ONE else ("datasource", "instance")
    told = [f"${{{name}:queryparam}}" for name in (*shared, *kept)]
    told += [f"var-{own}=${{__value.raw:percentencode}}"] if own else []
    told += [f"var-{name}=${{__data.fields.{column}:percentencode}}" for name, column in taken.items()]
    return link(title, f"/d/{database.uid(board)}?{'&'.join(told)}&${{__url_time_range}}")


def unseen(*columns: str) -> list[Json]:
    """Columns that only links read: nothing is nothing there. Grafana 12 has another word for it than those before."""
    nowhere = {"viz": True, "legend": True, "tooltip": True}
    return [override(column, noValue="", custom__hidden=True, custom__hideFrom=nowhere) for column in columns]
