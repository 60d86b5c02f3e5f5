"""Whether times can be believed: the zone of the log, and the clock of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock, lasting, note, ok, trouble
from rejectwatch.sources.content import open_content
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.stamps import times
from rejectwatch.store import health
from rejectwatch.zone import local_zone

TAIL = 1 << 16
QUARTER = timedelta(minutes=15)
"""All zones lie whole quarters of an hour apart."""
NEAR = timedelta(seconds=10)
"""A line is written so soon after its time."""
FARTHEST = timedelta(hours=26)
AHEAD = timedelta(minutes=5)
PATIENCE = 5


class _Last(NamedTuple):
    """The last line of a log: its time as we read it, when it was written, and whether its stamp has a zone."""

    at: datetime
    written: datetime
    has_zone: bool


def zone(case: Case) -> Iterator[Finding]:
    """A log in another zone than this machine's: what happens now looks old, and nothing is alerted."""
    for _, name, path, _ in case.logs:
        last = _last_line(path)
        if last is None:
            continue
        if last.has_zone:
            yield ok(f"{name}: its lines say their time zone")
            continue
        off = last.at - last.written
        if _is_of_another_zone(off):
            way = "ahead of" if off > timedelta() else "behind"
            yield trouble(
                f"{name}: the last line says {clock(last.at)} and was written at {clock(last.written)}: the log is"
                f" written in another time zone, {lasting(off)} {way} this machine's; what fails now would not be"
                " alerted, or at the wrong time",
                "give the logger and rejectwatch.service the same zone (Environment=TZ=…), or let the logger write"
                " RFC 3339 times",
            )
        elif abs(off) < NEAR:
            yield ok(f"{name}: its times are of this machine's zone")


def _is_of_another_zone(off: timedelta) -> bool:
    quarters = round(off / QUARTER)
    return bool(quarters) and abs(off - quarters * QUARTER) < NEAR and abs(off) < FARTHEST


def _last_line(path: Path) -> _Last | None:
    """None: there is none, or it has no stamp."""
    try:
        content = open_content(path)
    except (OSError, NotReadable):
        return None
    try:
        size = content.size()
        data = content.pread(TAIL, max(size - TAIL, 0))
        written = datetime.fromtimestamp(content.modified() / 1e9, UTC)
    finally:
        content.close()
    line = data[: data.rfind(b"\n")].rpartition(b"\n")[2] + b"\n"
    here, elsewhere = (
        times(one)(line, written) for one in (local_zone(), timezone(timedelta(hours=5, minutes=1)))
    )
    return None if here is None else _Last(here, written, here == elsewhere)


def future(case: Case) -> Iterator[Finding]:
    """An event that has not happened yet: a clock is wrong, here or where the log is written."""
    if case.is_new:
        return
    _ = case.stored
    newest = health.events_between(case.database)[1]
    if newest is not None and newest - case.now > AHEAD:
        yield trouble(
            f"the newest refusal is of {clock(newest)}, and it is {clock(case.now)} now",
            "is this machine's clock right, and that of the log's machine? date; timedatectl",
        )


def synchronized(_: Case) -> Iterator[Finding]:
    """What systemd knows of it; other ways of keeping time are not asked."""
    ask = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        said = subprocess.run(
            ask, capture_output=True, text=True, check=False, timeout=PATIENCE
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return
    if said == "yes":
        yield ok("this machine's clock is synchronized")
    elif said == "no":
        yield note(
            "this machine's clock is not synchronized, as far as systemd knows", "timedatectl set-ntp true"
        )
