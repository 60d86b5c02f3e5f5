"""The journal as journalctl itself writes it, in each of its forms that has a time."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from dialects.prefix_forms import Line
from dialects.test_forms import AT, expected, postfix_lines, read
from dialects.test_forms import POSTFIX as SERVER
from parts.journal import Journal
from parts.packages import program

UNIT = "postfix@-.service"


@cache
def lines() -> list[Line]:
    """One after the other, as a journal sorts them."""
    return [
        replace(line, at=AT + number * timedelta(seconds=1, microseconds=12_345))
        for number, line in enumerate(postfix_lines())
    ]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("journal")
    Journal(directory).append(
        {
            "__REALTIME_TIMESTAMP": str(round(line.at.timestamp() * 1e6)),
            "SYSLOG_IDENTIFIER": line.tag,
            "SYSLOG_PID": line.pid,
            "_PID": line.pid,
            "_SYSTEMD_UNIT": UNIT,
            "MESSAGE": line.text.encode("utf-8", "surrogateescape"),
        }
        for line in lines()
    )
    return directory


@pytest.mark.parametrize(
    "form, is_precise",
    [
        ("short", False),
        ("short-precise", True),
        ("short-iso", False),
        ("short-iso-precise", True),
        ("short-full", False),
        ("short-unix", True),
        ("with-unit", False),
    ],
)
@pytest.mark.parametrize("option, host", [("--utc", "mail"), ("--no-hostname", None)])
def test_what_journalctl_prints_is_read(
    journal: Path, form: str, option: str, host: str | None, *, is_precise: bool
) -> None:
    zone = "UTC" if option == "--utc" else "Asia/Tokyo"
    journalctl = str(program("journalctl", "systemd"))
    command = [journalctl, f"--directory={journal}", "--merge", "--all", f"--output={form}", option]
    printed = subprocess.run(command, env={"TZ": zone}, capture_output=True, check=True).stdout
    told, known = read(printed, zone), expected(SERVER, len(lines()))

    assert told.records == known.records
    assert {one.host for one, _ in told.found} == {host}
    assert ({one.service for one, _ in told.found} == {UNIT}) == (form == "with-unit")
    at = {line.at.replace(microsecond=line.at.microsecond if is_precise else 0) for line in lines()}
    assert {one.at for one, _ in told.found} <= at
