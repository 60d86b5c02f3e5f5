from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.causes import BY_SLUG, Reply, diagnose
from rejectwatch.causes.reading import LONGEST, read


@pytest.mark.parametrize(
    "text",
    [
        "553-5.1.2 The sender address 553 5.1.2 is not good",  # Postfix
        r"553-5.1.2 The sender address\n553 5.1.2 is not good",  # Exim
        "553-5.1.2 The sender address\r\n553 5.1.2 is not good",
        "553-5.1.2 The sender address\n553-5.1.2 is not\n553 5.1.2 good",
        "553 The sender address is not good",
        "553 5.1.2 The sender address is not good",
        "553 #5.1.2 The sender address is not good",
    ],
)
def test_a_reply_becomes_one_line_without_its_codes(text: str) -> None:
    assert read(Reply(text)).words == "The sender address is not good"


def test_a_number_in_the_text_is_no_code() -> None:
    assert read(Reply("553 id 553 5.7.1 is meant")).words == "id 553 5.7.1 is meant"


@pytest.mark.parametrize(
    "text, enhanced",
    [
        ("553 5.7.1 no", "5.7.1"),
        ("553-5.7.1 no", "5.7.1"),
        ("553 sorry (#5.7.1)", "5.7.1"),
        ("553 not in my list of allowed rcpthosts (# 5.5.3 - chkuser).", "5.5.3"),
        ("553 no valid cert for gateway #5.7.1", "5.7.1"),
        ("553 sorry", None),
    ],
)
def test_the_enhanced_code_is_found_where_servers_put_it(text: str, enhanced: str | None) -> None:
    assert read(Reply(text)).enhanced_code == enhanced


def test_names_and_links_are_blotted_out_at_their_places() -> None:
    reading = read(Reply("553 <Not.Owned@corp.example>: ask Joe@corp.example, see http://x.example/a; done"))

    assert reading.plain == "<" + "@" * 22 + ">: ask " + "@" * 17 + " see " + "/" * 19 + " done"
    assert len(reading.plain) == len(reading.words)


@pytest.mark.parametrize(
    "phrase, about",
    [
        ("Sender address rejected", "sender"),
        ("Recipient address rejected", "recipient"),
        ("Client host rejected", "client"),
        ("Helo command rejected", "helo"),
        ("Rejected", None),
    ],
)
def test_postfix_says_whom_it_means(phrase: str, about: str | None) -> None:
    assert read(Reply(f"553 5.7.1 <x>: {phrase}: because")).about == about


@given(st.text(max_size=400))
def test_any_text_can_be_judged(text: str) -> None:
    reading = read(Reply(text))

    assert len(reading.plain) == len(reading.words)
    assert diagnose(Reply(text)).cause in BY_SLUG


VOCABULARY = (
    "relay relay of mail to for is not a the be allowed permitted you do does must have to please authenticate "
    "authentication smtp auth login logged in sender address from mail user account login recipient mailbox no "
    "such unknown valid not found is was has been currently domain exist exists <@@> a@b.example list of allowed "
    "authenticated authorized use your own not owned by to send as on behalf of without proper required"
).split()


@given(st.lists(st.sampled_from(VOCABULARY), min_size=200, max_size=600))
def test_no_text_of_our_own_words_is_slow(words: list[str]) -> None:
    began = time.perf_counter()
    diagnose(Reply("553 " + " ".join(words)))

    assert time.perf_counter() - began < 0.25  # a few milliseconds; a pattern that explodes takes minutes


@pytest.mark.parametrize("word", [*VOCABULARY, "<", ">", "@", " ", "'", "is ", "not ", "user ", "<@", "a@"])
def test_a_word_repeated_to_the_end_is_not_slow(word: str) -> None:
    began = time.perf_counter()
    diagnose(Reply("553 " + (word + " ") * 2000))
    diagnose(Reply("553 " + word * 2000))

    assert time.perf_counter() - began < 0.25


def test_what_a_stranger_wrote_is_read_up_to_a_bound() -> None:
    assert len(read(Reply("553 " + "x" * 10_000_000)).words) <= LONGEST
