"""Scenarios on real servers, each a row of `postfix_rows`: what is told are exactly the refusals of the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from mta.postfix_rows import ROWS
from mta.postfix_run import Played, Server
from mta.truth import faults, scanned

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

A_SECOND = timedelta(seconds=1.1)  # time(2) is some milliseconds behind the clock

CODES = {"553": (553,), "550 and more": (550, 551, 553, 554)}


class Evening:
    """All scenarios of a profile, played once on one server, and what is told of its log."""

    def __init__(self, folder: Path, profile: str) -> None:
        self._played: dict[str, Played | Exception] = {}
        with Server(folder, profile) as server:
            for row in ROWS[profile]:
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
        truth = [one for one in played.truth if one["code"] in CODES[codes]]
        told = [one for one in self._told[codes] if played.first <= one["line"] <= played.last]
        wrong = faults(truth, told) + [
            f"line {one['line']}: {one['occurred_at']} is not when it was"
            for one in told
            if not played.began - A_SECOND <= datetime.fromisoformat(one["occurred_at"]) <= played.ended
        ]
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
    [pytest.param(name, row.name, id=f"{name}: {row.name}") for name, rows in ROWS.items() for row in rows],
)
def test_exactly_what_was_refused_is_told(
    evening: Callable[[str], Evening], profile: str, row: str, codes: str
) -> None:
    wrong = evening(profile).wrong(row, codes)

    assert not wrong, wrong
