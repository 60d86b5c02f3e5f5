"""A pattern that matches Exim's mainlog and its rejectlog follows the mainlog only."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rejectwatch.sources.auto import survey
from sources.logdir import Writer
from sources.test_pattern import Reader, line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "exim4"
    folder.mkdir()
    return folder


@pytest.fixture
def main(folder: Path) -> Writer:
    return Writer(folder / "mainlog")


@pytest.fixture
def reject(folder: Path) -> Writer:
    return Writer(folder / "rejectlog")


def test_the_rejectlog_is_left_out_and_said_to_be(
    folder: Path, main: Writer, reject: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    main.write(line(1, "m"))
    reject.write(line(1, "r"))
    with caplog.at_level(logging.WARNING):
        reader = Reader(folder / "*log")

    assert reader.read_lines() == [line(1, "m")]
    assert [one.getMessage() for one in caplog.records] == [
        f"mail: {folder}/rejectlog repeats {folder}/mainlog: it is not read"
    ]


def test_without_its_mainlog_it_is_read(folder: Path, reject: Writer) -> None:
    reject.write(line(1, "r"))

    assert Reader(folder / "*log").read_lines() == [line(1, "r")]


def test_it_is_left_when_the_mainlog_appears(folder: Path, reject: Writer) -> None:
    reject.write(line(1, "r"))
    reader = Reader(folder / "*log")
    before = reader.read_lines()
    Writer(folder / "mainlog").write(line(2, "m"))
    reader.clock.wait(seconds=2)
    reject.write(line(3, "r"))

    assert (before, reader.read_lines()) == ([line(1, "r")], [line(2, "m")])
    assert not reader.gaps


def test_it_is_not_read_while_the_mainlog_is_gone_after_its_rotation(
    folder: Path, main: Writer, reject: Writer
) -> None:
    main.write(line(1, "m"))
    reject.write(line(1, "r"))
    reader = Reader(folder / "*log")
    reader.read_lines()
    main.path.rename(folder / "mainlog.1")
    reject.write(line(2, "r"))
    reader.clock.wait(seconds=2)

    assert reader.read_lines() == []
    reader.restart()
    assert reader.read_lines() == []


def test_its_rotated_ones_are_left_out_too(folder: Path, main: Writer, reject: Writer) -> None:
    main.write(line(1, "m"))
    reject.write(line(1, "r"))
    reject.path.rename(folder / "rejectlog.1")

    assert Reader(folder / "*log*").read_lines() == [line(1, "m")]


@pytest.mark.parametrize("place", ["var/log/exim4/mainlog", "var/log/exim/main.log"])
def test_auto_takes_the_mainlog_and_never_the_rejectlog(place: str, tmp_path: Path) -> None:
    mainlog = tmp_path / place
    rejectlog = mainlog.with_name(mainlog.name.replace("main", "reject"))
    mainlog.parent.mkdir(parents=True)
    for path in (mainlog, rejectlog):
        path.write_text("2026-11-24 07:54:18 H=(x) [192.0.2.7] rejected MAIL <a@b.example>: 553 no\n")

    assert [one.path for one in survey(tmp_path).sources] == [mainlog]
