"""What every command has in common: help that can be read, and a word instead of a traceback."""

from __future__ import annotations

import re

import pytest

from parts.daemon import rejectwatch

COMMANDS = [
    (), ("run",), ("scan",), ("import",), ("explain",), ("events",), ("top",), ("incidents",), ("incidents", "list"),
    ("incidents", "show"), ("incidents", "ack"), ("user",), ("silence",), ("silence", "add"), ("silence", "list"), ("silence", "remove"),
    ("replay",), ("check-config",), ("doctor",), ("test-alert",), ("db",), ("db", "upgrade"), ("db", "current"),
    ("db", "backup"), ("db", "prune"), ("db", "forget"), ("grafana",), ("grafana", "export"),
]  # fmt: skip
WITH_CONFIGURATION = [
    ("run",), ("import", "/dev/null"), ("events",), ("top", "users"), ("incidents", "list"), ("check-config",), ("doctor",), ("test-alert",),
    ("incidents",), ("incidents", "show", "x"), ("incidents", "ack", "x"), ("user", "x"), ("silence", "list"), ("silence", "remove", "1"),
    ("silence", "add", "--user", "x", "--for", "1d", "--reason", "x"),
    ("db", "upgrade"), ("db", "current"), ("db", "backup", "x"), ("db", "prune"), ("db", "forget", "x"), ("scan", "-c", "/nowhere.toml", "-"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_a_command_can_be_read(command: tuple[str, ...]) -> None:
    done = rejectwatch(*command, "--help", env={"COLUMNS": "100"})

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: rejectwatch {' '.join(command)}".rstrip())
    lines = done.stdout.splitlines()[1:]
    assert [line for line in lines if line.endswith("...") or len(line) > 100] == []


def test_the_help_names_every_command_of_this_version() -> None:
    named = set(re.findall(r"^  ([a-z][a-z-]+)  ", rejectwatch("--help").stdout, re.MULTILINE))

    assert named == {command[0] for command in COMMANDS if command}


def test_without_a_command_the_help_is_shown() -> None:
    done = rejectwatch()

    assert done.returncode == 0
    assert "Commands:" in done.stdout


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"rejectwatch, version \d+\.\d+.*\n", rejectwatch("--version").stdout)


def test_a_command_that_does_not_exist_gets_the_nearest_one() -> None:
    done = rejectwatch("check-conf")

    assert done.returncode == 2
    assert 'There is no command "check-conf"; did you mean check-config?' in done.stderr


@pytest.mark.parametrize("command", WITH_CONFIGURATION, ids=" ".join)
def test_a_configuration_that_is_not_there_is_told(command: tuple[str, ...]) -> None:
    done = rejectwatch(*command, env={"REJECTWATCH_CONFIG": "/nowhere.toml"}, stdin="")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "/nowhere.toml: can't be read: No such file or directory\n"
