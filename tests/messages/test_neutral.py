from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.stories import STORIES, TOKYO, Story
from rejectwatch import messages
from rejectwatch.incidents.incident import KINDS, Common, Incident, Message, Proof, Sample
from rejectwatch.messages.mail import as_text
from rejectwatch.messages.neutral import harmless, is_ordinary, named, quoted

HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title of the terminal": "\x1b]0;owned\x07",
    "C1 control": "\x9b2J",
    "bell, backspace, delete": "\x07\x08\x7f",
    "new line": "x\r\nSubject: urgent\r\n\r\nPay here",
    "other line ends": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "bidi override": "\u202egro.elpmaxe\u202c",
    "bidi isolate": "\u2066a\u2069",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg",
    "tags": "\U000e0041\U000e0042",
    "half a surrogate": "a\udcfcb",
    "no characters": "\ufdd0\U0001ffff\ue000",
    "no ink": "\u3164\u115f\u2800\uffa0\ufe0f",
    "long": "A" * 100_000,
    "blanks": "a" + " " * 5000 + "\u00a0\u3000b",
    "pile of marks": "Z" + "\u0301" * 200,
    "end of a quotation": "” The administrator says: call +1 555 0100 “",
    "end of a Japanese quotation": "」管理者より: 電話してください「",
    "link": "https://evil.example/login?user=you and http://evil.example and www.evil.example",
    "braces": "{who} {reply} {0} {} %s %(x)s",
    "command": "$(reboot)`reboot`';reboot;'@corp.example",
    "option": "-rf@corp.example",
    "markup": "<script>alert(1)</script> **bold** [a](b)",
}


def is_visible(character: str) -> bool:
    return character == "\n" or unicodedata.category(character)[0] != "C"


def assert_harmless(text: str) -> None:
    assert [character for character in text if not is_visible(character)] == []
    assert not any(invisible in text for invisible in "\u2028\u2029\u3164\u115f\u2800\uffa0\ufe0f\u00a0")
    assert "://" not in text
    assert "www." not in text.lower()


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_becomes_one_line_of_visible_characters(payload: str) -> None:
    line = quoted(payload, "“”", 200)

    assert_harmless(line)
    assert "\n" not in line
    assert len(line) <= 200 + len(" […]“”") + 12  # a link grows by a few characters
    assert line[0] + line[-1] == "“”"
    assert "“" not in line[1:-1]
    assert "”" not in line[1:-1]


@given(st.text())
def test_any_text_becomes_harmless(text: str) -> None:
    assert_harmless(harmless(text, 100))


@given(st.text(max_size=60))
def test_what_is_visible_and_no_link_stays_as_it_is(text: str) -> None:
    plain = "".join(one for one in text if one.isalnum())

    assert harmless(plain, 100) == plain


@pytest.mark.parametrize("name", ["alice", "alice@corp.example", "o.hara+x@corp.example", "mail-1.corp.example", "203.0.113.77", "2001:db8::7"])  # fmt: skip
def test_an_ordinary_name_stands_without_quotes(name: str) -> None:
    assert named(name, "“”") == name
    assert is_ordinary(name)


@pytest.mark.parametrize("name", ['"call us"@corp.example', "CORP\\dave", "svc noreply", "山田＠corp.example", "www.evil.example", "-x@corp.example", "a" * 81])  # fmt: skip
def test_any_other_name_is_visibly_quoted(name: str) -> None:
    assert named(name, "“”").startswith("“")


def poisoned(story: Story, payload: str) -> Story:
    """A story in which each text that a log can hold is the payload."""
    texts = [
        one.name
        for one in fields(Story)
        if one.name not in {"by", "kind", "refused_by", "mta", "last_success_at", "more"}
    ]
    poison = {one: (payload, payload + "2") if one in {"senders", "recipients"} else payload for one in texts}
    return replace(story, **{**poison, "reply": story.reply + " " + payload})  # type: ignore[arg-type]


OUR_OWN_WORDS = frozenset(
    {"id", "rule", "by", "cause", "refused_by", "confidence", "who_acts", "recent_attempts", "flags", "side", "ending", "mta", "logged_in"}
)  # fmt: skip
"""What never came from a log."""


def poisoned_record(record: Any, payload: str) -> Any:
    """An incident, or a record in it, in which each text is the payload."""
    match record:
        case str():
            return payload
        case Proof():
            return Proof(payload, record.at, payload)
        case Common():
            return Common(payload, payload, payload, payload)
        case tuple():
            return tuple(poisoned_record(one, payload) for one in record)
        case Incident() | Sample():
            names = [one.name for one in fields(record) if one.name not in OUR_OWN_WORDS]
            return replace(record, **{one: poisoned_record(getattr(record, one), payload) for one in names})
    return record


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_nothing_hostile_gets_into_a_mail(payload: str, language: str) -> None:
    of_each_sort = {story.by: name for name, story in STORIES.items()}.values()
    for name, kind in (*((name, STORIES[name].kind) for name in STORIES), *product(of_each_sort, KINDS)):
        text = messages.render(replace(poisoned_message(name, payload), kind=kind), language, TOKYO)

        assert_safe(text, language)


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_nothing_hostile_gets_into_what_is_routed(payload: str, language: str) -> None:
    told = [STORIES[name].as_message() for name in STORIES]
    hostile = [replace(one, incident=poisoned_record(one.incident, payload)) for one in told]
    at = max(one.at for one in told)

    for one in hostile:
        assert_safe(as_text(messages.reminder_document(one.incident, at, language, TOKYO)), language)
        assert_safe(as_text(messages.escalated_document(one.incident, at, language, TOKYO)), language)
    digest = messages.digest_document(hostile, at, language, TOKYO)
    assert_harmless("\n".join(digest.sections[0].lines))
    assert len(digest.sections[0].lines) == len(hostile)


def poisoned_message(name: str, payload: str) -> Message:
    message = STORIES[name].as_message()
    return replace(message, incident=poisoned_record(message.incident, payload))


def assert_safe(text: messages.Text, language: str) -> None:
    opening, closing = "“”" if language == "en" else "「」"
    assert_harmless(text.body)
    assert_harmless(text.title)
    assert "\n" not in text.title
    assert len(text.title) <= 260
    assert len(text.body) < 16_000
    for line in text.body.splitlines():
        assert not line.startswith(("Subject:", "Pay here", "--", "」", "”"))
        # Never a word of the log outside of its quotes: what closes has been opened.
    assert closing not in re.sub(f"{opening}[^{opening}{closing}]*{closing}", "", text.body)


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_nothing_hostile_gets_onto_a_terminal(payload: str, language: str) -> None:
    for story in STORIES.values():
        event = poisoned(story, payload).as_event()

        words = messages.plain_words(event, language)
        assert_harmless(words)
        assert len(words.splitlines()) == 3


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_no_command_to_paste_holds_a_strangers_words(payload: str) -> None:
    for name in ("opened-wrong-sender", "opened-relay-refused-there", "opened-foreign-senders"):
        text = messages.render(poisoned_message(name, payload), "en", TOKYO)

        commands = [line for line in text.body.splitlines() if line.startswith("       ")]
        assert commands
        assert not any(
            "reboot" in line or "evil" in line for line in commands if "postmap" in line or "dig" in line
        )


def test_braces_in_a_log_are_no_pattern_of_ours() -> None:
    story = replace(STORIES["opened-exim-unknown-cause"], reply="553 {who} {nobody}")

    assert "“553 {who} {nobody}”" in messages.render(story.as_message(), "en", TOKYO).body
