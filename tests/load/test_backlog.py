"""What was logged while nobody read is read in bounded memory, oldest first, and told in one summary.

`make load` does the same with 5 million lines, and with a log of 2 GB.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import backlog

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LINES = 200_000


def test_a_backlog_of_three_days_is_read_oldest_first_and_told_in_one_summary(
    tmp_path: Path, database_url: str | None
) -> None:
    log = tmp_path / "mail.log"
    watch = backlog.daemon(tmp_path / "state", log, "all", database_url)
    an_hour_ago = datetime.now(UTC) - timedelta(minutes=61)
    figures = backlog.after_an_outage(watch, log, LINES, timedelta(days=3), an_hour_ago)

    assert figures.events > LINES // 200
    assert figures.memory < backlog.MEMORY, figures


def test_a_first_start_is_ready_at_once_and_begins_a_day_ago_in_a_compressed_file(
    tmp_path: Path, database_url: str | None
) -> None:
    log = tmp_path / "mail.log"
    watch = backlog.daemon(tmp_path / "state", log, "24h", database_url)
    figures = backlog.first_start(watch, log, LINES, timedelta(hours=60))

    assert figures.waiting > figures.counts.bytes / 4  # when it was ready, most of its work lay before it
    assert figures.memory < backlog.MEMORY, figures
