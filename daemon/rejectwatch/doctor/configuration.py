"""What is configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, ok, trouble
from rejectwatch.doctor.unit import UNIT, shown
from rejectwatch.settings import DEFAULT_FILE

RELOAD_FAILED = "The last reload failed: "
"""So the daemon says it in its status (app/daemon.py)."""


def read(case: Case) -> Iterator[Finding]:
    if case.file is None:
        yield ok("no configuration file, so the defaults hold")
    else:
        yield ok(f"{case.file} has no mistakes")


def in_force(case: Case) -> Iterator[Finding]:
    """What is in the file may not be what the service runs with: a reload failed, or was forgotten."""
    if case.file != DEFAULT_FILE:
        return
    unit = shown("ActiveState", "StatusText", "StateChangeTimestamp", "ExecMainStartTimestamp")
    if unit.get("ActiveState") != "active":
        return
    start = f"rejectwatch check-config && systemctl restart {UNIT.partition('.')[0]}"
    if RELOAD_FAILED in unit["StatusText"]:
        why = unit["StatusText"].partition(RELOAD_FAILED)[2]
        yield trouble(f"the service runs with an older configuration: the last reload failed: {why}", start)
    elif _changed_since(case.file, unit["StateChangeTimestamp"]):
        yield trouble(f"{case.file} was changed after the service had read it", start)
    # systemd hands the files of credentials/ over at the start, and not at a reload.
    for channel in case.settings.channels:
        if _changed_since(place := channel.place(case.file.parent), unit["ExecMainStartTimestamp"]):
            yield trouble(f"{place} was changed after the service had read it", start)


def _changed_since(file: Path, stamp: str) -> bool:
    """`stamp`: as systemd says a time, @1795777523."""
    return file.exists() and file.stat().st_mtime >= int(stamp.lstrip("@")) + 1


def rules(case: Case) -> Iterator[Finding]:
    if not case.settings.rules:
        yield trouble("there are no rules: nothing will ever be alerted", "remove `rules = []`")
