"""What goes into a column comes out again, or what is left of it is harmless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from rejectwatch.store.types import Count, Line, Utc, clean

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]
TIMES = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 — Hypothesis adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_cleaned_text_is_short_and_can_be_stored(text: str, limit: int) -> None:
    cleaned = clean(text, limit)

    assert len(cleaned) <= limit
    assert b"\0" not in cleaned.encode()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert clean(text, 20) == text
    assert Line(20).bind_processor(DIALECTS["postgresql"])(text) == text


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@given(at=TIMES)
def test_a_time_comes_back_in_utc(dialect: Dialect, at: datetime) -> None:
    stored = Utc().process_bind_param(at, dialect)
    back = Utc().process_result_value(stored, dialect)

    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


@given(TIMES, TIMES)
def test_times_in_sqlite_sort_as_text(one: datetime, other: datetime) -> None:
    first, second = (Utc().process_bind_param(at, DIALECTS["sqlite"]) for at in (one, other))

    assert (first < second) == (one < other)
    assert len(first) == len(second) == 27


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Utc().process_bind_param(datetime(2025, 10, 8), DIALECTS["sqlite"])  # noqa: DTZ001 — the fault


def test_a_number_that_no_column_holds_is_clamped() -> None:
    assert Count().process_bind_param(10**30, DIALECTS["sqlite"]) == 2**63 - 1
