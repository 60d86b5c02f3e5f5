"""`rejectwatch scan`: read logs once and say what was refused; no database, no alerts, no settings."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from importlib import import_module
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from rejectwatch import dialects, records
from rejectwatch.causes import OwnText, diagnose
from rejectwatch.cli.common import (
    Language,
    config_option,
    format_option,
    lang_option,
    language,
    put,
    say_waiting,
)
from rejectwatch.cli.logs import in_order_of_time, progress, say_unreadable, told_troubles
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.text import lines_between
from rejectwatch.dialects.timestamps import Stamps, middle_of
from rejectwatch.events import event_of, reply_of
from rejectwatch.facts import Event, Outcome, Refused
from rejectwatch.identity import USUAL, Identities
from rejectwatch.sources.stream import Stream
from rejectwatch.state import Queued, State
from rejectwatch.zone import local_zone

DEFAULT_CODES = frozenset({553})
QUEUE_IDS = 1_000_000
"""How many open messages one scan remembers: there is no database that could bound it earlier."""

_GARBAGE = 50_000
"""So many new objects before Python looks for circles among them: lines make many, and no circles."""

BLOCK = 1 << 18
"""Bytes that are read at a time: nobody waits for a commit here, and so much stays in the processor's memory."""

Found = Callable[[Event, int], None]
"""Called with each event and the 1-based number of its line."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What of the settings matters to reading: named as there."""

    codes: frozenset[int] = DEFAULT_CODES
    mapped_log_messages: tuple[dialects.LogMessage, ...] = ()
    own_texts: tuple[OwnText, ...] = ()
    identities: Identities = USUAL


