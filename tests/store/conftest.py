from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from parts.postgresql import PostgreSQL
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/rejectwatch.db"
    cluster: PostgreSQL = request.getfixturevalue("cluster")
    return cluster.fresh_database()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with all tables."""
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a server by itself is slow."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()) and "store" in item.path.parts:
            item.add_marker(pytest.mark.slow)
