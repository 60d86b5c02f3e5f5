from __future__ import annotations

import re

import pytest

from rejectwatch.causes.phrases import Families, landmarks, landmarks_in, parsed, pattern

NAMES: Families = {"BOX": "(mailbox|mail box)", "NAMED": "BOX [ADDRESS]", "IN": "{in|of}"}


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
        ("user {IN|the} box", "user in the box"),
        ("user {IN|the} box", "user of in box"),
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
    "phrase, sets",
    [
        ("user [is] unknown", [{"unknown"}, {"user"}]),
        ("(customer|customers) [is] no", [{"customer", "customers"}, {"no"}]),
        ("(account|accounts) [gone]", [{"account", "accounts"}]),
        ("no BOX", [{"mailbox", "box"}, {"no"}]),
        ("verif~ failed", [{"failed"}, {"ver~"}]),
        ("verif~ by", [{"ver~"}, {"by"}]),
        ("login…the", [{"log~"}]),
        ("relay(|ing) the", [{"rel~"}, {"the"}]),
        ("(greylist|black)ed", [{"gre~", "bla~"}]),
        ("[perhaps]", []),
        ("宛先…不明", []),
    ],
)
def test_a_text_with_the_phrase_holds_one_of_each_set(phrase: str, sets: list[set[str]]) -> None:
    assert landmarks(phrase, NAMES) == tuple(map(frozenset, sets))


def test_the_landmarks_of_a_text_are_its_words_and_how_they_begin() -> None:
    assert landmarks_in("isn't verified: 5.7") == {"isn", "t", "verified", "ver~", "isn~", "5", "7"}


def test_a_family_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="BOXES"):
        parsed("no BOXES", NAMES)
