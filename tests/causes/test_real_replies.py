"""How much of the real world's 553 is understood. The figures may rise; a test keeps them from falling."""

from __future__ import annotations

from typing import Any

from rejectwatch.causes import BY_SLUG, Reply, diagnose

NAMED = set(BY_SLUG) - {"unknown"}


def test_nearly_all_replies_of_the_causes_we_know_are_judged_right(replies: list[dict[str, Any]]) -> None:
    ours = [one for one in replies if one["cause"] in BY_SLUG]

    right = [one for one in ours if diagnose(Reply(one["text"])).cause == one["cause"]]
    tolerable = [one for one in ours if is_tolerable(one)]
    assert len(right) / len(ours) >= 0.97
    assert len(tolerable) == len(ours)


def test_no_reply_is_given_a_wrong_cause(replies: list[dict[str, Any]]) -> None:
    claimed = [one for one in replies if diagnose(Reply(one["text"])).cause in NAMED]

    wrong = [(one["id"], one["cause"], one["text"]) for one in claimed if not is_tolerable(one)]
    assert wrong == []


def test_sure_answers_are_most_of_the_answers_and_right(replies: list[dict[str, Any]]) -> None:
    claimed = [one for one in replies if diagnose(Reply(one["text"])).cause in NAMED]
    sure = [one for one in claimed if diagnose(Reply(one["text"])).confidence == "high"]

    assert len(sure) / len(claimed) >= 0.8
    assert all(is_tolerable(one) for one in sure)


def is_tolerable(one: dict[str, Any]) -> bool:
    return diagnose(Reply(one["text"])).cause in {one["cause"], *one.get("alt", "").split(",")}
