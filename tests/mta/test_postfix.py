"""Scenarios on real servers, each a row of `postfix_rows`: what is told are exactly the refusals of the wire.

Another release of Postfix: `REJECTWATCH_TEST_POSTFIX`, see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from mta.postfix_rows import ROWS, playable
from mta.postfix_run import Played, Row, Server
from mta.truth import scanned
from parts.packages import Missing, unpacked
from parts.postfix import release

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CODES = {"553": (553,), "550 and more": (550, 551, 553, 554)}


def _playable() -> dict[str, list[Row]]:
    """The scenarios that the release here can play; all if there is none, which each test then says."""
    try:
        return playable(release(unpacked("postfix")))
    except Missing:
        return {profile: list(rows) for profile, rows in ROWS.items()}


PLAYABLE = _playable()


class Evening:
    """All scenarios of a profile, played once on one server, and what is told of its log."""

    def __init__(self, folder: Path, profile: str) -> None:
        self._played: dict[str, Played | Exception] = {}
        with Server(folder, profile) as server:
            for row in PLAYABLE[profile]:
                try:
                    self._played[row.name] = server.play(row)
                except (AssertionError, OSError, CalledProcessError) as error:  # of the row's own test
                    self._played[row.name] = error
            log = server.postfix.log
            self._lines = log.lines()
            self._told = {name: scanned(log.path, codes) for name, codes in CODES.items()}

    def wrong(self, row: str, codes: str) -> str:
        """What is told otherwise than it was, and the lines of the log that a scenario has written."""
        played = self._played[row]
        if isinstance(played, Exception):
            raise played
        wrong = played.wrong(self._told[codes], CODES[codes])
        return "\n".join([*wrong, "", *self._lines[played.first - 1 : played.last]]) if wrong else ""


@pytest.fixture(scope="session")
def evening(stage: Path) -> Callable[[str], Evening]:
    @cache
    def played(profile: str) -> Evening | Exception:
        try:
            return Evening(stage / profile.replace(" ", "-"), profile)
        except (AssertionError, OSError) as error:  # each row of the profile says so, and none tries it again
            return error

    def of(profile: str) -> Evening:
        evening = played(profile)
        if isinstance(evening, Exception):
            raise evening
        return evening

    return of


@pytest.mark.parametrize("codes", CODES)
@pytest.mark.parametrize(
    "profile,row",
    [
        pytest.param(name, row.name, id=f"{name}: {row.name}")
        for name, rows in PLAYABLE.items()
        for row in rows
    ],
)
def test_exactly_what_was_refused_is_told(
    evening: Callable[[str], Evening], profile: str, row: str, codes: str
) -> None:
    wrong = evening(profile).wrong(row, codes)

    assert not wrong, wrong
