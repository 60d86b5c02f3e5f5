"""The log files that a command is given: opened, and in the order of their time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from rejectwatch.errors import SettingsError
from rejectwatch.sources.identity import Mark
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.stamps import times
from rejectwatch.sources.stream import Stream, open_stream


def in_order_of_time(files: Iterable[str], zone: tzinfo, known: Iterable[Mark] = ()) -> list[Stream]:
    """Streams of the files, oldest first, as their first lines tell; a file given twice is read once."""
    known = tuple(known)
    try:
        streams = [open_stream(file, known=known, unfinished=True) for file in dict.fromkeys(files)]
    except NotReadable as error:
        raise SettingsError(str(error)) from error
    if len(streams) == 1:
        return streams  # standard input is not to be waited for before the first read
    time_of = times(zone)
    return sorted(streams, key=lambda one: time_of(one.first_line(), one.modified) or one.modified)
