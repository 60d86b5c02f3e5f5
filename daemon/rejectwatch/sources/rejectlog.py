"""Exim's rejectlog repeats its mainlog: it is read only where that is not.

Every refusal stands in both, at the same time and in the same words (`log_reject_target`). Which file is a rejectlog,
its name tells (`%slog` in `log_file_path`), or else that it has no traffic; which one it repeats,
that name with "main" in it, or else its first line; where no name tells, all of its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from rejectwatch.sources.begin import TimeOf
from rejectwatch.sources.content import open_content, read_lines
from rejectwatch.sources.siblings import is_sibling
from rejectwatch.sources.stream import STDIN, Stream

# rejectlog, rejectlog.2.gz, exim_rejectlog, reject.log-20261124, mx1.rejectlog
_NAME = re.compile(r"(?P<before>.*?)reject(?P<log>[._-]?log)(?![a-z])", re.IGNORECASE)

_STAMP = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_TRAFFIC = re.compile(
    _STAMP.pattern
    + rb"\S*(?: [+-]\d{4})?(?: \[\d{1,10}\])? \w{6}-\w{6,11}-\w{2,4} (?:<=|[-=*>]>|\*\*|==|Completed)"
)

_AT_ONCE = 1 << 20


def mainlog_among(path: Path, others: Iterable[Path], rotated_to: Path | None = None) -> Path | None:
    """The mainlog of this rejectlog, or a rotated one of it, by their names; None: it is not there, or this is none."""
    names = _mainlogs(path)
    return next(
        (
            one
            for one in others
            if any(one == name or is_sibling(one, name, rotated_to) for name in names)
        ),
        None,
    )  # fmt: skip


def _mainlogs(path: Path) -> tuple[Path, ...]:
    """What the mainlog is called that this rejectlog lies beside."""
    found = _NAME.match(path.name)
    if found is None:
        return ()
    return tuple(path.with_name(f"{found['before']}{main}{found['log']}") for main in ("main", ""))


def repeated(streams: Iterable[Stream], time_of: TimeOf) -> list[Stream]:
    """The rejectlogs among logs that are read together whose refusals the others have as well."""
    files = [one for one in streams if one.name != STDIN]
    others = [one for one in files if not _mainlogs(Path(one.name))]
    mainlogs = [one for one in others if not _has_no_traffic(one)]

    def is_repeated(one: Stream) -> bool:
        if one in mainlogs:
            return False
        if one in others:
            return any(_has_its_first(one, other, time_of) and _has_all_of(one, other) for other in mainlogs)
        return any(_is_of_its_time(one, other, time_of) for other in others) or any(
            _has_its_first(one, other, time_of) for other in mainlogs
        )

    return [one for one in files if is_repeated(one)]


def _has_no_traffic(stream: Stream) -> bool:
    """Whether nothing of Exim's stands there that belongs into its mainlog: mail that came, went out, was done."""
    return _STAMP.match(stream.first_line()) is not None and not any(map(_TRAFFIC.match, _lines(stream)))


def _has_all_of(rejectlog: Stream, other: Stream) -> bool:
    """Whether the other has each line that Exim has written there; of one line alone it may be by chance."""
    left = {hash(line) for line in _lines(rejectlog) if _STAMP.match(line)}
    are_several = len(left) > 1
    for line in _lines(other):
        left.discard(hash(line))
    return are_several and not left


def _lines(stream: Stream) -> Iterator[bytes]:
    with closing(open_content(Path(stream.name))) as content:
        position = 0
        while (lines := read_lines(content, position, _AT_ONCE)).block:
            yield from lines.block.split(b"\n")
            position = lines.end


def _is_of_its_time(rejectlog: Stream, other: Stream, time_of: TimeOf) -> bool:
    """Whether the other is its mainlog by name, and not of other days."""
    if mainlog_among(Path(rejectlog.name), [Path(other.name)]) is None:
        return False
    first, begin = _first(rejectlog, time_of), _first(other, time_of)
    is_older = begin is not None and rejectlog.modified < begin
    is_newer = first is not None and other.modified < first
    return not is_older and not is_newer


def _has_its_first(rejectlog: Stream, other: Stream, time_of: TimeOf) -> bool:
    """Whether the other, whatever it is called, has the first line of the rejectlog."""
    first, begin = _first(rejectlog, time_of), _first(other, time_of)
    if first is None or (begin is not None and begin > first):
        return False
    return _holds(other, rejectlog.first_line().rstrip(b"\n"))


def _first(stream: Stream, time_of: TimeOf) -> datetime | None:
    return time_of(stream.first_line(), stream.modified)


def _holds(stream: Stream, line: bytes) -> bool:
    with closing(open_content(Path(stream.name))) as content:
        at, before = 0, b""
        while chunk := content.pread(_AT_ONCE, at):
            if line in before + chunk:
                return True
            at, before = at + len(chunk), chunk[-len(line) :]
    return False
