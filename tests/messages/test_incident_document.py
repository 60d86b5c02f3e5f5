"""What a message about an incident says, and that each word of it stands in the record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from messages.stories import START, STORIES, TOKYO
from rejectwatch import messages
from rejectwatch.incidents.incident import KINDS, Kind, Message, to_json
from rejectwatch.messages.document import Document

LATER = START + timedelta(hours=2)


def told(name: str, language: str = "en", **more: Any) -> Document:
    message = STORIES[name].as_message()
    return messages.document(replace(message, incident=replace(message.incident, **more)), language, TOKYO)


def circumstances(name: str, **more: Any) -> dict[str, Any]:
    return {"circumstances": replace(STORIES[name].as_incident().circumstances, **more)}


def rows(document: Document) -> dict[str, str]:
    return dict(document.sections[0].rows)


def evidence(document: Document) -> list[str]:
    return rows(document)["Evidence"].splitlines()


# ── what the record does not hold is not said ────────────────────────────────────────────────────


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def facts(document: Document) -> str:
    shown = [value for _, value in document.sections[0].rows]
    return "\n".join([document.title, document.lead, *shown])


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_time_address_and_domain_stands_in_the_record(name: str, kind: Kind, language: str) -> None:
    message = replace(STORIES[name].as_message(), kind=kind)
    held = texts(to_json(message.incident))
    times = {
        f"{datetime.fromisoformat(text).astimezone(TOKYO):%H:%M}" for text in held if text[:5] == "2026-"
    } | {f"{message.at.astimezone(TOKYO):%H:%M}"}
    said = facts(messages.document(message, language, TOKYO))

    assert set(re.findall(r"\b\d\d:\d\d\b", said)) <= times
    for place in re.findall(r"[\w.@+-]+\.(?:example|jp)\b|\b\d+\.\d+\.\d+\.\d+\b", said):
        assert any(place in text for text in held), place


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_any_incident_can_be_told_in_any_way(name: str, language: str, kind: Kind) -> None:
    document = messages.document(replace(STORIES[name].as_message(), kind=kind), language, TOKYO)

    assert document.kind == kind
    assert document.incident == "4d1f0c77ab"
    assert "\n" not in document.title
    assert all(value for section in document.sections for _, value in section.rows)
    said = f"{document.title}\n{document.lead}\n{document.footer}"
    assert re.search(r"  |[{}]|\[\[|\b(scope|place|headline|flag)\.\w", said) is None


# ── the verdict and its evidence ─────────────────────────────────────────────────────────────────


def test_a_login_that_worked_clears_the_password() -> None:
    assert "The mail program had logged in: the password is right." in evidence(told("opened-wrong-sender"))
    assert "logged in" not in "\n".join(evidence(told("opened-device")))


@pytest.mark.parametrize("logged_in, said", [("all", "All of them"), ("some", "Some of them"), ("none", "None of them")])  # fmt: skip
def test_of_a_group_it_is_said_how_many_had_logged_in(logged_in: Any, said: str) -> None:
    more = circumstances("opened-office", logged_in=logged_in)

    assert evidence(told("opened-office", **more))[0].startswith(said)


def test_only_this_partner_is_their_side() -> None:
    only = told("opened-only-this-partner")
    more = circumstances("opened-only-this-partner", partner_worked_at=START + timedelta(minutes=4))

    assert any("it is only denki.example" in line and "19:05" in line for line in evidence(only))
    others = evidence(told("opened-only-this-partner", **more))
    assert not any("it is only" in line for line in others)
    assert any("Other mail reached denki.example at 19:06" in line for line in others)


def test_inside_works_and_outside_fails_is_relaying_or_the_login() -> None:
    outside = circumstances("opened-inside-works", worked_outside_at=START + timedelta(minutes=3))

    assert any("about relaying or the login" in line for line in evidence(told("opened-inside-works")))
    assert not any("relaying" in line for line in evidence(told("opened-inside-works", **outside)))


def test_nobody_or_somebody_else_reaches_the_outside_is_said_of_groups() -> None:
    somebody = circumstances("opened-map-broken", anybody_worked_at=START + timedelta(minutes=1))

    assert "No mail of anybody has gone outside since 19:02." in evidence(told("opened-map-broken"))
    assert any("went outside at 19:03" in line for line in evidence(told("opened-map-broken", **somebody)))
    assert not any("anybody" in line for line in evidence(told("opened-wrong-sender")))


def test_others_who_fail_in_this_way_are_counted_and_nobody_else_is_said() -> None:
    assert "Also failing in this way now: 2 people." in evidence(told("opened-inside-works"))
    assert "Nobody else is refused for this reason now." in evidence(told("opened-wrong-sender"))


def test_a_sender_of_a_domain_that_is_not_ours_is_said_to_be_so() -> None:
    strange = circumstances("opened-wrong-sender", sender_is_ours=False)

    assert "A sender's domain is not one of ours." in evidence(told("opened-wrong-sender", **strange))


@pytest.mark.parametrize("user", [None, "alice"])
def test_an_address_that_a_smarthost_refuses_stands_once_in_the_title(user: str | None) -> None:
    story = replace(STORIES["opened-smarthost-refuses-address"], user=user)
    title = messages.document(story.as_message(), "en", TOKYO).title

    assert title.count("sales@corp.example") == 1
    assert "sales@corp.example can't send since 19:02: smarthost.provider.example does not let" in title


def test_a_new_account_is_said_to_be_one() -> None:
    assert "a new account or device" in told("opened-new-account").lead
    assert "a new account" not in told("opened-wrong-sender").lead


def test_a_shared_address_is_said_to_be_one() -> None:
    assert "198.51.100.40 is shared" in told("opened-office").lead
    assert "shared" not in told("opened-device").lead


# ── groups ───────────────────────────────────────────────────────────────────────────────────────


def test_a_group_is_told_with_who_fails_how_often_and_how_many_more() -> None:
    said = rows(told("opened-map-broken"))

    assert said["Who (attempts)"].startswith("abe@corp.example (3), endo@corp.example (2), ")
    assert said["Who (attempts)"].endswith("and 32 more")
    assert said["Before"] == "35 of 37 people had sent before, the last mail at 17:44"
    assert said["Of (people)"] == "corp.example (13) and shop.example (7), among the 20 with most attempts"


def test_of_more_than_are_named_nobody_claims_to_know_how_many() -> None:
    many = tuple(f"host{n}.example" for n in range(20))
    said = rows(told("opened-map-broken", recipient_domains=many, domain_counts=(1,) * 20))

    assert said["To (recipients)"].endswith("and at least 15 more")


def test_the_first_line_of_a_group_says_whether_it_is_ours_or_theirs() -> None:
    assert "37 people can't send since 19:02: our map of logins and addresses is wrong (administrator must act)" in told("opened-map-broken").title  # fmt: skip
    assert "5 people can't send to denki.example since 19:02, refused by mx.denki.example: " in told("opened-partner").title  # fmt: skip
    assert "through smtp.provider.example" in told("opened-relay-host").title
    assert "from 198.51.100.40" in told("opened-office").title


@pytest.mark.parametrize(
    "name", ["opened-map-broken", "opened-nobody-logs-in", "opened-office", "opened-partner", "grown"]
)
def test_nobody_of_a_group_is_told_to_change_his_settings(name: str) -> None:
    (forward,) = (one for one in told(name).sections if one.style == "forward")
    text = "\n".join(forward.lines)

    assert "not change anything" in text
    assert "Thunderbird" not in text
    assert "@" not in text  # it goes to all of them


def test_what_goes_to_all_of_a_group_names_none_of_them() -> None:
    (forward,) = (one for one in told("opened-mailbox-gone").sections if one.style == "forward")

    assert "@" not in "\n".join(forward.lines)


def test_that_the_map_is_wrong_is_said_only_where_each_was_refused_his_own_address() -> None:
    said = told("opened-shared-address")

    assert "map" in told("opened-map-broken").title
    assert "map" not in said.title
    assert "Login and sender address are the same" not in rows(said)["Why"]
    assert said.title.endswith("(administrator must act)")


def test_people_at_one_address_who_had_not_logged_in_are_not_said_to_have_logged_in() -> None:
    sample = replace(STORIES["opened-office"].as_incident().sample, reply="553 5.7.1 Relay access denied")
    said = told("opened-office", cause="relay_denied", sample=sample)

    assert "had logged in" not in rows(said)["Why"]


def test_a_router_is_suspected_only_where_it_can_be_at_fault() -> None:
    assert "router" in rows(told("opened-office"))["Why"]
    assert "router" not in rows(told("opened-office-quota"))["Why"]


def test_a_server_is_named_only_where_it_is_the_same_for_all() -> None:
    several = told("opened-new-sending-domain")

    assert "refused by several servers outside: " in several.title
    assert "mx.denki.example" not in several.title + several.lead
    assert "refused by mx.denki.example: " in told("opened-partner").title


def test_strangers_who_are_refused_get_no_advice_and_the_administrator_does() -> None:
    document = told("opened-foreign-senders")
    steps = "\n".join(next(one.lines for one in document.sections if one.style == "steps"))

    assert all(section.style != "forward" for section in document.sections)
    assert document.severity == "critical"
    assert "smtpd_sender_login_maps" in steps
    assert "reject_authenticated_sender_login_mismatch" in steps
    sample = STORIES["opened-foreign-senders"].as_incident().sample
    exim = told("opened-foreign-senders", sample=replace(sample, mta="exim"))
    assert "sender_domains" in "\n".join(next(one.lines for one in exim.sections if one.style == "steps"))


def test_a_verdict_that_the_texts_of_a_cause_do_not_know_is_told_all_the_same() -> None:
    assert told("opened-not-logged-in", who_acts="admin").title.endswith("(administrator must act)")
    assert told("opened-map-is-wrong", who_acts="remote").title.endswith("(other side must act)")


# ── again and again ──────────────────────────────────────────────────────────────────────────────


def test_what_comes_again_says_how_often_and_that_it_will_be_silent() -> None:
    document = told("opened-flapping")

    assert document.title.startswith(
        "[rejectwatch] Again (3 times since 21 Nov 14:02): alice@corp.example can't send"
    )
    assert "since 19:02" in document.title  # this time
    assert "between 21 Nov 14:02 and 19:07" in document.lead  # all that is counted
    assert "until it has been quiet" in document.lead
    assert "time rule" not in document.lead


def test_the_same_hour_on_different_days_looks_like_a_time_rule() -> None:
    assert "looks like a time rule" in told("opened-time-rule").lead
    midnight = datetime(2026, 11, 24, 15, 1, tzinfo=START.tzinfo)  # in Tokyo
    around = (midnight - timedelta(days=2, minutes=5), midnight - timedelta(days=1), midnight)
    assert "looks like a time rule" in told("opened-time-rule", **circumstances("opened-time-rule", onsets=around)).lead  # fmt: skip
    one_day = (START - timedelta(minutes=20), START - timedelta(minutes=10), START)
    assert "looks like a time rule" not in told("opened-time-rule", **circumstances("opened-time-rule", onsets=one_day)).lead  # fmt: skip


def test_the_last_message_of_what_came_again_says_whether_it_works() -> None:
    assert told("recovered-flapping").title.startswith("[rejectwatch] Quiet, and works: ")
    assert "not known to be cured" in told("expired-flapping").title
    assert "this time 39 minutes from the first refusal" in rows(told("recovered-flapping"))["Refused"]


# ── it ends ──────────────────────────────────────────────────────────────────────────────────────


def test_the_end_of_a_group_names_who_has_proven_it_and_how_many_have_not() -> None:
    document = told("recovered-group")
    said = rows(document)

    assert "since 19:41" in document.title
    assert "confirmed for 3 of them" in document.title
    assert "39 minutes" in document.title
    assert said["Proof"].startswith("19:41 abe@corp.example → desk@partner.example\n19:42 goto@shop.example")
    assert said["Not yet"].startswith("34 people")


# ── what others route ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [name for name in STORIES if name.startswith(("opened", "grown"))])
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_whoever_does_not_acknowledge_is_reminded_and_told_how(name: str, language: str) -> None:
    incident = STORIES[name].as_incident()

    for document in (
        messages.reminder_document(incident, LATER, language, TOKYO),
        messages.escalated_document(incident, LATER, language, TOKYO),
    ):
        assert "rejectwatch incidents ack 4d1f0c77ab" in document.footer
        assert "rejectwatch silence add --" in document.footer
        assert "19:09" in document.lead  # when it was told
        assert document.incident == incident.id


def test_whoever_is_reminded_or_called_in_reads_all_that_was_told_at_first() -> None:
    incident = STORIES["opened-wrong-sender"].as_incident()
    opened = messages.document(Message("m", "opened", LATER, incident), "en", TOKYO)
    reminder = messages.reminder_document(incident, LATER, "en", TOKYO)
    escalated = messages.escalated_document(incident, LATER, "en", TOKYO)

    assert escalated.sections == reminder.sections == opened.sections
    assert (reminder.kind, escalated.kind) == ("reminder", "escalated")
    assert reminder.title.startswith("[rejectwatch] Still failing: alice@corp.example can't send")
    assert "(3 attempts, not acknowledged; user must act)" in reminder.title
    assert escalated.title.startswith("[rejectwatch] Nobody has acknowledged: alice@corp.example can't send")


@pytest.mark.parametrize(
    "name, option",
    [
        ("opened-wrong-sender", "--user alice@corp.example"),
        ("opened-not-logged-in", "--sender aya.hoshino@corp.example"),
        ("opened-partner", "--incident 4d1f0c77ab"),
        ("opened-foreign-senders", "--incident 4d1f0c77ab"),
    ],
)
def test_the_command_that_silences_does_not_silence_more(name: str, option: str) -> None:
    assert f"rejectwatch silence add {option} --for 1d --reason …" in told(name).footer


def test_a_name_that_a_shell_would_take_for_more_stands_in_no_command() -> None:
    footer = told("opened-wrong-sender", subject="a; reboot").footer

    assert "reboot" not in footer
    assert "--incident 4d1f0c77ab" in footer


def test_a_digest_has_a_line_for_each_message_in_the_order_of_time() -> None:
    names = ("recovered", "opened-wrong-sender", "opened-map-broken", "expired")
    document = messages.digest_document([STORIES[one].as_message() for one in names], LATER, "en", TOKYO)
    (section,) = document.sections

    assert [line[:24] for line in section.lines] == [
        "19:09  alice@corp.exampl", "19:09  37 people can't s", "19:51  Works again: mail", "27 Nov 19:07  Not tried ",
    ]  # fmt: skip
    assert document.title.endswith("2 began to fail, 1 works again and 1 not tried again")
    assert document.severity == "critical"
    assert document.incident == ""


# ── whatever is missing ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_an_incident_of_which_little_is_known_is_told_all_the_same(name: str, language: str) -> None:
    nobody: tuple[Any, ...] = ()
    bare = {
        **dict.fromkeys(("users", "senders", "client_ips", "recipients", "recipient_domains"), nobody),
        **dict.fromkeys(("user_counts", "sender_counts", "client_counts", "domain_counts"), nobody),
        **circumstances(name, onsets=nobody),
        "proofs": nobody, "people": 0, "last_success_at": None, "told_at": None, "tellings": nobody,
    }  # fmt: skip
    sample = STORIES[name].as_incident().sample
    unknown: dict[str, Any] = dict.fromkeys(("host", "service", "user", "sender", "recipient", "client_ip", "client_host", "helo", "relay_host", "relay_ip"))  # fmt: skip
    document = told(name, language, **bare, sample=replace(sample, **unknown))
    said = "\n".join([document.title, document.lead, *(value for _, value in document.sections[0].rows)])

    assert document.title
    assert re.search(r"\bNone\b(?! of them)|[{}]|\[\[", said) is None
