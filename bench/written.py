"""A generated log, and beside it the exact truth about each refusal in it.

- mail.log.truth.jsonl: one JSON object for each permanent refusal, whatever its code; the byte `offset` and
  the 1-based `line` that reports it, `occurred_at`, and the fields of `Refusal`.
- mail.log.counts.json: lines, bytes, deliveries (one for each recipient) and refusals by code.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.stamps import Stamps
from bench.world import Said, World

BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Counts:
    """What a log holds: `deliveries` are lines that tell of one, `refusals` those in the truth, by code."""

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


def write(log: Path, world: World, said: Iterator[str | Said], stamps: Stamps) -> Counts:
    """Write what is said in a world, so many lines as it has. The file's time is that of its last line."""
    refusals: Counter[str] = Counter()
    offset = 0
    with log.open("wb") as out, truth_of(log).open("w", encoding="utf-8") as truth:
        block: list[bytes] = []
        for number in range(world.lines):
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
    counts = Counts(world.lines, offset, world.deliveries, dict(sorted(refusals.items())))
    os.utime(log, (stamps.seconds(world.lines - 1),) * 2)
    counts_of(log).write_text(json.dumps(asdict(counts)) + "\n")
    return counts
