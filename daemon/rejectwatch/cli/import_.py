"""`rejectwatch import`: old logs into the database, beside a running daemon too; never alerts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option
from rejectwatch.cli.logs import in_order_of_time, progress, told_troubles
from rejectwatch.cli.scan import Configured, Scan
from rejectwatch.facts import Event
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.queries import heads
from rejectwatch.zone import local_zone

TOGETHER = 5000
"""Events that are written in one transaction."""


@click.command("import", short_help="read old logs into the database")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@config_option
def command(files: tuple[str, ...], config: Path | None) -> None:
    """Read old logs, plain or compressed, into the database. Importing twice changes nothing.

    Works beside a running daemon, also with logs that it has read: an event is known by its place in the log,
    which is known by its content. Nothing is alerted.
    """
    loaded = settings.load(settings.find(config))
    database = open_database(loaded.database.url)
    migrate.prepare(database)
    zone, known = local_zone(), heads(database, loaded.instance_name)
    found: list[Event] = []
    stored = new = 0

    def store() -> None:
        nonlocal stored, new
        new += import_events(database, loaded.instance_name, found)
        stored += sum(event.repeat for event in found)
        found.clear()

    def take(event: Event, _: int) -> None:
        found.append(event)
        if len(found) >= TOGETHER:
            store()

    scan = Scan(zone, take, Configured(loaded.codes, loaded.mapped_log_messages, loaded.own_texts))
    streams = in_order_of_time(files, zone, known, unfinished=False)
    with progress(streams) as read:
        for source in streams:
            scan.file(source, None, read)
    store()
    database.close()
    click.echo(f"{stored} refusals found, {new} of them new")
    if told_troubles(streams):
        sys.exit(1)
