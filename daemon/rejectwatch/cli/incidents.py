"""`rejectwatch incidents`: what fails now, and what failed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import QUOTES, config_option, format_option, limit_option, put, since_option
from rejectwatch.incidents.incident import Incident, to_json
from rejectwatch.messages.neutral import named
from rejectwatch.store import queries
from rejectwatch.store.database import open_database


@click.group("incidents", short_help="who started failing, why, and whether it works again")
def command() -> None:
    """Incidents: who started failing, why, and whether it works again."""


@command.command("list", short_help="what fails now")
@click.option("--all", "closed_too", is_flag=True, help="Those that have ended, too.")
@since_option
@format_option("text", "json")
@limit_option
@config_option
def list_(*, closed_too: bool, since: datetime | None, form: str, limit: int, config: Path | None) -> None:
    """Print what fails now, the newest first: who, since when, how often, why."""
    database = open_database(settings.load(settings.find(config)).database.url)
    found = queries.incidents(database, closed_too=closed_too, since=since, limit=limit)
    database.close()
    if form == "json":
        put(json.dumps([to_json(incident) for incident in found], ensure_ascii=False, indent=1) + "\n")
        return
    for incident in found:
        click.echo(_line(incident))
    if not found:
        click.echo("no incidents" if closed_too else "no open incidents")


def _line(incident: Incident) -> str:
    since = incident.first_at.astimezone().strftime("%Y-%m-%d %H:%M")
    state = incident.ending or ("open" if incident.told_at else "waiting")
    return (
        f"{incident.id}  {state:9}  since {since}  {incident.attempts:4} attempts  {incident.cause:22}"
        f"  {incident.by} {named(incident.subject, QUOTES)}"
    )
