"""Lines as Postfix writes them, read from its source (2.11 to 3.12), with the truth about each: what `scan` must tell.

`postfix_lines/*.txt`: a block has a name in brackets, and above it the place in the source that writes it; then come
lines of a log, as they are. A line that tells a refusal is followed by `= ` and its truth, all other lines must tell
none. A field that the truth leaves out is null, or what `ALWAYS` says. Each file is one log, so blocks have process
and queue ids of their own. `# codes:` are the codes that are asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from parts.daemon import rejectwatch

FOLDER: Final = Path(__file__).parent / "postfix_lines"
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.txt"))

ALWAYS: Final = {"mta": "postfix", "repeat": 1, "host": "mail", "code": 553}
NOT_HERE: Final = frozenset({"source", "line", "attempt", "cause", "confidence", "evidence"})
"""Fields that are told of a line in other ways, or tested elsewhere."""


@dataclass
class Lines:
    """A file: its log, and by the number of the line (from 1) its block and its truth."""

    codes: str
    log: bytes
    blocks: dict[int, str]
    truth: dict[int, dict[str, Any]]
    messages: dict[int, str]


@cache
def lines(name: str) -> Lines:
    log: list[bytes] = []
    found = Lines("553", b"", {}, {}, {})
    block = ""
    for line in (FOLDER / f"{name}.txt").read_bytes().split(b"\n"):
        match line[:1]:
            case b"#" | b"":
                found.codes = line.decode().removeprefix("# codes: ") if b"# codes: " in line else found.codes
            case b"[":
                block = line.decode()
            case b"=":
                truth = json.loads(line.removeprefix(b"= "))
                if "message" in truth:
                    found.messages[len(log)] = truth.pop("message")
                found.truth[len(log)] = ALWAYS | truth
            case _:
                log.append(line)
                found.blocks[len(log)] = block
    found.log = b"".join(line + b"\n" for line in log)
    return found


@cache
def scanned(name: str) -> dict[int, list[dict[str, Any]]]:
    """What `scan` tells, by the number of the line; what is null is left out."""
    found = lines(name)
    done = rejectwatch(
        "scan", "--format", "jsonl", "--codes", found.codes, "--year", "2026", "--timezone", "UTC", "-",
        stdin=found.log,
    )  # fmt: skip
    told: dict[int, list[dict[str, Any]]] = {}
    for record in map(json.loads, done.stdout.splitlines()):
        fields = {name: value for name, value in record.items() if value is not None}
        told.setdefault(record["line"], []).append(fields)
    assert (done.returncode, done.stderr) == (0, "")
    return told


@pytest.mark.parametrize("name", NAMES)
def test_what_the_source_can_write_is_told_as_it_is(name: str) -> None:
    found = lines(name)
    told = {
        number: [{k: v for k, v in one.items() if k not in NOT_HERE} for one in records]
        for number, records in scanned(name).items()
    }
    truth = {number: [one] for number, one in found.truth.items()}

    wrong = {
        (number, found.blocks[number]): (told.get(number), truth.get(number))
        for number in sorted(told.keys() | truth.keys())
        if told.get(number) != truth.get(number)
    }

    assert wrong == {}


@pytest.mark.parametrize("name", [name for name in NAMES if lines(name).messages])
def test_an_attempt_is_one_message(name: str) -> None:
    told, messages = scanned(name), lines(name).messages

    pairs = {(messages[number], told[number][0]["attempt"]) for number in messages}

    assert len(pairs) == len({message for message, _ in pairs}) == len({attempt for _, attempt in pairs})
