"""Scenarios on real servers, each a row of `exim_rows`: what is told are exactly the refusals of the wire.

Another version of Exim: `REJECTWATCH_TEST_EXIM4`, see CONTRIBUTING.md. It may lack what a row needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta.exim_rows import PROFILES, ROWS, Profile, Row
from mta.exim_run import Played, Server, Stage, set_for
from mta.truth import Record, scanned

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CODES = {"553": (553,), "550 and more": (550, 551, 553, 554)}


class Evening:
    """All rows, played once on an Exim that logs as the profile says, and what is told of its log."""

    def __init__(self, folder: Path, profile: Profile, around: Stage) -> None:
        self._played: dict[str, Played | AssertionError | None] = {}
        self._profile = profile
        with Server(folder, profile, around) as server:
            self.began = datetime.now(UTC)
            for row in ROWS:
                try:
                    self._played[row.name] = None if server.lacks(row) else server.play(row)
                except AssertionError as error:  # that of the row's own test
                    self._played[row.name] = error
            self.ended = datetime.now(UTC)
            self._log = server.exim.log
        self._lines = self._log.lines()
        self.told = {name: self.scanned(codes) for name, codes in CODES.items()}

    def scanned(self, codes: Iterable[int], *options: str) -> list[Record]:
        return scanned(self._log.path, codes, *self._profile.options, *options)

    def wrong(self, row: Row, codes: str) -> str:
        """What is told otherwise than it was, and the lines of the log that the row has written."""
        played = self.played(row)
        return self._told(played, played.wrong(self.told[codes], CODES[codes])) if played else ""

    def played(self, row: Row) -> Played | None:
        played = self._played[row.name]
        if isinstance(played, AssertionError):
            raise played
        return played

    def without_code(self, row: Row, records: Iterable[Record]) -> str:
        """The same of the refusals whose code the log does not hold."""
        played = self.played(row)
        assert played
        return self._told(played, played.compared(played.without_code, records))

    def _told(self, played: Played, wrong: list[str]) -> str:
        return "\n".join([*wrong, "", *self._lines[played.first - 1 : played.last]]) if wrong else ""


@pytest.fixture(scope="session")
def around() -> Iterator[Stage]:
    with set_for(ROWS) as around:
        yield around


@pytest.fixture(scope="session", params=PROFILES, ids=lambda profile: profile.name)
def evening(request: pytest.FixtureRequest, stage: Path, around: Stage) -> Evening:
    return Evening(stage / f"exim-{request.param.name}", request.param, around)


@pytest.mark.parametrize("codes", CODES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_exactly_what_was_refused_is_told(evening: Evening, row: Row, codes: str) -> None:
    wrong = evening.wrong(row, codes)

    assert not wrong, wrong


def test_each_refusal_has_the_moment_in_which_it_was_said(evening: Evening) -> None:
    began, ended = evening.began - timedelta(seconds=2), evening.ended + timedelta(seconds=2)
    moments = [datetime.fromisoformat(one["occurred_at"]) for one in evening.told["553"]]

    assert moments
    assert all(began <= moment <= ended for moment in moments)


def test_a_refusal_without_its_code_counts_if_the_operator_has_named_its_words(
    evening: Evening, tmp_path: Path
) -> None:
    (row,) = (one for one in ROWS if one.name == "log-message")
    config = tmp_path / "rejectwatch.toml"
    config.write_text('[[log_messages]]\nmatch = "recipient on hold"\ncode = 553\n')
    wrong = evening.without_code(row, evening.scanned((553,), "-c", str(config)))

    assert not wrong, wrong
