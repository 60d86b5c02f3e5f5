"""Which mail logs this machine has, and which of them to read so that no mail is read twice.

Three write mail logs. The system's logger writes into its file what the journal has as well: one of the two is
read, the file if it is still written and may be read. Postfix's own log (`maillog_file`) is nowhere else. Exim's
own log is read beside them, unless Exim also logs to the system's logger: then the one that has more.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from rejectwatch.dialects import prefixes
from rejectwatch.sources.content import inode_of, open_content
from rejectwatch.sources.interface import NotReadable
from rejectwatch.sources.journalctl import MAIL, fault_in, this_machine
from rejectwatch.sources.maincf import setting
from rejectwatch.sources.permission import how_to_allow, user
from rejectwatch.sources.siblings import snapshot

SYSLOG = ("var/log/mail.log", "var/log/maillog")
"""Where a syslog daemon writes the mail facility: Debian, RHEL."""

EXIM = ("var/log/exim4/mainlog", "var/log/exim/main.log", "var/log/exim/mainlog")
"""Exim's own log: Debian, RHEL, others."""

MAIN_CF = "etc/postfix/main.cf"

JOURNALS = ("var/log/journal", "run/log/journal")

STALE = timedelta(minutes=10)
"""A log that is so far behind the journal is no longer written."""

ROTATED = timedelta(days=2)
"""Many logs are made anew only with their first line: one that was rotated since then is taken as there."""

LOOKED_AT = 1000
"""So many of the journal's last mail entries tell who logs there."""

TAIL = 1 << 16
"""So much of the end of a log tells who logs there, where no journal does."""

SHORTEST = 20
"""A shorter line has no prefix."""

