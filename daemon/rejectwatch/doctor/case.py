"""What the checks look at: the settings, the machine, and what is stored; each looked up once, when it is needed."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from rejectwatch.doctor.user import User, as_user, service_user
from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.settings import Settings, SourceSettings
from rejectwatch.sources import auto
from rejectwatch.sources.pattern import is_pattern
from rejectwatch.sources.rejectlog import mainlog_among
from rejectwatch.sources.siblings import is_packed, is_sibling
from rejectwatch.store import health, migrate
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.lock import is_claimed

GAPS_SHOWN = timedelta(days=30)


class Log(NamedTuple):
    """A file that is read: of which source, and what it is called here."""

    source: str
    name: str
    path: Path
    rotated_to: Path | None


def logs_of(source: SourceSettings) -> list[Log]:
    """The file of a source; of a pattern those that it matches now and that are logs of their own."""
    if source.path is None:
        return []
    if not is_pattern(source.path):
        return [Log(source.label, source.label, source.path, source.rotated_to)]
    own = _own(source)
    return [
        Log(source.label, f"{source.label} {path.name}", path, source.rotated_to)
        for path in own
        if mainlog_among(path, own) is None
    ]


class Repeated(NamedTuple):
    """A rejectlog of Exim that is configured beside its mainlog. `is_read`: so each refusal counts twice."""

    rejectlog: Path
    mainlog: Path
    is_read: bool


def repeated(sources: Iterable[SourceSettings]) -> Iterator[Repeated]:
    named = [_own(source) for source in sources]
    everything = [path for own in named for path in own]
    for own in named:
        for path in own:
            if (mainlog := mainlog_among(path, everything)) is not None:
                yield Repeated(path, mainlog, is_read=mainlog_among(path, own) is None)


def _own(source: SourceSettings) -> list[Path]:
    """The path of a source; of a pattern what it matches now, without what is rotated."""
    if source.path is None:
        return []
    if not is_pattern(source.path):
        return [source.path]
    found = map(Path, glob(str(source.path)))  # noqa: PTH207 — an absolute pattern is more than Path.glob takes
    matched = sorted(path for path in found if _is_regular(path))
    return [
        path
        for path in matched
        if not is_packed(path) and not any(is_sibling(path, one, source.rotated_to) for one in matched)
    ]


def _is_regular(path: Path) -> bool:
    with suppress(OSError):
        return stat.S_ISREG(path.lstat().st_mode)
    return False


class Unknown(Exception):  # noqa: N818 — it is no error
    """What a check needs can't be had; what is wrong is another check's to say."""


@dataclass
class Case:
    """`file`: the configuration that was read, None for the defaults. `now` is aware."""

    file: Path | None
    settings: Settings
    database: Database
    now: datetime

    @cached_property
    def user(self) -> User:
        """Whoever the daemon runs as."""
        return service_user(self.database.path if isinstance(self.database, SQLite) else None)

    @cached_property
    def candidates(self) -> tuple[Mapping[str, Any], ...]:
        """Under "auto", what there is on this machine and what becomes of it: as the daemon's user sees it."""
        return tuple(as_user(self.user, _surveyed))

    @cached_property
    def sources(self) -> tuple[SourceSettings, ...]:
        if self.settings.sources is not None:
            return self.settings.sources
        chosen = (one for one in self.candidates if one["chosen"])
        return tuple(
            SourceSettings(name=one["name"], path=one["path"], journal=one["path"] is None) for one in chosen
        )

    @cached_property
    def logs(self) -> tuple[Log, ...]:
        """The files of all sources."""
        return tuple(log for source in self.sources for log in logs_of(source))

    @property
    def place(self) -> str:
        """The database, as a person knows it."""
        return str(self.database.path) if isinstance(self.database, SQLite) else self.database.name

    @property
    def is_new(self) -> bool:
        """Whether there is no database yet: nothing was ever started."""
        if not isinstance(self.database, SQLite):
            return False
        try:
            self.database.path.stat()
        except FileNotFoundError:
            return True
        except OSError:  # there, or not: it may not be looked for
            return False
        return False

    @property
    def stored(self) -> health.Stored:
        """What is stored; Unknown, if it can't be had."""
        if isinstance(self._stored, str):
            raise Unknown(self._stored)
        return self._stored

    @property
    def is_running(self) -> bool:
        """Whether a daemon has claimed this state; Unknown, if nobody can tell."""
        if self.is_new:
            return False
        try:
            return is_claimed(self.database, self.settings.instance_name)
        except (SettingsError, TransientError, OSError):
            raise Unknown("not known, because the database can't be asked") from None

    @cached_property
    def _stored(self) -> health.Stored | str:
        if self.is_new:
            return "nothing is stored yet"
        try:
            if migrate.current(self.database) != migrate.newest():
                return "not known, because the database has another schema"
            return health.stored(self.database, self.settings.instance_name, self.now - GAPS_SHOWN)
        except (SettingsError, TransientError, OSError):
            return "not known, because the database can't be asked"


def _surveyed() -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "path": None if one.path is None else str(one.path),
            "reason": one.reason,
            "chosen": one.chosen,
            "needs_help": one.needs_help,
            "exists": one.exists,
        }
        for one in auto.survey().candidates
    ]
