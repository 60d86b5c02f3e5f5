"""`rejectwatch db`: the database's schema, its copies, and what is removed from it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option
from rejectwatch.settings import Settings
from rejectwatch.store import context, migrate
from rejectwatch.store.backup import back_up
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.forget import Forgetting
from rejectwatch.store.removal import Step
from rejectwatch.store.retention import Pruning

dry_run_option = click.option("--dry-run", is_flag=True, help="Only count the rows that would be removed.")


@click.group("db", short_help="the database: its schema, a copy of it, what is removed from it")
def command() -> None:
    """The database: its schema, a copy of it, and what is removed from it; all beside a running daemon too."""


@command.command("upgrade", short_help="bring it to what this version needs")
@config_option
def upgrade(config: Path | None) -> None:
    """Make the tables, or bring them to what this version needs.

    SQLite is upgraded by the daemon itself when it starts; a PostgreSQL that several daemons share only here.
    """
    database = open_database(settings.load(settings.find(config)).database.url)
    before = migrate.current(database) if not hasattr(database, "path") or database.path.exists() else None
    migrate.upgrade(database)
    context.keep_texts(database)
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


@command.command("backup", short_help="copy it to a file (SQLite)")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(file: Path, config: Path | None) -> None:
    """Copy a SQLite database to FILE, as it is at one moment. PostgreSQL has pg_dump for this.

    To restore it: stop the daemon, move the database and its -wal and -shm away, and put FILE in its place,
    owned by the daemon's user. The daemon reads on from where it had read when the copy was made.
    """
    with _opened(config) as (_, database):
        back_up(database, file)
    click.echo(f"{file}: {file.stat().st_size} bytes")


@command.command("prune", short_help="remove what was kept long enough")
@dry_run_option
@config_option
def prune(dry_run: bool, config: Path | None) -> None:
    """Remove what is older than [retention] says, of every instance.

    A daemon does so by itself, once an hour, for its own instance.
    """
    with _opened(config) as (loaded, database):
        migrate.check(database)
        pruning = Pruning(database, loaded.retention, datetime.now(UTC))
        removed = pruning.count() if dry_run else _done(pruning.steps())
    _tell(removed, dry_run)


@command.command("forget", short_help="remove every row that names a person")
@click.argument("name", metavar="ADDRESS")
@dry_run_option
@config_option
def forget(name: str, dry_run: bool, config: Path | None) -> None:
    """Remove every row that names ADDRESS, a mail address or a login: refusals, counts, incidents, messages.

    It is found in any case of letters, and as a word of its own: "al" is not in "alice", nor "alice" in
    "alice@example.jp", which is another name to be forgotten. A login that is an ordinary word is found in
    ordinary sentences too: look with --dry-run first.

    A running daemon forgets it as well. What the log says of that person afterwards is stored again, and so is
    an old log that is imported again.

    SQLite: nothing of it is left in the files. PostgreSQL: the rows are deleted and their space is made free
    (VACUUM); the server's write-ahead log, its replicas and its backups are the server's business. Copies that
    `db backup` has made keep it.
    """
    with _opened(config) as (_, database):
        migrate.check(database)
        forgetting = Forgetting(database, name)
        removed = _done(forgetting.count() if dry_run else forgetting.steps())
        _tell(removed, dry_run)
        if not dry_run:
            forgetting.wipe()


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[Settings, Database]]:
    loaded = settings.load(settings.find(config))
    database = open_database(loaded.database.url)
    try:
        yield loaded, database
    finally:
        database.close()


def _done(steps: Iterable[Step]) -> Counter[str]:
    """Go through the steps, resting after each; how many rows of each table there were."""
    rows: Counter[str] = Counter()
    for step in steps:
        rows[step.table] += step.rows
        time.sleep(step.rest)
    return rows


def _tell(rows: Counter[str], dry_run: bool) -> None:
    for table, number in (+rows).items():
        click.echo(f"{table}: {number} {'would be ' if dry_run else ''}removed")
    if not +rows:
        click.echo("nothing to remove")
