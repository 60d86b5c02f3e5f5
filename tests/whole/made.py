"""Refusals made to order: each has a recipient of its own, so that what is lost or counted twice shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from parts.daemon import Daemon
from parts.waiting import until

CONFIGURATION = """
first_read = "all"

[[sources]]
name = "mail"
path = "{log}"
"""


def recipient(number: int) -> str:
    return f"r{number}@partner.example"


def text(number: int, user: str = "alice") -> str:
    """What Postfix says of a refused message, each from another client."""
    client = f"pc{number}.corp.example[10.20.{number // 250}.{number % 250 + 1}]"
    return (
        f"NOQUEUE: reject: RCPT from {client}: 553 5.7.1 <boss@corp.example>: Sender address rejected:"
        f" not owned by user {user}; from=<boss@corp.example> to=<{recipient(number)}> proto=ESMTP helo=<pc>"
    )


def refusal(number: int, at: datetime | None = None, user: str = "alice") -> bytes:
    at = at or datetime.now(UTC)
    return f"{at.isoformat()} mail postfix/submission/smtpd[{1000 + number}]: {text(number, user)}\n".encode()


def refusals(numbers: Iterable[int]) -> bytes:
    return b"".join(refusal(number) for number in numbers)


def append(log: Path, lines: bytes) -> None:
    with log.open("ab") as out:
        out.write(lines)


def stored(daemon: Daemon) -> list[str]:
    """The recipients of all stored events, in the order of their numbers."""
    try:
        rows = daemon.rows("SELECT recipient FROM events")
    except (sqlite3.OperationalError, psycopg.Error):  # the tables are not made yet, the server is away
        return []
    return sorted((address for (address,) in rows), key=lambda address: (len(address), address))


def until_stored(daemon: Daemon, numbers: Iterable[int], seconds: float = 20) -> None:
    """Wait until so many events are stored; they are exactly these, each once."""
    wanted = [recipient(number) for number in numbers]
    until(
        lambda: len(stored(daemon)) >= len(wanted),
        seconds,
        lambda: f"{len(wanted)} events, not {len(stored(daemon))}: {daemon.child.story()}",
    )

    assert stored(daemon) == wanted


def lines_with(daemon: Daemon, words: str) -> list[str]:
    """What the last start has said with these words in it."""
    return [line for line in daemon.said.splitlines() if words in line]
