"""A keyed table with an overlay behaves like one dict, wherever the commits fall."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.state import Table

LIMIT = 4
keys = st.integers(0, 6)
puts = st.tuples(st.just("put"), keys, st.integers())
drops = st.tuples(st.just("drop"), keys)
commits = st.tuples(st.just("apply"))
histories = st.lists(st.one_of(puts, drops), max_size=40)


def table() -> Table[int, int]:
    return Table(LIMIT, dump=lambda key, value: (key, value), load=lambda key, value: (key, value))


def play(one: Table[int, int], step: tuple[Any, ...]) -> None:
    getattr(one, step[0])(*step[1:])


def model(history: list[tuple[Any, ...]]) -> dict[int, int]:
    """The same with a plain dict in the order of the last put."""
    kept: dict[int, int] = {}
    for name, key, *value in history:
        kept.pop(key, None)
        if name == "put":
            if len(kept) == LIMIT:
                del kept[next(iter(kept))]
            kept[key] = value[0]
    return kept


@given(histories, st.sets(st.integers(0, 40)))
def test_it_equals_a_plain_dict_whenever_it_is_committed(
    history: list[tuple[Any, ...]], commits_after: set[int]
) -> None:
    one = table()
    for index, step in enumerate(history):
        play(one, step)
        if index in commits_after:
            one.apply()

    expected = model(history)
    assert list(one.items()) == list(expected.items())
    assert len(one) == len(expected)
    assert one.oldest() == next(iter(expected), None)
    assert [one.get(key) for key in range(7)] == [expected.get(key) for key in range(7)]
    assert [key in one for key in range(7)] == [key in expected for key in range(7)]


@given(histories, histories)
def test_undo_returns_to_the_last_commit(
    kept: list[tuple[Any, ...]], forgotten: list[tuple[Any, ...]]
) -> None:
    one = table()
    for step in kept:
        play(one, step)
    one.apply()
    before = list(one.items())
    for step in forgotten:
        play(one, step)
    one.undo()

    assert list(one.items()) == before
    assert len(one) == len(before)
    assert one.changes() == ([], [])


@given(histories, histories)
def test_the_changes_are_what_a_copy_needs_to_become_equal(
    kept: list[tuple[Any, ...]], new: list[tuple[Any, ...]]
) -> None:
    one = table()
    for step in kept:
        play(one, step)
    one.apply()
    copy = dict(one.items())
    for step in new:
        play(one, step)
    changed, dropped = one.changes()
    for key in dropped:
        del copy[key]
    for key, value in changed:
        copy.pop(key, None)
        copy[key] = value

    assert list(copy.items()) == list(one.items())


def test_an_id_opened_and_closed_between_two_commits_is_no_change() -> None:
    one = table()
    one.put(1, 1)
    one.drop(1)

    assert one.changes() == ([], [])


def test_what_the_bound_pushed_out_is_counted() -> None:
    one = table()
    for key in range(LIMIT + 2):
        one.put(key, key)

    assert one.forgotten == 2
