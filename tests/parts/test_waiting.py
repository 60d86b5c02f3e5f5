from __future__ import annotations

import pytest

from parts.waiting import NotInTime, until


def test_it_returns_what_the_condition_gave() -> None:
    looks = iter(["", "", "there"])

    assert until(lambda: next(looks), 5) == "there"


def test_it_says_what_was_waited_for() -> None:
    with pytest.raises(NotInTime, match=r"0\.01 seconds waited in vain for the moon"):
        until(lambda: False, 0.01, "the moon")


def test_it_asks_for_the_state_only_at_the_end() -> None:
    seen: list[int] = []

    def look() -> bool:
        seen.append(1)
        return False

    with pytest.raises(NotInTime) as failure:
        until(look, 0.05, lambda: f"{len(seen)} looks")

    assert f"for {len(seen)} looks" in str(failure.value)
