"""One running journalctl: its entries, its last words, its end."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
from collections import deque
from contextlib import suppress
from pathlib import Path
from time import monotonic

from rejectwatch.facts import GapReason
from rejectwatch.sources.entries import DRIVER, SUPPRESSED, Entry, Suppressed, parse, place_of
from rejectwatch.sources.permission import user

MAIL = "SYSLOG_FACILITY=2"
"""The mail facility, as a match."""

_LAST_MOMENTS = 1.0
"""So many seconds journalctl has to end, after its output has."""

_PIPE = 1 << 20
_CHUNK = 1 << 17
_LONGEST = 1 << 21
"""An entry of this size is no line of a mail server; as JSON a byte can take five."""

Missed = tuple[GapReason, str]
"""Why entries may be missing where reading stands, and which."""

_VACUUMED: Missed = ("vacuumed", "the journal")
_TOO_LONG: Missed = ("damaged", f"an entry longer than {_LONGEST} bytes")
_NO_ENTRY: Missed = ("damaged", "a line of journalctl that is no entry")

_CLOSED = "the journal may not be read by user {user}: usermod -aG systemd-journal {user}, then start again"
_FAULTS = {
    "insufficient permissions": _CLOSED,
    "Permission denied": _CLOSED,
    "not seeing messages from other users": _CLOSED,
    "No journal files were found": "there is no journal on this machine yet",
}


class Journalctl:
    """Never holds more than one entry and the content of one pipe. `asked_for`: the cursor it begins with.

    `missed`: what may be lost between the entry given last and the next one; whoever asks for the next takes it.
    """

    def __init__(self, command: list[str], asked_for: str | None) -> None:
        self.missed: list[Missed] = []
        self._asked_for = asked_for
        self._tail = b""
        self._lines: deque[bytes | None] = deque()
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
        self._output = select.poll()  # `select` ends at the 1024th descriptor of a process
        self._output.register(self._out, select.POLLIN)

    def fileno(self) -> int | None:
        return None if self.ended else self._out

    def next_entry(self, patient_until: float) -> Entry | Suppressed | None:
        """The next entry; None: there is none until then (monotonic time), or `ended`."""
        while True:
            while self._lines:
                entry = self._parsed(self._lines.popleft())
                if entry and not self._is_asked_for(entry):
                    return entry
            if self.ended or not self._fill(patient_until):
                return None

    def finish(self) -> tuple[int, str]:
        """After the end: its exit code and its last words."""
        try:
            code = self._process.wait(timeout=_LAST_MOMENTS)
        except subprocess.TimeoutExpired:
            code = -1
        self._listen()
        self.close()
        return code, self._words.decode("utf-8", "replace").strip()

    def close(self) -> None:
        self.ended = True
        with self._process as process:
            process.kill()

    def _parsed(self, line: bytes | None) -> Entry | Suppressed | None:
        entry = None if line is None else parse(line)
        if entry is None:
            self.missed.append(_TOO_LONG if line is None else _NO_ENTRY)
        return entry

    def _is_asked_for(self, entry: Entry | Suppressed) -> bool:
        """The first entry is the last one of before; if it is another, entries may be gone."""
        asked, self._asked_for = self._asked_for, None
        if asked is None:
            return False
        if place_of(asked) == (entry.generation, entry.position):
            return True
        self.missed.append(_VACUUMED)
        return False

    def _fill(self, patient_until: float) -> bool:
        """Take what the pipe holds; whether anything came, the end included."""
        self._listen()
        patience = patient_until - monotonic() if patient_until else 0
        if patience > 0 and not self._output.poll(patience * 1000):
            return False
        try:
            chunk = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return False
        self.ended = not chunk
        self._cut(chunk)
        return True

    def _cut(self, chunk: bytes) -> None:
        """Into lines; in the place of one that is too long stands None."""
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        if lines and self._too_long:
            self._too_long = False
            self._lines.append(None)
            del lines[0]
        self._lines.extend(lines)
        if len(self._tail) > _LONGEST or self._too_long:
            self._too_long, self._tail = True, b""

    def _listen(self) -> None:
        """Read what it says on standard error, so that it never waits for us; keep the end of it."""
        with suppress(BlockingIOError):
            while words := os.read(self._err, _CHUNK):
                self._words = (self._words + words)[-2000:]


def wanted(*of: str) -> list[str]:
    """The matches for the mail facility, and for what journald says of lines that it has dropped, both only `of`."""
    return [MAIL, *of, "+", f"MESSAGE_ID={SUPPRESSED}", f"_TRANSPORT={DRIVER}", *of]


def this_machine() -> list[str]:
    """--merge would also bring what other machines have sent here."""
    with suppress(OSError):
        return [f"_MACHINE_ID={Path('/etc/machine-id').read_text('ascii').strip()}"]
    return []


def fault_in(words: str) -> str | None:
    """What the operator can do about what journalctl says, where that is known."""
    return next((text.format(user=user()) for sign, text in _FAULTS.items() if sign in words), None)
