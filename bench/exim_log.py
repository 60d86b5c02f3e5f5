"""Write a realistic busy mainlog of Exim, and the exact truth about each refusal in it. Same seed, same bytes.

What stands beside the log: see `written`. Deliveries are its lines with `=>` or `->`. As Exim's own files do, it
names no zone: its times are UTC.
"""

from __future__ import annotations

from pathlib import Path

from bench.mixture import Scenes, mixed
from bench.stamps import BUSY, Form, Stamps
from bench.world import World
from bench.written import Counts

from bench import exim_refusals, exim_traffic, written

FORM = Form("%Y-%m-%d %H", " ")
SCENES = Scenes(exim_traffic.TRAFFIC, exim_refusals.REFUSALS, exim_refusals.NOISE)


def write(log: Path, lines: int, *, share: float = 0.01, seed: int = 1) -> Counts:
    """Write a log of so many lines, of which `share` are refusals with 553."""
    world = World(seed, lines)
    stamps = Stamps(exim_traffic.START, BUSY * lines, lines, FORM)
    return written.write(log, world, mixed(world, SCENES, share), stamps)