Kind = Literal["file", "journal"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mail log that this machine may have, and what becomes of it.

    `name`: as a source; the name of a file is its path. `path`: None for the machine's journal.
    `reason`: one sentence, understood without any other, that says whether it is read and why.
    `chosen`: it is a source. `needs_help`: somebody has to act before it can be read, and `reason` says how, behind
    its first ": "; a chosen one is tried again until then. `exists`: False for the places that this machine does not have.
    """

    kind: Kind
    name: str
    path: Path | None
    reason: str
    chosen: bool = False
    needs_help: bool = False
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """Every place where mail logs are looked for, in a fixed order: the system's logger, Postfix, Exim, the journal.

    Depends on the machine alone, not on what has been read: who asks again gets the same answer.
    """

    candidates: tuple[Candidate, ...]

    @property
    def sources(self) -> tuple[Candidate, ...]:
        """What is read."""
        return tuple(one for one in self.candidates if one.chosen)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """What should be read and can't be, with what helps."""
        return tuple(one.reason for one in self.candidates if one.needs_help)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is there and is left out, and why."""
        here = [one for one in self.candidates if one.exists]
        if not here:
            places = ", ".join(one.name for one in self.candidates if one.path)
            return (f"no mail log on this machine: no journal, none of {places}",)
        return tuple(one.reason for one in here if not one.chosen and not one.needs_help)


def survey(root: Path = Path("/"), now: datetime | None = None) -> Survey:
    """Look at this machine, or at another one's files below `root`."""
    return _Machine(root, now or datetime.now(UTC)).survey()


@dataclass(frozen=True, slots=True)
class _Log:
    """A log file. `written`: its last line; None where nobody may look. `fault`: why it can't be read."""

    path: Path
    inode: str = ""
    size: int = 0
    written: datetime | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Mail:
    """The journal's mail facility: its newest entry, the last one of each mail server; or why nobody may look."""

    exists: bool
    at: datetime | None = None
    programs: dict[str, datetime] = field(default_factory=dict)
    fault: str | None = None

    @property
    def is_readable(self) -> bool:
        return self.exists and self.fault is None


class _Machine:
    """One look at a machine. Each step settles some of the candidates, by their names."""

    def __init__(self, root: Path, now: datetime) -> None:
        self._root = root
        self._now = now
        self._mail = _newest_mail(root)
        self._settled: dict[str, Candidate] = {}

    def survey(self) -> Survey:
        own = self._postfix()
        logger = self._logger([root_path for name in SYSLOG if (root_path := self._root / name) != own])
        exim = [self._root / name for name in EXIM]
        logger = self._exim([log for path in exim if (log := self._look(path))], logger)
        self._journal(logger)
        order = [*(str(self._root / name) for name in SYSLOG), str(own), *map(str, exim), "journal"]
        return Survey(tuple(self._settled[name] for name in dict.fromkeys(order) if name in self._settled))

    # ── Postfix's own log ──

    def _postfix(self) -> Path | None:
        main_cf = self._root / MAIN_CF
        named = setting(main_cf, "maillog_file")
        if named is None:
            return None
        path = self._root / named.lstrip("/")
        if "$" in named or not named.startswith("/") or named.startswith("/dev/"):
            self._settle(
                path,
                f"Postfix logs to {named} (maillog_file in {main_cf}), which is no file that can be known here:"
                " name the log under [[sources]]",
                needs_help=True,
            )
        elif log := self._look(path):
            self._read(log, f"{path} is read: Postfix writes it (maillog_file in {main_cf})")
        return path

    # ── the files of the system's logger ──

    def _logger(self, paths: list[Path]) -> _Log | None:
        """Which of them is read, if one is."""
        logs = [log for path in paths if (log := self._look(path, rotated=False))]
        live: list[_Log] = []
        for log in sorted(logs, key=_last_write, reverse=True):
            if self._is_abandoned(log):
                continue
            if live:
                same = log.inode and log.inode == live[0].inode
                why = f"it is {live[0].path}" if same else f"{live[0].path} has the same mail"
                self._settle(log.path, f"{log.path} is not read: {why}")
            else:
                live.append(log)
        if live and live[0].fault and self._mail.is_readable:
            self._do_without(live[0], live[0].fault)
            live.clear()
        return live[0] if live else None

    def _is_abandoned(self, log: _Log) -> bool:
        at = self._mail.at
        if at is None or log.written is None or at - log.written <= STALE:
            return False
        self._settle(
            log.path,
            f"{log.path} is not read: its last line is of {log.written:%Y-%m-%d %H:%M}, "
            f"the journal has mail up to {at:%Y-%m-%d %H:%M} UTC",
        )
        return True

    def _do_without(self, log: _Log, fault: str) -> None:
        """Nobody has to make a log readable whose mail the journal has as well."""
        at = self._mail.at
        if log.written and (log.written - at <= STALE if at else not log.size):
            same = f"the journal has the same mail, and user {user()} may not read the file"
            self._settle(log.path, f"{log.path} is not read: {same}")
        else:
            self._settle(log.path, fault, needs_help=True)

    # ── Exim's own log ──

    def _exim(self, logs: list[_Log], logger: _Log | None) -> _Log | None:
        """Settles them, and the logger's file, which is returned if it is read."""
        programs = self._mail.programs if self._mail.at or not logger else _programs_in(logger)
        has_all: _Log | None = None
        for log in logs:
            is_logged_twice = _is_as_new(programs.get("exim"), log)
            if is_logged_twice and (log.fault or "postfix" in programs):
                other = logger.path if logger else "the journal"
                self._settle(log.path, f"{log.path} is not read: {other} has the same mail, and more")
                continue
            self._read(log, f"{log.path} is read: Exim writes it")
            has_all = log if is_logged_twice else has_all
        if has_all:
            self._give_way(has_all, logger)
            return None
        if logger:
            self._read(logger, f"{logger.path} is read: the system's logger writes it")
        return logger

    def _give_way(self, exim: _Log, logger: _Log | None) -> None:
        """Nobody but Exim logs mail here, and its own log has all of it."""
        if logger:
            self._settle(logger.path, f"{logger.path} is not read: {exim.path} has the same mail")
        if self._mail.exists:
            self._settle(None, f"the journal is not read: {exim.path} has the same mail")

    # ── the journal ──

    def _journal(self, logger: _Log | None) -> None:
        if "journal" in self._settled:
            return
        if not self._mail.exists:
            self._settle(None, "there is no journal on this machine", exists=False)
        elif logger and logger.fault and self._mail.fault:
            self._settle(None, self._mail.fault, needs_help=True)
        elif logger:
            unsure = f", as far as anybody can tell: {self._mail.fault}" if self._mail.fault else ""
            self._settle(None, f"the journal is not read: {logger.path} has the same mail{unsure}")
        elif self._mail.fault:
            self._settle(None, self._mail.fault, chosen=True, needs_help=True)
        else:
            self._settle(None, "the journal is read: no log file that can be read has its mail", chosen=True)

    # ── all of them ──

    def _look(self, path: Path, *, rotated: bool = True) -> _Log | None:
        """What there is of a log; where there is nothing, that is settled."""
        status, fault = None, None
        try:
            status = path.stat()
            open_content(path).close()
        except (FileNotFoundError, NotADirectoryError):
            if rotated and (log := self._rotated(path)):
                return log
            self._settle(path, f"{path} does not exist", exists=False)
            return None
        except PermissionError:
            fault = how_to_allow(path)
        except (OSError, NotReadable) as error:
            fault = str(error)
        if status is None:
            return _Log(path, fault=fault)
        written = datetime.fromtimestamp(status.st_mtime, UTC)
        return _Log(path, inode_of(status), status.st_size, written, fault)

    def _rotated(self, path: Path) -> _Log | None:
        """A log that comes with its next line: it was rotated a short while ago."""
        for sibling in snapshot(path)[-1:]:
            written = datetime.fromtimestamp(sibling.modified / 1e9, UTC)
            if self._now - written < ROTATED:
                return _Log(path, written=written)
        return None

    def _read(self, log: _Log, reason: str) -> None:
        self._settle(log.path, log.fault or reason, chosen=True, needs_help=log.fault is not None)

    def _settle(
        self,
        path: Path | None,
        reason: str,
        *,
        chosen: bool = False,
        needs_help: bool = False,
        exists: bool = True,
    ) -> None:
        kind: Kind = "file" if path else "journal"
        name = str(path) if path else "journal"
        self._settled[name] = Candidate(kind, name, path, reason, chosen, needs_help, exists)


def _last_write(log: _Log) -> datetime:
    return log.written or datetime.min.replace(tzinfo=UTC)


def _is_as_new(at: datetime | None, log: _Log) -> bool:
    return at is not None and (log.written is None or log.written - at <= STALE)


def _family(tag: str) -> str:
    """The mail server that a tag belongs to: postfix/smtpd, postfix-out/smtp, exim, exim4."""
    return next((name for name in ("postfix", "exim") if tag.startswith(name)), "")


def _programs_in(log: _Log) -> dict[str, datetime]:
    """Which mail servers have written the end of a log; each as if it had just done so."""
    if log.fault or log.written is None:
        return {}
    content = open_content(log.path)
    start = max(content.size() - TAIL, 0)
    lines = content.pread(TAIL, start).split(b"\n")[bool(start) :]  # no line is known by its middle
    content.close()
    found = (prefixes.syslog(line, 0, len(line)) for line in lines if len(line) > SHORTEST)
    return {_family(prefix[1].tag): log.written for prefix in found if prefix}


def _newest_mail(root: Path) -> _Mail:
    if not any(_has_files(root / name) for name in JOURNALS):
        return _Mail(exists=False)
    where = this_machine() if root == Path("/") else [f"--root={root}"]
    command = [
        "journalctl",
        "--merge",
        "--output=json",
        f"--lines={LOOKED_AT}",
        "--output-fields=SYSLOG_IDENTIFIER",
        MAIL,
        *where,
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Mail(exists=True, fault=f"the journal can't be read ({error})")
    fault = fault_in(said.stderr)
    if fault or not said.stdout:
        return _Mail(exists=True, fault=fault)
    at, programs = datetime.min.replace(tzinfo=UTC), {}
    for line in said.stdout.splitlines():
        entry = json.loads(line)
        at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
        programs[_family(str(entry.get("SYSLOG_IDENTIFIER", "")))] = at
    return _Mail(exists=True, at=at, programs=programs)


def _has_files(folder: Path) -> bool:
    """Whether journald keeps something here; a folder that nobody may look into counts as one that does."""
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        return True
    return any(folder.glob("*/*.journal*")) or any(folder.glob("*.journal*"))
