"""What other releases of Postfix have logged, read without a server: each refusal of the wire, and no other."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from mta.postfix_recording import FOLDER, recorded
from mta.postfix_rows import ROWS
from mta.truth import Record
from rejectwatch.cli.scan import command

CODES = ((553,), (550, 551, 553, 554))
LOGS = sorted(FOLDER.glob("*/*.log"))


def test_each_server_is_there_from_each_release() -> None:
    releases = {"2.11", "3.4", "3.5", "3.10", "3.12"}
    names = {name.replace(" ", "-") for name in ROWS}

    assert {(log.parent.name, log.stem) for log in LOGS} == {
        (one, name) for one in releases for name in names
    }


@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name} {log.stem}")
def test_exactly_what_was_refused_is_told(log: Path, codes: tuple[int, ...]) -> None:
    played = recorded(log)
    told = _scanned(log, codes, next(iter(played.values())).began)

    assert {name: wrong for name, one in played.items() if (wrong := one.wrong(told, codes))} == {}


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name} {log.stem}")
def test_each_line_belongs_to_a_scenario(log: Path) -> None:
    """So that nothing can be told between them."""
    played = recorded(log).values()

    assert [one.first for one in played] == [1, *(one.last + 1 for one in played)][:-1]
    assert log.read_bytes().count(b"\n") == max(one.last for one in played)


def _scanned(log: Path, codes: tuple[int, ...], began: datetime) -> list[Record]:
    wanted = ",".join(map(str, codes))
    options = ["--format", "jsonl", "--codes", wanted, "--timezone", "UTC", "--year", str(began.year)]
    done = CliRunner().invoke(command, [*options, str(log)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
