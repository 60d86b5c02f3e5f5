"""`rejectwatch replay`: which messages these rules would have sent for these logs; nothing is sent or written."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from pathlib import Path

import click

from rejectwatch import records, settings
from rejectwatch.cli.common import (
    Language,
    Since,
    format_option,
    lang_option,
    language,
    put,
    say_waiting,
    since_option,
    until_option,
)
from rejectwatch.cli.logs import in_order_of_time, progress, told_troubles
from rejectwatch.cli.replayed import Replay
from rejectwatch.incidents.incident import Message
from rejectwatch.messages import (
    Document,
    House,
    digest_document,
    document,
    escalated_document,
    reminder_document,
)
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.layout import width
from rejectwatch.messages.mail import as_text
from rejectwatch.routing import CLOSING, Planned, planned
from rejectwatch.zone import local_zone

LanguageOf = Callable[[str | None], Language]
"""Of a channel; None: no channel is configured."""


@click.command("replay", short_help="which messages these rules would have sent for these logs")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@format_option("text", "json")
@since_option
@until_option
@click.option(
    "--now",
    type=Since(),
    help="Let the clock run on until then, so that what waits may still close [default: the last line's time].",
)
@lang_option
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file [default: none, the rules that hold without one].",
)
def command(
    files: tuple[str, ...],
    form: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime | None,
    lang: str | None,
    config: Path | None,
) -> None:
    """Say which messages these rules would have sent for these logs: a try before it matters.

    \b
    rejectwatch replay /var/log/mail.log*
    rejectwatch replay -c new.toml --since 2026-10-01 --format json mail.log

    The logs are read as `scan` reads them, plain or compressed, in the order of their time, and decided upon as the
    daemon decides, with their own clock. Nothing is sent, nothing is written, and no database is needed.

    --since and --until choose what is printed; the lines before still teach what is normal. An alert is one that
    says that something fails.
    """
    if "-" in files:
        say_waiting()
    loaded, zone = settings.load(config), local_zone()
    streams = in_order_of_time(files, zone, unfinished=True)
    replay = Replay(loaded.terms(zone), streams)
    with progress(streams) as read:
        replay.read(read)
    ended = replay.run_on(now)
    routes = loaded.routing(zone).routes
    sent = planned(replay.messages, routes, zone, ended, loaded.identities)
    chosen = [one for one in sent if (since is None or one.at >= since) and (until is None or one.at < until)]
    spoken = language(lang)
    if form == "json":
        languages: dict[str | None, Language] = {one.name: one.language for one in loaded.channels}
        told = _told(chosen, zone, loaded.house, lambda channel: languages.get(channel, spoken))
        put(records.as_array(_record(one, its) for one, its in told) + "\n")
    else:
        text = _Text(zone, catalogue(spoken))
        for line in text.lines(_told(chosen, zone, loaded.house, lambda _: spoken)):
            click.echo(line)
        click.echo(text.summary(_alerts(chosen), replay.messages, replay.days(since, until)))
    if told_troubles(streams):
        sys.exit(1)


def _told(
    sent: Sequence[Planned], zone: tzinfo, house: House, language_of: LanguageOf
) -> Iterator[tuple[Planned, Document]]:
    """Each message in words; in the place of those that a digest holds, the digest."""
    digests: defaultdict[tuple[str | None, datetime], list[Message]] = defaultdict(list)
    for one in sent:
        if one.kind == "digest":
            digests[one.channel, one.at].append(one.message)
    for one in sent:
        message, lang = one.message, language_of(one.channel)
        match one.kind:
            case "digest":
                yield one, digest_document(digests[one.channel, one.at], one.at, lang, zone, house)
            case "reminder":
                yield one, reminder_document(message.incident, one.at, lang, zone, house)
            case "escalated":
                yield one, escalated_document(message.incident, one.at, lang, zone, house)
            case kind:
                yield one, document(replace(message, kind=kind), lang, zone, house)


def _record(one: Planned, told: Document) -> records.Record:
    incident, text = one.message.incident, as_text(told)
    last_success_at = incident.last_success_at
    return {
        "at": records.rfc3339(one.at),
        "kind": one.kind,
        "incident": incident.id,
        "rule": incident.rule,
        "channel": one.channel,
        "subject_kind": incident.by,
        "subject": incident.subject,
        "users": incident.users,
        "senders": incident.senders,
        "client_ips": incident.client_ips,
        "recipient_domains": incident.recipient_domains,
        "user_count": incident.people,
        "cause": incident.cause,
        "confidence": incident.confidence,
        "who_acts": incident.who_acts,
        "attempts": incident.attempts,
        "refusals": incident.refusals,
        "first_at": records.rfc3339(incident.first_at),
        "last_at": records.rfc3339(incident.last_at),
        "last_success_at": None if last_success_at is None else records.rfc3339(last_success_at),
        "flags": incident.flags,
        "title": text.title,
        "text": text.body,
    }


def _alerts(sent: Sequence[Planned]) -> list[Planned]:
    """What says that something fails, each once, to however many channels it went."""
    opened = (one for one in sent if "opened" in (one.kind, one.kind == "digest" and one.message.kind))
    once: dict[str, Planned] = {}
    for one in opened:
        once.setdefault(one.message.id, one)
    return list(once.values())


class _Text:
    """For a person: a line a message, then what it comes to."""

    def __init__(self, zone: tzinfo, words: Catalogue) -> None:
        self._zone = zone
        self._words = words

    def lines(self, told: Iterator[tuple[Planned, Document]]) -> Iterator[str]:
        """Each message once, to however many channels it went."""
        seen: set[tuple[str, str]] = set()
        for one, its in told:
            key = one.kind, its.title if one.kind == "digest" else one.message.id
            if key not in seen:
                seen.add(key)
                kind = self._words.say(f"replay.kind.{one.kind}")
                at = one.at.astimezone(self._zone)
                yield f"{at:%Y-%m-%d %H:%M:%S}  {kind}{' ' * (10 - width(kind))} {its.title}"

    def summary(self, alerts: Sequence[Planned], messages: Sequence[Message], length: int) -> str:
        days = self._words.count("replay.days", length)
        if not alerts:
            return self._words.say("replay.none", {"days": days})
        ends = Counter(_end(one.message, messages) for one in alerts)
        day, most = Counter(one.at.astimezone(self._zone).date() for one in alerts).most_common(1)[0]
        return self._words.say(
            "replay.total",
            {
                "alerts": self._words.count("replay.alerts", len(alerts)),
                "days": days,
                "recovered": self._words.count("replay.recovered", ends["recovered"]),
                "expired": str(ends["expired"]),
                "open": str(ends[None]),
                "most": str(most),
                "day": self._day(day),
            },
        )

    def _day(self, day: date) -> str:
        month = self._words.say("replay.months").split()[day.month - 1]
        return self._words.say("replay.day", {"day": str(day.day), "month": month})


def _end(alert: Message, messages: Sequence[Message]) -> str | None:
    """How it closed for the first time after this alert, None if it is still open."""
    later = (one for one in messages if one.incident.id == alert.incident.id and one.at > alert.at)
    return next((one.kind for one in later if one.kind in CLOSING), None)
