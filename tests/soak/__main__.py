"""`make soak`: the long ordeal.

    make soak                                                   200 deaths and 1,000,000 lines, on both databases
    make soak ARGS='--lines 100000 --deaths 50 --seed 7 --database sqlite'

Ends with 1 if anything is missing, doubled or wrong; what was written and stored is kept then.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

from parts.inbox import Inbox
from parts.postgresql import PostgreSQL
from soak.ordeal import Ordeal

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--deaths", type=int, default=200)
    parser.add_argument("--pace", type=int, default=3_000, help="lines a second [3000]")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    given = parser.parse_args()
    return max(soak(database, given) for database in given.database or DATABASES)


def soak(database: str, given: argparse.Namespace) -> int:
    print(f"{database}, seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-soak-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    began = time.monotonic()
    with ExitStack() as stack:
        inbox = stack.enter_context(Inbox(folder / "inbox"))
        cluster = stack.enter_context(PostgreSQL(folder / "postgresql")) if database == "postgresql" else None
        ordeal = stack.enter_context(
            Ordeal(
                folder / "soak", given.seed, cluster=cluster, inbox=inbox, pace=given.pace,
                rotated_every=given.lines // (4 * given.deaths),
            )
        )  # fmt: skip
        wrong = ordeal.run(given.lines, given.deaths)
        tell(ordeal, inbox, time.monotonic() - began)
    if not wrong:
        print("  nothing is missing, nothing doubled", flush=True)
        shutil.rmtree(folder)
        return 0
    for name, difference in wrong.items():
        print(f"  {name}: {difference}")
    print(f"  what was written and stored: {folder}", flush=True)
    return 1


def tell(ordeal: Ordeal, inbox: Inbox, seconds: float) -> None:
    truth = ordeal.writer.story.truth
    figures = {
        "lines": f"{ordeal.writer.written:,} in {seconds / 60:.0f} minutes",
        "rotations": _each(ordeal.writer.rotations),
        "afterwards": _each(ordeal.writer.afterwards),
        "deaths": _each(ordeal.figures.deaths),
        "stops": f"{ordeal.figures.stops}",
        "outages": _each(ordeal.figures.outages),
        "compared": f"{truth.refusals.total():,} refusals, {truth.deliveries.total():,} deliveries,"
        f" {truth.incidents.total():,} incidents, {len(inbox.mails):,} mails",
    }
    for name, told in figures.items():
        if told:
            print(f"  {name:10} {told}")


def _each(counted: Counter[str]) -> str:
    return f"{counted.total()}: " * bool(counted) + ", ".join(
        f"{times} {name.replace('_', ' ')}" for name, times in sorted(counted.items())
    )


if __name__ == "__main__":
    sys.exit(main())
