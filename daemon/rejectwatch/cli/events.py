"""`rejectwatch events`: what is stored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from rejectwatch import records
from rejectwatch.cli.common import (
    chosen,
    config_option,
    format_option,
    lang_option,
    language,
    limit_option,
    put,
    since_option,
    told,
    until_option,
)
from rejectwatch.cli.opening import opened
from rejectwatch.store import queries


@click.command("events", short_help="print stored refusals")
@since_option
@until_option
@chosen
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
    with opened(config) as (loaded, database):
        wanted = queries.EventFilter(
            since=since, until=until, user=user, domain=domain, ip=ip, cause=cause, same=loaded.identities
        )
        found = list(queries.events(database, wanted, limit))
    rows = (records.stored(event, instance) for instance, event in found)
    match form:
        case "json":
            put(records.as_array(rows) + "\n")
        case "csv":
            put(records.as_csv(records.STORED, rows))
        case _:
            for _, event in found:
                click.echo(told(event, language(lang)))
            if not found:
                click.echo("no such refusals")
            elif len(found) == limit:
                click.echo(f"The newest {limit}; there may be more: --limit", err=True)
