"""`rejectwatch import`: old logs into the database, beside a running daemon too; never alerts."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.causes.masking import masked
from rejectwatch.changes import Shape
from rejectwatch.cli.common import config_option
from rejectwatch.cli.logs import in_order_of_time, progress, told_troubles
from rejectwatch.cli.scan import Configured, Found, Scan
from rejectwatch.events import reply_of
from rejectwatch.facts import Event
from rejectwatch.sources.siblings import before
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from rejectwatch.store.events import import_events, import_shapes
from rejectwatch.store.queries import heads
from rejectwatch.zone import local_zone

TOGETHER = 5000
"""Events that are written in one transaction."""


LONGEST_IN_QUEUE = 5 * 86_400 * 10**9
"""Nanoseconds that a message may have been here before it is refused (Postfix' maximal_queue_lifetime, as it comes)."""


class _Import(Scan):
    """Knows of each line that it could not read which file it stands in."""

    def __init__(self, zone: tzinfo, found: Found, configured: Configured) -> None:
        super().__init__(zone, found, configured)
        self.shapes: Counter[Shape] = Counter()

    def not_understood(self, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self.shapes[Shape(self._batch.source, mta, shape)] += times


def _earlier(files: Iterable[str]) -> list[str]:
    """The rotated logs beside these that tell whose messages are in them; nothing else is taken from there."""
    given = {Path(file) for file in files}
    earlier: set[Path] = set()
    for file in given:
        seen = before(file)
        earlier |= {one.path for one in seen if one.modified > seen[-1].modified - LONGEST_IN_QUEUE}
    return [str(path) for path in sorted(earlier - given) if os.access(path, os.R_OK)]


@click.command("import", short_help="read old logs into the database")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@config_option
def command(files: tuple[str, ...], config: Path | None) -> None:
    """Read old logs, plain or compressed, into the database. Importing twice changes nothing.

    Works beside a running daemon, also with logs that it has read: an event is known by its place in the log,
    which is known by its content. Nothing is alerted. Rotated logs that lie beside these are looked at too, five days
    back, for whose message it was.
    """
    loaded = settings.load(settings.find(config))
    database = open_database(loaded.database.url)
    migrate.prepare(database)
    zone, known = local_zone(), heads(database, loaded.instance_name)
    given = set(files)
    found: list[Event] = []
    replies: Counter[Shape] = Counter()
    stored = new = 0

    def store() -> None:
        nonlocal stored, new
        new += import_events(database, loaded.instance_name, found)
        stored += sum(event.repeat for event in found)
        found.clear()

    def take(event: Event, _: int) -> None:
        if event.source not in given:
            return
        found.append(event)
        if event.cause == "unknown":
            replies[Shape(event.source, event.mta, masked(reply_of(event)))] += event.repeat
        if len(found) >= TOGETHER:
            store()

    scan = _Import(zone, take, Configured(loaded.codes, loaded.mapped_log_messages, loaded.own_texts))
    streams = in_order_of_time([*_earlier(files), *files], zone, known, unfinished=False)
    with progress(streams) as read:
        for source in streams:
            scan.file(source, None, read)
    strange = Counter({shape: n for shape, n in scan.shapes.items() if shape.source in given})
    import_shapes(database, loaded.instance_name, strange, replies)
    store()
    database.close()
    click.echo(f"{stored} refusals found, {new} of them new")
    if told_troubles(one for one in streams if one.name in given):
        sys.exit(1)
