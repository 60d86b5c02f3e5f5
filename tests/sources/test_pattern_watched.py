"""The daemon with a pattern for a source: killed, with rotations, new logs and all."""

from __future__ import annotations

from pathlib import Path

import pytest

from parts.daemon import Daemon
from sources.logdir import compress, rotate
from whole.made import CONFIGURATION, append, refusals, until_stored

pytestmark = pytest.mark.slow


def test_all_logs_of_a_pattern_are_read_once_and_shown_under_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    one, two, three = (folder / name for name in ("one.log", "two.log", "three.log"))
    append(one, refusals(range(5)))
    append(two, refusals(range(5, 10)))
    configuration = CONFIGURATION.format(log=folder / "*").replace('name = "mail"\n', "")
    watch = Daemon(tmp_path / "state", configuration)
    with watch:
        until_stored(watch, range(10))
        watch.kill()
    append(one, refusals(range(10, 15)))
    for log in (one, two):
        rotate(log)
    compress(folder / "one.log.1", ".xz")
    append(one, refusals(range(15, 20)))
    with watch:
        until_stored(watch, range(20))
        append(three, refusals(range(20, 25)))
        append(two, refusals(range(25, 30)))
        until_stored(watch, range(30))

        assert watch.metric("rejectwatch_lines_total", source=str(folder / "*")) == 20
        assert watch.rows("SELECT source FROM positions") == [(str(folder / "*"),)]
        assert watch.rows("SELECT * FROM gaps") == []
