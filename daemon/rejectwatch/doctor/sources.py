"""Which logs are read, how far, and by whom. Looks at the stored positions and at the files beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rejectwatch.doctor.case import Case, Log, Unknown, logs_of, repeated
from rejectwatch.doctor.finding import Finding, clock, large, lasting, note, ok, trouble
from rejectwatch.sources.content import open_content
from rejectwatch.sources.identity import Mark, load_marks
from rejectwatch.sources.interface import NotReadable, unpack
from rejectwatch.sources.siblings import Seen, snapshot
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


def twice(case: Case) -> Iterator[Finding]:
    """Exim's rejectlog beside its mainlog."""
    for rejectlog, mainlog, is_read in repeated(case.sources):
        if is_read:
            yield trouble(
                f"{rejectlog} repeats {mainlog}: each refusal is counted twice",
                f"take {rejectlog} out of the configuration",
            )
        else:
            yield ok(f"{rejectlog} is not read: it repeats {mainlog}")


def progress(case: Case) -> Iterator[Finding]:
    """How far each source is read."""
    for source in case.sources:
        read = _read_of(case, source.label)
        if source.path is not None:
            logs = logs_of(source)
            if not logs:
                yield trouble(f"{source.label}: no log matches {source.path}", "is it the right pattern?")
            for log in logs:
                yield from _file(case, log, read)
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
    """What of a log is not read: bytes, where reading stands, in which file and generation."""

    unread: int
    position: int
    file: Path
    size: int
    generation: str


def _file(case: Case, log: Log, read: Read | None) -> Iterator[Finding]:
    name, path = log.name, log.path
    marks = _marks(read, path)
    try:
        seen = snapshot(path, log.rotated_to)
        if not seen or seen[-1].path != path:
            yield trouble(
                f"{name}: {path} does not exist", "is it the right path, and does the mail server log?"
            )
            return
        rest = _rest(seen, marks)
    except (OSError, NotReadable) as error:
        yield note(f"{name}: nothing is known of {path}: {getattr(error, 'strerror', None) or error}")
        return
    if read is None or not marks:
        yield note(f"{name}: {path}, {large(seen[-1].size)}, never read")
        return
    yield _told(case, log, read, rest)
    written = datetime.fromtimestamp(seen[-1].modified / 1e9, UTC)
    if case.now - written > OLD:
        yield note(f"{name}: nothing was written to {path} for {lasting(case.now - written)}")


def _told(case: Case, log: Log, read: Read, rest: _Rest | None) -> Finding:
    if rest is None:
        return trouble(
            f"{log.name}: what was read last is in none of the files any more: lines may be lost;"
            f" {_stored(case, read)}",
            "does something remove or overwrite the log before it is read? See gaps below",
        )
    where = f"position {rest.position} of {rest.size} in {rest.file} (generation {rest.generation[:8]})"
    says = f"{log.name}: {where}; {_last_line(case, log.source)}; {_stored(case, read)}"
    if rest.unread and _is_stuck(case, read):
        return trouble(
            f"{says}; {large(rest.unread)} wait, and are not read",
            "journalctl -u rejectwatch says why; or restart it",
        )
    if rest.unread and _lags(case, log.source):
        return note(f"{says}; catching up, {large(rest.unread)} to read")
    return ok(f"{says}; {large(rest.unread)} to read" if rest.unread else says)


def _marks(read: Read | None, path: Path) -> list[Mark]:
    """How far this log and its rotated ones are read. The checkpoint of a pattern has those of several logs."""
    stored = {} if read is None else unpack(read.checkpoint)
    marks, start = load_marks(stored.get("marks", [])), 0
    for name, count in stored.get("files", ()):
        if name == str(path):
            return marks[start : start + count]
        start += count
    return [] if "files" in stored else marks


def _rest(seen: list[Seen], marks: list[Mark]) -> _Rest | None:
    """From the newest file back to the one in which reading stands, as its content tells; None: in none of them."""
    if not any(one.position for one in marks):
        return _Rest(
            sum(one.size for one in seen),
            0,
            seen[-1].path,
            seen[-1].size,
            marks[-1].generation if marks else "",
        )
    unread = 0
    for one in reversed(seen):
        with closing(open_content(one.path)) as content:
            size = content.size()
            mark = next(
                (mark for mark in reversed(marks) if mark.position and mark.is_head_of(content)), None
            )
        if mark is not None:
            return _Rest(
                unread + max(size - mark.position, 0), mark.position, one.path, size, mark.generation
            )
        unread += size
    return None


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
