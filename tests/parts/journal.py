"""`Journal`: a journal of made-up entries, readable by `journalctl -D DIRECTORY`.

How: systemd-journal-remote reads entries in the journal export format from its standard
input and writes them to a journal file; it needs no systemd as process 1. Calling it again
with the same --output=FILE appends (sequence numbers go on, `s=` of the cursors stays), and
a running `journalctl --follow` is woken by inotify: measured with systemd 252, it prints the
new entries a few milliseconds after the call has ended. Other files in the directory, also
ones that appear later, are merged in.

What a follower needs to know (systemd 252, measured):

- `--follow` alone shows the boot of this machine only: with another machine's journal it
  says "Data from the specified boot (+0) is not available" and exits with 1. `--merge` shows
  every boot; `--boot=all` does not help.
- `--follow` without more shows the last ten entries first; `--no-tail`, `--cursor=` or
  `--after-cursor=` show all.
- `--after-cursor=C` with a C that is no longer there skips one entry and says nothing, exit
  0. `--cursor=C` begins with the entry C, or with the first later one: the caller can compare.
- The same holds where C is there but does not match the filter (`--facility=mail`).
- Without `--all`, a field longer than 4,096 bytes is `null` in the JSON.
"""

from __future__ import annotations

import json
import secrets
import struct
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from parts.packages import program

Value = str | bytes

SYSLOG = {
    "_TRANSPORT": "syslog",
    "_HOSTNAME": "mail",
    "SYSLOG_FACILITY": "2",  # mail
    "SYSLOG_IDENTIFIER": "postfix/smtpd",
    "SYSLOG_PID": "250",
    "_PID": "250",
    "PRIORITY": "6",
}


class Journal:
    """A directory of journal files, each written by `append`.

    `boot` is the boot id of the entries: 32 hex digits. Files are left to whoever made the
    directory; no process stays.
    """

    def __init__(self, directory: Path, *, boot: str | None = None) -> None:
        self.directory = directory
        self.boot = boot or secrets.token_hex(16)
        self._writer = program(
            "systemd-journal-remote", "systemd-journal-remote", "/usr/lib/systemd", "/lib/systemd"
        )
        self._reader = program("journalctl", "systemd")
        self._monotonic = 1_000_000
        directory.mkdir(parents=True, exist_ok=True)

    def append(
        self, entries: Iterable[Mapping[str, Value]], *, file: str = "system", compress: bool = False
    ) -> None:
        """Append entries to one journal file; readers see them when this returns.

        Each entry needs __REALTIME_TIMESTAMP (microseconds) and MESSAGE; the fields in
        `SYSLOG` are filled in. A value may be bytes and hold newlines.
        """
        export = b"".join(self._exported(entry) for entry in entries)
        done = subprocess.run(
            [
                self._writer,
                f"--output={self.path(file)}",
                f"--compress={'yes' if compress else 'no'}",
                "-",
            ],
            input=export,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"systemd-journal-remote failed: {done.stderr.decode()}")

    def path(self, file: str = "system") -> Path:
        return self.directory / f"{file}.journal"

    def vacuum(self, file: str = "system") -> None:
        """Remove a file, as journald does with the oldest when it needs room."""
        self.path(file).unlink()

    def follow_command(self, *more: str) -> list[str]:
        """The command line of a follower of this journal, as JSON."""
        return [
            *(str(self._reader), f"--directory={self.directory}"),
            *("--output=json", "--merge", "--follow", "--no-tail", *more),
        ]

    def entries(self, *arguments: str) -> list[dict[str, Any]]:
        """What journalctl reads now: each entry as its JSON, MESSAGE maybe a list of bytes."""
        done = subprocess.run(
            [
                *(self._reader, f"--directory={self.directory}", "--output=json", "--all"),
                *("--merge", "--quiet", *arguments),
            ],
            capture_output=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _exported(self, entry: Mapping[str, Value]) -> bytes:
        """One entry in the journal export format."""
        self._monotonic += 1000
        fields: dict[str, Value] = {
            "__REALTIME_TIMESTAMP": entry["__REALTIME_TIMESTAMP"],
            "__MONOTONIC_TIMESTAMP": str(self._monotonic),
            "_BOOT_ID": self.boot,
            **SYSLOG,
            **entry,
        }
        return b"".join(_field(name, value) for name, value in fields.items()) + b"\n"


def _field(name: str, value: Value) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    if b"\n" in raw:
        return name.encode() + b"\n" + struct.pack("<Q", len(raw)) + raw + b"\n"
    return name.encode() + b"=" + raw + b"\n"
