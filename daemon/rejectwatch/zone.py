"""The time zone of this machine, for log times that name none."""

from __future__ import annotations

import os
import re
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")

_FIXED = re.compile(
    r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::(?P<minutes>\d\d))?"
)
"""POSIX writes a zone without summer time so: JST-9. The sign is that of the way to UTC."""


def local_zone() -> tzinfo:
    """That of the TZ variable, else of /etc/localtime, else UTC: where the system's logger takes it from."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name:
        return _from_file(LOCALTIME)
    if name.startswith("/"):
        return _from_file(Path(name))
    if fixed := _FIXED.fullmatch(name):
        away = timedelta(hours=int(fixed["hours"]), minutes=int(fixed["minutes"] or 0))
        return timezone(away if fixed["sign"] == "-" else -away)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _from_file(path: Path) -> tzinfo:
    try:
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return UTC
