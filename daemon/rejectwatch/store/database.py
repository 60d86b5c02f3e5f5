"""The door to the database: transactions that fail in few, well-told ways, on SQLite and PostgreSQL.

    with database.write() as connection: ...     one transaction: commits at the end, rolls back on an error
    with database.read() as connection: ...

Whatever can pass (locked, disk full, server gone or silent) is a `TransientError`; what only a person can
mend (a file that is damaged or gone, a missing permission) is a `SettingsError`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql
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
EMPTIED_WITHIN = 10.0
"""Seconds that readers of the write-ahead log are waited for when it is to be emptied."""
LOOK_AGAIN = 0.2
"""Seconds between two tries of that."""

REFUSALS = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "is not permitted to log in",
)
"""What a PostgreSQL server says to somebody whom it does not know. (In English; there is no code to go by.)"""

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

    def wipe(self, tables: Iterable[str]) -> None:
        """See to it that rows deleted from these tables are gone from the disk too."""
        raise NotImplementedError

    def _make_engine(self, **options: Any) -> Engine:
        # Parameters are people's addresses: they never appear in an error.
        return create_engine(self.url, hide_parameters=True, **options)

    @contextmanager
    def _transaction(self, engine: Engine, *, points: bool = False) -> Iterator[Connection]:
        self._check()
        with self._told(), engine.connect() as connection, connection.begin():
            _reach("begin", points)
            yield connection
            _reach("before-commit", points)
            if points and faultpoint.due("commit-sent"):
                self._die_unanswered(connection)
        _reach("after-commit", points)

    def _die_unanswered(self, connection: Connection) -> None:
        raise NotImplementedError

    def _check(self) -> None:
        """Raise if it can't be used, before anything is tried with it."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the errors of libraries into ours; what is neither transient nor the operator's is a bug."""
        try:
            yield
        except PoolTimeoutError as error:
            raise TransientError(f"{self.name}: all connections are in use") from error
        except DBAPIError as error:
            trouble = self._trouble(error.orig, lost=error.connection_invalidated)
            if trouble is None:
                raise
            raise trouble from error
        except (sqlite3.Error, psycopg.Error) as error:
            trouble = self._trouble(error, lost=False)
            if trouble is None:
                raise
            raise trouble from error

    def _trouble(self, error: BaseException | None, *, lost: bool) -> SettingsError | TransientError | None:
        """What an error of the driver is to us; `lost`: its connection is gone. None: a bug."""
        raise NotImplementedError

    def _unusable(self, error: BaseException | None) -> str:
        return f"{self.name} can't be used: {self._said(error)}"

    def _said(self, error: BaseException | None) -> str:
        first = next(iter(str(error).splitlines()), "")
        return first.replace(str(self.url.password), "***") if self.url.password else first


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
        self._opened: os.stat_result | None = None
        self._damage: str | None = None

    def beside(self, ending: str) -> Path:
        """A file that belongs to the database."""
        return self.path.with_name(f"{self.path.name}.{ending}")

    def refuse_lost(self) -> None:
        """Refuse to begin anew in silence where there was a database before."""
        if self._was_there():
            self._check()

    def make(self) -> None:
        """Make the file, if there is none, so that only its owner reads it; SQLite's other files follow suit."""
        try:
            self._refuse_emptied()
            if not self.path.exists():
                os.close(open_private(self.path))
            if not self.path.stat().st_size:
                # From here on an empty file is one that has lost what was in it.
                with self._told(), closing(sqlite3.connect(self.path, BUSY)) as connection:
                    _keep_a_log(connection)
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
        self._opened = self._damage = None

    def wipe(self, tables: Iterable[str]) -> None:
        """SQLite has overwritten the rows in the file (secure_delete); its write-ahead log has to be emptied."""
        until = time.monotonic() + EMPTIED_WITHIN
        while not self._log_emptied():
            if time.monotonic() > until:
                raise TransientError(
                    f"{self.path}-wal still holds what was removed, because a program has been reading the"
                    " database all the while: run the same command again when that has ended"
                )
            time.sleep(LOOK_AGAIN)

    def _log_emptied(self) -> bool:
        """Write the log back into the file and cut it to nothing; False: somebody still reads from it.

        Under the lock, so that nobody writes meanwhile (see above), and without waiting for readers there.
        """
        with self._told(), self._locked(), closing(self._writer.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout = 0")
            is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY * 1000:.0f}")
        return not is_busy

    @contextmanager
    def _alone(self, transaction: AbstractContextManager[Connection]) -> Iterator[Connection]:
        with self._locked(), transaction as connection:
            yield connection

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._check()  # else the lock file would be made in its place
        with self._lock, self._lock_file.held(BUSY):
            yield

    def _make_engine(self, **options: Any) -> Engine:
        engine = super()._make_engine(connect_args={"timeout": BUSY}, pool_timeout=BUSY, **options)
        event.listen(engine, "do_connect", lambda *_: self._check())
        event.listen(engine, "connect", _prepare)
        return engine

    def _check(self) -> None:
        """The file must be there, with something in it, and be the one that we have opened.

        SQLite would make an empty one, take an emptied one for new, and go on writing into one that has no
        name any more.
        """
        if self._damage is not None:  # whichever thread has met it: it is no file to go on with
            raise SettingsError(self._damage)
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise self._gone() from None
        except OSError as error:
            raise TransientError(f"{self.path} can't be used: {error.strerror}") from error
        self._refuse_emptied()
        if not os.path.samestat(found, self._opened or found):
            raise SettingsError(
                f"{self.path} was replaced by another file while it was in use: start rejectwatch again"
            )
        self._opened = found

    def _gone(self) -> SettingsError:
        if not self._was_there():
            return SettingsError(
                f"There is no database {self.path}; `rejectwatch run` makes it, and `rejectwatch db upgrade`"
            )
        return SettingsError(
            f"There is no database {self.path} any more: put a backup in its place (and remove"
            f" {self.path.name}-wal, if that is there), or begin anew with `rejectwatch db upgrade`, which makes"
            " an empty one; logs are then read from `first_read` back"
        )

    def _refuse_emptied(self) -> None:
        # In this order: when the lock file was made, there was something in the database.
        if self._was_there() and self.path.exists() and not self.path.stat().st_size:
            raise SettingsError(f"{self.path} is empty, and was not: {self._ways_out()}")

    def _was_there(self) -> bool:
        companions = (self.beside(ending) for ending in ("write.lock", "daemon.lock"))
        return any(os.path.exists(one) for one in companions)  # noqa: PTH110 — Path.exists raises PermissionError

    def _ways_out(self) -> str:
        return (
            f"stop rejectwatch, move {self.path.name} and {self.path.name}-wal away, and put a backup in its"
            " place (`rejectwatch db backup` makes them), or begin anew with `rejectwatch db upgrade`"
        )

    def _die_unanswered(self, connection: Connection) -> None:
        connection.commit()  # here the file is the server: it has heard us, and we don't know
        faultpoint.die()

    def _trouble(self, error: BaseException | None, *, lost: bool) -> SettingsError | TransientError | None:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            self._damage = f"{self.path} is damaged ({self._said(error)}): {self._ways_out()}"
            return SettingsError(self._damage)
        if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
            return TransientError(self._unusable(error))
        return None


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write-ahead logging from here on. SQLite does not wait for somebody else who begins with it just now."""
    until = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


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
        self._has_worked = False
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
        with self._told():
            connection = self._connect_alone()
            try:
                connection.execute(f"SET lock_timeout = '{seconds:g}s'")
                connection.execute("SELECT pg_advisory_lock(%s)", (key,))
            except psycopg.errors.LockNotAvailable:
                connection.close()
                return None
            except psycopg.Error:
                connection.close()
                raise
        return connection

    def wipe(self, tables: Iterable[str]) -> None:
        """VACUUM makes the space of the rows free to be written over; the server's own log is the server's."""
        with self._told(), closing(self._connect_alone()) as connection:
            connection.patience = None
            connection.execute("SET statement_timeout = 0")
            for table in tables:
                connection.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))

    def _connect_alone(self) -> PatientConnection:
        """A connection outside of the pool, each of whose statements is a transaction."""
        arguments, options = self._readers.dialect.create_connect_args(self.url)
        return self._connect(*arguments, **{**options, "autocommit": True})

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
        self._has_worked = True
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

    def _trouble(self, error: BaseException | None, *, lost: bool) -> SettingsError | TransientError | None:
        if isinstance(error, psycopg.errors.InsufficientPrivilege) or self._is_refusal(error):
            return SettingsError(self._unusable(error))
        passing = psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ReadOnlySqlTransaction
        return TransientError(self._unusable(error)) if lost or isinstance(error, passing) else None

    def _is_refusal(self, error: BaseException | None) -> bool:
        """A server that has never let us in does not know us: a mistake. One that has is being repaired."""
        if self._has_worked or not isinstance(error, psycopg.OperationalError) or error.sqlstate:
            return False
        return any(words in str(error) for words in REFUSALS)


def _driver(connection: Connection) -> PatientConnection:
    return cast("PatientConnection", connection.connection.driver_connection)
