"""`make month`: a month of a server of 5,000 people, and what `rejectwatch replay` tells of it against what it should.

make month                                           both sets of stories, for Postfix and Exim; everyday life alone
make month ARGS='--scale 0.1 first-postfix'          one of them, with a tenth of the everyday mail
make month ARGS='--keep /var/tmp/month first-exim'   and keep its log
make month ARGS=--pages                              write docs/stories.md anew
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from month.cast import FIRST, SECOND, Cast
from month.pages import page
from month.told import Story, disagreements
from month.writing import END, write
from scenarios.case import summary
from scenarios.replayed import replayed

PAGE = Path(__file__).parents[2] / "docs" / "stories.md"


class Month(NamedTuple):
    cast: Cast
    mta: Literal["postfix", "exim"]
    alone: bool = False

    @property
    def stories(self) -> tuple[Story, ...]:
        return () if self.alone else self.cast.stories


MONTHS = {
    "first-postfix": Month(FIRST, "postfix"),
    "second-postfix": Month(SECOND, "postfix"),
    "first-exim": Month(FIRST, "exim"),
    "second-exim": Month(SECOND, "exim"),
    "life-postfix": Month(FIRST, "postfix", alone=True),
    "life-exim": Month(SECOND, "exim", alone=True),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m month", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the everyday mail [1.0]")
    parser.add_argument("--keep", type=Path, help="a folder for the logs [none is kept]")
    parser.add_argument("--pages", action="store_true", help="write docs/stories.md, no more")
    parser.add_argument("month", nargs="*", help=f"[all of {', '.join(MONTHS)}]")
    given = parser.parse_args(arguments)
    if strange := set(given.month) - MONTHS.keys():
        parser.error(f"there is no month {', '.join(sorted(strange))}")
    if given.pages:
        PAGE.write_text(page(), "utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="rejectwatch-month-") as scratch:
        folder: Path = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        wrong = [_judged(folder / f"{name}.log", name, given.scale) for name in given.month or MONTHS]
    return 1 if any(wrong) else 0


def _judged(file: Path, name: str, scale: float) -> int:
    """How many messages are not as they should be."""
    month, began = MONTHS[name], time.monotonic()
    lines = write(file, month.cast, scale=scale, mta=month.mta, alone=month.alone)
    megabytes, written = file.stat().st_size / 1e6, time.monotonic()
    told = replayed([file], now=END)
    wrong = disagreements(month.stories, told)
    print(f"{name}: {lines} lines, {megabytes:.0f} MB, written in {written - began:.0f} s")
    print(
        f"  {len(told)} messages, replayed in {time.monotonic() - written:.0f} s, {len(wrong)} not as they should be"
    )
    print(*(f"    {summary(message)}" for message in told), *(f"  ! {one}" for one in wrong), sep="\n")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
