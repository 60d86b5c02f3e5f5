"""The journal's mail facility: every entry becomes one line, as syslog would have written it.

`journalctl` reads it, in two ways, one after the other. First without --follow: it shows every boot and ends,
so that the end is known and old failures are told apart from new ones. Then with --follow, which costs nothing
while there is no mail. (A call each second costs more than all the rest of the daemon on a busy machine.)
Both with --merge, without which --follow shows the entries of one boot only.

The place is the cursor of the last entry. It is asked for with --cursor and not with --after-cursor, because
the latter skips one entry without a word when the one it names is no longer there: here the first entry that
comes is compared with the one that was asked for.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import select
import subprocess
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from time import monotonic
from typing import Any

from rejectwatch.facts import Batch
from rejectwatch.sources.interface import BLOCK, Start, Started, pack, since, unpack
from rejectwatch.sources.permission import user

log = logging.getLogger(__name__)

FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_COMM"
MAIL = "SYSLOG_FACILITY=2"

REMEMBERED = 8
"""Of so many generations the position is remembered; several appear where several machines' journals are read."""

PATIENCE = 1.0
"""So many seconds one `read` waits at most for a journalctl that is still on the way to the end."""

_PIPE = 1 << 20
_CHUNK = 1 << 17
_LONGEST = 1 << 21
"""An entry of this size is no line of a mail server; as JSON a byte can take five."""

