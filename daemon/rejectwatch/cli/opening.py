"""The settings and the database that they name, for as long as a command needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rejectwatch import settings
from rejectwatch.settings import Settings
from rejectwatch.store import migrate
from rejectwatch.store.database import Database, open_database


@contextmanager
def opened(config: Path | None) -> Iterator[tuple[Settings, Database]]:
    """With the tables that this version needs, or not at all."""
    loaded = settings.load(settings.find(config))
    database = open_database(loaded.database.url)
    try:
        migrate.check(database)
        yield loaded, database
    finally:
        database.close()
