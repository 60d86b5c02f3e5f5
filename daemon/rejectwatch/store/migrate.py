"""Bring the database to the schema of this code: the Alembic steps in migrations/.

A step runs in one transaction that no second upgrader can share. SQLite is upgraded by the daemon when it
starts; PostgreSQL, which several daemons share, only by `rejectwatch db upgrade`.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from rejectwatch.errors import SettingsError
from rejectwatch.shipped import shipped
from rejectwatch.store.database import Database, SQLite

LOCK = 0x72656A77  # "rejw": between upgraders of one PostgreSQL database


def prepare(database: Database) -> None:
    """What the daemon does before it starts."""
    if isinstance(database, SQLite):
        database.refuse_lost()
        upgrade(database)
    else:
        check(database)


def upgrade(database: Database) -> None:
    if isinstance(database, SQLite):
        database.make()
    with database.write() as connection, database.without_limits(connection):
        if not isinstance(database, SQLite):  # there BEGIN IMMEDIATE does it
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        _refuse_newer(database, _stored(connection))
        command.upgrade(_config(connection), "head")


def check(database: Database) -> None:
    """Refuse a database with another schema than this code knows."""
    stored = current(database)
    _refuse_newer(database, stored)
    if stored != newest():
        state = "has no tables yet" if stored is None else f"has the schema {stored} of an older rejectwatch"
        raise SettingsError(f"{database.name} {state}: run `rejectwatch db upgrade`")


def current(database: Database) -> str | None:
    """The schema that the database has; None: it has no tables yet."""
    with database.read() as connection:
        return _stored(connection)


def newest() -> str | None:
    """The schema that this code knows."""
    return _scripts().get_current_head()


def _refuse_newer(database: Database, stored: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if stored is not None and stored not in known:
        raise SettingsError(
            f"{database.name} has the schema {stored}, which a newer rejectwatch has made; this one knows"
            f" only up to {newest()}: install the newer one"
        )


def _stored(connection: Connection) -> str | None:
    stored = MigrationContext.configure(connection).get_current_revision()
    if stored is None and "events" in inspect(connection).get_table_names():
        raise SettingsError(
            "There is a table `events` that is not rejectwatch's: it needs a database of its own"
        )
    return stored


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
