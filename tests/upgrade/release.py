"""A release as it was left behind (tests/data/upgrade), put into a folder as if it had just stopped there."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from parts.packages import program
from upgrade import story

DATA = Path(__file__).parents[1] / "data" / "upgrade"
RELEASES = sorted(path.name for path in DATA.iterdir() if path.is_dir())
CHANNELS = ("postmasters", "corp")

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Left:
    """Its logs, its configuration and its database."""

    stored: Path
    folder: Path
    url: str

    @property
    def config(self) -> Path:
        return self.folder / "rejectwatch.toml"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    def answer(self, name: str) -> str:
        """What the release itself has answered."""
        return (self.stored / name).read_text()

    def rows(self) -> Rows:
        """Every row of every table."""
        if self.url.startswith("sqlite:///"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.row_factory = sqlite3.Row
                tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                return {
                    name: list(map(dict, connection.execute(f"SELECT * FROM {name}"))) for (name,) in tables
                }
        with psycopg.connect(_plain(self.url), row_factory=psycopg.rows.dict_row) as server:
            names = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            tables = [one["tablename"] for one in names]
            return {name: server.execute(f"SELECT * FROM {name}".encode()).fetchall() for name in tables}


def lay(stored: Path, folder: Path, url: str, channel: str) -> Left:
    """`channel` is the URL of each of its channels."""
    left = Left(stored, folder, url)
    for name in story.LOGS:
        (left.logs / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stored / Path(name).name, left.logs / name)
    for name in CHANNELS:
        (folder / f"{name}.url").write_text(channel)
    left.config.write_text(configured(left.answer("rejectwatch.toml"), folder, url))
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).write_bytes(_unpacked(stored / "rejectwatch.db.gz"))
    else:
        command = [str(program("psql", "postgresql-client")), "--quiet", "--set=ON_ERROR_STOP=1", _plain(url)]
        dump = _unpacked(stored / "rejectwatch.sql.gz")
        subprocess.run(command, input=dump, check=True, capture_output=True)
    return left


def configured(text: str, folder: Path, url: str) -> str:
    """The operator's configuration, with its logs, database and port moved to where a test may have them."""
    for old, new in (
        ("/var/log", f"{folder}/log"),
        ("sqlite:////var/lib/rejectwatch/rejectwatch.db", url),
        ("127.0.0.1:9553", "127.0.0.1:0"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
