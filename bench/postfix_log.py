"""Write a realistic busy Postfix log, and the exact truth about each refusal in it. Same seed, same bytes.

    python -m bench.postfix_log --lines 1000000 --share 0.01 --seed 1 mail.log
    python -m bench.postfix_log --size 200MB --start 2026-09-25 --end 2026-11-24T09:30:00+09:00 mail.log

Beside the log:
- mail.log.truth.jsonl: one JSON object for each permanent refusal, whatever its code; the byte `offset` and
  the 1-based `line` that reports it, `occurred_at`, and the fields of `Refusal`.
- mail.log.counts.json: lines, bytes, deliveries (each `status=sent`) and refusals by code.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bench.traffic import NOISE, REFUSALS, TRAFFIC
from bench.world import Said, Script, World

START = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=9)))
BUSY = timedelta(milliseconds=20)
"""From line to line, where no end is given."""
NOISE_SHARE = 0.005
AT_ONCE = 60
"""Sessions and deliveries whose lines are mixed."""
BYTES_A_LINE = 155
BLOCK = 4096

HOST = "mail"
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a log holds: `deliveries` are lines with status=sent, `refusals` those in the truth, by code."""

    lines: int
    bytes: int
    deliveries: int
    refusals: dict[str, int]


def truth_of(log: Path) -> Path:
    return log.with_name(log.name + ".truth.jsonl")


def counts_of(log: Path) -> Path:
    return log.with_name(log.name + ".counts.json")


def read_truth(log: Path, code: int = 553) -> Iterator[dict[str, Any]]:
    """The refusals with this code, in the order of the lines."""
    with truth_of(log).open(encoding="utf-8") as lines:
        for line in lines:
            refusal: dict[str, Any] = json.loads(line)
            if refusal["code"] == code:
                yield refusal


def read_counts(log: Path) -> Counts:
    return Counts(**json.loads(counts_of(log).read_text()))


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
    stamps = _Stamps(start, end - start if end else BUSY * lines, lines, traditional=traditional)
    refusals: Counter[str] = Counter()
    offset = 0
    world = World(seed, lines)
    said = mixed(world, share)
    with log.open("wb") as out, truth_of(log).open("w", encoding="utf-8") as truth:
        block: list[bytes] = []
        for number in range(lines):
            world.line = number
            text = next(said)
            if isinstance(text, Said):
                text, refusal = text
                refusals[str(refusal.code)] += 1
                place = {"offset": offset, "line": number + 1, "occurred_at": stamps.utc(number)}
                truth.write(json.dumps(place | refusal._asdict(), ensure_ascii=False) + "\n")
            line = f"{stamps.prefix(number)}{text}\n".encode()
            offset += len(line)
            block.append(line)
            if len(block) == BLOCK:
                out.write(b"".join(block))
                block.clear()
        out.write(b"".join(block))
    counts = Counts(lines, offset, world.deliveries, dict(sorted(refusals.items())))
    os.utime(log, (stamps.seconds(lines - 1),) * 2)
    counts_of(log).write_text(json.dumps(asdict(counts)) + "\n")
    return counts


def mixed(world: World, share: float) -> Iterator[str | Said]:
    """The lines of many sessions and deliveries, as they go on at the same time."""
    chance = world.chance
    begin = _Beginning(world, share)
    going_on: list[Script] = [begin() for _ in range(AT_ONCE)]
    while True:
        slot = int(chance() * AT_ONCE)
        for text in going_on[slot]:
            yield text
            break
        else:
            going_on[slot] = begin()


class _Beginning:
    """Chooses what begins next, so that refusals keep their share of the lines."""

    def __init__(self, world: World, share: float) -> None:
        self._world = world
        self._share = share
        self._refusals = 0
        self._noise = 0

    def __call__(self) -> Script:
        world = self._world
        due = world.due()
        if due is not None:
            return due
        if self._refusals < self._share * world.line:
            self._refusals += 1
            return world.pick(REFUSALS)(world)
        if self._noise < NOISE_SHARE * world.line:
            self._noise += 1
            return world.pick(NOISE)(world)
        return world.pick(TRAFFIC)(world)


class _Stamps:
    """The time of each line; what the stamps of one hour have in common is written once."""

    def __init__(self, start: datetime, span: timedelta, lines: int, *, traditional: bool) -> None:
        self._start = start.replace(minute=0, second=0, microsecond=0)
        self._first = (start - self._start) // MICROSECOND
        self._span = span // MICROSECOND
        self._lines = lines
        self._traditional = traditional
        self._hour = -1
        self._before = ""
        self._after = f" {HOST} " if traditional else f"{_offset(start)} {HOST} "

    def prefix(self, number: int) -> str:
        hour, micros = divmod(self._micros(number), 3_600_000_000)
        if hour != self._hour:
            self._hour = hour
            self._before = self._of_hour(self._start + timedelta(hours=hour))
        seconds, micros = divmod(micros, 1_000_000)
        fraction = "" if self._traditional else f".{micros:06d}"
        return f"{self._before}{seconds // 60:02d}:{seconds % 60:02d}{fraction}{self._after}"

    def seconds(self, number: int) -> float:
        return self._at(number).timestamp()

    def utc(self, number: int) -> str:
        at = self._at(number).astimezone(UTC)
        return (at.replace(microsecond=0) if self._traditional else at).isoformat().replace("+00:00", "Z")

    def _at(self, number: int) -> datetime:
        return self._start + timedelta(microseconds=self._micros(number))

    def _micros(self, number: int) -> int:
        """After the hour in which the log begins; with an uneven part, so that no two seconds look alike."""
        here, following = number * self._span // self._lines, (number + 1) * self._span // self._lines
        return self._first + here + number * 7919 % max(following - here, 1)

    def _of_hour(self, hour: datetime) -> str:
        return f"{hour:%b} {hour.day:2d} {hour:%H}:" if self._traditional else f"{hour:%Y-%m-%dT%H}:"


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
