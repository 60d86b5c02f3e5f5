"""What `rejectwatch replay` says of logs, through its front door and in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from rejectwatch.cli import group


def replayed(
    files: Sequence[Path], *, config: Path | None = None, now: datetime | None = None
) -> list[dict[str, Any]]:
    """All messages of these logs, in the order in which they would have gone out."""
    arguments = ["replay", *map(str, files), "--format", "json", "--lang", "en"]
    if config is not None:
        arguments += ["-c", str(config)]
    if now is not None:
        arguments += ["--now", now.isoformat()]
    result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told: list[dict[str, Any]] = json.loads(result.stdout)
    return told
