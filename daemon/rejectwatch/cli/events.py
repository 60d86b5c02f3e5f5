"""`rejectwatch events`: what is stored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from rejectwatch import records, settings
from rejectwatch.cli.common import (
    config_option,
    format_option,
    lang_option,
    language,
    limit_option,
    since_option,
    told,
    until_option,
)
from rejectwatch.store import queries
from rejectwatch.store.database import open_database


@click.command("events", short_help="print stored refusals")
@since_option
@until_option
@click.option("--user", help="Of this SASL login.")
@click.option("--domain", help="With a sender or recipient in this domain.")
@click.option("--ip", help="Of this client address.")
@click.option("--cause", help="With this cause, as in auth_required.")
@format_option("text", "json", "csv")
@limit_option
@lang_option
@config_option
def command(
    since: datetime | None,
    until: datetime | None,
    user: str | None,
    domain: str | None,
    ip: str | None,
    cause: str | None,
    form: str,
    limit: int,
    lang: str | None,
    config: Path | None,
) -> None:
    """Print stored refusals, the newest first."""
    database = open_database(settings.load(settings.find(config)).database.url)
    wanted = queries.EventFilter(since=since, until=until, user=user, domain=domain, ip=ip, cause=cause)
    found = list(queries.events(database, wanted, limit))
    database.close()
    rows = (records.stored(event, instance) for instance, event in found)
    match form:
        case "json":
            click.echo(records.as_array(rows))
        case "csv":
            click.echo(records.as_csv(records.STORED, rows), nl=False)
        case _:
            for _, event in found:
                click.echo(told(event, language(lang)))
