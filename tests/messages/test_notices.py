"""What the watch says of itself, as it arrives. `RECORD=1 pytest tests/messages` writes the golden files anew."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from messages.stories import START, TOKYO
from rejectwatch import messages
from rejectwatch.facts import GAP_REASONS
from rejectwatch.watch import Notice, Person

GOLDEN = Path(__file__).parent / "golden"

LATER = START + timedelta(hours=3)
GAP = {"source": "/var/log/mail.log", "since": START, "until": LATER, "detail": "/var/log/mail.log.1"}
NOTICES = {
    **{f"gap-{reason}": Notice("n", "gap", LATER, reason=reason, lines=42, **GAP) for reason in GAP_REASONS},  # type: ignore[arg-type]
    "silent": Notice("n", "silent", LATER, "/var/log/mail.log", since=START, until=LATER),
    "heard": Notice("n", "heard", LATER, "/var/log/mail.log", since=START, until=LATER),
    "caught-up": Notice(
        "n", "caught_up", LATER + timedelta(days=2), since=START, until=LATER, failures=68, people=7,
        named=(Person("alice@corp.example", 50), Person("bob", 7), *(Person(f"user{n}@corp.example", 3) for n in (1, 2, 3))),
    ),
    "channel-works": Notice("n", "channel_works", LATER, "postmasters", since=START, until=LATER),
    "channel": Notice(
        "n", "channel", LATER, "postmasters", since=START, detail="535 5.7.8 authentication failed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", NOTICES)
def test_the_notice_is_the_one_that_was_approved(name: str, language: str) -> None:
    text = messages.render_notice(NOTICES[name], language, TOKYO)
    written = f"Subject: {text.title}\n\n{text.body}"
    golden = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("RECORD"):
        golden.write_text(written, encoding="utf-8")

    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", NOTICES)
def test_nothing_of_the_catalogue_shows_through(name: str, language: str) -> None:
    text = messages.render_notice(NOTICES[name], language, TOKYO)

    assert re.search(r"[{}]|\b(notice|label|fallback|count)\.\w|None", "\n".join(text)) is None


def test_the_command_of_a_channel_can_be_pasted() -> None:
    plain, odd = (
        messages.render_notice(replace(NOTICES["channel"], source=name), "en", TOKYO).body
        for name in ("postmasters", "night; reboot")
    )

    assert "rejectwatch test-alert postmasters" in plain
    assert "rejectwatch test-alert CHANNEL" in odd


def test_a_name_from_a_log_cannot_write_into_the_notice() -> None:
    nasty = Person("x\r\nBcc: all@example.org\n\x1b[2J https://evil.example/", 1)
    notice = Notice("n", "caught_up", LATER, since=START, until=LATER, failures=1, people=1, named=(nasty,))
    text = messages.render_notice(notice, "en", TOKYO)

    assert "\x1b" not in text.body
    assert "\nBcc" not in text.body
    assert "https://" not in text.body
