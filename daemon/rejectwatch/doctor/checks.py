"""All checks, in the order in which a person wants to read them. A new one is a function, and a line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rejectwatch.doctor import (
    channels,
    clock,
    codes,
    configuration,
    database,
    disk,
    learnt,
    missing,
    permissions,
    sources,
)
from rejectwatch.doctor.case import Case, Unknown
from rejectwatch.doctor.finding import Check, Finding, note, trouble
from rejectwatch.errors import SettingsError, TransientError

CHECKS: dict[str, tuple[Check, ...]] = {
    "configuration": (configuration.read, configuration.in_force, configuration.rules),
    "channels": (channels.notified, channels.taken, channels.muted),
    "daemon": (sources.daemon,),
    "sources": (sources.chosen, sources.twice, sources.progress, sources.silent),
    "permissions": (
        permissions.who,
        permissions.logs,
        permissions.folders,
        permissions.after_rotation,
        permissions.state,
    ),
    "database": (
        database.schema,
        database.intact,
        database.size,
        database.rows,
        database.retention,
        database.messages,
    ),
    "clock": (clock.zone, clock.future, clock.synchronized),
    "disk": (disk.space,),
    "learnt": (learnt.domains, learnt.networks),
    "gaps": (missing.gaps,),
    "not understood": (missing.shapes, missing.replies, missing.without_code, codes.unwatched),
}
"""What is checked, by the heading under which it is told."""


@dataclass(frozen=True, slots=True)
class Result:
    check: str
    finding: Finding


def examine(case: Case) -> Iterator[Result]:
    """Every check, one after the other; one that fails says so, and the others go on."""
    for name, checks in CHECKS.items():
        told: set[Finding] = set()
        for check in checks:
            for finding in _findings(check, case):
                if finding not in told:  # as "nothing is stored yet", from several
                    yield Result(name, finding)
                told.add(finding)


def _findings(check: Check, case: Case) -> Iterator[Finding]:
    try:
        yield from check(case)
    except Unknown as reason:
        yield note(str(reason))
    except (SettingsError, TransientError) as error:
        yield trouble(str(error))
    except PermissionError as error:
        yield trouble(
            f"{error.filename}: {error.strerror}", "run the doctor as root, or as the daemon's user"
        )
    except Exception as error:  # noqa: BLE001 — a doctor that falls over helps nobody
        yield trouble(
            f"this could not be checked: {type(error).__name__}: {error}",
            f"it is a bug of rejectwatch: please report it ({check.__module__}.{check.__name__})",
        )
