from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

NEEDY = """
import pytest
from parts.packages import Missing

@pytest.fixture
def server():
    raise Missing("frobnicator is missing (Debian package frob)")

def test_fixture(server): ...
def test_body(): raise Missing("frobnicator is missing (Debian package frob)")
def test_skip(): pytest.skip("no time")
"""


def run(folder: Path, ci: str) -> str:
    (folder / "test_needy.py").write_text(NEEDY)
    command = [sys.executable, "-m", "pytest", "-rA", "-c", os.devnull, f"--rootdir={folder}", str(folder)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "conftest"],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_missing_server_skips_and_names_the_remedy(tmp_path: Path) -> None:
    told = run(tmp_path, ci="")

    assert "3 skipped" in told
    assert "frobnicator is missing (Debian package frob); `make test` brings what the tests need" in told


def test_in_ci_a_missing_server_is_a_failure(tmp_path: Path) -> None:
    told = run(tmp_path, ci="true")

    assert "2 failed, 1 error" in told
    assert told.count("frobnicator is missing (Debian package frob); `make test` brings") >= 2


def test_in_ci_nothing_is_skipped(tmp_path: Path) -> None:
    told = run(tmp_path, ci="true")

    assert "skipped, and in CI nothing is" in told
    assert "no time" in told
