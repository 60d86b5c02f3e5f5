"""`rejectwatch silence`: who wants to hear nothing of what, until when and why."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Configure
from cli.stored import NO_SUCH_USER, NOT_OWNED, NOW, Stored, ago, incident_of
from parts.daemon import rejectwatch
from parts.postgresql import PostgreSQL

ALICE = incident_of(replace(NOT_OWNED, occurred_at=ago(minutes=30)), "1f2e3d4c5b")
PARTNER = incident_of(
    replace(NO_SUCH_USER, occurred_at=ago(minutes=10)),
    "aa99aa0000",
    by="recipient_domain",
    subject="partner.example",
    people=2,
    users=("alice", "bob"),
)


@pytest.fixture
def config(configured: Configure, tmp_path: Path) -> Path:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, incidents=[ALICE, PARTNER])
    return configured("", url)


def added(config: Path, *arguments: str) -> str:
    call = ("silence", "add", *arguments, "--for", "1d", "--reason", "known")
    done = rejectwatch(*call, config=config, env={"SUDO_USER": "yuki"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def listed(config: Path, *arguments: str) -> list[dict[str, Any]]:
    found = json.loads(rejectwatch("silence", "list", "--format", "json", *arguments, config=config).stdout)
    assert isinstance(found, list)
    return found


def muted(said: str) -> list[str]:
    return [line.split()[0] for line in said.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize(
    "matchers, mutes",
    [
        (("--user", "ALICE"), [ALICE.id]),
        (("--sender", "alice@corp.example"), [PARTNER.id, ALICE.id]),
        (("--ip", "192.0.2.0/24"), [PARTNER.id, ALICE.id]),
        (("--domain", "partner.example"), [PARTNER.id]),
        (("--cause", "sender_not_authorized"), [ALICE.id]),
        (("--user", "alice", "--cause", "recipient_unknown"), []),
        (("--incident", "1f2e"), [ALICE.id]),
        (("--incident", "aa99"), [PARTNER.id]),
        (("--user", "nobody"), []),
    ],
    ids=" ".join,
)
def test_what_it_mutes_now_is_told(matchers: tuple[str, ...], mutes: list[str], config: Path) -> None:
    said = added(config, *matchers)

    assert muted(said) == mutes
    assert listed(config)[0]["mutes"] == len(mutes)


def test_a_silence_says_who_until_when_and_why(config: Path) -> None:
    assert added(config, "--user", "alice").startswith("silence 1: user alice; until ")

    (one,) = listed(config)

    assert (one["user"], one["author"], one["reason"], one["active"]) == ("alice", "yuki", "known", True)
    lasts = datetime.fromisoformat(one["until"]) - NOW
    assert timedelta(hours=23) < lasts < timedelta(hours=25)
    assert "   1  user alice; until " in rejectwatch("silence", "list", config=config).stdout


def test_what_is_silenced_is_marked_in_the_list_of_incidents(config: Path) -> None:
    added(config, "--user", "alice")

    partner, alice = rejectwatch("incidents", config=config).stdout.splitlines()

    assert "(silenced until " in alice
    assert "silenced" not in partner


def test_a_removed_one_is_over(config: Path) -> None:
    added(config, "--user", "alice")
    done = rejectwatch("silence", "remove", "1", config=config)

    assert (done.returncode, done.stdout) == (0, "silence 1 is removed\n")
    assert listed(config, "--all") == []
    assert rejectwatch("silence", "list", config=config).stdout == "no silences\n"


def test_one_that_is_not_there_can_t_be_removed(config: Path) -> None:
    done = rejectwatch("silence", "remove", "7", config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "there is no silence 7; `rejectwatch silence list` shows them\n"


def test_one_whose_time_is_over_is_listed_only_if_asked_for(config: Path) -> None:
    done = rejectwatch(
        "silence", "add", "--user", "alice", "--for", "1ms", "--reason", "a moment", config=config
    )

    assert done.returncode == 0
    assert listed(config) == []
    assert [(one["active"], one["mutes"]) for one in listed(config, "--all")] == [(False, 0)]


def test_the_list_can_be_cut(config: Path) -> None:
    for name in ("alice", "bob"):
        added(config, "--user", name)

    assert [one["user"] for one in listed(config, "--limit", "1")] == ["bob"]
    assert [one["user"] for one in listed(config, "--limit", "0")] == ["bob", "alice"]
    assert listed(config, "--since", "2999-01-01") == []


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (("--for", "1d", "--reason", "x"), "give what is to be muted"),
        (
            ("--user", "a", "--incident", "1f", "--for", "1d", "--reason", "x"),
            "give what is to be muted",
        ),
        (("--user", " ", "--for", "1d", "--reason", "x"), "give what is to be muted"),
        (("--user", "a", "--reason", "x"), "Missing option '--for'"),
        (("--user", "a", "--for", "1d"), "Missing option '--reason'"),
        (("--user", "a", "--for", "1d", "--reason", " "), "--reason is empty"),
        (("--user", "a", "--for", "400d", "--reason", "x"), '"400d" is not between a moment and a year'),
        (("--user", "a", "--for", "0s", "--reason", "x"), '"0s" is not between a moment and a year'),
        (("--user", "a", "--for", "-1d", "--reason", "x"), '"-1d" is not'),
        (("--user", "a", "--for", "tomorrow", "--reason", "x"), '"tomorrow" is not a duration'),
        (("--ip", "mail", "--for", "1d", "--reason", "x"), '"mail" is neither an IP address nor a network'),
        (("--cause", "auth", "--for", "1d", "--reason", "x"), "'auth' is not one of"),
        (("--incident", "ff", "--for", "1d", "--reason", "x"), "there is no incident ff"),
    ],
)
def test_a_mistake_in_the_call_is_told_and_nothing_is_muted(
    arguments: tuple[str, ...], reason: str, configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, incidents=[ALICE])
    config = configured("", url)
    done = rejectwatch("silence", "add", *arguments, config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert listed(config, "--all") == []


def test_no_word_of_a_silence_moves_the_cursor_of_the_terminal(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url)
    config = configured("", url)
    call = ("silence", "add", "--user", "x\x1b[2J", "--for", "1d", "--reason", "y\x1b[2J\nforged")
    said = rejectwatch(*call, config=config).stdout + rejectwatch("silence", "list", config=config).stdout

    assert "\x1b" not in said
    assert "\nforged" not in said


def test_a_command_of_root_leaves_the_files_to_their_owner(configured: Configure, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    Stored(f"sqlite:///{state}/rejectwatch.db", incidents=[ALICE])
    for file in (state, *state.iterdir()):
        os.chown(file, 12345, 12345)
    config = configured("", f"sqlite:///{state}/rejectwatch.db")
    (state / "rejectwatch.db.write.lock").unlink(missing_ok=True)

    added(config, "--user", "alice")
    rejectwatch("incidents", "ack", ALICE.id, config=config)

    assert {file.stat().st_uid for file in state.iterdir()} == {12345}
    assert {file.stat().st_mode & 0o077 for file in state.iterdir()} == {0}


@pytest.mark.slow
def test_a_silence_on_a_server_holds_for_all_daemons(configured: Configure, postgresql: PostgreSQL) -> None:
    Stored(postgresql.url, incidents=[ALICE])
    Stored(postgresql.url, incidents=[PARTNER], instance="other")
    config = configured("", postgresql.url)

    assert muted(added(config, "--sender", "alice@corp.example")) == [PARTNER.id, ALICE.id]
    (one,) = listed(config)
    assert rejectwatch("silence", "remove", str(one["id"]), config=config).returncode == 0
    assert listed(config, "--all") == []
