"""What other versions of Exim have logged, read without a server: each refusal of the wire, and no other."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from mta.exim_recording import FOLDER, recorded
from mta.truth import Record
from rejectwatch.cli.scan import command

CODES = ((553,), (550, 551, 553, 554))
LOGS = sorted(FOLDER.glob("*/*.log"))


@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name} {log.stem}")
def test_exactly_what_was_refused_is_told(log: Path, codes: tuple[int, ...]) -> None:
    played = recorded(log)
    told = _scanned(log, codes, next(iter(played.values())).began)
    elsewhere = [
        one for one in told if not any(row.first <= one["line"] <= row.last for row in played.values())
    ]

    assert {name: wrong for name, one in played.items() if (wrong := one.wrong(told, codes))} == {}
    assert elsewhere == []


def _scanned(log: Path, codes: tuple[int, ...], began: datetime) -> list[Record]:
    wanted = ",".join(map(str, codes))
    options = ["--format", "jsonl", "--codes", wanted, "--timezone", "UTC", "--year", str(began.year)]
    done = CliRunner().invoke(command, [*options, str(log)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
