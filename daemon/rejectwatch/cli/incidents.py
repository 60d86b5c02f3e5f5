"""`rejectwatch incidents`: what fails now, what failed, what was told of it, and who takes care."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from rejectwatch import records
from rejectwatch.cli.common import (
    QUOTES,
    config_option,
    counted,
    format_option,
    lang_option,
    language,
    limit_option,
    local,
    put,
    since_option,
    told,
)
from rejectwatch.cli.incident_lines import line, shared, state
from rejectwatch.cli.opening import opened
from rejectwatch.errors import SettingsError
from rejectwatch.facts import Event
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import Incident, to_json
from rejectwatch.incidents.silence import Silence
from rejectwatch.messages.layout import table
from rejectwatch.messages.neutral import harmless, named, quoted
from rejectwatch.store import acks, queries, silences
from rejectwatch.store.acks import Ack
from rejectwatch.store.database import Database
from rejectwatch.store.queries import Telling

LAST = 5
"""Refusals that `show` prints one by one."""
SHOWN = 20
"""People, clients and domains that are named."""
LONGEST_ERROR = 300
AMBIGUOUS = 10
"""Incidents that are named where the beginning of an id is that of several."""


class _Incidents(click.Group):
    """Without a word of its own, `list` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_list = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        return super().parse_args(ctx, ["list", *args] if is_list else args)


@click.group("incidents", cls=_Incidents, short_help="who started failing, why, and whether it works again")
def command() -> None:
    """Incidents: who started failing, why, and whether it works again. Without a command: list."""


def who_asks() -> str:
    """Whoever sits at the terminal: also behind sudo."""
    if (sudo := os.environ.get("SUDO_USER")) and os.geteuid() == 0:
        return sudo
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a number that has no name, as in a container
        return str(os.getuid())


# ── list ──


@command.command("list", short_help="what fails now")
@click.option("--all", "closed_too", is_flag=True, help="Those that have ended, too.")
@since_option
@format_option("text", "json")
@limit_option
@config_option
def list_(*, closed_too: bool, since: datetime | None, form: str, limit: int, config: Path | None) -> None:
    """Print what fails now, the newest first: who, since when, how often, how many people, why."""
    with opened(config) as (loaded, database):
        found = queries.incidents_of_all(database, closed_too=closed_too, since=since, limit=limit)
        known = _Known(database, loaded.identities)
        if form == "json":
            put(records.as_array(known.record(*one) for one in found) + "\n")
            return
        for instance, incident in found:
            click.echo(line(incident, *known.marks(instance, incident)))
    if not found:
        click.echo("no incidents" if closed_too else "no open incidents")
    elif len(found) == limit:
        click.echo(f"The newest {limit}; there may be more: --limit", err=True)


class _Known:
    """What people have said of incidents: that they take care of them, or want to hear nothing of them."""

    def __init__(self, database: Database, same: Identities) -> None:
        self._database = database
        self._same = same
        self._silences = silences.active(database, datetime.now(UTC))

    def ack(self, instance: str, incident: Incident) -> Ack | None:
        """One of before the incident last began to be told is of an earlier time."""
        given = acks.of(self._database, instance, incident.id)
        return given if given and given.at >= incident.opened_at else None

    def silence(self, incident: Incident) -> Silence | None:
        covering = [one for one in self._silences if one.covers(incident, self._same)]
        return max(covering, key=lambda one: one.until, default=None)

    def marks(self, instance: str, incident: Incident) -> Iterator[str]:
        if (ack := self.ack(instance, incident)) is not None:
            yield f"acknowledged by {named(ack.by, QUOTES)}"
        if incident.closed_at is None and (silence := self.silence(incident)) is not None:
            yield f"silenced until {local(silence.until)}"

    def record(self, instance: str, incident: Incident) -> records.Record:
        ack = self.ack(instance, incident)
        silence = None if incident.closed_at else self.silence(incident)
        return {
            **to_json(incident),
            "instance": instance,
            "state": state(incident),
            "severity": incident.severity,
            "acknowledged": ack and {"by": ack.by, "at": records.rfc3339(ack.at), "note": ack.note},
            "silenced_until": silence and records.rfc3339(silence.until),
        }


# ── show ──


