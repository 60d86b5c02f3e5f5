from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.dashboards import databases

from grafana.sql.answering import OnPostgreSQL, OnSQLite
from grafana.sql.asking import Asking
from grafana.sql.seed import seed
from parts.postgresql import PostgreSQL
from rejectwatch.store.database import open_database
from rejectwatch.store.migrate import upgrade

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(scope="session", params=KINDS)
def asking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A seeded database, and how its dashboards ask it."""
    found = _empty(request, tmp_path_factory.mktemp("seeded"))
    store = open_database(found.url)
    upgrade(store)
    seed(store)
    yield found
    store.close()


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Asking:
    """An empty database, without tables."""
    return _empty(request, tmp_path)


def _empty(request: pytest.FixtureRequest, folder: Path) -> Asking:
    if request.param == "sqlite":
        path = folder / "rejectwatch.db"
        return Asking(databases.SQLite(), OnSQLite(path), f"sqlite:///{path}")
    cluster: PostgreSQL = request.getfixturevalue("cluster")
    url = cluster.fresh_database()
    return Asking(databases.PostgreSQL(), OnPostgreSQL(url), url)
