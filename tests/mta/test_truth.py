from __future__ import annotations

from collections import Counter

import pytest

from mta.postfix_rows import ROWS
from mta.truth import MESSAGE, SOME, faults

REFUSED = {"line": 1, "user": "alice", "queue_id": "4D43B278178", "attempt": "a"}


def test_nothing_is_wrong_with_what_is_told_as_it_was() -> None:
    truth = {"user": "alice", "queue_id": SOME, MESSAGE: 1}

    assert faults([truth], [REFUSED]) == []


def test_what_was_missed_invented_or_told_otherwise_is_a_fault() -> None:
    truth = {"user": "alice"}

    assert faults([truth], []) == ["missed: {'user': 'alice'}"]
    assert faults([], [REFUSED]) == [f"invented: {REFUSED}"]
    assert faults([truth], [REFUSED | {"user": None}]) == ["line 1: user is None, in truth 'alice'"]
    assert faults([{"queue_id": SOME}], [REFUSED | {"queue_id": None}])


@pytest.mark.parametrize("attempts,messages", [("aa", (1, 2)), ("ab", (1, 1))])
def test_attempts_are_told_apart_as_the_messages_are(attempts: str, messages: tuple[int, int]) -> None:
    records = [REFUSED | {"line": n, "attempt": attempt} for n, attempt in enumerate(attempts)]
    truth = [{"line": n, MESSAGE: message} for n, message in enumerate(messages)]

    assert faults(truth, records)


def test_no_scenario_hides_another_of_the_same_name() -> None:
    names = Counter((profile, row.name) for profile, rows in ROWS.items() for row in rows)

    assert [name for name, times in names.items() if times > 1] == []
