"""Write a realistic busy Postfix log, and the exact truth about each refusal in it. Same seed, same bytes.

    python -m bench.postfix_log --lines 1000000 --share 0.01 --seed 1 mail.log
    python -m bench.postfix_log --size 200MB --start 2026-09-25 --end 2026-11-24T09:30:00+09:00 mail.log

What stands beside the log: see `written`. Deliveries are its lines with `status=sent`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from bench.mixture import mixed
from bench.stamps import BUSY, Form, Stamps
from bench.traffic import SCENES
from bench.world import World
from bench.written import Counts

from bench import written

START = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=9)))
BYTES_A_LINE = 155
HOST = "mail"
TRADITIONAL = Form("%b %e %H", f" {HOST} ")


def write(
    log: Path,
    lines: int,
    *,
    share: float = 0.01,
    seed: int = 1,
    start: datetime = START,
    end: datetime | None = None,
    traditional: bool = False,
) -> Counts:
    """Write a log of so many lines, evenly from `start` to `end`, of which `share` are refusals with 553.

    Stamps are in the zone of `start`; a traditional prefix tells neither that nor the year, but the file's
    own time does, as with a real log: it is that of the last line.
    """
    form = TRADITIONAL if traditional else Form("%Y-%m-%dT%H", f"{_offset(start)} {HOST} ", fractions=True)
    stamps = Stamps(start, end - start if end else BUSY * lines, lines, form)
    world = World(seed, lines)
    return written.write(log, world, mixed(world, SCENES, share), stamps)


def _offset(at: datetime) -> str:
    zone = f"{at:%z}"  # "%:z" needs Python 3.12
    return f"{zone[:3]}:{zone[3:5]}"


def lines_of(size: int) -> int:
    """About how many lines fill so many bytes."""
    return size // BYTES_A_LINE


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.postfix_log", description=(__doc__ or "").partition("\n")[0]
    )
    extent = parser.add_mutually_exclusive_group(required=True)
    extent.add_argument("--lines", type=int, help="how many lines")
    extent.add_argument("--size", type=_size, help="about how many bytes, as in 200MB")
    parser.add_argument("--share", type=float, default=0.01, help="of refusals with 553 [0.01]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--start", type=_time, default=START, help="time of the first line; its zone is that of all"
    )
    parser.add_argument("--end", type=_time, help="time of the end [20 ms a line]")
    parser.add_argument(
        "--traditional", action="store_true", help='"Nov 24 04:27:25 mail" instead of RFC 3339'
    )
    parser.add_argument("log", type=Path, metavar="LOG")
    given = parser.parse_args(arguments)
    counts = write(
        given.log,
        given.lines or lines_of(given.size),
        share=given.share,
        seed=given.seed,
        start=given.start,
        end=given.end,
        traditional=given.traditional,
    )
    print(json.dumps(asdict(counts)))
    return 0


def _size(text: str) -> int:
    return int(float(text.upper().removesuffix("MB")) * 1_000_000)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
