"""The time of a line, for whoever looks for a moment in a log."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from rejectwatch.dialects import prefixes
from rejectwatch.dialects.pieces import shown_by_docker
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.sources.begin import TimeOf


def times(zone: tzinfo) -> TimeOf:
    """The times of lines whose stamps name no zone are of this one.

    A stamp without a year lies before the time near it, which is that of its file, as where the log is read.
    """

    def time_of(line: bytes, near: datetime) -> datetime | None:
        stamp = _stamp(line)
        if stamp is None:
            return None
        at = Stamps(zone, near, begins=True).utc(stamp)
        if at != near:
            return at
        # What is no stamp is answered with the time before it: not with this one, though, if it is one.
        other = near + timedelta(microseconds=1)
        return at if Stamps(zone, other, begins=True).utc(stamp) == at else None

    return time_of


def _stamp(line: bytes) -> bytes | None:
    if len(line) < 20:
        return None
    if line.startswith(b"{"):
        line = shown_by_docker(line) or line
    place = prefixes.syslog(line, 0, len(line)) or prefixes.exim_line(line, 0, len(line))
    return line[: place[0]] if place else None