_CLOSED = "the journal may not be read by user {user}: usermod -aG systemd-journal {user}, then start again"
_FAULTS = {
    "insufficient permissions": _CLOSED,
    "Permission denied": _CLOSED,
    "not seeing messages from other users": _CLOSED,
    "No journal files were found": "there is no journal on this machine yet",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a line, and where it stands."""

    cursor: str
    generation: str
    position: int
    line: bytes


class Journal:
    """Follows the mail facility of this machine's journal, or of the journal files in `directory`."""

    def __init__(
        self,
        name: str,
        directory: Path | None = None,
        *,
        checkpoint: str | None,
        start: Start,
        max_alert_age: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._directory = directory
        self._max_alert_age = max_alert_age
        self._clock = clock
        self._nearest = clock()
        self._trouble: str | None = None
        self._reader: _Reader | None = None
        self._resume_at = datetime.min.replace(tzinfo=UTC)
        self._failures = 0
        self._at_end = False
        self._kept: Entry | None = None
        place = unpack(checkpoint) if checkpoint else _beginning(start)
        self._since: str | None = place.get("since")
        self._cursor: str | None = place.get("cursor")
        self._reached = self._cursor
        self._next: dict[str, int] = place.get("next", {})
        self.started = None if checkpoint else Started("", 0, start.now, since(start), self._checkpoint())

    def read(self, limit: int = BLOCK) -> Batch | None:
        entries: list[Entry] = []
        size, patient_until = 0, monotonic() + PATIENCE
        while size < limit and (entry := self._entry(patient_until)):
            if entries and entry.generation != entries[0].generation:
                self._kept = entry
                break
            entries.append(entry)
            size += len(entry.line)
        return self._batch(entries) if entries else None

    def unread(self) -> int:
        """Nobody can tell how much; but until the end was reached once, there may be something."""
        return 0 if self._at_end else 1

    def watched(self) -> set[Path]:
        return set()

    def fileno(self) -> int | None:
        return self._reader.fileno() if self._reader else None

    def trouble(self) -> str | None:
        return self._trouble

    def close(self) -> None:
        if self._reader:
            self._reader.close()
        self._reader = None

    # ── batches ──

    def _batch(self, entries: list[Entry]) -> Batch:
        last = entries[-1]
        start = self._next.pop(last.generation, entries[0].position)
        self._next[last.generation] = last.position + 1
        while len(self._next) > REMEMBERED:
            del self._next[next(iter(self._next))]
        self._cursor = last.cursor
        return Batch(
            source=self.name,
            generation=last.generation,
            block=b"".join(entry.line for entry in entries),
            start=start,
            end=last.position + 1,
            position_of=_positions(entries),
            checkpoint=self._checkpoint(),
            nearest=self._nearest,
            alert_from=self._clock() - self._max_alert_age,
        )

    def _checkpoint(self) -> str:
        if self._cursor is None:
            return pack(since=self._since)
        return pack(cursor=self._cursor, next=self._next)

    # ── entries ──

    def _entry(self, patient_until: float) -> Entry | None:
        """The next entry, if there is one now; while the end is not yet reached it is worth waiting for."""
        if self._kept:
            entry, self._kept = self._kept, None
            return entry
        while reader := self._running():
            found = reader.next_entry(0 if self._at_end else patient_until)
            if found:
                self._failures = 0
                self._trouble = None
                self._reached = found.cursor
                return found
            if not reader.ended:
                return None
            self._ended(reader)
        return None

    def _running(self) -> _Reader | None:
        """The journalctl that reads now; after a failure none, until it is time to try again."""
        if self._reader is None and self._clock() >= self._resume_at:
            try:
                self._reader = _Reader(self._command(), self._reached)
            except OSError as error:
                self._failed(f"journalctl can't be started: {error.strerror}")
        return self._reader

    def _ended(self, reader: _Reader) -> None:
        """Journalctl ended: at the end of the journal, as it should, or because it failed or was killed."""
        was_following, self._at_end = self._at_end, False
        self._reader = None
        code, words = reader.finish()
        fault = fault_in(words)
        if code == 0 and fault is None and not was_following:
            self._at_end = True
            self._failures = 0
            self._trouble = None
        else:
            self._failed(fault or f"journalctl ended with {code}: {words or 'it said nothing'}")

    def _failed(self, sentence: str) -> None:
        self._trouble = sentence
        self._resume_at = self._clock() + timedelta(seconds=min(2**self._failures, 60))
        self._failures += 1

    def _command(self) -> list[str]:
        command = ["journalctl", "--merge", "--all", "--output=json", f"--output-fields={FIELDS}"]
        if self._directory:
            command.append(f"--directory={self._directory}")
        if self._at_end:
            command += ["--follow", "--no-tail"]
        if self._reached:
            command.append(f"--cursor={self._reached}")
        elif self._since:
            command.append(f"--since=@{self._since}")
        return [*command, MAIL, *([] if self._directory else this_machine())]


class _Reader:
    """One journalctl: its entries, its last words, its end. Never holds more than one entry and one pipe's content."""

    def __init__(self, command: list[str], asked_for: str | None) -> None:
        self._asked_for = asked_for
        self._tail = b""
        self._lines: deque[bytes] = deque()
        self._too_long = False
        self._words = b""
        self.ended = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,  # Ctrl-C on a terminal is for us; it ends when its output has nobody to read it
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        assert self._process.stdout  # noqa: S101 — for the type checker
        assert self._process.stderr  # noqa: S101
        self._out, self._err = self._process.stdout.fileno(), self._process.stderr.fileno()
        with suppress(OSError):  # more than the system grants to others than root
            fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, _PIPE)
        os.set_blocking(self._out, False)
        os.set_blocking(self._err, False)

    def fileno(self) -> int | None:
        return None if self.ended else self._out

    def next_entry(self, patient_until: float) -> Entry | None:
        """The next entry; None: there is none until then (monotonic time), or `ended`."""
        while True:
            while self._lines:
                entry = parse(self._lines.popleft())
                if entry and not self._is_asked_for(entry):
                    return entry
            if self.ended or not self._fill(patient_until):
                return None

    def finish(self) -> tuple[int, str]:
        """After the end: its exit code and its last words."""
        try:
            code = self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            code = -1
        self._listen()
        self.close()
        return code, self._words.decode("utf-8", "replace").strip()

    def close(self) -> None:
        self.ended = True
        with self._process as process:
            process.kill()

    def _is_asked_for(self, entry: Entry) -> bool:
        """The first entry is the last one of before; if it is another, entries may be gone."""
        asked, self._asked_for = self._asked_for, None
        if asked is None:
            return False
        if _place(asked) == (entry.generation, entry.position):
            return True
        log.warning("the journal no longer holds the entry that was read last; entries behind it may be lost")
        return False

    def _fill(self, patient_until: float) -> bool:
        """Take what the pipe holds; whether anything came, the end included."""
        self._listen()
        patience = patient_until - monotonic() if patient_until else 0
        if patience > 0 and not select.select([self._out], [], [], patience)[0]:
            return False
        try:
            chunk = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return False
        self.ended = not chunk
        self._cut(chunk)
        return True

    def _cut(self, chunk: bytes) -> None:
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        if lines and self._too_long:
            del lines[0]
            self._too_long = False
        self._lines.extend(lines)
        if len(self._tail) > _LONGEST or self._too_long:
            if not self._too_long:
                log.warning("left out an entry of the journal that is longer than %d bytes", _LONGEST)
            self._too_long, self._tail = True, b""

    def _listen(self) -> None:
        """Read what it says on standard error, so that it never waits for us; keep the end of it."""
        with suppress(BlockingIOError):
            while words := os.read(self._err, _CHUNK):
                self._words = (self._words + words)[-2000:]


def parse(line: bytes) -> Entry | None:
    """One line of `journalctl --output=json`."""
    try:
        fields = json.loads(line)
        generation, position = _place(fields["__CURSOR"])
        return Entry(fields["__CURSOR"], generation, position, _as_line(fields))
    except (ValueError, KeyError, TypeError):
        log.warning("journalctl wrote a line that is no entry")
        return None


def _place(cursor: str) -> tuple[str, int]:
    """Generation and position: the sequence's name, and the number in it."""
    parts = dict(part.split("=", 1) for part in cursor.split(";"))
    return parts["s"], int(parts["i"], 16)


def _as_line(fields: dict[str, Any]) -> bytes:
    host = _word(fields.get("_HOSTNAME")) or b"localhost"
    tag = _word(fields.get("SYSLOG_IDENTIFIER")) or _word(fields.get("_COMM")) or b"unknown"
    pid = _word(fields.get("SYSLOG_PID")) or _word(fields.get("_PID"))
    written = b"%b[%b]" % (tag, pid) if pid else tag
    message = _escaped(_bytes(fields.get("MESSAGE")).rstrip(b"\n"))
    return b"%b %b %b: %b\n" % (_stamp(int(fields["__REALTIME_TIMESTAMP"])), host, written, message)


def _stamp(microseconds: int) -> bytes:
    seconds, fraction = divmod(microseconds, 1_000_000)
    return b"%b.%06d+00:00" % (_second(seconds), fraction)


@lru_cache(maxsize=8)
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _bytes(value: Any) -> bytes:
    """A field's value: text, a list of byte numbers if it is none, a list of values if there are several."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace")
        case [int(), *_]:
            return bytes(value)
        case [first, *_]:
            return _bytes(first)
        case _:
            return b""


_CONTROLS = re.compile(rb"[\n\r\0]")
_NO_WORD = re.compile(rb"[\x00-\x20\x7f\[\]]")


def _escaped(text: bytes) -> bytes:
    """An entry is one line, whatever stands in it: as rsyslog does it, a newline becomes #012."""
    return _CONTROLS.sub(_octal, text)


def _word(value: object) -> bytes:
    """A field that stands before the message must not end there, nor begin another."""
    return _NO_WORD.sub(_octal, _bytes(value))[:255]


def _octal(found: re.Match[bytes]) -> bytes:
    return b"#%03o" % found[0][0]


def _positions(entries: list[Entry]) -> Callable[[int], int]:
    starts = list(accumulate((len(entry.line) for entry in entries[:-1]), initial=0))
    numbers = [entry.position for entry in entries]

    def position_of(offset: int) -> int:
        return numbers[bisect_right(starts, offset) - 1]

    return position_of


def this_machine() -> list[str]:
    """--merge would also bring what other machines have sent here."""
    with suppress(OSError):
        return [f"_MACHINE_ID={Path('/etc/machine-id').read_text('ascii').strip()}"]
    return []


def _beginning(start: Start) -> dict[str, Any]:
    moment = since(start)
    return {"since": f"{moment.timestamp():.6f}" if moment else None}


def fault_in(words: str) -> str | None:
    """What the operator can do about what journalctl says, where that is known."""
    return next((text.format(user=user()) for sign, text in _FAULTS.items() if sign in words), None)
