"""A daemon that tells what it finds to channels made to order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from parts.daemon import Daemon
from parts.inbox import Mail
from rejectwatch.incidents.incident import KINDS

CONFIGURATION = """
first_read = "all"
{settings}

[[sources]]
name = "mail"
path = "{log}"

[incidents]
{incidents}
"""

QUICKLY = """
group_wait = "1s"
recover_after = "1s"
"""
DEFAULTS = ""

CHANNEL = """
[[channels]]
name = "{name}"
url_file = "{name}.url"
"""

IMPATIENT = """
import sys
from datetime import timedelta
from rejectwatch.notify import notifier
notifier.FIRST_WAIT = timedelta(seconds=0.5)
from rejectwatch.cli import main
sys.exit(main())
"""
"""A program that tries again sooner than rejectwatch does."""


def alerting(
    folder: Path,
    log: Path,
    channels: Mapping[str, str],
    *,
    settings: str = "",
    incidents: str = QUICKLY,
    tables: str = "",
    database_url: str | None = None,
    **env: str,
) -> Daemon:
    """A daemon with these channels (name and Apprise URL); without `incidents` it waits a second before it tells.

    `settings` are further lines of TOML for the top, `incidents` for that section, `tables` for the end.
    """
    named = "".join(CHANNEL.format(name=name) for name in channels)
    configuration = CONFIGURATION.format(log=log, settings=settings, incidents=incidents) + named + tables
    watch = Daemon(folder, configuration, database_url=database_url, env=env)
    for name, url in channels.items():
        (watch.folder / f"{name}.url").write_text(url)
    if database_url is not None:
        watch.upgrade()
    return watch


def about_incidents(mails: Iterable[Mail]) -> list[Mail]:
    """The mails that are no notice about the watch itself."""
    return [mail for mail in mails if _kind(mail) in KINDS]


def opened(mails: Iterable[Mail]) -> list[str]:
    """The ids of the mails that open an incident."""
    return [message_id(mail) for mail in mails if _kind(mail) == "opened"]


def message_id(mail: Mail) -> str:
    return str(mail.message["X-Rejectwatch-Id"])


def _kind(mail: Mail) -> str:
    """In an id such as 811761ad9c-opened-20261127T073944."""
    return message_id(mail).split("-")[1]