class Scan:
    """Listens to the correlator for one file after another; what is open is carried over to the next file."""

    def __init__(
        self,
        zone: tzinfo,
        found: Found,
        configured: Configured,
    ) -> None:
        self._state = State(queue_ids=QUEUE_IDS, committed=False)
        self._zone = zone
        self._found = found
        self._configured = configured
        self.deliveries = 0
        self.others = 0
        self.drops: list[int | None] = []
        self.strange: Counter[str] = Counter()

    def file(self, source: Stream, year: int | None, read: Callable[[int], None]) -> None:
        """Read a file to its end, telling `read` how much it was.

        The first stamp without a year is of this one, or lies before the file's time; each further one is the nearest
        to the one before it.
        """
        if year is None:
            stamps = Stamps(self._zone, source.modified, begins=True)
        else:
            stamps = Stamps(self._zone, middle_of(year, self._zone))
        self._lines = 0
        remembered = dialects.Remembered(self._state.lines, "")
        asked = dialects.Asked(
            self._configured.codes, stamps, remembered, self._configured.mapped_log_messages, self._delivered
        )
        correlator = Correlator(self._state, dialects.who, self._name_of, onward=self)
        while (batch := source.read(BLOCK)) is not None:
            self._batch, self._counted = batch, 0
            dialects.read(batch.block, asked, correlator)
            self._state.apply()
            self._lines += lines_between(batch.block, self._counted, len(batch.block))
            read(len(batch.block))

    def refusal(self, refused: Refused, attempt: str) -> None:
        self._lines += lines_between(self._batch.block, self._counted, refused.offset)
        self._counted = refused.offset
        diagnosis = diagnose(reply_of(refused), self._configured.own_texts)
        self._found(event_of(refused, attempt, diagnosis, self._batch), self._lines + 1)

    def other_refusal(self, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self.others += times

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None:
        """Who logged in from where is of no interest here."""

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes, local: bool) -> None:
        self.deliveries += 1

    def _delivered(self, recipients: int) -> None:
        self.deliveries += recipients

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self.drops.append(lines)

    def not_understood(self, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self.strange[shape] += times

    def _name_of(self, offset: int, n: int) -> str:
        return self._batch.name_of(offset, n)


class _Codes(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    name = "codes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[int]:
        if isinstance(value, frozenset):
            return value
        parts = str(value).split(",")
        if not all(part.isascii() and part.isdigit() and 500 <= int(part) <= 599 for part in parts):
            self.fail(f'"{value}" is not a list of permanent reply codes such as 550,553', param, ctx)
        return frozenset(int(part) for part in parts)


class _Zone(click.ParamType):  # type: ignore[type-arg]  # as above
    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        try:
            return ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f'there is no time zone "{value}"; one is "Asia/Tokyo"', param, ctx)


@click.command("scan", short_help="read logs once and say what was refused, why, and what to do")
@click.argument("files", metavar="[FILE…|-]", nargs=-1)
@format_option("text", "jsonl", "csv")
@click.option("--codes", type=_Codes(), help="Reply codes to find [default: 553], as in 550,551,553,554.")
@click.option(
    "--year",
    type=click.IntRange(1990, 2200),
    metavar="YEAR",
    help="Of log times without one [default: the file's].",
)
@click.option("--timezone", "zone", type=_Zone(), help="Of log times without one [default: this machine's].")
@lang_option
@config_option
def command(
    files: tuple[str, ...],
    form: str,
    codes: frozenset[int] | None,
    year: int | None,
    zone: tzinfo | None,
    lang: str | None,
    config: Path | None,
) -> None:
    """Read mail logs once, plain or compressed, and say what was refused, why, and what to do.

    \b
    rejectwatch scan /var/log/mail.log*
    journalctl -o short-iso SYSLOG_FACILITY=2 | rejectwatch scan
    rejectwatch scan --codes 550,551,553,554 --format jsonl mail.log | jq .user

    Several files are read in the order of their time, whatever order they are given in: a message that was
    handed over in mail.log.1 may be refused in mail.log. Without a file, standard input is read.
    """
    zone = zone or local_zone()
    configured = _configured(config)
    if codes:
        configured = replace(configured, codes=codes)
    if "-" in (files or "-"):
        say_waiting()
    output = _OUTPUTS[form](configured, language(lang))
    scan = Scan(zone, output.found, configured)
    streams = in_order_of_time(files or ("-",), zone, unfinished=True)
    gc.set_threshold(_GARBAGE)
    with progress(streams if form != "jsonl" or not sys.stdout.isatty() else ()) as read:

        def block_read(length: int) -> None:
            read(length)
            output.block_read()

        for source in streams:
            scan.file(source, year, block_read)
    output.finish(scan)
    say_unreadable(streams, zone)
    if told_troubles(streams):
        sys.exit(1)


def _configured(config: Path | None) -> Configured:
    if config is None:
        return Configured()
    # By name: only a scan that was given a file pays for reading it.
    loaded = import_module("rejectwatch.settings").load(config)
    return Configured(loaded.codes, loaded.mapped_log_messages, loaded.own_texts, loaded.identities)


class _Output(Protocol):
    def found(self, event: Event, line: int) -> None:
        """One refusal."""

    def block_read(self) -> None:
        """As much is read as there was; a pipe may have no more for long."""

    def finish(self, scan: Scan) -> None:
        """All is read."""


class _JsonLines:
    def __init__(self, configured: Configured, lang: Language) -> None:
        self._lines: list[str] = []

    def found(self, event: Event, line: int) -> None:
        self._lines.append(records.scanned_line(event, line) + "\n")

    def block_read(self) -> None:
        """All at once: where output is not buffered (PYTHONUNBUFFERED), each line would be a call of the system."""
        if self._lines:
            put("".join(self._lines))
            sys.stdout.flush()
            self._lines.clear()

    def finish(self, scan: Scan) -> None:
        self.block_read()


class _Csv:
    def __init__(self, configured: Configured, lang: Language) -> None:
        self._rows: list[records.Record] = []

    def found(self, event: Event, line: int) -> None:
        self._rows.append(records.scanned(event, line))

    def block_read(self) -> None:
        """The rows come at the end."""

    def finish(self, scan: Scan) -> None:
        put(records.as_csv(records.SCANNED, self._rows))


class _Text:
    def __init__(self, configured: Configured, lang: Language) -> None:
        # By name: records need nothing of the texts for people.
        summary = import_module("rejectwatch.cli.summary").Summary
        self._summary = summary(configured.codes, lang, configured.identities)

    def found(self, event: Event, line: int) -> None:
        self._summary.add(event)

    def block_read(self) -> None:
        """The summary comes at the end."""

    def finish(self, scan: Scan) -> None:
        for line in self._summary.lines(scan.deliveries, scan.others, scan.strange, scan.drops):
            click.echo(line)


_OUTPUTS: dict[str, Callable[[Configured, Language], _Output]] = {
    "text": _Text,
    "jsonl": _JsonLines,
    "csv": _Csv,
}
