"""`Daemon`: rejectwatch as a user starts it, with a configuration file, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from parts.processes import Child
from parts.waiting import until

COMMAND = (sys.executable, "-m", "rejectwatch")


def rejectwatch(
    *arguments: str | Path,
    config: Path | None = None,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; what it printed is text."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=60,
        env={**os.environ, **_environment(config), **(env or {})},
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _environment(config: Path | None) -> dict[str, str]:
    return {} if config is None else {"REJECTWATCH_CONFIG": str(config)}


class Daemon:
    """`rejectwatch run`, from `with` to the end of the block.

    `configuration` is TOML; the database (unless given by `database_url`) lies in `folder`, and HTTP
    listens on any free port unless the configuration says otherwise.
    """

    def __init__(
        self,
        folder: Path,
        configuration: str,
        *,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder}/rejectwatch.db"
        self.config = folder / "rejectwatch.toml"
        http = "" if "[http]" in configuration else '\n[http]\nlisten = "127.0.0.1:0"\n'
        self.config.write_text(f'{configuration}\n[database]\nurl = "{self.database_url}"\n{http}')
        self._starts = 0
        self._env = env or {}
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is None:
            return
        if kind is not None:
            print(self._child.story())
        if self._child.running:
            self._child.stop()

    @property
    def child(self) -> Child:
        assert self._child is not None
        return self._child

    def start(self, **env: str) -> None:
        """Start it (again)."""
        self._starts += 1
        self._child = Child(
            [*COMMAND, "run", "-c", self.config], self.output, env={**os.environ, **self._env, **env}
        )

    def upgrade(self) -> None:
        """Make the tables of a PostgreSQL database, as an operator does."""
        done = rejectwatch("db", "upgrade", "-c", self.config)
        assert done.returncode == 0, done.stderr

    def stop(self) -> int:
        return self.child.stop(signal.SIGTERM)

    def kill(self) -> None:
        self.child.kill()

    @property
    def output(self) -> Path:
        """What the last start prints."""
        return self.folder / f"output.{self._starts}"

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8", errors="backslashreplace") if self.output.exists() else ""

    def until_said(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        """Wait for a line of its output."""

        def found() -> re.Match[str] | None:
            match = re.search(pattern, self.said)
            if match is None:
                self.child.must_run()
            return match

        match = until(found, seconds, lambda: f"{pattern!r}: {self.child.story()}")
        assert match is not None
        return match

    @property
    def url(self) -> str:
        """The address that it has printed."""
        return self.until_said(r"metrics on (http://\S+)/metrics")[1]

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def until_ready(self, seconds: float = 20) -> None:
        until(self._is_ready, seconds, lambda: f"/readyz: {self.child.story()}")

    def _is_ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:  # it is reading its configuration again
            return False

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series with these labels; 0 where there is none."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            match = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if match and match[1] == name:
                found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
                if labels.items() <= found.items():
                    total += float(match[3])
        return total

    def events(self) -> list[dict[str, Any]]:
        """What is stored, oldest first, as `rejectwatch events` tells it."""
        done = rejectwatch("events", "--format", "json", "--limit", "0", "-c", self.config)
        if done.returncode:
            return []
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found[::-1]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the database, past the program."""
        if self.database_url.startswith("sqlite:///"):
            path = self.database_url.removeprefix("sqlite:///")
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                return connection.execute(query).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as server:
            return server.execute(query.encode()).fetchall()
