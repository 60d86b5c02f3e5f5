"""Failures by the hour, as the roll-up has them and as the events have them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rejectwatch.facts import FAILURES
from rejectwatch.store.database import Database
from rejectwatch.store.tables import EVENTS, HOURLY
from store.seen import rows

Counts = Counter[tuple[Any, ...]]
"""By the columns of KEY."""

KEY = ("by", "hour", "subject", "sender_domain", "client_ip", "cause")


def rolled_up(database: Database, instance: str = "main") -> Counts:
    found = [row for row in rows(database, HOURLY) if row["instance"] == instance]
    return Counter({tuple(row[name] for name in KEY): row["failures"] for row in found})


def counted(database: Database, instance: str = "main") -> Counts:
    """What the roll-up has to be: counted from the events, one by one."""
    counts: Counts = Counter()
    for row in rows(database, EVENTS):
        if row["instance"] != instance or row["outcome"] not in FAILURES:
            continue
        hour, cause = row["occurred_at"].replace(minute=0, second=0, microsecond=0), row["cause"]
        by = "user" if row["user"] is not None else "sender" if row["sender"] is not None else "nobody"
        person = (by, hour, row.get(by) or "", row["sender_domain"] or "", row["client_ip"] or "", cause)
        counts.update(dict.fromkeys([person, ("cause", hour, cause, "", "", cause)], row["repeat"]))
        if row["recipient_domain"]:
            counts["recipient_domain", hour, row["recipient_domain"], "", "", cause] += row["repeat"]
    return counts
