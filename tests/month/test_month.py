"""A month of a server of 5,000 people: exactly the stories are told, and of everyday life nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from month.__main__ import MONTHS, PAGE
from month.cast import FIRST
from month.pages import page
from month.told import disagreements
from month.writing import END, write
from scenarios.replayed import replayed

pytestmark = pytest.mark.slow

SHORT = 0.1
"""A tenth of the mail. `make month` takes all of it."""


@pytest.mark.parametrize("name", MONTHS)
def test_each_story_is_told_as_a_postmaster_wants_it_and_nothing_else(name: str, tmp_path: Path) -> None:
    month = MONTHS[name]
    write(tmp_path / "mail.log", month.cast, scale=SHORT, mta=month.mta, alone=month.alone)
    told = replayed([tmp_path / "mail.log"], now=END)

    assert disagreements(month.stories, told) == []


def test_the_same_month_is_written_byte_by_byte(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / name, FIRST, scale=0.01)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_page_of_the_stories_is_that_of_the_stories() -> None:
    assert PAGE.read_text("utf-8") == page()
