from __future__ import annotations

import re

import pytest

from rejectwatch.causes.phrases import Families, needed, parsed, pattern

NAMES: Families = {"BOX": "(mailbox|mail box)", "NAMED": "BOX [ADDRESS]"}


def matches(phrase: str, text: str) -> bool:
    return re.search(pattern(phrase, NAMES), text) is not None


@pytest.mark.parametrize(
    "phrase, text",
    [
        ("user unknown", "sorry, user unknown."),
        ("(user|recipient) unknown", "recipient unknown"),
        ("user [is] unknown", "user unknown"),
        ("user [is] unknown", "user is unknown"),
        ("[the] user", "user"),
        ("no user [here]", "no user"),
        ("([a|an] user|nobody) here", "an user here"),
        ("relay {of|any|mail} denied", "relay denied"),
        ("relay {of|any|mail} denied", "relay of any mail denied"),
        ("login…mismatch", "login of alice: mismatch"),
        ("verif~ failed", "verification failed"),
        ("BOX full", "mail box full"),
        ("NAMED full", "mailbox <@@@@> full"),
        ("does( not|n't) exist", "doesn't exist"),
        ("宛先…不明", "この宛先は不明です"),
    ],
)
def test_a_phrase_matches_its_wordings(phrase: str, text: str) -> None:
    assert matches(phrase, text)


@pytest.mark.parametrize(
    "phrase, text",
    [
        ("user unknown", "superuser unknown"),
        ("user unknown", "user unknowns"),
        ("user [is] unknown", "user was unknown"),
        ("[the] user", "theuser"),
        ("relay {of|any} denied", "relay of any of any of any of denied"),
        ("login…mismatch", "login. mismatch"),
        ("a.c", "abc"),
    ],
)
def test_it_matches_no_others(phrase: str, text: str) -> None:
    assert not matches(phrase, text)


@pytest.mark.parametrize(
    "phrase, words",
    [
        ("user [is] unknown", {"unknown"}),
        ("(user|users) [is] no", {"user"}),
        ("(account|accounts) [gone]", {"account"}),
        ("(a|b) [c]", {"a", "b"}),
        ("[perhaps]", {""}),
        ("no BOX", {"mailbox", "mail box"}),
    ],
)
def test_what_a_match_must_hold(phrase: str, words: set[str]) -> None:
    assert needed(parsed(phrase, NAMES)) == words
