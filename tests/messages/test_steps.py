"""The steps of the administrator: what is to be copied into a shell stands on lines of its own, unbroken."""

from __future__ import annotations

import re

import pytest

from messages.stories import STORIES, TOKYO
from rejectwatch import messages
from rejectwatch.causes import CAUSES
from rejectwatch.messages import Known
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.filling import values
from rejectwatch.messages.layout import numbered, parts

COMMAND = re.compile(
    r"(postconf|postmap|postfix|systemctl|ls|posttls-finger|exim|exigrep|dig|grep|doveadm|openssl|whois|diff|echo|printf) \S"
)


def test_each_command_of_a_step_gets_a_line_of_its_own() -> None:
    assert numbered(["Look:  postconf -n    exim -bV  and mend it."]) == (
        "  1. Look:\n       postconf -n\n       exim -bV\n     and mend it."
    )


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_what_a_group_adds_keeps_commands_and_words_apart(name: str, language: str) -> None:
    document = messages.document(STORIES[name].as_message(), language, TOKYO)
    steps = [step for section in document.sections if section.style == "steps" for step in section.lines]
    told = [part for step in steps for part in parts(step)]

    assert [part for part, is_command in told if not is_command and COMMAND.match(part)] == []
    assert [part for part, is_command in told if is_command and re.search(r"[⺀-\uffef]{12}", part)] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("slug", [cause.slug for cause in CAUSES])
@pytest.mark.parametrize("at", ["ours_user", "ours_admin", "theirs"])
def test_no_command_is_taken_for_words_and_no_words_for_a_command(slug: str, at: str, language: str) -> None:
    words = catalogue(language)
    # An entry that is not there has no steps: its name comes back as one.
    steps = words.steps(f"cause.{slug}.{at}.admin_steps", values(Known(), words))
    told = [part for step in steps for part in parts(step)]

    assert [part for part, is_command in told if not is_command and COMMAND.match(part)] == []
    assert [part for part, is_command in told if is_command and re.search(r"[⺀-\uffef]{12}", part)] == []
