"""Which logs are read, how far, and by whom. Looks at the stored positions and at the files beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rejectwatch.doctor.case import Case, Unknown
from rejectwatch.doctor.finding import Finding, clock, large, lasting, note, ok, trouble
from rejectwatch.sources.content import open_content
from rejectwatch.sources.identity import Mark, load_marks
from rejectwatch.sources.interface import NotReadable, unpack
from rejectwatch.sources.siblings import snapshot
from rejectwatch.store.health import Read

STUCK = timedelta(minutes=2)
"""A daemon that runs has stored something after so long, if there was something to read."""
OLD = timedelta(days=2)
"""A mail log that says nothing for so long is worth a look."""


def daemon(case: Case) -> Iterator[Finding]:
    if case.is_running:
        yield ok(f"a daemon is running as instance {case.settings.instance_name}")
        return
    try:
        has_run = bool(case.stored.reads)
    except Unknown:
        has_run = False
    start = "systemctl start rejectwatch"
    if has_run:
        yield trouble("no daemon is running: nothing is watched", start)
    else:
        yield note("no daemon has run yet", start)


def chosen(case: Case) -> Iterator[Finding]:
    """Under "auto": what is read, what is left out, and why."""
    if case.settings.sources is not None:
        yield ok(f"named in the configuration: {', '.join(one.label for one in case.sources)}")
        return
    here = [one for one in case.candidates if one["exists"]]
    for one in here:
        if one["needs_help"]:
            says, _, cure = one["reason"].partition(": ")
            yield trouble(says, cure or None)
        else:
            yield ok(one["reason"])
    if not case.sources:
        places = ", ".join(one["name"] for one in case.candidates if one["path"])
        yield trouble(
            "no mail log is read" if here else f"this machine has no mail log that is known ({places})",
            "name the log under [[sources]] in the configuration",
        )


def progress(case: Case) -> Iterator[Finding]:
    """How far each source is read."""
    for source in case.sources:
        read = _read_of(case, source.label)
        if source.path is not None:
            yield from _file(case, source.label, source.path, read)
        elif read is None:
            yield note(f"{source.label}: never read")
        else:
            yield ok(f"{source.label}: {_last_line(case, source.label)}; {_stored(case, read)}")


def _read_of(case: Case, source: str) -> Read | None:
    try:
        return case.stored.reads.get(source)
    except Unknown:
        return None


class _Rest(NamedTuple):
    """What of a log is not read: bytes, where reading stands, in which file; None: it is in none of the files."""

    unread: int
    position: int
    file: Path | None
    size: int


def _file(case: Case, name: str, path: Path, read: Read | None) -> Iterator[Finding]:
    try:
        seen = snapshot(path)
        if not seen or seen[-1].path != path:
            yield trouble(
                f"{name}: {path} does not exist", "is it the right path, and does the mail server log?"
            )
            return
        rest = _rest(path, load_marks(unpack(read.checkpoint)["marks"]) if read else [])
    except (OSError, NotReadable) as error:
        yield note(f"{name}: nothing is known of {path}: {getattr(error, 'strerror', None) or error}")
        return
    if read is None:
        yield note(f"{name}: {path}, {large(rest.size)}, never read")
        return
    where = (
        f"position {rest.position} of {rest.size} in {rest.file or path} (generation {read.generation[:8]})"
    )
    says = f"{name}: {where}; {_last_line(case, name)}; {_stored(case, read)}"
    if rest.file is None:
        yield trouble(
            f"{name}: what was read last is in none of the files any more: lines may be lost; {_stored(case, read)}",
            "does something remove or overwrite the log before it is read? See gaps below",
        )
    elif rest.unread and _is_stuck(case, read):
        yield trouble(
            f"{says}; {large(rest.unread)} wait, and are not read",
            "journalctl -u rejectwatch says why; or restart it",
        )
    elif rest.unread and _lags(case, name):
        yield note(f"{says}; catching up, {large(rest.unread)} to read")
    else:
        yield ok(says if not rest.unread else f"{says}; {large(rest.unread)} to read")
    written = datetime.fromtimestamp(seen[-1].modified / 1e9, UTC)
    if case.now - written > OLD:
        yield note(f"{name}: nothing was written to {path} for {lasting(case.now - written)}")


def _rest(path: Path, marks: list[Mark]) -> _Rest:
    """From the newest file back to the one in which reading stands: content tells which."""
    unread, newest = 0, 0
    for seen in reversed(snapshot(path)):
        content = open_content(seen.path)
        try:
            size = content.size()
            newest = newest or size
            mark = next((one for one in reversed(marks) if one.position and one.is_head_of(content)), None)
        finally:
            content.close()
        if mark is not None:
            return _Rest(unread + max(size - mark.position, 0), mark.position, seen.path, size)
        unread += size
    return _Rest(unread, 0, None if any(one.position for one in marks) else path, newest)


def _is_stuck(case: Case, read: Read) -> bool:
    return case.now - read.updated_at > STUCK and case.is_running


def _lags(case: Case, source: str) -> bool:
    last = case.stored.state.times.get(("source", source))
    return last is not None and case.now - last > STUCK


def _last_line(case: Case, source: str) -> str:
    last = case.stored.state.times.get(("source", source))
    return "no line yet" if last is None else f"last line of {clock(last)}, {lasting(case.now - last)} ago"


def _stored(case: Case, read: Read) -> str:
    begun = (
        ""
        if read.started_at is None
        else f", begun {clock(read.started_at)} {read.started_reason or ''}".rstrip()
    )
    return f"stored {lasting(case.now - read.updated_at)} ago{begun}"


def silent(case: Case) -> Iterator[Finding]:
    """Sources that say nothing in hours in which they usually say much."""
    for source in case.sources:
        since = case.stored.state.times.get(("silent", source.label))
        if since is not None:
            yield trouble(
                f"{source.label} is silent since {clock(since)}, and usually is not",
                "does the mail server run, and does it still log there?",
            )
