"""Which mail logs this machine has, and which of them to read so that no mail is read twice."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from rejectwatch.sources.content import open_content
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.journalctl import MAIL, fault_in, this_machine
from rejectwatch.sources.permission import how_to_allow

SYSLOG = ("var/log/mail.log", "var/log/maillog")
"""Where a syslog daemon writes the mail facility: Debian, RHEL."""

EXIM = ("var/log/exim4/mainlog", "var/log/exim/main.log", "var/log/exim/mainlog")
"""Exim's own log: Debian, RHEL, others."""

JOURNALS = ("var/log/journal", "run/log/journal")

STALE = timedelta(minutes=10)
"""A log that is so far behind the journal is no longer written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A log to read. `name` is its name as a source; the machine's journal has no path."""

    kind: Literal["file", "journal"]
    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What is read, what should be readable and is not (with the command that helps), what is left out and why."""

    sources: tuple[Found, ...]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mail:
    """The newest entry of the journal's mail facility, or why nobody may look."""

    exists: bool
    at: datetime | None = None
    tag: str = ""
    fault: str | None = None


def survey(root: Path = Path("/")) -> Survey:
    """Look at this machine, or at another one's files below `root`."""
    unreadable: list[str] = []
    notes: list[str] = []
    mail = _newest_mail(root)
    files = _written(_readable(root, SYSLOG, unreadable), mail, notes)
    exim = _readable(root, EXIM, unreadable)
    sources = [Found("file", str(path), path) for path in [*files, *exim]]
    if mail.fault:
        unreadable.append(mail.fault)
    elif mail.exists and not _holds_nothing_more(mail, files, exim, notes):
        sources.append(Found("journal", "journal", None))
    if not sources and not unreadable:
        notes.append(f"no mail log on this machine: no journal, none of {', '.join(_known(root))}")
    return Survey(tuple(sources), tuple(unreadable), tuple(notes))


def _known(root: Path) -> list[str]:
    return [str(root / name) for name in SYSLOG + EXIM]


def _readable(root: Path, names: Iterable[str], unreadable: list[str]) -> list[Path]:
    """Those of these files that can be read; the others that are there are told."""
    found: dict[str, Path] = {}
    for path in (root / name for name in names):
        try:
            content = open_content(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            unreadable.append(how_to_allow(path))
        except (OSError, NotReadable) as error:
            unreadable.append(str(error))
        else:
            found.setdefault(content.inode, path)
            content.close()
    return list(found.values())


def _written(paths: list[Path], mail: _Mail, notes: list[str]) -> list[Path]:
    """Of the files of the syslog daemon the one that is still written."""
    live: list[Path] = []
    for path in sorted(paths, key=_last_write, reverse=True):
        if mail.at and mail.at - _last_write(path) > STALE:
            notes.append(
                f"{path} is not read: its last line is of {_last_write(path):%Y-%m-%d %H:%M}, "
                f"the journal has mail up to {mail.at:%Y-%m-%d %H:%M} UTC"
            )
        elif live:
            notes.append(f"{path} is not read: {live[0]} has the same mail")
        else:
            live.append(path)
    return live


def _holds_nothing_more(mail: _Mail, files: list[Path], exim: list[Path], notes: list[str]) -> bool:
    """Whether what the journal holds is read from a file already."""
    same = files[:1] or [path for path in exim if mail.tag.startswith("exim")][:1]
    notes.extend(f"the journal is not read: {path} has the same mail" for path in same)
    return bool(same)


def _last_write(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _newest_mail(root: Path) -> _Mail:
    if not any(_has_files(root / name) for name in JOURNALS):
        return _Mail(exists=False)
    where = this_machine() if root == Path("/") else [f"--root={root}"]
    command = [
        "journalctl",
        "--merge",
        "--output=json",
        "--lines=1",
        "--output-fields=SYSLOG_IDENTIFIER",
        MAIL,
        *where,
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Mail(exists=True, fault=f"the journal can't be read: {error}")
    fault = fault_in(said.stderr)
    if fault or not said.stdout:
        return _Mail(exists=True, fault=fault)
    entry = json.loads(said.stdout)
    at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
    return _Mail(exists=True, at=at, tag=str(entry.get("SYSLOG_IDENTIFIER", "")))


def _has_files(folder: Path) -> bool:
    """Whether journald keeps something here; a folder that nobody may look into counts as one that does."""
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        return True
    return any(folder.glob("*/*.journal*")) or any(folder.glob("*.journal*"))
