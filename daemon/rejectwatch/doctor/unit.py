"""What systemd says about the service's unit."""

from __future__ import annotations

import subprocess

UNIT = "rejectwatch.service"
PATIENCE = 5
"""Seconds that systemd is waited for."""


def shown(*properties: str) -> dict[str, str]:
    """Properties of the unit, times in seconds since 1970; none where there is no systemd."""
    ask = ["systemctl", "show", UNIT, "--timestamp=unix", f"--property={','.join(properties)}"]
    try:
        said = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=PATIENCE).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
