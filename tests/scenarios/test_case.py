"""Whoever compares is compared: a message that is missing, too much, late or about somebody else is found."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.case import differences
from scenarios.script import sessions

WANTED = {
    "at": "09:06",
    "kind": "opened",
    "subject": "alice",
    "user_count": ">=3",
    "flags_without": ["flapping"],
    "incident": "one",
}
TOLD: dict[str, Any] = {
    "at": "2026-11-02T09:06:00Z",
    "kind": "opened",
    "incident": "4711",
    "subject_kind": "user",
    "subject": "alice",
    "cause": "sender_not_authorized",
    "who_acts": "user",
    "user_count": 3,
    "attempts": 3,
    "flags": ["shared_address"],
}


def test_what_is_as_it_should_be_has_no_differences() -> None:
    assert differences([WANTED], [TOLD]) == []


@pytest.mark.parametrize(
    "other",
    [
        {"at": "2026-11-02T09:08:00Z"},
        {"at": "2026-11-03T09:06:00Z"},
        {"kind": "grown"},
        {"subject": "bob"},
        {"user_count": 2},
        {"flags": ["flapping"]},
    ],
)
def test_a_message_that_is_not_as_it_should_be_is_found(other: dict[str, Any]) -> None:
    (found,) = differences([WANTED], [{**TOLD, **other}])

    assert next(iter(other)) in found


def test_a_message_that_is_missing_or_too_much_is_found() -> None:
    missing = differences([WANTED, {**WANTED, "kind": "recovered"}], [TOLD])
    too_much = differences([WANTED], [TOLD, TOLD])

    assert [one.partition(":")[0] for one in (*missing, *too_much)] == ["missing", "too much"]


def test_two_incidents_that_should_be_one_are_found_and_one_that_should_be_two() -> None:
    later = {**TOLD, "at": "2026-11-02T09:07:00Z"}
    same = differences([WANTED, {"incident": "one"}], [TOLD, {**later, "incident": "4712"}])
    other = differences([WANTED, {"incident": "other"}], [TOLD, later])

    assert (len(same), len(other)) == (1, 1)


def test_a_message_that_may_be_there_may_be_missing_and_nothing_else() -> None:
    perhaps = {"kind": "grown", "maybe": True}

    assert differences([WANTED, perhaps], [TOLD]) == []
    assert differences([WANTED, perhaps], [TOLD, {**TOLD, "kind": "grown"}]) == []
    assert len(differences([WANTED, perhaps], [TOLD, {**TOLD, "kind": "recovered"}])) == 1


def test_a_line_of_a_script_that_can_not_be_read_is_no_comment() -> None:
    with pytest.raises(ValueError) as refused:
        sessions("09:00 alice from 203.0.113.5", {})

    assert "not a line of a script: 09:00 alice from 203.0.113.5" in str(refused.value)
