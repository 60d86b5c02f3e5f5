"""The figures of `make diagnosis-report` may rise; these tests keep them from falling."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from diagnosis.figures import DEVELOPMENT, Figures, Labelled, labelled, left_out
from diagnosis.unseen import UNSEEN
from rejectwatch.causes import BY_SLUG


@pytest.fixture(scope="module")
def development() -> Figures:
    return Figures.of(labelled(DEVELOPMENT))


def test_the_development_half_is_understood(development: Figures) -> None:
    assert development.accuracy >= 0.98
    assert development.macro >= 0.98
    assert development.share_high >= 0.8
    assert development.rightness_of_high == 1


@pytest.mark.parametrize("collection, accuracy", [*zip(UNSEEN, (0.98, 0.94, 0.92), strict=True)])
def test_other_mail_systems_are_understood(collection: str, accuracy: float) -> None:
    figures = Figures.of(labelled(collection))

    assert figures.accuracy >= accuracy
    assert figures.macro >= 0.85
    assert figures.share_high >= 0.6
    assert figures.rightness_of_high >= 0.98


def test_a_system_is_understood_without_the_texts_that_only_it_supports() -> None:
    figures, muted = left_out(labelled(DEVELOPMENT))

    assert muted > 50
    assert figures.accuracy >= 0.7
    assert figures.rightness_of_high >= 0.95


def test_no_collection_repeats_another() -> None:
    texts = [{one.text for one in labelled(collection)} for collection in (DEVELOPMENT, *UNSEEN)]

    assert len(set.union(*texts)) == sum(map(len, texts))


@pytest.mark.parametrize("collection", [DEVELOPMENT, *UNSEEN])
def test_labels_are_causes(collection: str) -> None:
    for one in labelled(collection):
        assert {one.cause, *one.others} <= set(BY_SLUG), one.id


def test_a_wrong_answer_lowers_every_figure() -> None:
    """So that the tests above can fail."""
    right = Labelled("1", "553 5.7.1 relaying denied", "", "relay_denied", frozenset())
    wrong = Labelled("2", "553 5.7.1 relay access denied", "", "rate_or_quota", frozenset())
    figures = Figures.of([right, wrong])

    assert (figures.accuracy, figures.strict, figures.macro) == (0.5, 0.5, 0.5)
    assert (figures.share_high, figures.rightness_of_high) == (1, 0.5)
    assert figures.confusion["rate_or_quota", "relay_denied"] == 1
    assert [one.id for one, _ in figures.wrong] == ["2"]


def test_the_report_says_it_all() -> None:
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "diagnosis"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )

    for part in ("development", *UNSEEN, "one system left out", "as labelled (rows)", "not right"):
        assert part in done.stdout
