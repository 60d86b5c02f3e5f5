"""Most lines of a busy log are usual ones: a pattern reads them, and what it tells is what the careful way tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.run import GENERATORS

from dialects.recording import told, told_with_care, usual_lines


@pytest.mark.parametrize("mta", GENERATORS)
def test_a_busy_log_is_usual(mta: str, tmp_path: Path) -> None:
    GENERATORS[mta](tmp_path / "log", 10_000, share=0.01, seed=7)
    log = (tmp_path / "log").read_bytes()

    assert told(log) == told_with_care(log)
    assert usual_lines(log) > 0.8 * log.count(b"\n")
