"""A busy log is followed through a rotation: nothing is lost, and each refusal is stored within a second.

`make load` does the same with 10,000 lines a second for a minute.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.live import CONFIGURATION, DELAY, MEMORY, follow

from parts.daemon import Daemon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_each_refusal_of_a_busy_log_is_stored_within_a_second_and_none_is_lost(
    tmp_path: Path, database_url: str | None
) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    daemon = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=database_url)
    daemon.upgrade()
    with daemon:
        daemon.until_ready()
        figures = follow(daemon, log, rate=2_000, seconds=10, rotate_after=5)

        # By so much the machine held up the writer, too, who only sleeps and writes.
        held_up = figures.told.latest
        assert figures.p99 < DELAY + held_up, figures
        assert figures.memory < MEMORY, figures
