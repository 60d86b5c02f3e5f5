"""`rejectwatch check-config`: all mistakes of a configuration at once, before they hurt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option
from rejectwatch.doctor.case import repeated
from rejectwatch.doctor.finding import lasting
from rejectwatch.errors import SettingsError
from rejectwatch.notify.channel import channels
from rejectwatch.notify.child import understood
from rejectwatch.notify.same_server import host_here
from rejectwatch.settings import ByDesignSettings, ChannelSettings, RuleSettings, Settings
from rejectwatch.store.database import open_database


@click.command("check-config", short_help="find the mistakes of a configuration")
@config_option
def command(config: Path | None) -> None:
    """Check a configuration: every mistake with its file, key and reason. Exit code 2 if there is one.

    Nothing is contacted: `rejectwatch test-alert` sends a real message.
    """
    file = settings.find(config)
    loaded = settings.load(file, with_urls=True)
    database = open_database(loaded.database.url)
    beside = file.parent if file else Path()
    mistakes = [
        f"{file}: channels[{index}].url_file: {loaded.channels[index].place(beside)}: {why}"
        for index, channel in enumerate(channels(loaded, beside).values())
        if (why := understood(channel.url)) is not None
    ]
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    for warning in (*_warnings(loaded), *_channel_warnings(loaded, beside)):
        click.echo(f"{file}: {warning}", err=True)
    click.echo(f"{file or 'no configuration file, so the defaults'}: no mistakes")
    for name, lines in _decided(loaded, database.name):
        for index, line in enumerate(lines):
            click.echo(f"  {name if index == 0 else '':10}{line}")


def _decided(loaded: Settings, database: str) -> Iterator[tuple[str, list[str]]]:
    """What is in force, by its name; several lines where each has something to say."""
    yield "database", [database]
    yield "sources", [", ".join(one.label for one in loaded.sources) if loaded.sources else "auto"]
    yield "rules", [_rule(one) for one in loaded.rules] or ["none: nothing will ever be alerted"]
    yield "channels", [_channel(one) for one in loaded.channels] or ["none: alerts are stored, not sent"]
    if loaded.channels:
        of_watch = loaded.routing(UTC).channels_of_notice()
        yield "the watch", [f"what it tells of itself goes to {_names(one.name for one in of_watch)}"]
    if loaded.by_design:
        yield "by design", [f"{_names(_by_design(one))}: {one.reason}" for one in loaded.by_design]
    if loaded.log_messages:
        yield "log texts", [_names(f'"{one.match}" = {one.code}' for one in loaded.log_messages)]
    if loaded.causes:
        yield "causes", [_names(f'"{own.match}" = {own.cause}' for own in loaded.causes)]


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _rule(one: RuleSettings) -> str:
    rule = one.rule
    people = f" of {rule.people} people" if rule.people > 1 else ""
    return f"{rule.name}: {rule.threshold} attempts{people} in {lasting(rule.window)}, by {rule.by}"


def _channel(one: ChannelSettings) -> str:
    """What it takes, in which language, and when."""
    takes = [
        "what no other channel takes" if one.fallback else "",
        _names(one.domains) if one.domains else "",
        f"rules {_names(one.rules)}" if one.rules else "",
        "only critical ones" if one.severity == "critical" else "",
    ]
    when = [
        "Japanese" if one.language == "ja" else "English",
        f"quiet {one.quiet.begins:%H:%M} to {one.quiet.ends:%H:%M}" if one.quiet else "",
        f"one message a day at {one.digest:%H:%M}" if one.digest else "",
        f"a reminder every {lasting(one.remind_every)}" if one.remind_every else "",
        f"if nobody has acknowledged for {lasting(one.escalate_after)}" if one.escalate_after else "",
    ]
    return f"{one.name}: {', '.join(filter(None, takes)) or 'everything'}; {', '.join(filter(None, when))}"


def _by_design(one: ByDesignSettings) -> Iterator[str]:
    for name in ("user", "sender", "client_ip", "sender_domain", "recipient_domain", "cause"):
        if (value := getattr(one, name)) is not None:
            yield f"{name} {value}"


def _channel_warnings(loaded: Settings, beside: Path) -> Iterator[str]:
    for channel in channels(loaded, beside).values():
        if (host := host_here(channel.url)) is not None:
            yield (
                f"channels: {channel.name} sends through {host}, a mail server of this machine: an alert about refused"
                " mail may be refused itself; let a channel go another way"
            )
    if loaded.channels and not loaded.routing(UTC).channels_of_notice():
        yield (
            "channels: each has domains, so nobody is told of lost lines, silent logs and backlogs; add one without"
            " for whoever runs this server"
        )


def _warnings(loaded: Settings) -> Iterator[str]:
    """What is no mistake of the file, and hardly what is meant."""
    for rejectlog, mainlog, is_read in repeated(loaded.sources or ()):
        cure = f"each refusal is counted twice; name only {mainlog}" if is_read else "it is left out"
        yield f"sources: {rejectlog} repeats {mainlog}: {cure}"
    for one in loaded.log_messages:
        if one.code not in loaded.codes:
            yield f'log_messages: "{one.match}" stands for {one.code}, which is not one of the codes that are watched'
