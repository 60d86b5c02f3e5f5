"""The data sources of the dashboards, as real servers that have `day.py` in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grafana.sql.answering import OnPostgreSQL, OnSQLite
from grafana.test_history import prometheus_with
from parts.postgresql import PostgreSQL
from rejectwatch.store.database import open_database
from rejectwatch.store.migrate import upgrade
from render import day
from render.bridge import At

KINDS = ("prometheus", "postgresql", "sqlite")
"""As the folders below grafana/dashboards."""


@contextmanager
def standing(place: Path, scale: day.Day, kinds: tuple[str, ...] = KINDS) -> Iterator[list[At]]:
    """`place` is a folder that other users can enter."""
    with ExitStack() as servers:
        sources: list[At] = []
        file = place / "rejectwatch.db"
        is_scraped = "prometheus" in kinds
        history = filled(f"sqlite:///{file}", scale if is_scraped else scale.unscraped())
        if "sqlite" in kinds:
            sources.append(At("sqlite", "SQLite", OnSQLite(file)))
        if "postgresql" in kinds:
            cluster = servers.enter_context(PostgreSQL(place / "postgresql"))
            filled(cluster.url, scale.unscraped())
            sources.append(At("postgresql", "PostgreSQL", OnPostgreSQL(cluster.url)))
        if is_scraped:
            (place / "prometheus").mkdir()
            server = servers.enter_context(prometheus_with(history, place / "prometheus"))
            sources.append(At("prometheus", "Prometheus", server.url))
        yield sources


def filled(url: str, scale: day.Day) -> str:
    """A database with all tables and the day in it; what was scraped."""
    database = open_database(url)
    try:
        upgrade(database)
        return day.write(database, scale)
    finally:
        database.close()
