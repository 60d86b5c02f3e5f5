"""Compare what a scan tells of a real server's log with what was really sent and answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from parts.daemon import rejectwatch

SOME: Final = "(something)"
"""A field whose value only the log knows, such as the queue id of a message that was refused in the end."""

MESSAGE: Final = "message"
"""The one field of the truth that a record does not have: the same value for all refusals of one message."""

Record = dict[str, Any]
Truth = Mapping[str, Any]
"""A refusal in the names of the records; fields that neither side of the wire can know are left out."""


def scanned(log: Path, codes: Iterable[int] = (553,), *options: str) -> list[Record]:
    """What `scan` tells of a log."""
    wanted = ",".join(map(str, codes))
    done = rejectwatch("scan", "--format", "jsonl", "--codes", wanted, *options, log)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def faults(truth: Iterable[Truth], records: Iterable[Record]) -> list[str]:
    """Each refusal that was missed, each that was invented, each field that is told otherwise; [] if all is right."""
    missed, invented = list(truth), list(records)
    pairs: list[tuple[Truth, Record]] = []
    while missed and invented:
        best = min(
            ((one, record) for one in missed for record in invented), key=lambda two: len(differences(*two))
        )
        pairs.append(best)
        missed.remove(best[0])
        invented.remove(best[1])
    return [
        *(f"line {record['line']}: {text}" for one, record in pairs for text in differences(one, record)),
        *_attempts(pairs),
        *(f"missed: {dict(one)}" for one in missed),
        *(f"invented: {record}" for record in invented),
    ]


def differences(one: Truth, record: Record) -> list[str]:
    """The fields that a record tells otherwise than the truth."""
    return [
        f"{field} is {record[field]!r}, in truth {value!r}"
        for field, value in one.items()
        if field != MESSAGE and record[field] != value and not (value is SOME and record[field])
    ]


def _attempts(pairs: Iterable[tuple[Truth, Record]]) -> list[str]:
    """Refusals of one message share an attempt, those of two messages don't."""
    return [
        f"lines {one['line']} and {other['line']}: the attempts are not told apart as the messages are"
        for (truth, one), (other_truth, other) in combinations(pairs, 2)
        if MESSAGE in truth and MESSAGE in other_truth
        if (truth[MESSAGE] == other_truth[MESSAGE]) != (one["attempt"] == other["attempt"])
    ]
