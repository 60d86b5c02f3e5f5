"""A copy of the database as it is at one moment, made while the daemon writes on.

It is written beside its name, looked through, and only then gets its name: what is there is whole.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.files import open_private


def back_up(database: Database, file: Path) -> None:
    """Copy the database to `file`, which must not be there yet."""
    if not isinstance(database, SQLite):
        raise SettingsError(
            "`db backup` copies a SQLite database; PostgreSQL brings its own program, which works while"
            f" rejectwatch runs: {_pg_dump(database.url, file)}"
        )
    part = file.with_name(f"{file.name}.part")
    _refuse_existing(file, "is there already, and is not written over")
    _refuse_existing(part, "is there: another backup is being written, or one was cut off; then remove it")
    try:
        _write(database, part)
        _refuse_existing(file, "is there now, and is not written over")
        part.rename(file)
        _flush(file.parent)
    except OSError as error:
        raise TransientError(f"{file} can't be written: {error.strerror}") from error
    finally:
        for left in (part, *(part.with_name(f"{part.name}-{end}") for end in ("journal", "wal", "shm"))):
            with suppress(OSError):
                left.unlink()


def _refuse_existing(file: Path, why: str) -> None:
    if os.path.lexists(file):
        raise SettingsError(f"{file} {why}")


def _write(database: SQLite, part: Path) -> None:
    os.close(open_private(part))
    with database.read() as connection:
        source: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        try:
            with closing(sqlite3.connect(part)) as copy:
                copy.execute("PRAGMA synchronous = OFF")  # what a crash leaves is no backup anyway
                source.backup(copy)
        except sqlite3.OperationalError as error:
            raise TransientError(f"{database.path} can't be copied to {part.parent}: {error}") from error
    _flush(part)
    _look_through(database, part)


def _look_through(database: SQLite, part: Path) -> None:
    # Immutable: nothing is made beside it.
    with closing(sqlite3.connect(f"file:{quote(str(part))}?immutable=1", uri=True)) as copy:
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise SettingsError(f"{database.path} is damaged, and so would be its copy: {found}")


def _flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _pg_dump(url: URL, file: Path) -> str:
    """The command, without the password."""
    options = {"host": url.host, "port": url.port, "username": url.username, "dbname": url.database}
    named = " ".join(f"--{name}={value}" for name, value in options.items() if value is not None)
    return f"pg_dump --format=custom --file={file} {named}"