@command.command("show", short_help="the whole story of one")
@click.argument("name", metavar="ID")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LAST,
    show_default=True,
    metavar="N",
    help="So many of its last refusals; 0: all that are still known.",
)
@format_option("text", "json")
@lang_option
@config_option
def show(name: str, limit: int, form: str, lang: str | None, config: Path | None) -> None:
    """Print the whole story of an incident: what the failures share, around which circumstances, who fails most, what
    was told when and how the channel answered, what proves that it works again, the last refusals.

    ID may be its beginning, as long as that is of one incident only.
    """
    with opened(config) as (loaded, database):
        instance, incident = one_named(database, name)
        known = _Known(database, loaded.identities)
        tellings = queries.tellings(database, instance, incident.id)
        last = queries.events_of_attempts(
            database, instance, incident.recent_attempts, incident.first_at, incident.last_at, limit
        )
        if form == "json":
            record = known.record(instance, incident) | {
                "messages": [_as_json(one) for one in tellings],
                "last_refusals": [records.stored(event, instance) for event in last],
            }
            put(records.as_array([record]) + "\n")
            return
        click.echo(line(incident, *known.marks(instance, incident)))
        click.echo(f"\n{table(_facts(incident, known.ack(instance, incident), known.silence(incident)))}")
        for title, lines in _sections(incident, tellings, last, language(lang)):
            click.echo(f"\n{title}")
            for one in lines:
                click.echo(f"  {one}")


def one_named(database: Database, beginning: str) -> tuple[str, Incident]:
    """The incident whose id is, or begins with, this."""
    found = queries.incidents_named(database, beginning, AMBIGUOUS)
    exact = [one for one in found if one[1].id == beginning]
    if not found:
        raise SettingsError(
            f"there is no incident {named(beginning, QUOTES)}; `rejectwatch incidents --all` lists them"
        )
    if len({incident.id for _, incident in found}) > 1 and not exact:
        ids = ", ".join(incident.id for _, incident in found)
        raise SettingsError(f"{named(beginning, QUOTES)} is the beginning of several incidents: {ids}")
    return (exact or found)[0]


def _facts(incident: Incident, ack: Ack | None, silence: Silence | None) -> list[tuple[str, str]]:
    return [
        ("Rule", harmless(incident.rule, LONGEST_ERROR)),
        (
            "Share",
            f"{shared(incident)}; refused by {'us' if incident.refused_by == 'local' else 'others'}",
        ),
        (
            "Why",
            f"{incident.cause}, confidence {incident.confidence}, {incident.who_acts} must act"
            + (f": {quoted(incident.sample.evidence, QUOTES)}" if incident.sample.evidence else ""),
        ),
        ("Failing", f"{local(incident.first_at)} to {local(incident.last_at)}"),
        (
            "Reach",
            ", ".join(
                (
                    counted(incident.people, "person", "people"),
                    counted(incident.attempts, "attempt"),
                    counted(incident.refusals, "refusal"),
                )
            ),
        ),
        (
            "Last success",
            local(incident.last_success_at) if incident.last_success_at else "none was ever seen",
        ),
        ("Ended", f"{incident.ending} {local(incident.closed_at)}" if incident.closed_at else ""),
        ("Acknowledged", f"{local(ack.at)} by {_said_by(ack.by, ack.note)}" if ack else ""),
        (
            "Silenced",
            f"until {local(silence.until)} by {_said_by(silence.author, silence.reason)}" if silence else "",
        ),
    ]


def _said_by(who: str, words: str) -> str:
    return named(who, QUOTES) + (f": {harmless(words, LONGEST_ERROR)}" if words else "")


def _sections(
    incident: Incident, tellings: Sequence[Telling], last: Sequence[Event], lang: Any
) -> Iterator[tuple[str, list[str]]]:
    """The parts that have something to say, each under its title."""
    parts = (
        ("Circumstances", list(_circumstances(incident))),
        ("Logins, by attempts", _ranked(incident.users, incident.user_counts)),
        ("Senders, by attempts", _ranked(incident.senders, incident.sender_counts)),
        ("Clients, by attempts", _ranked(incident.client_ips, incident.client_counts)),
        ("Recipient domains, by attempts", _ranked(incident.recipient_domains, incident.domain_counts)),
        (
            "What proves that it works again",
            [_proof(incident, index) for index in range(len(incident.proofs))],
        ),
        ("Told", list(_told_lines(incident, tellings))),
        ("The last refusals", [row for event in last for row in told(event, lang).split("\n")]),
    )
    return ((title, lines) for title, lines in parts if lines)


