"""The mails, as they arrive. `RECORD=1 pytest tests/messages` writes the golden files anew: read the diff."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from messages.stories import START, STORIES, TOKYO, Story
from rejectwatch import messages
from rejectwatch.causes import OwnText
from rejectwatch.messages import House
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.layout import duration, table, width, wrapped
from rejectwatch.messages.mail import Text, as_text

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_the_mail_is_the_one_that_was_approved(name: str, language: str) -> None:
    assert_approved(name, language, messages.render(STORIES[name].as_message(), language, TOKYO))


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", ["opened-wrong-sender", "opened-map-broken"])
def test_what_reminds_and_what_is_escalated_is_the_one_that_was_approved(name: str, language: str) -> None:
    incident, later = STORIES[name].as_incident(), START + timedelta(hours=2)
    reminder = messages.reminder_document(incident, later, language, TOKYO)
    escalated = messages.escalated_document(incident, later, language, TOKYO)

    assert_approved(name.replace("opened", "reminder"), language, as_text(reminder))
    assert_approved(name.replace("opened", "escalated"), language, as_text(escalated))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_digest_is_the_one_that_was_approved(language: str) -> None:
    names = ("opened-wrong-sender", "opened-map-broken", "grown", "recovered-group", "recovered", "expired")
    told = [STORIES[name].as_message() for name in names]
    digest = messages.digest_document(told, START + timedelta(days=4), language, TOKYO)

    assert_approved("digest", language, as_text(digest))


def assert_approved(name: str, language: str, text: Text) -> None:
    written = f"Subject: {text.title}\n\n{text.body}"
    golden = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("RECORD"):
        golden.write_text(written, encoding="utf-8")

    assert written == golden.read_text(encoding="utf-8")


def body(story: Story, language: str = "en") -> str:
    return messages.render(story.as_message(), language, TOKYO).body


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_nothing_of_the_catalogue_shows_through(name: str, language: str) -> None:
    text = messages.render(STORIES[name].as_message(), language, TOKYO)

    assert re.search(r"[{}]|\b(cause|label|fallback|count|clients)\.\w|^@|\[postfix\]|\[exim\]|\bNone\b(?! of them)", "\n".join(text), re.MULTILINE) is None  # fmt: skip


def test_the_first_line_alone_says_who_what_since_when_how_far_and_who_must_act() -> None:
    story = STORIES["opened-wrong-sender"]
    text = messages.render(story.as_message(), "en", TOKYO)

    for line in (text.title, text.body.splitlines()[0]):
        assert "alice@corp.example" in line
        assert "19:02" in line
        assert "user must act" in line
    assert "3 times" in text.body.splitlines()[0]
    assert "4 addresses" in text.body.splitlines()[0]


def test_steps_are_those_of_the_server_that_wrote_the_log() -> None:
    postfix, exim = STORIES["opened-not-logged-in"], replace(STORIES["opened-not-logged-in"], mta="exim")

    assert "mynetworks" in body(postfix)
    assert "exim -bP" not in body(postfix)
    assert "exim -bP" in body(exim)
    assert "mynetworks" not in body(exim)


@pytest.mark.parametrize(
    "service, port, encryption",
    [
        ("postfix/submission/smtpd", "587", "STARTTLS"),
        ("postfix/submissions/smtpd", "465", "SSL/TLS"),
        ("postfix/smtps/smtpd", "465", "SSL/TLS"),
        ("postfix-edge/submission/smtpd", "587", "STARTTLS"),
        ("postfix/smtpd", "587", "STARTTLS"),
        (None, "587", "STARTTLS"),
    ],
)
def test_port_and_encryption_are_a_pair_that_works(service: str | None, port: str, encryption: str) -> None:
    text = body(replace(STORIES["opened-not-logged-in"], service=service))

    assert f"Port {port}, encryption {encryption}." in text


def test_a_port_is_named_only_where_the_log_tells_it() -> None:
    assert "on port 587" in body(STORIES["opened-wrong-sender"])
    assert "on port" not in body(replace(STORIES["opened-wrong-sender"], service="postfix/smtpd")).partition("What you can do")[0]  # fmt: skip


def test_what_the_log_does_not_tell_is_left_out() -> None:
    bare = Story(
        by="user", reply="553 no", user="alice", host=None, service=None, recipient=None, client_ip=None,
        client_host=None, helo=None, last_success_at=None,
    )  # fmt: skip
    text = body(bare)

    for label in ("  From  ", "  To  ", "  Recipient  ", "  Client  "):
        assert label not in text
    assert "no successful mail seen since rejectwatch reads this log" in text


def test_one_refusal_at_one_moment_is_not_told_as_a_period() -> None:
    message = STORIES["opened-map-is-wrong"].as_message()
    at_once = replace(message, incident=replace(message.incident, last_at=START, attempts=1, refusals=1))

    text = messages.render(at_once, "en", TOKYO).body
    assert "has been refused once at 19:02 by" in text
    assert "  Since        19:02, 1 attempt\n" in text


def test_times_are_those_of_the_zone() -> None:
    text = messages.render(STORIES["opened-wrong-sender"].as_message(), "en", UTC).body

    assert "between 10:02 and 10:07" in text
    assert "2026-11-24 10:07:14+00:00" in text


def test_a_day_is_named_when_it_is_not_today() -> None:
    story = replace(STORIES["opened-wrong-sender"], last_success_at=START - timedelta(days=400))

    assert "Last worked  20 Oct 2025 19:02" in body(story)
    assert "最後の成功  2025年10月20日 19:02" in body(story, "ja")


def test_an_incident_that_expired_is_not_called_cured() -> None:
    text = messages.render(STORIES["expired"].as_message(), "en", TOKYO)

    assert "does not prove" in text.body
    assert "again" in text.title
    assert "Works again" not in text.title


def test_the_login_of_an_incident_about_a_sender_is_not_invented() -> None:
    assert "Login        none" in body(STORIES["opened-not-logged-in"])


def test_the_map_is_not_the_users_business() -> None:
    text = body(STORIES["opened-map-is-wrong"])
    forwarded = text.partition("forward from here")[2].partition("until here")[0]

    assert "Please do not change anything" in forwarded
    assert "Thunderbird" not in forwarded


# ── layout ───────────────────────────────────────────────────────────────────────────────────────


def test_a_japanese_letter_is_two_columns_wide() -> None:
    assert width("原因 abc") == 8
    assert width("ｱ") == 1
    assert width("e\u0301") == 1


def test_values_begin_in_one_column_whatever_the_labels_are_written_in() -> None:
    lines = table([("原因", "x"), ("最後の成功", "x"), ("ID", "x")]).splitlines()

    assert len({width(line) for line in lines}) == 1


def test_lines_are_broken_where_people_break_them() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("日本語のサーバーです。", 8) == ["日本語の", "サーバー", "です。"]
    assert wrapped("日本語の、サーバー。", 8)[0] == "日本語"  # no line begins with 、
    assert wrapped("unbreakable-" * 3, 8) == ["unbreakable-" * 3]


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_the_administrators_part_fits_a_window(name: str, language: str) -> None:
    text = body(STORIES[name], language)
    table_of_facts = text.split("\n\n")[1]

    assert max(width(line) for line in table_of_facts.splitlines()) <= 98  # a closing mark may hang over


@pytest.mark.parametrize(
    "length, en, ja",
    [
        (timedelta(seconds=20), "less than a minute", "1 分未満"),
        (timedelta(minutes=1), "1 minute", "1 分"),
        (timedelta(minutes=125), "2 hours 5 minutes", "2 時間 5 分"),
        (timedelta(days=3, minutes=4), "3 days 4 minutes", "3 日 4 分"),
        (timedelta(days=1, hours=2, minutes=4), "1 day 2 hours", "1 日 2 時間"),
    ],
)
def test_durations_are_said_as_people_say_them(length: timedelta, en: str, ja: str) -> None:
    assert duration(length, catalogue("en")) == en
    assert duration(length, catalogue("ja")) == ja


# ── what the operator adds ───────────────────────────────────────────────────────────────────────

ASK_TANAKA = (("en", "Ask Tanaka, extension 12."), ("ja", "内線 12 の田中までご連絡ください。"))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_advice_of_the_house_is_the_first_that_a_user_reads(language: str) -> None:
    house = House((OwnText("not owned by user", "sender_not_authorized", ASK_TANAKA),))
    body = messages.render(STORIES["opened-wrong-sender"].as_message(), language, TOKYO, house).body

    steps = [line for line in body.splitlines() if line.startswith("- ")]
    assert steps[0] == f"- {dict(ASK_TANAKA)[language]}"


def test_an_alert_links_to_the_page_of_its_cause_where_there_is_one() -> None:
    house = House(help_url="https://wiki.corp.example/causes/")
    message = STORIES["opened-wrong-sender"].as_message()

    for language in messages.LANGUAGES:
        link = f"https://wiki.corp.example/causes/{language}/sender_not_authorized.md"
        assert link in messages.render(message, language, TOKYO, house).body
        assert "https://" not in messages.render(message, language, TOKYO).body


def test_an_address_that_nearly_is_another_is_shown_in_the_alert() -> None:
    story = replace(STORIES["opened-recipient-unknown"], recipients=("mori@dneki.example",))
    text = messages.render(story.as_message(), "en", TOKYO, House(domains=("denki.example",))).body

    assert "mori@denki.example" in text
