"""The database server goes away and crashes while a busy log is written: nothing is lost, and it is said once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bench.live import CONFIGURATION, through_an_outage

from parts.daemon import Daemon
from parts.postgresql import PostgreSQL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_server_that_stops_and_crashes_under_load_costs_nothing_and_is_told_once(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    daemon = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=postgresql.url)
    daemon.upgrade()
    with daemon:
        daemon.until_ready()
        through_an_outage(daemon, postgresql, log, rate=2_000, seconds=15, away=3)

        told = [line for line in daemon.said.splitlines() if "reading waits until it works again" in line]
        assert max(Counter(told).values()) <= 2, told  # of two outages, each reason once
        assert len(told) <= 4, told
        assert daemon.said.count("the database works again") <= 2
        assert "Traceback" not in daemon.said
