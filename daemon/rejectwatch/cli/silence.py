"""`rejectwatch silence`: hear nothing of a trouble that is known, for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click
import durationpy

from rejectwatch import records
from rejectwatch.causes import BY_SLUG
from rejectwatch.cli.common import (
    QUOTES,
    config_option,
    format_option,
    limit_option,
    local,
    put,
    since_option,
)
from rejectwatch.cli.incident_lines import line
from rejectwatch.cli.incidents import one_named, who_asks
from rejectwatch.cli.opening import opened
from rejectwatch.errors import SettingsError
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import Incident
from rejectwatch.incidents.silence import Silence
from rejectwatch.messages.neutral import harmless, named
from rejectwatch.store import queries, silences
from rejectwatch.store.database import Database

LONGEST = timedelta(days=366)
LONGEST_REASON = 300
MATCHERS = ("user", "sender", "client_ip", "domain", "cause")


class Lasting(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """How long: "90m", "8h", "1d"; a year at most, so that nothing is muted for ever and forgotten."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            duration: timedelta = durationpy.from_str(value)
        except (durationpy.DurationError, OverflowError):
            self.fail(f'"{value}" is not a duration such as "90m", "8h" or "1d"', param, ctx)
        if not timedelta() < duration <= LONGEST:
            self.fail(f'"{value}" is not between a moment and a year', param, ctx)
        return duration


class Network(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """An address or a network, as text."""

    name = "network"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ip_network(value, strict=False))
        except ValueError:
            self.fail(f'"{value}" is neither an IP address nor a network', param, ctx)


@click.group("silence", short_help="hear nothing of a known trouble for a while")
def command() -> None:
    """Silences: somebody knows of a trouble, and nobody needs to hear of it until a given time.

    Refusals and incidents are stored and shown all the same. An incident that reaches further than what is silenced
    is told, and so is, to whoever was told of it before, that it works again.
    """


@command.command("add", short_help="mute what matches")
@click.option("--user", metavar="LOGIN", help="Of this login.")
@click.option("--sender", metavar="ADDRESS", help="Of this envelope sender.")
@click.option(
    "--ip", "client_ip", metavar="ADDRESS", type=Network(), help="From this client address or network."
)
@click.option("--domain", metavar="DOMAIN", help="From senders, or to recipients, of this domain only.")
@click.option("--cause", metavar="CAUSE", type=click.Choice(sorted(BY_SLUG)), help="With this cause.")
@click.option("--incident", metavar="ID", help="What this incident is about, whenever it comes again.")
@click.option(
    "--for", "lasting", type=Lasting(), required=True, metavar="DURATION", help="How long: 90m, 8h, 1d."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever finds it later.")
@config_option
def add(
    *, incident: str | None, lasting: timedelta, reason: str, config: Path | None, **matchers: str | None
) -> None:
    """Mute what matches all that is given, for DURATION; print what that mutes now.

    \b
    rejectwatch silence add --user alice@corp.example --for 1d --reason "on holiday, phone is known"
    rejectwatch silence add --incident 1f2e --for 8h --reason "partner is informed"
    """
    if not reason.strip():
        raise click.UsageError("--reason is empty")
    given = {name: value.strip() for name, value in matchers.items() if value and value.strip()}
    if bool(given) == (incident is not None):
        raise click.UsageError(
            "give what is to be muted: one or more of --user, --sender, --ip, --domain, --cause; or --incident alone"
        )
    now = datetime.now(UTC)
    with opened(config) as (loaded, database):
        if incident is not None:
            given = about(one_named(database, incident)[1])
        silence = Silence(
            created_at=now,
            until=now + lasting,
            author=who_asks(),
            reason=reason.strip(),
            user=given.get("user"),
            sender=given.get("sender"),
            client_ip=given.get("client_ip"),
            domain=given.get("domain"),
            cause=given.get("cause"),
        )
        number = silences.add(database, silence)
        click.echo(f"silence {number}: {_told(silence)}")
        muted = _muted(database, silence, loaded.identities)
    click.echo("it mutes now:" if muted else "it mutes no incident that is open now")
    for one in muted:
        click.echo(f"  {line(one)}")


def about(incident: Incident) -> dict[str, str]:
    """What an incident is about, as a silence says it."""
    subject = incident.subject
    match incident.by:
        case "user" | "sender" | "client_ip":
            return {incident.by: subject, "cause": incident.cause}
        case "sender_domain" | "recipient_domain":
            return {"domain": subject, "cause": incident.cause}
    return {"cause": incident.cause}


def _muted(database: Database, silence: Silence, same: Identities) -> list[Incident]:
    return [one for one in queries.incidents(database) if silence.covers(one, same)]


def _told(silence: Silence) -> str:
    """Of whom, until when, by whom, why."""
    wanted = ", ".join(
        f"{_NAMES.get(name, name)} {named(value, QUOTES)}" for name, value in _matchers(silence)
    )
    return (
        f"{wanted}; until {local(silence.until)}; {named(silence.author, QUOTES)}:"
        f" {harmless(silence.reason, LONGEST_REASON)}"
    )


_NAMES = {"client_ip": "ip"}


def _matchers(silence: Silence) -> list[tuple[str, str]]:
    values = ((name, getattr(silence, name)) for name in MATCHERS)
    return [(name, value) for name, value in values if value is not None]


@command.command("list", short_help="what is muted, until when and why")
@click.option("--all", "over_too", is_flag=True, help="Those that are over, too, as long as they are kept.")
@since_option
@format_option("text", "json")
@limit_option
@config_option
def list_(*, over_too: bool, since: datetime | None, form: str, limit: int, config: Path | None) -> None:
    """Print what is muted now, the newest first: until when, by whom, why, and how many open incidents it mutes.

    --since: only silences that were added then or later.
    """
    now = datetime.now(UTC)
    with opened(config) as (loaded, database):
        kept = silences.everything(database) if over_too else silences.active(database, now)
        found = [one for one in reversed(kept) if since is None or one.created_at >= since][: limit or None]
        muted = {one.id: len(_muted(database, one, loaded.identities)) for one in found}
    if form == "json":
        put(records.as_array(_record(one, now, muted[one.id]) for one in found) + "\n")
        return
    for one in found:
        mutes = f"mutes {muted[one.id]} now" if one.is_active(now) else "is over"
        click.echo(f"{one.id:4}  {_told(one)} ({mutes})")
    if not found:
        click.echo("no silences")
    elif len(found) == limit:
        click.echo(f"The newest {limit}; there may be more: --limit", err=True)


def _record(silence: Silence, now: datetime, muted: int) -> records.Record:
    active = silence.is_active(now)
    return {
        "id": silence.id,
        **{name: getattr(silence, name) for name in MATCHERS},
        "created_at": records.rfc3339(silence.created_at),
        "until": records.rfc3339(silence.until),
        "author": silence.author,
        "reason": silence.reason,
        "active": active,
        "mutes": muted if active else 0,
    }


@command.command("remove", short_help="hear of it again")
@click.argument("number", metavar="ID", type=int)
@config_option
def remove(number: int, config: Path | None) -> None:
    """Remove a silence before its time: what it held back and still fails is told."""
    with opened(config) as (_, database):
        if not silences.remove(database, number):
            raise SettingsError(f"there is no silence {number}; `rejectwatch silence list` shows them")
    click.echo(f"silence {number} is removed")
