"""Only one daemon at a time works on one state: a second one refuses to start.

It spares the operator a puzzle; what keeps the data right is the guard of each commit.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import cast

from psycopg import OperationalError
from sqlalchemy import text

from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.store.database import Database, PostgreSQL, SQLite
from rejectwatch.store.flock import FileLock, is_held

PATIENCE = 5.0
"""Seconds that one which is just ending, or was killed and is not quite gone, is waited for."""


class FileClaim:
    """SQLite: a lock file beside the database, held for as long as the daemon lives."""

    def __init__(self, database: SQLite) -> None:
        self._lock = FileLock(database.beside("daemon.lock"))
        if not self._lock.wait(PATIENCE):
            self.release()
            raise SettingsError(
                f"Another rejectwatch is running on {database.path}: stop it, or leave this one"
            )

    def renew(self) -> None:
        """Nothing to do: a lock of the system is not lost."""

    def release(self) -> None:
        self._lock.close()


class ServerClaim:
    """PostgreSQL: an advisory lock of a connection that is used for nothing else."""

    def __init__(self, database: PostgreSQL, instance: str) -> None:
        self._database = database
        self._key = _key(instance)
        self._connection = database.hold(self._key, PATIENCE)
        if self._connection is None:
            raise SettingsError(
                f"Another rejectwatch is running as instance {instance!r} on {database.name}:"
                " stop it, or give this one a name of its own"
            )

    def renew(self) -> None:
        """Take the lock again if its connection was lost, as after a restart of the server."""
        if self._is_held():
            return
        self.release()
        self._connection = self._database.hold(self._key, PATIENCE)
        if self._connection is None:
            # Most likely ourselves: a server whose line was cut needs half a minute to notice.
            raise TransientError(f"{self._database.name} is still held by a connection that was lost")

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except OperationalError:
            return False
        return True


def _key(instance: str) -> int:
    """The name of an instance's advisory lock."""
    return int.from_bytes(blake2b(f"rejectwatch {instance}".encode(), digest_size=8).digest(), signed=True)


def is_claimed(database: Database, instance: str) -> bool:
    """Whether a daemon has claimed the state just now; claims nothing itself."""
    if isinstance(database, SQLite):
        return is_held(database.beside("daemon.lock"))
    high, low = divmod(_key(instance) % 2**64, 2**32)  # as pg_locks shows a lock with one key of 64 bits
    query = text(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory'"
        " AND datname = current_database() AND classid = :high AND objid = :low AND objsubid = 1 AND granted)"
    )
    with database.read() as connection:
        return bool(connection.execute(query, {"high": high, "low": low}).scalar_one())


def claim(database: Database, instance: str) -> FileClaim | ServerClaim:
    """Claim the state of `instance` for this process until `release`, or refuse in one sentence."""
    if isinstance(database, SQLite):
        return FileClaim(database)
    return ServerClaim(cast("PostgreSQL", database), instance)
