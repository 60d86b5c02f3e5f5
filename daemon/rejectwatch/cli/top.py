"""`rejectwatch top`: who fails most, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from rejectwatch import records
from rejectwatch.cli.common import QUOTES, Since, chosen, config_option, format_option, put, until_option
from rejectwatch.cli.opening import opened
from rejectwatch.messages.neutral import named
from rejectwatch.store.queries import EventFilter
from rejectwatch.store.rollup import By
from rejectwatch.store.top import Top, top

BY: Final[dict[str, tuple[By, ...]]] = {
    "users": ("user",),
    "senders": ("sender",),
    "domains": ("sender_domain", "recipient_domain"),
    "ips": ("client_ip",),
    "causes": ("cause",),
}
ROLES: Final[dict[By, str]] = {"sender_domain": "from ", "recipient_domain": "to "}
"""What tells the lines of one list apart."""

FIELDS: Final = ("by", "subject", "failures", "cause", "first_hour", "last_hour")


@click.command("top", short_help="who fails most, and why")
@click.argument("kind", metavar="|".join(BY), type=click.Choice(list(BY)))
@click.option(
    "--since",
    type=Since(),
    default="24h",
    show_default=True,
    help='Only from then on: a duration back from now ("7d") or a date ("2026-11-24").',
)
@until_option
@chosen
@format_option("text", "json", "csv")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="At most so many; 0: all.",
)
@config_option
def command(
    kind: str,
    since: datetime,
    until: datetime | None,
    user: str | None,
    domain: str | None,
    ip: str | None,
    cause: str | None,
    form: str,
    limit: int,
    config: Path | None,
) -> None:
    """Print who fails most: how often, mostly why, in which hours first and last.

    A failure is a recipient or step that was refused for good: not what will be tried again, nor what was only
    probed or warned of. "senders" counts where nobody logged in. A domain is counted as the sender's ("from")
    and as the recipient's ("to"), in lines of their own. With --user, --domain or --ip only what is still stored
    one by one can be counted.
    """
    with opened(config) as (loaded, database):
        wanted = EventFilter(
            since=since, until=until, user=user, domain=domain, ip=ip, cause=cause, same=loaded.identities
        )
        found = top(database, BY[kind], wanted, limit)
    match form:
        case "json":
            put(records.as_array(_record(one) | {"causes": dict(one.causes)} for one in found) + "\n")
        case "csv":
            put(records.as_csv(FIELDS, map(_record, found)))
        case _:
            for line in _table(found):
                click.echo(line)
            if not found:
                click.echo("no such failures")
            elif len(found) == limit:
                click.echo(f"The first {limit}; there may be more: --limit", err=True)


def _record(one: Top) -> records.Record:
    return {
        "by": one.by,
        "subject": one.subject,
        "failures": one.failures,
        "cause": one.causes[0][0],
        "first_hour": records.rfc3339(one.first_hour),
        "last_hour": records.rfc3339(one.last_hour),
    }


def _table(found: list[Top]) -> Iterator[str]:
    """The subject stands last: it is as long as a stranger likes."""
    if found:
        yield f"{'failures':>9}  {'mostly':30}  {'first hour':16}  {'last hour':16}  who"
    for one in found:
        yield f"{one.failures:9,}  {_mostly(one):30}  {_local(one.first_hour)}  {_local(one.last_hour)}  {_who(one)}"


def _mostly(one: Top) -> str:
    cause, failures = one.causes[0]
    return cause if failures == one.failures else f"{cause} ({failures / one.failures:.0%})"


def _local(hour: datetime) -> str:
    return f"{hour.astimezone():%Y-%m-%d %H:%M}"


def _who(one: Top) -> str:
    subject = named(one.subject, QUOTES) if one.subject else "<>"
    return f"{ROLES.get(one.by, '')}{subject}"
