"""Standard input: known by how it begins, and nothing is remembered of it."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.conftest import Configure
from cli.lines import write
from parts.daemon import COMMAND, rejectwatch
from whole.made import refusal

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def lines(first: int, last: int) -> str:
    return b"".join(refusal(n, NINE + timedelta(seconds=n)) for n in range(first, last)).decode()


def imported(config: Path, text: str) -> str:
    done = rejectwatch("import", "-", config=config, stdin=text)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_same_bytes_are_stored_once_through_a_pipe_or_from_a_file(
    configured: Configure, tmp_path: Path
) -> None:
    config, text = configured(), lines(0, 20)
    first, second = imported(config, text), imported(config, text)
    file = rejectwatch("import", write(tmp_path / "mail.log", text), config=config).stdout.strip()

    assert first == "20 refusals found, 20 of them new"
    assert second == file == "20 refusals found, 0 of them new"


def test_of_what_has_grown_since_only_the_rest_is_new(configured: Configure) -> None:
    config = configured()
    imported(config, lines(0, 20))

    assert imported(config, lines(0, 30)) == "30 refusals found, 10 of them new"


def test_a_pipe_that_is_filled_bit_by_bit_is_the_same_log(configured: Configure) -> None:
    config, text = configured(), lines(0, 20)
    imported(config, text)
    reader = subprocess.Popen(
        [*COMMAND, "import", "-", "-c", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    assert reader.stdin
    for start in range(0, len(text), 100):
        reader.stdin.write(text[start : start + 100].encode())
    said, _ = reader.communicate(timeout=60)

    assert said.decode().strip() == "20 refusals found, 0 of them new"


def test_an_extract_that_begins_elsewhere_is_another_log(configured: Configure) -> None:
    config = configured()
    imported(config, lines(0, 20))

    assert imported(config, lines(10, 20)) == "10 refusals found, 10 of them new"
