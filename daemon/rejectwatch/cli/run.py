"""`rejectwatch run`: the daemon, in the foreground."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path

import click

from rejectwatch.app.signals import Signals
from rejectwatch.changes import Changes
from rejectwatch.cli.common import Language, config_option, lang_option, language, told
from rejectwatch.messages import render
from rejectwatch.zone import local_zone

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Refusals that are printed of one commit; a backlog may hold thousands."""


@click.command("run", short_help="watch the mail log: store, show, tell")
@lang_option
@config_option
def command(lang: str | None, config: Path | None) -> None:
    """Watch the mail log: store refusals, serve metrics, send alerts. Ends with SIGTERM or Ctrl-C.

    SIGHUP reads the configuration again: one without a mistake takes effect, else the one from before holds.

    On a terminal it also prints every refusal in plain words, and the subject of each alert; under systemd it
    does not, because the journal that it would print to may be the log that it reads.
    """
    signals = Signals()  # before the rest is loaded, which takes half a second
    from rejectwatch import settings
    from rejectwatch.app import ownlog
    from rejectwatch.app.daemon import Daemon
    from rejectwatch.app.reload import begin_anew

    def configuration() -> tuple[settings.Settings, Path]:
        file = settings.find(config)
        return settings.load(file, with_urls=True), file.parent if file else Path()

    os.umask(0o077)
    in_journal = "JOURNAL_STREAM" in os.environ
    ownlog.to_stderr(in_journal=in_journal)
    shown = (lambda _: None) if in_journal else _Printer(language(lang))
    if Daemon(configuration, signals, shown).run():
        begin_anew()


class _Printer:
    """Prints what a commit has written, as long as there is somebody to print for: watching does not end with that."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self._zone = local_zone()
        self._prints = True
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that has no “ may still show the rest.
            sys.stdout.reconfigure(errors="backslashreplace")

    def __call__(self, changes: Changes) -> None:
        try:
            if self._prints:
                self._print(changes)
        except OSError as error:
            self._prints = False
            log.warning(
                "refusals are no longer printed, watching goes on: standard output: %s", error.strerror
            )

    def _print(self, changes: Changes) -> None:
        if len(changes.events) > AT_ONCE:
            click.echo(f"({len(changes.events) - AT_ONCE} earlier refusals are stored: rejectwatch events)")
        for event in changes.events[-AT_ONCE:]:
            click.echo(told(event, self._lang))
        for message in changes.messages[-AT_ONCE:]:
            click.echo(f">>> {render(message, self._lang, self._zone).title}")
