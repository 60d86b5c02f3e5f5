"""What a daemon does under load, at full size; docs/load.md has the figures of one machine.

    make load                       everything, on SQLite and PostgreSQL: about half an hour
    make load ARGS='live outage'    some of it

Each part checks first that nothing was lost or counted twice, then that the promised bounds hold, and prints
what it measured. The short versions, in tests/load, run with `make test`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.run import WrongAnswerError

from bench import backlog, live, queue_ids
from parts.daemon import Daemon
from parts.postgresql import PostgreSQL

RATE = 10_000
MINUTE = 60
BACKLOG = 5_000_000
HISTORY = 13_000_000
"""Lines of a log of 2 GB."""
ENDLESS = 10_000_000


def followed(folder: Path, database_url: str | None) -> str:
    """10,000 lines a second for a minute, with a rotation in the middle."""
    log = folder / "mail.log"
    with _reading(folder, log, database_url) as daemon:
        daemon.until_ready()
        figures = live.follow(daemon, log, RATE, MINUTE, rotate_after=MINUTE / 2)
    _must(figures.p99 < live.DELAY and figures.memory < live.MEMORY, figures)
    return str(figures)


def caught_up(folder: Path, database_url: str | None) -> str:
    """5 million lines of three days after an outage."""
    log, an_hour_ago = folder / "mail.log", datetime.now(UTC) - timedelta(minutes=61)
    watch = backlog.daemon(folder / "state", log, "all", database_url)
    figures = backlog.after_an_outage(watch, log, BACKLOG, timedelta(days=3), an_hour_ago)
    _must(figures.memory < backlog.MEMORY, figures)
    return str(figures)


def begun(folder: Path, database_url: str | None) -> str:
    """A first start on 2 GB of logs, of which the last day is read: five sixths of it from the newest file."""
    log = folder / "mail.log"
    watch = backlog.daemon(folder / "state", log, "24h", database_url)
    figures = backlog.first_start(watch, log, HISTORY, timedelta(hours=26))
    _must(figures.memory < backlog.MEMORY, figures)
    return str(figures)


def open_ids(folder: Path, database_url: str | None) -> str:
    """100,000 messages in the queue, all that can be remembered of each."""
    grown = queue_ids.open_messages(database_url or f"sqlite:///{folder}/rejectwatch.db", refused=1)
    _must(max(grown.kept, grown.read, grown.loaded) < queue_ids.MEMORY, grown)
    return str(grown)


def endless_ids() -> str:
    """10 million queue ids that are never closed, in limited address space."""
    figures = queue_ids.endless_ids(ENDLESS)
    _must(figures.forgotten == ENDLESS - queue_ids.OPEN, figures)
    return str(figures)


def interrupted(folder: Path, server: PostgreSQL) -> str:
    """PostgreSQL stops for 15 seconds and crashes later, while 10,000 lines a second are written."""
    log = folder / "mail.log"
    with _reading(folder, log, server.fresh_database()) as daemon:
        daemon.until_ready()
        told = live.through_an_outage(daemon, server, log, RATE, MINUTE, away=15)
        said = daemon.said.splitlines()
    sentences = [line for line in said if "reading waits until it works again" in line]
    _must(len(sentences) == len(set(sentences)) <= 4, sentences)
    return f"{told.counts.lines:,} lines, none lost, none twice; it said:\n    " + "\n    ".join(sentences)


def _reading(folder: Path, log: Path, database_url: str | None) -> Daemon:
    log.touch()
    daemon = Daemon(folder / "state", live.CONFIGURATION.format(log=log), database_url=database_url)
    daemon.upgrade()
    return daemon


def _must(holds: bool, figures: object) -> None:  # noqa: FBT001 — read as a sentence
    if not holds:
        raise WrongAnswerError(f"more than is promised: {figures}")


ON_BOTH: dict[str, Callable[[Path, str | None], str]] = {
    "live": followed,
    "backlog": caught_up,
    "first-start": begun,
    "open-ids": open_ids,
}
PARTS = (*ON_BOTH, "outage", "endless-ids")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make load", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} [all]")
    wanted = parser.parse_args(arguments).parts or PARTS
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with _folder() as place, PostgreSQL(Path(place), durable=True) as server:
        try:
            for part in wanted:
                _measure(part, server)
        except WrongAnswerError as wrong:
            print(wrong, file=sys.stderr)
            return 1
    return 0


def _measure(part: str, server: PostgreSQL) -> None:
    if part in ON_BOTH:
        print(ON_BOTH[part].__doc__, flush=True)
        for name, url in (("SQLite", None), ("PostgreSQL", server.fresh_database())):
            with _folder() as folder:
                print(f"  {name}: {ON_BOTH[part](Path(folder), url)}", flush=True)
    elif part == "outage":
        with _folder() as folder:
            print(f"{interrupted.__doc__}\n  {interrupted(Path(folder), server)}", flush=True)
    else:
        print(f"{endless_ids.__doc__}\n  {endless_ids()}", flush=True)


def _folder() -> tempfile.TemporaryDirectory[str]:
    """Gone at the end; a server that drops root can enter it."""
    folder = tempfile.TemporaryDirectory(prefix="rejectwatch-load-")
    Path(folder.name).chmod(0o755)
    return folder


if __name__ == "__main__":
    sys.exit(main())
