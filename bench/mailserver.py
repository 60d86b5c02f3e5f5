"""A busy mail server: writes a log at a steady rate, as it happens, and tells afterwards what it wrote and when.

    python -m bench.mailserver --rate 10000 --seconds 60 --rotate-after 30 mail.log

A process of its own, so that whoever reads the log can't slow it down. Lines go out in slices of 10 ms, each in
one write; a slice that comes late is made up for, so the rate is kept. A rotation is that of logrotate: the log is
renamed and a new file made, and for a second the server, which has the old one open, goes on writing to it.

It prints "writing" when it begins, and at its end a JSON object: see `Told`. Beside the log, as
mail.log.truth.jsonl, it leaves the truth about each permanent refusal, as `written` does, and with
`written`: the moment just before the write of its line, in nanoseconds of the machine's monotonic clock.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.mixture import mixed
from bench.postfix_log import HOST
from bench.traffic import SCENES
from bench.world import Said, World
from bench.written import Counts, truth_of

SLICE = 0.01
"""Seconds of lines in one write."""
LATE = 100
"""Slices that still go to the old file after its rotation."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was written: `counts` as of a log, in how many seconds, and by how much the latest slice was late."""

    counts: Counts
    seconds: float
    latest: float


class MailServer:
    """Writes `seconds` × `rate` lines of a busy Postfix, of which `share` are refusals with 553."""

    def __init__(self, log: Path, rate: int, seconds: float, share: float, seed: int) -> None:
        self._log = log
        self._slice = round(rate * SLICE)
        self._slices = round(seconds / SLICE)
        self._world = World(seed, self._slice * self._slices)
        self._said = mixed(self._world, SCENES, share)
        self._stamps = _Now()
        self._truth: list[dict[str, Any]] = []
        self._bytes = 0

    def run(self, rotate_after: float | None) -> Told:
        rotation = None if rotate_after is None else round(rotate_after / SLICE)
        out = self._open()
        began, latest = time.monotonic(), 0.0
        for number in range(self._slices):
            due = began + number * SLICE
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            latest = max(latest, time.monotonic() - due)
            if number == rotation:
                self._log.rename(f"{self._log}.1")
                self._log.touch()
            if rotation is not None and number == rotation + LATE:
                os.close(out)
                out = self._open()
            self._write(out)
        os.close(out)
        seconds = time.monotonic() - began
        self._leave_truth()
        return Told(self._counts(), seconds, latest)

    def _open(self) -> int:
        return os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def _write(self, out: int) -> None:
        lines, refusals = [], []
        for _ in range(self._slice):
            text = next(self._said)
            self._world.line += 1
            at = self._stamps.next()
            if isinstance(text, Said):
                text, refusal = text
                refusals.append({"occurred_at": f"{at}Z", **refusal._asdict()})
            lines.append(f"{at}+00:00 {HOST} {text}\n")
        block = "".join(lines).encode()
        written = time.monotonic_ns()
        if os.write(out, block) != len(block):
            raise OSError(f"{self._log}: a slice was not written whole")
        self._bytes += len(block)
        self._truth += [{"written": written, **refusal} for refusal in refusals]

    def _leave_truth(self) -> None:
        with truth_of(self._log).open("w", encoding="utf-8") as truth:
            truth.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in self._truth)

    def _counts(self) -> Counts:
        codes = sorted({one["code"] for one in self._truth})
        by_code = {str(code): sum(one["code"] == code for one in self._truth) for code in codes}
        return Counts(self._slice * self._slices, self._bytes, self._world.deliveries, by_code)


class _Now:
    """The time of each line, UTC to the microsecond; no two are equal, so that each line can be told by it."""

    def __init__(self) -> None:
        self._last = 0
        self._second = -1
        self._before = ""

    def next(self) -> str:
        self._last = max(time.time_ns() // 1000, self._last + 1)
        second, micros = divmod(self._last, 1_000_000)
        if second != self._second:
            self._second = second
            self._before = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._before}.{micros:06d}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.mailserver", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rate", type=int, default=10_000, help="lines a second [10000]")
    parser.add_argument("--seconds", type=float, default=60, help="for so long [60]")
    parser.add_argument("--rotate-after", type=float, help="seconds until the log is renamed [never]")
    parser.add_argument("--share", type=float, default=0.01, help="of refusals with 553 [0.01]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("log", type=Path, metavar="LOG")
    given = parser.parse_args(arguments)
    server = MailServer(given.log, given.rate, given.seconds, given.share, given.seed)
    print("writing", flush=True)
    print(json.dumps(asdict(server.run(given.rotate_after))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
