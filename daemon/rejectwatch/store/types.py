"""Column types that no log can break: everything written passes here.

Text of a log is an attacker's: NUL, lone surrogates (neither can be stored in PostgreSQL), a megabyte where
a name belongs, a count beyond 64 bits. A commit that fails because of one line would fail for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.types import TypeEngine

STAMP_LENGTH = len("2025-10-08T09:30:00.000000Z")
LARGEST = 2**63 - 1


def clean(text: str, limit: int) -> str:
    """Text that both databases take, at most `limit` characters long; what was cut shows as "…"."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if "\0" in text:
        text = text.replace("\0", r"\x00")
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Line(TypeDecorator[str]):
    """Text of a log, cleaned and cut. An indexed one has at most 320 characters: PostgreSQL's bound is 2,704 bytes."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._limit = length

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        # One call for each of the twenty texts of an event, and not the three of `process_bind_param`.
        limit = self._limit

        def cleaned(value: str | None) -> str | None:
            if value is None or (len(value) <= limit and value.isascii() and "\0" not in value):
                return value
            return clean(value, limit)

        return cleaned


class Name(TypeDecorator[str]):
    """Text of our own that tells rows apart: never cut, since then two would become one."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._limit = length

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        limit = self._limit

        def checked(value: str | None) -> str | None:
            if value is not None and len(value) > limit:
                raise ValueError(f"a name in the database has at most {limit} characters: {value!r}")
            return value

        return checked


class Utc(TypeDecorator[datetime]):
    """An aware time, UTC: `timestamptz` in PostgreSQL; in SQLite RFC 3339 text that sorts and that Grafana reads."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String(STAMP_LENGTH) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        value = value.astimezone(UTC)
        return _stamp(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def _stamp(value: datetime) -> str:
    # Not strftime: its %Y has no leading zeros on Linux, and text of another length does not sort.
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Count(TypeDecorator[int]):
    """A number from a log, clamped: "last message repeated 99999999999999999999 times" is only text."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return None if value is None else min(value, LARGEST)


ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""
