"""`rejectwatch user`: can this person send now, and if not, why; however the log writes the name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Configure
from cli.stored import NO_SUCH_USER, NOT_LOGGED_IN, NOT_OWNED, Stored, ago, incident_of
from parts.daemon import Daemon, rejectwatch
from parts.waiting import until
from rejectwatch.facts import Event
from rejectwatch.incidents.incident import Proof
from whole.made import CONFIGURATION, append, refusal, until_stored

KNOWN = {("client_ip", "192.0.2.7"): ago(days=1)}


def user(config: Path, *arguments: str) -> dict[str, Any]:
    done = rejectwatch("user", "--format", "json", *arguments, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def text(config: Path, *arguments: str) -> str:
    done = rejectwatch("user", "--lang", "en", *arguments, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def first_line(config: Path, *arguments: str) -> str:
    return text(config, *arguments).splitlines()[0]


def several(event: Event, count: int, minutes: float = 30) -> Iterable[Event]:
    """The last of them so many minutes ago, the others one, two, … minutes before."""
    return [replace(event, occurred_at=ago(minutes=minutes + before)) for before in range(count)]


def shown(minutes: float) -> str:
    return f"{ago(minutes=minutes).astimezone():%Y-%m-%d %H:%M}"


# ── can this person send now? ────────────────────────────────────────────────────────────────────


def test_somebody_whose_mail_goes_out_can_send(configured: Configure, database_url: str) -> None:
    Stored(database_url, successes={("user", "alice"): ago(minutes=5)})

    said = first_line(configured("", database_url), "alice")

    assert said.startswith(
        f"alice can send: the last message went out {shown(5)}, and nothing was refused since"
    )


def test_somebody_in_an_open_incident_cant_send(configured: Configure, database_url: str) -> None:
    last, *before = several(NOT_OWNED, 3)
    Stored(
        database_url,
        events=[last, *before],
        successes={("user", "alice"): ago(minutes=60), ("sender", "alice@corp.example"): ago(minutes=60)},
        incidents=[incident_of(last, "1f2e3d4c5b", first_at=before[-1].occurred_at)],
    )
    config = configured("", database_url)

    assert first_line(config, "alice") == (
        f"alice can't send: refused since {shown(32)} (3 attempts, the last {shown(30)}); the last message went out"
        f" {shown(60)}."
    )
    assert user(config, "alice")["can_send"] == "no"


def test_a_success_of_the_kind_that_failed_proves_that_it_works_again(
    configured: Configure, database_url: str
) -> None:
    Stored(
        database_url,
        events=several(NOT_OWNED, 3),
        successes={
            ("user", "alice"): ago(minutes=10),
            ("sender", "alice@corp.example"): ago(minutes=10),
            ("outside", "alice"): ago(minutes=10),
        },
    )

    said = first_line(configured("", database_url), "alice")

    assert (
        said == f"alice can send again: a message went out {shown(10)}, after the last refusal ({shown(30)})."
    )


@pytest.mark.parametrize(
    "successes",
    [
        {("user", "alice"): ago(minutes=10)},  # to our own users only
        {("outside", "alice"): ago(minutes=10), ("user", "alice"): ago(minutes=10)},  # as another sender
        {
            ("outside", "alice"): ago(minutes=40),
            ("user", "alice"): ago(minutes=40),
            ("sender", "alice@corp.example"): ago(minutes=40),
        },  # before
    ],
    ids=["inside", "as another", "before"],
)
def test_another_success_proves_nothing(
    successes: dict[tuple[str, str], Any], configured: Configure, database_url: str
) -> None:
    Stored(database_url, events=several(NOT_OWNED, 2), successes=successes)

    assert first_line(configured("", database_url), "alice").startswith(
        "alice may not be able to send: refused since"
    )


def test_a_phone_that_works_does_not_clear_a_scanner(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    scanner = replace(NOT_LOGGED_IN, client_ip="10.0.0.9")
    phone = {
        ("sender", "alice@corp.example"): ago(minutes=5),
        ("outside", "alice@corp.example"): ago(minutes=5),
        ("from", "alice@corp.example 192.0.2.7"): ago(minutes=5),
    }
    Stored(
        url,
        events=several(scanner, 2),
        successes=phone,
        known={("network", "10.0.0.0/8"): ago(days=1)},
    )

    assert user(configured("", url), "alice@corp.example")["can_send"] == "not_known"


def test_a_partner_that_refuses_is_named_and_other_mail_is_no_proof(
    configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    last, *before = several(NO_SUCH_USER, 3)
    Stored(
        url,
        events=[last, *before],
        successes={("user", "alice"): ago(minutes=5), ("outside", "alice"): ago(minutes=5)},
        incidents=[incident_of(last, "aa11")],
    )

    said = first_line(configured("", url), "alice")

    assert said.startswith("alice can't send to partner.example: refused since")
    assert said.endswith(f"mail to others went out {shown(5)}.")


@pytest.mark.parametrize("ending", ["recovered", "proofs"])
def test_what_an_incident_has_seen_proves_it(ending: str, configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    (last,) = several(NO_SUCH_USER, 1)
    closed = {"ending": "recovered", "closed_at": ago(minutes=1)}
    proofs = {"proofs": (Proof("Alice", ago(minutes=9), "mori@partner.example"),)}
    Stored(
        url,
        events=[last],
        incidents=[incident_of(last, "aa11", **(closed if ending == "recovered" else proofs))],
    )

    assert first_line(configured("", url), "alice").startswith("alice can send again: the last refusal was")


def test_that_others_of_a_group_can_send_again_is_told_and_proves_nothing_for_this_one(
    configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    (last,) = several(NOT_OWNED, 1)
    group = incident_of(last, "bb22", by="cause", subject="sender_not_authorized", people=37)
    proof = Proof("bob", ago(minutes=9), "mori@partner.example")
    Stored(
        url,
        events=[last],
        incidents=[replace(group, ending="recovered", closed_at=ago(minutes=1), proofs=(proof,))],
    )

    said = first_line(configured("", url), "alice")

    assert said.startswith("alice may not be able to send: ")
    assert said.endswith(" Others who failed with them can send again.")


def test_a_call_without_a_name_is_told(configured: Configure) -> None:
    done = rejectwatch("user", " ", config=configured())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("an address or a login is needed\n")


def test_an_open_incident_of_another_kind_is_told_as_well(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    (bounced,) = several(NO_SUCH_USER, 1, minutes=50)
    works = ("user", "alice"), ("sender", "alice@corp.example"), ("outside", "alice")
    Stored(
        url,
        events=[*several(NOT_OWNED, 1), bounced],
        successes=dict.fromkeys(works, ago(minutes=10)),
        incidents=[incident_of(bounced, "aa11")],
    )

    said = first_line(configured("", url), "alice")

    assert said.startswith("alice can send again: ")
    assert said.endswith(" Open as well: recipient_unknown, user alice.")


def test_an_incident_that_was_only_not_tried_again_proves_nothing(
    configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    (last,) = several(NOT_OWNED, 1)
    Stored(
        url,
        events=[last],
        incidents=[incident_of(last, "aa11", ending="expired", closed_at=ago(minutes=1))],
    )

    assert user(configured("", url), "alice")["can_send"] == "not_known"


def test_somebody_who_was_never_seen_is_told_so_with_names_like_it(
    configured: Configure, database_url: str
) -> None:
    Stored(database_url, events=[replace(NOT_OWNED, user="alice@shop.example", occurred_at=ago(hours=1))])
    config = configured("", database_url)

    said = text(config, "alice@corp.example.invalid")

    assert said.startswith("alice@corp.example.invalid was never seen: nothing refused since ")
    assert "Similar  alice@shop.example" in said
    assert user(config, "alice@corp.example.invalid")["seen"] is False


# ── whose mail it is ─────────────────────────────────────────────────────────────────────────────

REALMS = '[identity]\nrealms = ["corp.example", "CORP"]\n'


@pytest.mark.parametrize("asked", ["alice", "ALICE", "alice@corp.example", "CORP\\alice"])
def test_a_login_is_found_with_and_without_its_realm(
    asked: str, configured: Configure, database_url: str
) -> None:
    ways = ["alice", "Alice@corp.example", "CORP\\alice"]
    Stored(database_url, events=[replace(NOT_OWNED, user=way, occurred_at=ago(hours=1)) for way in ways])

    found = user(configured(REALMS, database_url), asked)

    assert found["refusals"] == 3


def test_without_realms_logins_of_two_realms_are_two_people(configured: Configure, database_url: str) -> None:
    ways = ["alice@corp.example", "alice@shop.example"]
    Stored(database_url, events=[replace(NOT_OWNED, user=way, occurred_at=ago(hours=1)) for way in ways])

    assert user(configured("", database_url), "alice@shop.example")["refusals"] == 1


def test_an_address_is_found_where_nobody_logged_in_however_it_is_written(
    configured: Configure, database_url: str
) -> None:
    ways = ["alice@corp.example", "Alice@Corp.Example", "prvs=1234abcdef=alice@corp.example"]
    Stored(
        database_url,
        events=[replace(NOT_LOGGED_IN, sender=way, occurred_at=ago(hours=1)) for way in ways],
        known=KNOWN,
    )

    assert user(configured("", database_url), "ALICE@corp.example")["refusals"] == 3


def test_an_address_is_found_under_the_login_of_that_name(configured: Configure, database_url: str) -> None:
    Stored(database_url, events=several(NOT_OWNED, 2))

    found = user(configured("", database_url), "alice@corp.example")

    assert (found["refusals"], found["logins"]) == (2, ["alice", "alice@corp.example"])


def test_whoever_else_tried_to_send_from_the_address_is_somebody_else(
    configured: Configure, database_url: str
) -> None:
    bob = replace(NOT_OWNED, user="bob", occurred_at=ago(hours=1))
    Stored(database_url, events=[bob, bob], successes={("sender", "alice@corp.example"): ago(minutes=5)})

    found = user(configured("", database_url), "alice@corp.example")

    assert (found["can_send"], found["refusals"], found["others"]) == ("yes", 0, {"bob": 2})


def test_a_stranger_who_forges_the_address_is_counted_apart(configured: Configure, database_url: str) -> None:
    forged = [
        replace(NOT_LOGGED_IN, client_ip=f"203.0.113.{number}", occurred_at=ago(hours=1))
        for number in range(3)
    ]
    Stored(database_url, events=forged, successes={("sender", "alice@corp.example"): ago(minutes=90)})

    found = user(configured("", database_url), "alice@corp.example")

    assert (found["can_send"], found["refusals"]) == ("yes", 0)
    assert (found["strangers"]["clients"], found["strangers"]["refusals"]) == (3, 3)


def test_a_member_of_a_group_that_names_others_is_told_of_the_group(
    configured: Configure, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    last, first = several(NOT_OWNED, 2)
    group = incident_of(
        replace(last, user="somebody"),
        "bb22",
        by="cause",
        subject="sender_not_authorized",
        people=37,
        first_at=first.occurred_at,
        recent_attempts=(),
    )
    Stored(url, events=[first], incidents=[group])

    assert [one["id"] for one in user(configured("", url), "alice")["incidents"]] == ["bb22"]


# ── the story ────────────────────────────────────────────────────────────────────────────────────


def test_the_story_says_why_from_where_and_what_to_tell(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, events=several(NOT_LOGGED_IN, 3), known=KNOWN)

    said = " ".join(text(configured("", url), "alice@corp.example").split())

    assert "auth_required: 3, " in said
    assert (
        "pc1.corp.example [192.0.2.7], calls itself “[192.168.0.14]”, postfix/submission/smtpd: 3, " in said
    )
    assert "last login from there" in said
    assert "denki.example (3)" in said
    explained = rejectwatch("explain", "--lang", "en", NOT_LOGGED_IN.reply).stdout
    assert next(line for line in explained.splitlines() if line.startswith("- ")) in said


def test_the_story_of_a_script_holds_the_text_to_forward(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, events=several(NOT_LOGGED_IN, 1), known=KNOWN)

    found = user(configured("", url), "alice@corp.example", "--lang", "ja")

    assert found["explanation"]["cause"] == "auth_required"
    assert "。" in found["explanation"]["forward_text"]


def test_what_is_older_than_asked_for_is_not_told(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    Stored(url, events=[replace(NOT_OWNED, occurred_at=ago(days=40)), *several(NOT_OWNED, 1)])
    config = configured("", url)

    assert user(config, "alice")["refusals"] == 1
    assert user(config, "alice", "--since", "60d")["refusals"] == 2


def test_no_stranger_moves_the_cursor_of_the_terminal(configured: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rejectwatch.db"
    bad = "\x1b[2J\u202e\nalice can send"
    hostile = replace(
        NOT_OWNED,
        occurred_at=ago(hours=1),
        user=f"mallory{bad}",
        helo=bad,
        client_host=bad,
        service=bad,
        recipient=f"{bad}@x.example",
        recipient_domain=f"x{bad}",
        reply=f"553 {bad}",
        evidence=bad,
    )
    Stored(url, events=[hostile], incidents=[incident_of(hostile, "cc33")])

    said = text(configured("", url), f"mallory{bad}")

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\nalice can send" not in said
    assert "mallory" in said


def test_two_daemons_of_one_database_tell_one_story(configured: Configure, database_url: str) -> None:
    Stored(database_url, events=several(NOT_OWNED, 1), successes={("user", "alice"): ago(minutes=50)})
    Stored(database_url, successes={("user", "alice"): ago(minutes=5)}, instance="other")

    found = user(configured("", database_url), "alice")

    assert found["last_success_at"] == ago(minutes=5).isoformat().replace("+00:00", "Z")


# ── beside a daemon ──────────────────────────────────────────────────────────────────────────────

HANDED_OVER = (
    "{at} mail postfix/submission/smtpd[100]: {queue_id}: client=pc1.corp.example[192.0.2.7], sasl_method=PLAIN,"
    " sasl_username=alice\n"
    "{at} mail postfix/qmgr[90]: {queue_id}: from=<boss@corp.example>, size=300, nrcpt=1 (queue active)\n"
    "{at} mail postfix/smtp[102]: {queue_id}: to=<mori@partner.example>, relay=mx.partner.example[198.51.100.9]:25,"
    " delay=4, delays=1/0/1/2, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    "{at} mail postfix/qmgr[90]: {queue_id}: removed\n"
)


def delivered(at: datetime, queue_id: str) -> bytes:
    return HANDED_OVER.format(at=at.isoformat(), queue_id=queue_id).encode()


@pytest.mark.slow
def test_the_story_of_a_real_log(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    minutes = [timedelta(minutes=number) for number in range(10)]
    before = delivered(now - minutes[9], "4XyzAb12cD")
    failures = [refusal(number, now - minutes[6 - number]) for number in range(3)]
    log = tmp_path / "mail.log"
    log.write_bytes(before + b"".join(failures))
    more = '[incidents]\ngroup_wait = "1s"\n'
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log) + more) as watch:
        until_stored(watch, range(3))
        until(lambda: user(watch.config, "alice")["can_send"] == "no")
        failing = user(watch.config, "ALICE")
        append(log, delivered(now - minutes[1], "4XyzAb12cE"))
        until(lambda: user(watch.config, "alice")["can_send"] == "yes")

    assert (failing["refusals"], failing["attempts"]) == (3, 3)
    assert [one["subject"] for one in failing["incidents"]] == ["alice"]
    assert datetime.fromisoformat(failing["last_success_at"]) <= now - minutes[9]
    assert datetime.fromisoformat(failing["failing_since"]) == now - minutes[6]
