"""What Exim can log, by its source: nothing missed, nothing invented, each field as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from dialects.exim_lines import Block, blocks
from mta.truth import faults
from rejectwatch.cli.scan import command

CODES: Final = {"553": {553}, "550,551,553,554": {550, 551, 553, 554}}


def scanned(log: Path, codes: str) -> list[dict[str, Any]]:
    options = ["--format", "jsonl", "--codes", codes, "--timezone", "UTC", "--year", "2026"]
    done = CliRunner().invoke(command, [*options, str(log)], catch_exceptions=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("codes", CODES)
@pytest.mark.parametrize("block", blocks(), ids=str)
def test_exactly_what_the_lines_say_is_told(block: Block, codes: str, tmp_path: Path) -> None:
    log = tmp_path / "mainlog"
    log.write_bytes(block.log)
    truth = [one for one in block.truth if one["code"] in CODES[codes]]

    wrong = faults(truth, scanned(log, codes))

    assert wrong == []
