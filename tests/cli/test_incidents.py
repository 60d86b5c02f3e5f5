"""`rejectwatch incidents`: what fails, the whole story of one, and who takes care of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Configure
from cli.stored import NO_SUCH_USER, NOT_OWNED, Stored, ago, incident_of
from parts.daemon import rejectwatch
from parts.postgresql import PostgreSQL
from rejectwatch.incidents.incident import Circumstances, Proof

LAST = [replace(NOT_OWNED, occurred_at=ago(minutes=30 + minutes)) for minutes in range(3)]
ONE = incident_of(
    LAST[0],
    "1f2e3d4c5b",
    first_at=LAST[-1].occurred_at,
    user_counts=(3,),
    recent_attempts=("g1:0:0", "g1:1:0", "g1:2:0"),
    flags=("flapping",),
    circumstances=Circumstances("all", login_is_sender=True, worked_inside_at=ago(minutes=20)),
)
GROUP = incident_of(
    replace(NO_SUCH_USER, occurred_at=ago(minutes=10)),
    "1f99aa0000",
    by="recipient_domain",
    subject="partner.example",
    people=37,
    attempts=58,
    users=("alice", "bob"),
    user_counts=(7, 4),
    opened_at=ago(minutes=10),
)
OLD = incident_of(
    replace(NOT_OWNED, occurred_at=ago(days=3)),
    "0ddba11000",
    ending="recovered",
    closed_at=ago(days=2),
    proofs=(Proof("alice", ago(days=2), "mori@denki.example"),),
)
TOLD = [
    {
        "message_id": "m1",
        "kind": "opened",
        "incident": ONE.id,
        "at": ago(minutes=28),
        "channel": "postmasters",
        "state": "sent",
        "sent_at": ago(minutes=27),
    },
    {
        "message_id": "m1",
        "kind": "opened",
        "incident": ONE.id,
        "at": ago(minutes=28),
        "channel": "teams",
        "state": "failed",
        "tries": 4,
        "next_at": ago(minutes=-5),
        "last_error": "was not taken: 553 5.7.1 \x1b[2J no",
    },
]


@pytest.fixture
def config(configured: Configure, tmp_path: Path) -> Path:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, events=LAST, incidents=[ONE, GROUP, OLD], told=TOLD)
    return configured("", url)


def said(config: Path, *arguments: str) -> str:
    done = rejectwatch("incidents", *arguments, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def records(config: Path, *arguments: str) -> list[dict[str, Any]]:
    found = json.loads(said(config, *arguments, "--format", "json"))
    assert isinstance(found, list)
    return found


def refused(config: Path, *arguments: str) -> str:
    done = rejectwatch("incidents", *arguments, config=config)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


# ── list ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_command_the_open_ones_are_listed(config: Path) -> None:
    lines = said(config).splitlines()

    assert [line.split()[0] for line in lines] == [GROUP.id, ONE.id]
    assert said(config, "list").splitlines() == lines
    assert [one["id"] for one in records(config)] == [GROUP.id, ONE.id]


def test_a_line_says_how_many_people_how_bad_it_is_and_its_flags(config: Path) -> None:
    group, one = said(config).splitlines()

    assert " 58 attempts    37 people  recipient_unknown " in group
    assert group.endswith("  mail to partner.example  (critical)")
    assert one.endswith("  user alice  (flapping)")


@pytest.mark.parametrize(
    "arguments, found",
    [
        (("--all",), [GROUP.id, ONE.id, OLD.id]),
        (("--all", "--since", "1d"), [GROUP.id, ONE.id]),
        (("--all", "--limit", "0"), [GROUP.id, ONE.id, OLD.id]),
    ],
)
def test_incidents_can_be_chosen(arguments: tuple[str, ...], found: list[str], config: Path) -> None:
    assert [one["id"] for one in records(config, "list", *arguments)] == found


def test_a_list_that_was_cut_says_so(config: Path) -> None:
    done = rejectwatch("incidents", "--limit", "1", config=config)

    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "The newest 1; there may be more: --limit\n"


def test_a_record_says_what_the_line_says(config: Path) -> None:
    group, one = records(config)

    assert (group["severity"], group["people"], group["state"]) == ("critical", 37, "open")
    assert (one["severity"], one["flags"], one["instance"]) == ("warning", ["flapping"], "main")
    assert (one["acknowledged"], one["silenced_until"]) == (None, None)


# ── show ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_beginning_of_an_id_is_enough(config: Path) -> None:
    assert said(config, "show", "1f2").startswith(f"{ONE.id}  open ")


@pytest.mark.parametrize("command", ["show", "ack"])
def test_an_id_that_is_not_one_is_told(command: str, config: Path) -> None:
    several = refused(config, command, "1f")
    none = refused(config, command, "%")

    assert several == f"1f is the beginning of several incidents: {GROUP.id}, {ONE.id}\n"
    assert none == "there is no incident “%”; `rejectwatch incidents --all` lists them\n"


def test_the_story_says_what_was_told_and_how_the_channel_answered(config: Path) -> None:
    told = said(config, "show", ONE.id)

    assert "opened     postmasters: taken " in told
    assert "opened     teams: not taken yet, tried 4 times, again " in told
    assert r"was not taken: 553 5.7.1 \x1b[2J no" in told


def test_the_story_says_the_circumstances_who_fails_and_the_last_refusals(config: Path) -> None:
    told = said(config, "show", ONE.id, "--lang", "en")

    assert "each login was refused its own address" in told
    assert "the same person reached our own domains " in told
    assert "Logins, by attempts\n      3  alice\n" in told
    assert told.count("→ mori@denki.example") == 3
    assert said(config, "show", ONE.id, "--limit", "1").count("→ mori@denki.example") == 1


def test_the_story_of_a_closed_one_says_what_proved_it(config: Path) -> None:
    told = said(config, "show", OLD.id)

    assert "Ended         recovered " in told
    assert "alice → mori@denki.example" in told


def test_the_story_of_a_script_holds_the_same(config: Path) -> None:
    (story,) = records(config, "show", ONE.id)

    assert [(one["channel"], one["state"]) for one in story["messages"]] == [
        ("postmasters", "sent"),
        ("teams", "failed"),
    ]
    assert len(story["last_refusals"]) == 3
    assert story["circumstances"]["login_is_sender"] is True


def test_what_no_channel_took_is_told_all_the_same(config: Path) -> None:
    assert "to no channel" in said(config, "show", GROUP.id)


def test_no_stranger_moves_the_cursor_of_the_terminal(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    bad = "\x1b[2J\u202e\nforged"
    hostile = replace(
        NOT_OWNED,
        user=f"m{bad}",
        sender=f"{bad}@x",
        recipient=bad,
        recipient_domain=bad,
        client_ip=bad,
        client_host=bad,
        helo=bad,
        reply=f"553 {bad}",
        evidence=bad,
    )
    one = incident_of(
        hostile, "cc33", recent_attempts=("g1:0:0",), proofs=(Proof(bad, ago(minutes=1), bad),), rule=bad
    )
    Stored(url, events=[hostile], incidents=[one])
    config = configured("", url)
    assert rejectwatch("incidents", "ack", "cc33", "--note", bad, config=config).returncode == 0

    told = said(config) + said(config, "show", "cc33")

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\nforged" not in told


# ── ack ──────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_takes_care_is_written_down_with_the_note(config: Path) -> None:
    env = {"SUDO_USER": "yuki"}
    done = rejectwatch("incidents", "ack", "1f2e", "--note", "mended the map", config=config, env=env)

    assert (done.returncode, done.stderr) == (0, "")
    assert said(config).splitlines()[1].endswith("(flapping, acknowledged by yuki)")
    assert "by yuki: mended the map" in said(config, "show", "1f2e")
    assert records(config)[1]["acknowledged"]["note"] == "mended the map"


def test_who_acknowledges_again_replaces_the_first(config: Path) -> None:
    for name in ("yuki", "ken"):
        rejectwatch("incidents", "ack", "1f2e", config=config, env={"SUDO_USER": name})

    assert records(config)[1]["acknowledged"]["by"] == "ken"


def test_one_that_has_ended_needs_nobody(config: Path) -> None:
    assert refused(config, "ack", OLD.id).startswith(f"incident {OLD.id} has ended: recovered ")


def test_an_acknowledgement_of_an_earlier_time_says_nothing_of_this_one(
    configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, incidents=[replace(ONE, opened_at=ago(minutes=-60))])  # it begins again, after the command
    config = configured("", url)
    rejectwatch("incidents", "ack", ONE.id, config=config)

    assert records(config)[0]["acknowledged"] is None


def test_who_may_not_write_is_told_why(configured: Configure, tmp_path: Path) -> None:
    done = rejectwatch("incidents", "ack", "x", config=configured("", f"sqlite:///{tmp_path}/none.db"))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"There is no database {tmp_path}/none.db")


@pytest.mark.slow
def test_a_server_of_several_daemons_tells_the_same(configured: Configure, postgresql: PostgreSQL) -> None:
    Stored(postgresql.url, events=LAST, incidents=[ONE], told=TOLD)
    Stored(postgresql.url, incidents=[GROUP], instance="other")
    config = configured("", postgresql.url)
    rejectwatch("incidents", "ack", GROUP.id, config=config)

    group, one = records(config)

    assert (group["id"], group["instance"], one["id"], one["instance"]) == (GROUP.id, "other", ONE.id, "main")
    assert (group["acknowledged"] is None, one["acknowledged"]) == (False, None)
    told = said(config, "show", "1f2", "--lang", "en")
    assert "opened     postmasters: taken " in told
    assert told.count("→ mori@denki.example") == 3
