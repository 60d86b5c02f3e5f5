"""On a small log of each generator, `scan` and `import` find exactly what the log holds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from bench.run import GENERATORS, Bench
from bench.written import Counts

from parts.daemon import COMMAND

LINES = 20_000


@pytest.fixture(scope="module", params=GENERATORS)
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counts]:
    place = tmp_path_factory.mktemp("log") / "mail.log"
    return place, GENERATORS[request.param](place, LINES, share=0.02, seed=7)


def test_scan_and_import_find_exactly_the_truth(log: tuple[Path, Counts], tmp_path: Path) -> None:
    Bench(log[0], COMMAND, tmp_path).check()


def test_scan_counts_every_delivery_and_every_other_refusal(log: tuple[Path, Counts]) -> None:
    place, counts = log
    told = subprocess.run(
        [*COMMAND, "scan", "--lang", "en", str(place)],
        env=os.environ | {"TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    wanted = counts.refusals["553"]
    others = sum(counts.refusals.values()) - wanted

    assert told.stdout.splitlines()[0] == (
        f"Refused with 553: {wanted}. Delivered: {counts.deliveries}. Refused for good with another code: {others}."
    )
    assert "not understood" not in told.stdout
