"""What a process costs while it runs, and what a list of delays amounts to."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MB = 1_000_000


def settled_memory() -> int:
    """What this process holds when it has given back what it no longer needs, in bytes."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return memory()


def memory(pid: int | str = "self") -> int:
    """What a process holds, in bytes."""
    return _status(pid, "VmRSS")


def peak_memory(pid: int | str = "self") -> int:
    """The most that a process has held so far, in bytes."""
    return _status(pid, "VmHWM")


def address_space(pid: int | str = "self") -> int:
    """What RLIMIT_AS limits, in bytes."""
    return _status(pid, "VmSize")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, without its children."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    return sorted_values[min(int(len(sorted_values) * share), len(sorted_values) - 1)]


def _status(pid: int | str, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024
