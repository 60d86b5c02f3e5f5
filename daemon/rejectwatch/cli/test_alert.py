"""`rejectwatch test-alert`: a real message through the real channel."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from rejectwatch import messages, settings
from rejectwatch.cli.common import config_option
from rejectwatch.errors import SettingsError
from rejectwatch.incidents.incident import Circumstances, Incident, Message, Sample
from rejectwatch.notify.channel import Channel, channels
from rejectwatch.notify.notifier import forms
from rejectwatch.notify.sending import Child
from rejectwatch.zone import local_zone


@click.command("test-alert", short_help="send a sample alert")
@click.argument("name", metavar="[CHANNEL]", required=False)
@config_option
def command(name: str | None, config: Path | None) -> None:
    """Send a sample alert to CHANNEL, or to every channel, and say what the other side answered.

    It goes out as an alert does: as text and HTML by mail, as a card to Teams. Rules, quiet hours and silences are
    not asked. Exit code 1 if a channel did not take it.
    """
    file = settings.find(config)
    loaded = settings.load(file, with_urls=True)
    found = channels(loaded, file.parent if file else Path())
    if not found:
        raise SettingsError(f"{file or 'the defaults'}: there are no channels; add one under [[channels]]")
    if name is not None and name not in found:
        raise SettingsError(f'{file}: there is no channel "{name}", only {", ".join(found)}')
    taken = [_tried(channel, loaded.house) for channel in found.values() if name in (None, channel.name)]
    if not all(taken):
        sys.exit(1)


def _tried(channel: Channel, house: messages.House) -> bool:
    """Send the sample and tell how that went; whether it was taken."""
    if sys.stderr.isatty():
        click.echo(f"{channel.name}: sending …", err=True)
    now = datetime.now(UTC)
    told = messages.document(sample(now), channel.language, local_zone(), house)
    marked = replace(told, title=f"{TEST[channel.language]} {told.title}")
    order = {"url": channel.url, "id": f"test-alert-{now:%Y%m%dT%H%M%S}", **forms(marked, channel.url)}
    child = Child(order)
    while (ended := child.ended()) is None:
        time.sleep(0.1)
    if ended.error is not None:
        click.echo(f"{channel.name}: {ended.error}", err=True)
        return False
    answer = ended.answer.removeprefix("sent").removeprefix(": ")
    said = f" ({answer})" if answer else ""
    click.echo(f"{channel.name}: taken by the other side{said}; look whether it arrived")
    return True


TEST = {"en": "TEST, nothing has happened:", "ja": "テスト（実際の障害ではありません）:"}


def sample(now: datetime) -> Message:
    """A message about an incident that never happened, with names that exist nowhere (RFC 2606, RFC 5737)."""
    reply = "553 5.7.1 <sales@example.com>: Sender address rejected: not owned by user hanako@example.com"
    last = Sample(
        occurred_at=now,
        mta="postfix",
        host="mail",
        service="postfix/submission/smtpd",
        code=553,
        reply=reply,
        evidence="not owned by user hanako@example.com",
        user="hanako@example.com",
        sender="sales@example.com",
        recipient="mori@example.net",
        client_ip="203.0.113.77",
        client_host="pc21.example.com",
        helo="[192.168.0.14]",
        relay_host=None,
        relay_ip=None,
    )
    incident = Incident(
        id="0000000000",
        rule="user starts failing",
        by="user",
        subject="hanako@example.com",
        cause="sender_not_authorized",
        refused_by="local",
        confidence="high",
        who_acts="user",
        opened_at=now,
        told_at=now,
        first_at=now - timedelta(minutes=5),
        last_at=now,
        attempts=3,
        refusals=3,
        recent_attempts=("1", "2", "3"),
        users=("hanako@example.com",),
        senders=("sales@example.com",),
        client_ips=("203.0.113.77",),
        recipients=("mori@example.net",),
        recipient_domains=("example.net",),
        last_success_at=now - timedelta(hours=2),
        sample=last,
        reached=1,
        circumstances=Circumstances("all", sender_is_ours=True),
    )
    return Message("test-alert", "opened", now, incident)