def _circumstances(incident: Incident) -> Iterator[str]:
    """Why the verdict is what it is: each is a fact that can be checked."""
    around = incident.circumstances
    yield {
        "all": "everybody had logged in",
        "some": "some had logged in, some had not",
        "none": "nobody had logged in",
    }[around.logged_in]
    if around.login_is_sender:
        yield "each login was refused its own address: the map of logins and senders is wrong, not the users"
    if around.sender_is_ours is not None:
        yield f"the senders' domains are {'ours' if around.sender_is_ours else 'not all ours'}"
    if around.new_client:
        yield "nothing had been sent from this address by this person before"
    if around.shared_logins > 1:
        yield f"the client address is used by {around.shared_logins} logins at least"
    if around.other_people:
        yield f"{around.other_people} other people fail in the same way now"
    if around.some_delivered:
        yield "other recipients of a refused message got it"
    worked = (
        ("the same person reached our own domains", around.worked_inside_at),
        ("the same person reached others outside", around.worked_outside_at),
        ("somebody reached the refusing partner", around.partner_worked_at),
        ("somebody's mail went outside", around.anybody_worked_at),
    )
    yield from (f"{what} {local(at)}" for what, at in worked if at is not None)
    if len(around.onsets) > 1:
        yield f"it began {len(around.onsets)} times: {', '.join(map(local, around.onsets))}"


def _ranked(names: Sequence[str], counts: Sequence[int]) -> list[str]:
    numbers = [*counts, *[0] * (len(names) - len(counts))]
    return [
        f"{number:5}  {named(one, QUOTES) if one else '<>'}"
        for one, number in list(zip(names, numbers, strict=False))[:SHOWN]
    ]


def _proof(incident: Incident, index: int) -> str:
    who, at, to = incident.proofs[index]
    return f"{local(at)}  {named(who, QUOTES)} → {named(to, QUOTES)}"


def _told_lines(incident: Incident, tellings: Sequence[Telling]) -> Iterator[str]:
    for one in tellings:
        yield f"{local(one.at)}  {one.kind:9}  {named(one.channel, QUOTES)}: {_result(one)}"
    if not tellings:
        yield from (f"{local(at)}  to no channel" for at in incident.tellings)


def _result(one: Telling) -> str:
    error = f": {harmless(one.last_error, LONGEST_ERROR)}" if one.last_error else ""
    tries = f", tried {one.tries} times" if one.tries > 1 else ""
    match one.state:
        case "sent":
            return f"taken {local(one.sent_at) if one.sent_at else ''}{tries}"
        case "failed":
            again = f", again {local(one.next_at)}" if one.next_at else ""
            return f"not taken yet{tries}{again}{error}"
        case "given_up":
            return f"given up{tries}{error}"
        case "held":
            return f"waits{f' until {local(one.not_before)}' if one.not_before else ''}"
        case "merged":
            return "told by another daemon of this database"
        case "dropped":
            return "overtaken before it was time to send it"
    return one.state


def _as_json(one: Telling) -> records.Record:
    return {
        name: records.rfc3339(value) if isinstance(value, datetime) else value
        for name, value in one._asdict().items()
    }


# ── ack ──


@command.command("ack", short_help="say that you take care of it")
@click.argument("name", metavar="ID")
@click.option("--note", default="", metavar="TEXT", help="What you do about it.")
@config_option
def ack(name: str, note: str, config: Path | None) -> None:
    """Say that you take care of an incident: nobody is reminded of it, and it is not escalated.

    It is still told that it grows, and that it works again. Under sudo your own name is written down.
    """
    with opened(config) as (_, database):
        instance, incident = one_named(database, name)
        if incident.closed_at is not None:
            raise SettingsError(
                f"incident {incident.id} has ended: {incident.ending} {local(incident.closed_at)}"
            )
        given = Ack(instance, incident.id, datetime.now(UTC), who_asks(), note.strip())
        acks.ack(database, given)
        click.echo(f"{incident.id} is acknowledged by {named(given.by, QUOTES)}")
        click.echo(line(incident))
