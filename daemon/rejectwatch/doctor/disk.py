"""Whether there is room: for the database, and for the logs themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, large, note, ok, trouble
from rejectwatch.store.database import SQLite

LEAST = 100_000_000
"""Bytes below which a busy day may fill the disk."""
LEAST_FILES = 1_000
LOW = 0.05
"""The share below which it is worth knowing."""


def space(case: Case) -> Iterator[Finding]:
    places = [log.path.parent for log in case.logs]
    if isinstance(case.database, SQLite):
        places.insert(0, case.database.path.parent)
    seen: set[int] = set()
    for folder in places:
        existing = next((one for one in (folder, *folder.parents) if one.exists()), None)
        if existing is not None and (device := existing.stat().st_dev) not in seen:
            seen.add(device)
            yield _room(existing)


def _room(folder: Path) -> Finding:
    disk = os.statvfs(folder)
    free, all_of_it = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    says = f"{folder}: {large(free)} of {large(all_of_it)} are free"
    if disk.f_files and disk.f_favail < LEAST_FILES:
        return trouble(
            f"{folder}: there is room for {disk.f_favail} more files only", "remove files there (df -i)"
        )
    if free < LEAST:
        return trouble(says, "make room: without it reading stops until there is some")
    return note(says) if free < LOW * all_of_it else ok(says)
