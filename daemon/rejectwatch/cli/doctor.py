"""`rejectwatch doctor`: is this watch well? Before it hurts."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from rejectwatch import settings
from rejectwatch.cli.common import config_option, format_option, lang_option, language, put
from rejectwatch.doctor.case import Case
from rejectwatch.doctor.checks import Result, examine
from rejectwatch.messages.address_words import about_address
from rejectwatch.messages.neutral import harmless
from rejectwatch.store.database import open_database

LONGEST = 1000
STATES = {"ok": "ok", "note": "note", "trouble": "TROUBLE"}
INDENT = 11


@click.command("doctor", short_help="is all well? sources, permissions, database, clock, disk")
@click.argument("address", required=False)
@format_option("text", "json")
@lang_option
@config_option
def command(address: str | None, form: str, lang: str | None, config: Path | None) -> None:
    """Look at everything that this watch needs, and say what is wrong and what helps.

    Works beside a running daemon and before its first start, and changes nothing. As root it asks what the
    service's own user may do. Exit code 1 if there is trouble.

    With ADDRESS, only at that mail address: full-width letters, blanks, dots, a domain that misses one of ours
    or a large one by a letter. Nothing is contacted.
    """
    file = settings.find(config)
    loaded = settings.load(file)
    if address is not None:
        _examine_address(address, form, about_address(address, loaded.site.domains, language(lang)))
        return
    database = open_database(loaded.database.url)
    results = examine(Case(file, loaded, database, datetime.now(UTC)))
    found = _as_json(results) if form == "json" else _as_text(results)
    database.close()
    if any(result.finding.state == "trouble" for result in found):
        sys.exit(1)


def _examine_address(address: str, form: str, said: str | None) -> None:
    if form == "json":
        put(json.dumps([{"address": address, "says": said}], ensure_ascii=False, indent=1) + "\n")
    elif said is not None:
        click.echo(said)
    if said is not None:
        sys.exit(1)


def _as_json(results: Iterable[Result]) -> list[Result]:
    found = list(results)
    rows = [{"check": result.check, **asdict(result.finding)} for result in found]
    put(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    return found


def _as_text(results: Iterable[Result]) -> list[Result]:
    """One heading a check, one line a finding, what helps below it; told as it is found, since some take a while."""
    width = min(max(shutil.get_terminal_size((110, 24)).columns, 60), 120) if sys.stdout.isatty() else 110
    found: list[Result] = []
    for result in results:
        if not found or found[-1].check != result.check:
            click.echo(f"{os.linesep if found else ''}{result.check}")
        click.echo(_told(result, width))
        found.append(result)
    troubles = sum(result.finding.state == "trouble" for result in found)
    notes = sum(result.finding.state == "note" for result in found)
    click.echo(f"\n{'All is well' if not troubles else f'Trouble: {troubles}'}; notes: {notes}.")
    return found


def _told(result: Result, width: int) -> str:
    finding = result.finding
    says = _wrapped(f"  {STATES[finding.state]:{INDENT - 2}}", finding.says, width)
    return (
        says
        if finding.cure is None
        else f"{says}\n{_wrapped(' ' * (INDENT - 2) + '→ ', finding.cure, width)}"
    )


def _wrapped(before: str, words: str, width: int) -> str:
    # What is told may hold a stranger's words: file names, replies of other servers.
    return textwrap.fill(
        harmless(words, LONGEST),
        width,
        initial_indent=before,
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
