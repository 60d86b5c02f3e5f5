"""`rejectwatch check-config`: all mistakes of a configuration at once, before they hurt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option
from rejectwatch.doctor.case import repeated
from rejectwatch.errors import SettingsError
from rejectwatch.notify.channel import channels
from rejectwatch.notify.child import understood
from rejectwatch.settings import Settings
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
    for warning in _warnings(loaded):
        click.echo(f"{file}: {warning}", err=True)
    click.echo(f"{file or 'no configuration file, so the defaults'}: no mistakes")
    click.echo(f"  database  {database.name}")
    click.echo(f"  sources   {', '.join(one.label for one in loaded.sources) if loaded.sources else 'auto'}")
    click.echo(
        f"  rules     {', '.join(rule.name for rule in loaded.rules) or 'none: nothing will ever be alerted'}"
    )
    click.echo(
        f"  channels  {', '.join(one.name for one in loaded.channels) or 'none: alerts are stored, not sent'}"
    )
    if loaded.log_messages:
        texts = (f'"{one.match}" = {one.code}' for one in loaded.log_messages)
        click.echo(f"  log texts {', '.join(texts)}")
    if loaded.causes:
        texts = (f'"{own.match}" = {own.cause}' for own in loaded.causes)
        click.echo(f"  causes    {', '.join(texts)}")


def _warnings(loaded: Settings) -> Iterator[str]:
    """What is no mistake of the file, and hardly what is meant."""
    for rejectlog, mainlog, is_read in repeated(loaded.sources or ()):
        cure = f"each refusal is counted twice; name only {mainlog}" if is_read else "it is left out"
        yield f"sources: {rejectlog} repeats {mainlog}: {cure}"
    for one in loaded.log_messages:
        if one.code not in loaded.codes:
            yield f'log_messages: "{one.match}" stands for {one.code}, which is not one of the codes that are watched'
