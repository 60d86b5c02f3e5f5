"""`PostgreSQL`: a cluster of its own, on loopback, thrown away at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from parts.network import free_port
from parts.packages import Missing
from parts.processes import Child
from parts.waiting import until

SERVER_USER = "postgres"  # the server refuses to run as root
ROLE = "rejectwatch"  # owns its databases, and is no superuser

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class PostgreSQL:
    """A server from `with` to the end of the block.

    `url` is an empty database; `fresh_database()` makes another one and returns its URL.
    `settings`, added to those above, hold from the next start on.
    With `durable=False` nothing is flushed to disk: faster, and still right after
    `restart(immediate=True)`, which is a crash of the server and not of the machine.
    """

    def __init__(
        self, directory: Path, *, durable: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory
        self.settings = {**SETTINGS, "fsync": "on" if durable else "off", **(settings or {})}
        self.port = free_port()
        self._programs = _programs()
        self._child: Child | None = None
        self._numbers = count(1)
        self.url = ""

    def __enter__(self) -> Self:
        self._initialise()
        self.start()
        try:
            with self._administrator() as connection:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
            self.url = self.fresh_database()
        except BaseException:
            self.stop(immediate=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(immediate=True)

    def fresh_database(self) -> str:
        """A new, empty database, as an SQLAlchemy URL."""
        name = f"fresh_{next(self._numbers)}"
        with self._administrator() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(ROLE)
                )
            )
        return f"postgresql+psycopg://{ROLE}@127.0.0.1:{self.port}/{name}"

    def connect(self, url: str | None = None) -> psycopg.Connection:
        """A plain connection, to look with."""
        plain = (url or self.url).replace("postgresql+psycopg://", "postgresql://")
        return psycopg.connect(plain, autocommit=True)

    def start(self) -> None:
        """Start, or start again, and wait until it answers queries (recovery included)."""
        settings = {
            **self.settings,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._child = child = Child(
            [self._programs / "postgres", "-D", self._data, *options],
            self.directory / "postgresql.log",
            user=_server_user(),
            directory=self.directory,
        )

        def answers() -> bool:
            child.must_run()
            try:
                self._administrator().close()
            except psycopg.OperationalError:
                return False
            return True

        try:
            until(answers, 30, lambda: f"PostgreSQL to answer; {child.story()}")
        except BaseException:
            child.kill()
            raise

    def stop(self, *, immediate: bool = False) -> None:
        """End it: "fast", or "immediate" as in a crash. Safe to call twice."""
        if self._child:
            self._child.stop(signal.SIGQUIT if immediate else signal.SIGINT, seconds=30)
        self._child = None

    def restart(self, *, immediate: bool = False) -> None:
        self.stop(immediate=immediate)
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of the server stands still: it accepts and never answers."""
        assert self._child, "PostgreSQL does not run"
        family = [self._child.pid, *_children(self._child.pid)]
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(family):
                os.kill(pid, signal.SIGCONT)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _administrator(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SERVER_USER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _initialise(self) -> None:
        user = _server_user()
        self.directory.mkdir(parents=True, exist_ok=True)
        if user:
            shutil.chown(self.directory, user)
        made = subprocess.run(
            [
                self._programs / "initdb",
                f"--pgdata={self._data}",
                f"--username={SERVER_USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise AssertionError(f"initdb failed: {made.stdout}{made.stderr}")


def _server_user() -> str | None:
    """Whom the server runs as, where it can't run as we do."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER).pw_name
    except KeyError:
        raise Missing(f"user {SERVER_USER} is missing (Debian package postgresql)") from None


def _programs() -> Path:
    """The newest installed server's programs; Debian keeps them out of PATH."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    if newest is None:
        raise Missing("initdb is missing (Debian package postgresql)")
    return newest.parent


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
