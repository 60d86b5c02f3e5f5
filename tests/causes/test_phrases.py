from __future__ import annotations

import re

import pytest

from rejectwatch.causes.phrases import (
    ANYWHERE,
    IN_WIDE,
    Families,
    Held,
    Needed,
    landmarks_in,
    landmarks_of,
    needed,
    parsed,
    pattern,
)

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
        ("user [is] unknown", [{" unknown "}, {" user "}]),
        ("(customer|customers) [is] no", [{" no "}, {" customer ", " customers "}]),
        ("(account|accounts) [gone]", [{" account ", " accounts "}]),
        ("no BOX", [{" no "}, {" mailbox ", " mail box "}]),
        ("no BOX ADDRESS", [{" no "}, {"@"}, {" mailbox ", " mail box "}]),
        ("verif~ failed", [{" failed "}, {" verif"}]),
        ("login…the", [{" login"}, {"the "}]),
        ("relay(|ing) the", [{" relay"}, {" the "}]),
        ("(greylist|black)ed", [{"ed "}, {" greylist", " black"}]),
        ("mail from: no", [{" mail from  no "}]),
        ("mail from <>", [{"<>"}]),
        ("(no|[perhaps])", []),
        ("[perhaps]", []),
        ("宛先…不明", [{"不明"}, {"宛先"}]),
    ],
)
def test_a_text_with_the_phrase_holds_one_piece_of_each_set(phrase: str, sets: list[set[str]]) -> None:
    assert [set(one) for one in needed(phrase, NAMES)] == sets


@pytest.mark.parametrize(
    "text, piece",
    [
        ("user unknown.", " user unknown "),
        ("no such user unknown here", " no such user unknown here "),
        ("isn't in: my list", " isn t in  my "),
        ("superuser", "user "),
        ("an @@@", "@"),
        ("from <> is", "<>"),
        ("この宛先は不明です", "不明"),
    ],
)
def test_pieces_are_found_at_the_bounds_of_words(text: str, piece: str) -> None:
    assert Held(text).one_of(Needed.of(["never", piece]))
    assert not Held("no").one_of(Needed.of([piece]))


def test_a_piece_is_no_part_of_another_word() -> None:
    assert not Held("superusers are unknown").one_of(Needed.of([" user ", " users", "user ", " are un "]))


@pytest.mark.parametrize(
    "phrase, landmarks",
    [
        ("user [is] unknown", {"unknown"}),
        ("no BOX", {"mailbox", "box"}),
        ("verif~ by", {"ver~"}),
        ("login…the", {"log~"}),
        ("(greylist|black)ed", {"gre~", "bla~"}),
        ("mail from <>", {"<>"}),
        ("the…mismatch", {"the~"}),
        ("宛先…不明", set()),
    ],
)
def test_a_text_with_the_phrase_is_found_by_its_rarest_words(phrase: str, landmarks: set[str]) -> None:
    assert landmarks_of(needed(phrase, NAMES)) == landmarks


def test_the_landmarks_of_a_text_are_its_words_and_how_they_begin() -> None:
    assert landmarks_in("isn't verified: 5.7") == {"isn", "t", "verified", "ver~", "isn~", "5", "7", ANYWHERE}
    assert landmarks_in("不明") == {"不明", ANYWHERE, IN_WIDE}


def test_a_family_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="BOXES"):
        parsed("no BOXES", NAMES)
