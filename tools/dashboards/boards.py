"""All dashboards: the file's place below grafana/dashboards → what makes it.

The folder is the kind of data source that is asked; an administrator provisions the folders that he has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tools.dashboards.board import Board
from tools.dashboards.databases import DATABASES, Database
from tools.dashboards.domain import domain
from tools.dashboards.events import events
from tools.dashboards.fleet import fleet
from tools.dashboards.helpdesk import helpdesk
from tools.dashboards.incidents import incidents
from tools.dashboards.overview import overview
from tools.dashboards.user import user
from tools.dashboards.who import who

ASKED_IN_SQL: dict[str, Callable[[Database], Board]] = {
    "helpdesk": helpdesk,
    "user": user,
    "who": who,
    "domain": domain,
    "events": events,
    "incidents": incidents,
}
"""One of each for PostgreSQL, and one for SQLite."""

BOARDS: dict[str, Callable[[], Board]] = {
    "prometheus/rejectwatch.json": overview,
    "prometheus/rejectwatch-fleet.json": fleet,
} | {
    f"{database.name}/rejectwatch-{name}.json": partial(make, database)
    for database in DATABASES
    for name, make in ASKED_IN_SQL.items()
}
