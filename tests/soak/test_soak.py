"""Whatever happens, every line is counted exactly once; and the comparison that says so finds what was broken.

A short run of what `make soak` does for hours. The seed of a failure is printed; SOAK_SEED repeats it, as far as
the machine's timing allows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

import pytest

from parts import daemon as parts_daemon
from parts.inbox import Inbox
from parts.postgresql import PostgreSQL
from parts.waiting import until
from soak import broken
from soak.comparison import TRUE
from soak.ordeal import Ordeal
from soak.writer import Writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("SOAK_SEED") or SystemRandom().randrange(1_000_000))
    print(f"SOAK_SEED={chosen}")
    return chosen


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Take a protection away from every daemon that is started from now on."""

    def take(protection: Callable[[], None]) -> None:
        command = (sys.executable, broken.__file__, protection.__name__)
        monkeypatch.setattr(parts_daemon, "COMMAND", command)

    return take


Without = Callable[[Callable[[], None]], None]


def test_deaths_and_rotations_cost_nothing(tmp_path: Path, inbox: Inbox, seed: int) -> None:
    with Ordeal(tmp_path / "soak", seed, inbox=inbox) as ordeal:
        wrong = ordeal.run(lines=6_000, deaths=6)

    assert wrong == {}


def test_deaths_rotations_and_a_database_server_that_crashes_cost_nothing(
    tmp_path: Path, inbox: Inbox, cluster: PostgreSQL, seed: int
) -> None:
    with Ordeal(tmp_path / "soak", seed, cluster=cluster, inbox=inbox) as ordeal:
        wrong = ordeal.run(lines=6_000, deaths=5)

    assert wrong == {}


# ── the comparison finds what it has to find ──


def test_it_compares_everything(tmp_path: Path, inbox: Inbox, seed: int) -> None:
    with Ordeal(tmp_path / "soak", seed, inbox=inbox, pace=3_000) as ordeal:
        ordeal.begins()
        ordeal.writer.until_written(6_000)
        wrong = ordeal.ends()
        truth = ordeal.writer.story.truth
        for told in (truth.refusals, truth.deliveries, truth.successes, truth.incidents):
            told.popitem()
        inbox.mails.pop()
        names = set(ordeal.wrong())

    assert wrong == {}
    assert names == {*TRUE, "mails"} - {"gaps"}


def test_it_finds_a_position_that_is_committed_apart(tmp_path: Path, seed: int, without: Without) -> None:
    without(broken.committed_apart)
    with Ordeal(tmp_path / "soak", seed, patience=2) as ordeal:
        ordeal.begins()
        ordeal.dies_at("after-commit:2")
        wrong = ordeal.ends()

    assert "doubled" in wrong["deliveries"]


def test_it_finds_files_that_are_known_by_their_inode(tmp_path: Path, seed: int, without: Without) -> None:
    without(broken.known_by_inode)
    with Ordeal(tmp_path / "soak", seed, patience=2, rotated_every=1_000_000) as ordeal:
        ordeal.begins()
        ordeal.writer.until_written(1_000)
        ordeal.catches_up()
        ordeal.writer.rotate(Writer.copied_and_truncated)
        wrong = ordeal.ends()

    assert "missing" in wrong["refusals"]


def test_the_guard_alone_keeps_two_daemons_on_one_state_right(
    tmp_path: Path, seed: int, without: Without
) -> None:
    without(broken.unclaimed)

    assert two_at_once(tmp_path / "soak", seed) == {}


def test_it_finds_two_daemons_on_one_state_without_the_guard(
    tmp_path: Path, seed: int, without: Without
) -> None:
    without(broken.unclaimed_and_unguarded)

    assert "doubled" in two_at_once(tmp_path / "soak", seed)["deliveries"]


def two_at_once(folder: Path, seed: int) -> dict[str, str]:
    with Ordeal(folder, seed, patience=2) as ordeal:
        ordeal.begins()
        with ordeal.another_daemon("another") as another:
            another.until_ready()
            ordeal.writer.until_written(2_000)
            ordeal.catches_up()
            assert another.stop() == 0
        return ordeal.ends()


def test_it_finds_a_commit_that_arrives_late_without_the_guard(
    tmp_path: Path, cluster: PostgreSQL, seed: int, without: Without
) -> None:
    without(broken.unguarded)
    with Ordeal(tmp_path / "soak", seed, cluster=cluster) as ordeal:
        ordeal.begins()
        ordeal.writer.go()
        ordeal.goes_on()
        ordeal.commit_is_late()
        until(lambda: not ordeal.is_alive())

        assert "IntegrityError" in ordeal.daemon.said  # the keys are the second lock
