"""Whether the daemon's user may read what it has to read: asked with that user's own eyes."""

from __future__ import annotations

import fnmatch
import grp
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rejectwatch.doctor.case import Case, Log, logs_of
from rejectwatch.doctor.finding import Finding, note, ok, trouble
from rejectwatch.doctor.user import User, as_user
from rejectwatch.settings import SourceSettings
from rejectwatch.sources.content import open_content
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.journalctl import MAIL, fault_in
from rejectwatch.sources.permission import how_to_allow
from rejectwatch.store.database import SQLite

LOGROTATE = Path("/etc/logrotate.d")
PATIENCE = 30


def who(case: Case) -> Iterator[Finding]:
    user = case.user
    if user.uid == 0:
        yield note(
            f"asked for user root ({user.why}): it may read everything, the service's own user may not"
        )
    else:
        yield ok(f"asked for user {user.name} ({user.why})")


def logs(case: Case) -> Iterator[Finding]:
    for name, fault in as_user(case.user, lambda: _faults(case.sources)):
        if fault is None:
            yield ok(f"{name} can be read")
        else:
            says, _, cure = fault.partition(": ")
            yield trouble(says, cure or None)


def _faults(sources: Iterable[SourceSettings]) -> list[tuple[str, str | None]]:
    """Of each log its name, and why it can't be read, with what helps."""
    found = []
    for source in sources:
        if source.path is None:
            found.append((source.label, _fault_of_journal(source.directory)))
        found += [(log.name, _fault(log.path)) for log in logs_of(source)]
    return found


def _fault(path: Path) -> str | None:
    try:
        open_content(path).close()
    except FileNotFoundError:
        return f"{path} does not exist"
    except PermissionError:
        return how_to_allow(path)
    except (OSError, NotReadable) as error:
        return str(error)
    return None


def _fault_of_journal(directory: Path | None) -> str | None:
    place = [f"--directory={directory}"] if directory else []
    command = ["journalctl", "--lines=1", "--output=json", "--quiet", *place, MAIL]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the journal can't be read: {error}"
    return fault_in(said.stderr) or (
        None if said.returncode == 0 else f"journalctl failed: {said.stderr.strip()}"
    )


def folders(case: Case) -> Iterator[Finding]:
    """A folder that can't be listed hides the rotated files in it."""
    places = [path for log in case.logs for path in (log.path.parent, _beside(log)) if path.is_dir()]
    for folder in dict.fromkeys(places):
        if not as_user(case.user, lambda folder=folder: _lists(folder)):  # type: ignore[misc]
            yield trouble(
                f"{folder} can't be listed by user {case.user.name}: after a rotation the rest of a log is not found",
                f"setfacl -m u:{case.user.name}:rx {folder}",
            )


def _beside(log: Log) -> Path:
    """Where rotated files are moved to."""
    return log.path.parent if log.rotated_to is None else log.path.parent / log.rotated_to


def _lists(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


# ── after the next rotation ──


class _Rotation(NamedTuple):
    """What logrotate makes the new file like. Without a mode it is as the old one was, its ACL too."""

    file: Path
    mode: int | None
    owner: str | None
    group: str | None
    scripts: str


def after_rotation(case: Case) -> Iterator[Finding]:
    """Only a note: logrotate's files can say more than is understood here."""
    for _, name, path, _ in case.logs:
        rotation = _rotation_of(path)
        if rotation is None or rotation.mode is None or not path.exists() or case.user.uid == 0:
            continue
        if not _will_read(case.user, path, rotation) and f"u:{case.user.name}:" not in rotation.scripts:
            yield note(
                f"{name} may not be readable after the next rotation: {rotation.file} makes {path} anew with mode"
                f" {rotation.mode:04o}, which takes an ACL away",
                f"in {rotation.file}: postrotate … setfacl -m u:{case.user.name}:r {path} … endscript",
            )


def _rotation_of(path: Path) -> _Rotation | None:
    if not LOGROTATE.is_dir():
        return None
    for file in sorted(LOGROTATE.iterdir()):
        try:
            written = re.sub(r"(?m)^\s*#.*$", "", file.read_text("utf-8", "replace"))
        except OSError:
            continue
        for patterns, block in re.findall(r"([^{}]*)\{([^{}]*)\}", written):
            paths = (word.strip("\"'") for word in patterns.split() if "/" in word)
            if any(fnmatch.fnmatch(str(path), pattern) for pattern in paths):
                return _parsed(file, block)
    return None


def _parsed(file: Path, block: str) -> _Rotation:
    create = re.search(r"(?m)^\s*create[ \t]+(0?[0-7]{3})(?:[ \t]+(\S+))?(?:[ \t]+(\S+))?\s*$", block)
    if create is None or re.search(r"(?m)^\s*copytruncate\b", block):
        return _Rotation(file, None, None, None, block)
    return _Rotation(file, int(create[1], 8), create[2], create[3], block)


def _will_read(user: User, path: Path, rotation: _Rotation) -> bool:
    mode = rotation.mode or 0
    owner = path.owner() if rotation.owner is None else rotation.owner
    if owner == user.name:
        return bool(mode & 0o400)
    return bool(mode & (0o040 if _is_in(user, rotation.group, path) else 0o004))


def _is_in(user: User, group: str | None, path: Path) -> bool:
    try:
        gid = path.stat().st_gid if group is None else grp.getgrnam(group).gr_gid
    except KeyError:
        return False
    return gid in (user.gid, *user.groups)


# ── the state ──


def state(case: Case) -> Iterator[Finding]:
    """Whether the database can be written."""
    if not isinstance(case.database, SQLite):
        return
    path, user = case.database.path, case.user
    if not path.parent.is_dir():
        yield note(f"{path.parent} does not exist yet: systemd makes it (StateDirectory=)")
        return
    closed = as_user(user, lambda: [str(one) for one in (path.parent, path) if _is_closed(one)])
    for one in closed:
        yield trouble(f"{one} can't be written by user {user.name}", f"chown {user.name} {one}")
    if not closed:
        yield ok(f"{path.parent} can be written")


def _is_closed(path: Path) -> bool:
    wanted = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    return path.exists() and not os.access(path, wanted)
