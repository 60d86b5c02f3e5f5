"""`rejectwatch db`: the database's schema."""

from __future__ import annotations

from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database


@click.group("db", short_help="the database's schema")
def command() -> None:
    """The database: bring its schema up to date, or say which one it has."""


@command.command("upgrade", short_help="bring it to what this version needs")
@config_option
def upgrade(config: Path | None) -> None:
    """Make the tables, or bring them to what this version needs.

    SQLite is upgraded by the daemon itself when it starts; a PostgreSQL that several daemons share only here.
    """
    database = open_database(settings.load(settings.find(config)).database.url)
    before = migrate.current(database) if not hasattr(database, "path") or database.path.exists() else None
    migrate.upgrade(database)
    after = migrate.current(database)
    click.echo(f"{database.name}: schema {after}" + (", as it was" if before == after else ""))
    database.close()


@command.command("current", short_help="say which schema it has")
@config_option
def current(config: Path | None) -> None:
    """Print the schema that the database has, and the one that this version needs."""
    database = open_database(settings.load(settings.find(config)).database.url)
    click.echo(f"{database.name}: schema {migrate.current(database) or 'none'}, needed is {migrate.newest()}")
    database.close()
