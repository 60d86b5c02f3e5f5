"""Store what a release leaves behind, for the tests of the releases after it.

    PYTHONPATH=tests .venv/bin/python -m upgrade 0.1.0 b52f26b        the version, and its commit or tag

The release's own code reads a small log, stores, alerts in vain and stops, once with SQLite and once with
PostgreSQL; everything is written to tests/data/upgrade/VERSION. A release whose dependencies are others than ours
wants an environment of its own: run this with its Python.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from parts.daemon import Daemon, rejectwatch
from parts.packages import program
from parts.postgresql import PostgreSQL
from parts.waiting import until
from upgrade import story
from upgrade.release import DATA, configured

ROOT = Path(__file__).parents[2]
CONFIGURATION = Path(__file__).parent / "configuration.toml"
NOBODY = "mailto://127.0.0.1:9/?from=rejectwatch@corp.example&to=admin@corp.example"
ANSWERS = {
    "events.json": ("events", "--format", "json", "--limit", "0"),
    "incidents.json": ("incidents", "list", "--all", "--format", "json", "--limit", "0"),
    "top.json": ("top", "users", "--since", "2026-01-01", "--format", "json"),
}


def main() -> int:
    version, commit = sys.argv[1:]
    target = DATA / version
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    place = Path(tempfile.mkdtemp(prefix="rejectwatch-upgrade-"))
    place.chmod(0o755)  # PostgreSQL is another user
    logs = story.before(datetime.now(UTC))
    try:
        os.environ["PYTHONPATH"] = str(_checked_out(commit, place / "code"))
        watch = _watched(place / "sqlite", f"sqlite:///{place}/sqlite/rejectwatch.db", logs, target)
        _ask(watch, target)
        _packed(target / "rejectwatch.db.gz", (place / "sqlite/rejectwatch.db").read_bytes())
        with PostgreSQL(place / "postgresql") as server:
            _watched(place / "with-postgresql", server.url, logs)
            _packed(target / "rejectwatch.sql.gz", _dumped(server.url))
    finally:
        shutil.rmtree(place)
    print(f"{target}: {', '.join(sorted(path.name for path in target.iterdir()))}")
    return 0


def _checked_out(commit: str, folder: Path) -> Path:
    """The code of the release, built."""
    subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "--quiet", commit], cwd=folder, check=True)
    subprocess.run([sys.executable, "hatch_build.py"], cwd=folder, check=True)
    return folder / "daemon"


def _watched(folder: Path, url: str, logs: dict[str, bytes], target: Path | None = None) -> Daemon:
    """Let the release read, store and alert in vain; what it looked like then is kept in `target`."""
    watch = Daemon(folder, "", database_url=url)
    for name, lines in logs.items():
        (folder / "log" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "log" / name).write_bytes(lines)
    for channel in ("postmasters", "corp"):
        (folder / f"{channel}.url").write_text(NOBODY)
    watch.config.write_text(configured(CONFIGURATION.read_text(), folder, url))
    if url.startswith("postgresql"):
        watch.upgrade()
    with watch:
        watch.until_ready()
        until(lambda: _is_all_done(watch), 60, watch.child.story)
        if target is not None:
            (target / "metrics.txt").write_text(watch.get("/metrics")[1])
            for name, lines in logs.items():
                (target / Path(name).name).write_bytes(lines)
        assert watch.stop() == 0
    return watch


def _ask(watch: Daemon, target: Path) -> None:
    shutil.copyfile(CONFIGURATION, target / "rejectwatch.toml")
    for name, command in ANSWERS.items():
        done = rejectwatch(*command, config=watch.config)
        assert done.returncode == 0, done.stderr
        (target / name).write_text(done.stdout)


def _is_all_done(watch: Daemon) -> bool:
    """One trouble is over and one is open, both were tried to be told, and every whole line is read."""
    unfinished = len((watch.folder / "log" / story.POSTFIX).read_bytes().rpartition(b"\n")[2])
    read = watch.metric("rejectwatch_unread_bytes") == unfinished
    endings = {ending for (ending,) in watch.rows("SELECT ending FROM incidents WHERE told_at IS NOT NULL")}
    waiting = watch.rows("SELECT count(*) FROM outbox WHERE state = 'failed'")[0][0]
    return read and endings == {None, "recovered"} and waiting == 7


def _dumped(url: str) -> bytes:
    """As SQL that every psql reads: newer ones write a command of their own around it."""
    options = ("--no-owner", "--no-privileges", url.replace("+psycopg", ""))
    command = [str(program("pg_dump", "postgresql-client")), *options]
    dumped = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return re.sub(rb"(?m)^\\(un)?restrict .*\n", b"", dumped)


def _packed(file: Path, content: bytes) -> None:
    file.write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    sys.exit(main())
