"""The door to the database: transactions that fail in few, well-told ways, on SQLite and PostgreSQL.

    with database.write() as connection: ...     one transaction: commits at the end, rolls back on an error
    with database.read() as connection: ...

Whatever can pass (locked, disk full, server gone or silent) is a `TransientError`; what only a person can
mend (a corrupt file, a missing permission) is a `SettingsError`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from rejectwatch import faultpoint
from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.store.files import open_private
from rejectwatch.store.flock import FileLock
from rejectwatch.store.patience import PatientConnection

PATIENCE = 10.0
"""Seconds that a statement may take, or a server be silent; connecting to a silent one takes up to 8 more."""

CONNECT_TIMEOUT = 4  # for each address of a host name; there are usually at most two
BUSY = 3.0

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "journal_size_limit = 67108864",  # what a long reader has let the log grow to is given back
    "cache_size = -16384",  # 16 MB; with SQLite's 2 MB the indexes of a large table are read again and again
)


def open_database(url: str, patience: float = PATIENCE) -> Database:
    """The database that `url` names. Connects only when it is used; makes nothing."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(
                drivername="postgresql+psycopg"
            )  # SQLAlchemy's own default depends on its version
        dialect = parsed.get_dialect().name
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(
            "database.url: this is not the URL of a database; it looks like sqlite:////path/to/file.db"
            " or postgresql+psycopg://user:password@host/name"
        ) from error
    if dialect == "sqlite":
        return SQLite(parsed)
    if dialect == "postgresql" and parsed.get_driver_name() == "psycopg":
        return PostgreSQL(parsed, patience)
    raise SettingsError(f"database.url: {parsed.drivername} is neither sqlite nor postgresql+psycopg")


class Database:
    """One of the two below. Thread-safe."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.name = url.render_as_string(hide_password=True)
        self._readers = self._make_engine()
        self._writer = self._readers

    def read(self) -> AbstractContextManager[Connection]:
        return self._transaction(self._readers)

    def write(self, *, points: bool = False) -> AbstractContextManager[Connection]:
        """One transaction. `points`: it is the one that the fault points of a batch are about."""
        return self._transaction(self._writer, points=points)

    def close(self) -> None:
        """Give back what is open; may be called twice."""
        self._readers.dispose()
        if self._writer is not self._readers:
            self._writer.dispose()

    def without_limits(self, connection: Connection) -> AbstractContextManager[None]:
        """For work that may take hours, as a migration does."""
        return nullcontext()

    def _make_engine(self, **options: Any) -> Engine:
        # Parameters are people's addresses: they never appear in an error.
        return create_engine(self.url, hide_parameters=True, **options)

    @contextmanager
    def _transaction(self, engine: Engine, *, points: bool = False) -> Iterator[Connection]:
        with self._told(), engine.connect() as connection, connection.begin():
            _reach("begin", points)
            yield connection
            _reach("before-commit", points)
            if points and faultpoint.due("commit-sent"):
                self._die_unanswered(connection)
        _reach("after-commit", points)

    def _die_unanswered(self, connection: Connection) -> None:
        raise NotImplementedError

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the errors of libraries into ours; what is neither transient nor the operator's is a bug."""
        try:
            yield
        except PoolTimeoutError as error:
            raise TransientError(f"{self.name}: all connections are in use") from error
        except DBAPIError as error:
            kind = self._kind(error)
            if kind is None:
                raise
            raise kind(f"{self.name} {self._sentence(error.orig)}") from error

    def _kind(self, error: DBAPIError) -> type[SettingsError | TransientError] | None:
        raise NotImplementedError

    def _sentence(self, error: BaseException | None) -> str:
        first = next(iter(str(error).splitlines()), "")
        if self.url.password:
            first = first.replace(str(self.url.password), "***")
        return f"can't be used: {first}"


def _reach(name: str, points: bool) -> None:  # noqa: FBT001 — private, and read as a sentence
    if points:
        faultpoint.reach(name)


