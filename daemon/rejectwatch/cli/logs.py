"""The log files that a command is given: opened, in the order of their time, read with a word on how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path

import click

from rejectwatch.errors import SettingsError
from rejectwatch.sources.begin import TimeOf
from rejectwatch.sources.identity import Mark
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.rejectlog import repeated
from rejectwatch.sources.siblings import rank
from rejectwatch.sources.stamps import times
from rejectwatch.sources.stream import Stream, open_stream

LONGEST = 1000
"""Characters of file names in one sentence."""

LARGE = 64 << 20
"""Bytes from which on reading takes long enough to be shown."""


def in_order_of_time(
    files: Iterable[str], zone: tzinfo, known: Iterable[Mark] = (), *, unfinished: bool
) -> list[Stream]:
    """Streams of the files, oldest first, as their first lines tell, or their names; what is given twice is read once.

    `unfinished`: a last line without its end is read too. Not where it would be stored cut in half.
    """
    known = tuple(known)
    try:
        streams = [open_stream(file, known=known, unfinished=unfinished) for file in dict.fromkeys(files)]
    except NotReadable as error:
        raise SettingsError(str(error)) from error
    if len(streams) == 1:
        return streams  # standard input is not to be waited for before the first read
    time_of = times(zone)
    streams = _without_rejectlogs(streams, time_of)
    return sorted(
        streams,
        key=lambda one: (
            time_of(one.first_line(), one.modified) or one.modified,
            rank(Path(one.name).name),  # of files that begin in one second
            one.modified,
        ),
    )


def _without_rejectlogs(streams: list[Stream], time_of: TimeOf) -> list[Stream]:
    """Of Exim, where the mainlog is there that each of them repeats."""
    left_out = repeated(streams, time_of)
    if left_out:
        from rejectwatch.messages.neutral import harmless  # seldom needed, and a part of the start

        names = ", ".join(one.name for one in left_out)
        click.echo(
            f"not read, because the mainlog has the same refusals: {harmless(names, LONGEST)}", err=True
        )
    for one in left_out:
        one.close()
    return [one for one in streams if one not in left_out]


@contextmanager
def progress(streams: Iterable[Stream]) -> Iterator[Callable[[int], None]]:
    """Called with the bytes that were read, shows on a terminal how far it is; into a pipe it is silent."""
    total = sum(stream.unread() for stream in streams)
    if total < LARGE or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(
        length=total, label="reading", file=sys.stderr, update_min_steps=total // 200
    ) as bar:
        yield bar.update


def say_unreadable(streams: Iterable[Stream], zone: tzinfo) -> None:
    """Nothing found is good news only in a log that can be read."""
    time_of = times(zone)
    for one in streams:
        lines = one.first_lines()
        if lines and not any(time_of(line, one.modified) for line in lines):
            click.echo(
                f"{one.name} can't be read as a mail log: none of its first lines begins with a time and a program"
                " (of journalctl, -o short-iso can be read; -o cat, json and export can't)",
                err=True,
            )


def told_troubles(streams: Iterable[Stream]) -> bool:
    """Say what could not be read to its end, and whether there is such."""
    troubles = [trouble for stream in streams if (trouble := stream.trouble()) is not None]
    for trouble in troubles:
        click.echo(trouble, err=True)
    return bool(troubles)