class SQLite(Database):
    """A file. One connection writes, guarded in the process by a lock and between processes by a lock file.

    The lock file is more than politeness: SQLite before 3.51.3 (Debian 12 has 3.40.1) can corrupt its file
    when one connection writes while another resets the log, so none ever does.
    """

    def __init__(self, url: URL) -> None:
        if url.database in {None, "", ":memory:"}:
            raise SettingsError("database.url: SQLite needs a file, as in sqlite:////path/to/file.db")
        self.path = Path(str(url.database)).absolute()
        super().__init__(url.set(database=str(self.path)))
        self._writer = self._make_engine(pool_size=1, max_overflow=0)
        event.listen(self._writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        event.listen(self._readers, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        event.listen(self._readers, "connect", _only_reads)
        self._lock = threading.Lock()
        self._lock_file = FileLock(self.beside("write.lock"))

    def beside(self, ending: str) -> Path:
        """A file that belongs to the database."""
        return self.path.with_name(f"{self.path.name}.{ending}")

    def make(self) -> None:
        """Make the file, if there is none, so that only its owner reads it; SQLite's other files follow suit."""
        try:
            os.close(open_private(self.path))
        except OSError as error:
            raise SettingsError(f"database.url: {self.path} can't be used: {error.strerror}") from error

    def write(self, *, points: bool = False) -> AbstractContextManager[Connection]:
        return self._alone(super().write(points=points))

    def close(self) -> None:
        # The last connection to leave writes the log back into the file; SQLite sees to it that it is alone.
        super().close()
        if self._lock.acquire(timeout=BUSY):
            self._lock_file.close()
            self._lock.release()

    @contextmanager
    def _alone(self, transaction: AbstractContextManager[Connection]) -> Iterator[Connection]:
        self._must_exist()  # else the lock file would be made in its place
        with self._lock, self._lock_file.held(BUSY), transaction as connection:
            yield connection

    def _make_engine(self, **options: Any) -> Engine:
        engine = super()._make_engine(connect_args={"timeout": BUSY}, pool_timeout=BUSY, **options)
        event.listen(engine, "do_connect", lambda *_: self._must_exist())
        event.listen(engine, "connect", _prepare)
        return engine

    def _must_exist(self) -> None:
        # SQLite would make an empty one.
        if not self.path.exists():
            raise SettingsError(
                f"There is no database {self.path}; `rejectwatch run` makes it, and `rejectwatch db upgrade`"
            )

    def _die_unanswered(self, connection: Connection) -> None:
        connection.commit()  # here the file is the server: it has heard us, and we don't know
        faultpoint.die()

    def _kind(self, error: DBAPIError) -> type[SettingsError | TransientError] | None:
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            return SettingsError
        passing = isinstance(error.orig, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
        return TransientError if passing else None


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: Python's own is deferred
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _only_reads(connection: Any, _: object) -> None:
    connection.execute("PRAGMA query_only = ON").close()


class PostgreSQL(Database):
    """A server, which can hang: every way of waiting for it ends."""

    def __init__(self, url: URL, patience: float) -> None:
        self._patience = patience
        super().__init__(url)

    @contextmanager
    def without_limits(self, connection: Connection) -> Iterator[None]:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        driver = _driver(connection)
        driver.patience = None
        try:
            yield
        finally:
            driver.patience = self._patience

    def hold(self, key: int, seconds: float) -> PatientConnection | None:
        """A connection of its own that holds an advisory lock until it is closed; None: somebody else does."""
        arguments, options = self._readers.dialect.create_connect_args(self.url)
        try:
            connection = self._connect(*arguments, **{**options, "autocommit": True})
        except psycopg.OperationalError as error:
            raise TransientError(f"{self.name} {self._sentence(error)}") from error
        try:
            connection.execute(f"SET lock_timeout = '{seconds:g}s'")
            connection.execute("SELECT pg_advisory_lock(%s)", (key,))
        except psycopg.errors.LockNotAvailable:
            connection.close()
            return None
        except psycopg.OperationalError as error:
            connection.close()
            raise TransientError(f"{self.name} {self._sentence(error)}") from error
        return connection

    def _make_engine(self, **options: Any) -> Engine:
        engine = super()._make_engine(pool_pre_ping=True, pool_timeout=self._patience, **options)
        event.listen(engine, "do_connect", lambda _d, _r, args, options: self._connect(*args, **options))
        return engine

    def _connect(self, *arguments: Any, **options: Any) -> PatientConnection:
        wanted = {
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": "rejectwatch",
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": int(self._patience * 1000),
            **options,
            "options": f"{self._server_limits()} {options.get('options', '')}",
        }
        connection = PatientConnection.connect(*arguments, **wanted)
        connection.patience = self._patience
        return connection

    def _server_limits(self) -> str:
        # A little less than ours, so that a server that lives tells what it waited for.
        # And if it is we who are gone without a word, it lets go of our locks in half a minute.
        limits = {
            "statement_timeout": int(self._patience * 900),
            "lock_timeout": int(self._patience * 500),
            "tcp_keepalives_idle": 15,
            "tcp_keepalives_interval": 5,
            "tcp_keepalives_count": 3,
            "timezone": "UTC",
        }
        return " ".join(f"-c {name}={value}" for name, value in limits.items())

    def _die_unanswered(self, connection: Connection) -> None:
        _driver(connection).send_commit()
        faultpoint.die()

    def _kind(self, error: DBAPIError) -> type[SettingsError | TransientError] | None:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            return SettingsError
        passing = psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ReadOnlySqlTransaction
        if error.connection_invalidated or isinstance(error.orig, passing):
            return TransientError
        return None


def _driver(connection: Connection) -> PatientConnection:
    return cast("PatientConnection", connection.connection.driver_connection)
