"""What the core makes of a log, cut anywhere, with a commit or a restart at any cut."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rejectwatch.changes import Changes
from rejectwatch.facts import Batch
from rejectwatch.incidents.rules import Policy, Rule
from rejectwatch.pipeline import Terms, step, tick
from rejectwatch.state import State

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 11, 25, tzinfo=UTC)
TERMS = Terms(
    codes=frozenset({553}),
    zone=UTC,
    policy=Policy(
        rules=(
            Rule("user", "user", 2, timedelta(minutes=10)),
            Rule("sender", "sender", 2, timedelta(minutes=10)),
        ),
        group_wait=timedelta(seconds=2),
        recover_after=timedelta(seconds=2),
        expire_after=timedelta(hours=1),
    ),
)


def told(
    log: bytes,
    cuts: Sequence[int] = (),
    *,
    restarts: bool = False,
    queue_ids: int = 1000,
    alert_from: datetime = LONG_AGO,
    terms: Terms = TERMS,
) -> dict[str, Any]:
    """Everything that came of the log; `cuts` are line numbers at which a batch ends."""
    lines = [line + b"\n" for line in log.split(b"\n")[:-1]]  # splitlines takes \r for an end as well
    state, changes, position = State(queue_ids), Changes(), 0
    state.times.put(("begun", "mail"), LONG_AGO)
    state.apply()
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for first, last in itertools.pairwise(edges):
        block = b"".join(lines[first:last])
        step(state, batch(block, position, alert_from), changes, terms)
        position += len(block)
        state.apply()
        state = restarted(state, queue_ids) if restarts else state
    before_tick = snapshot(state)
    tick(state, END, changes, terms)
    return {
        "events": changes.events,
        "messages": changes.messages,
        "deliveries": changes.deliveries,
        "other": changes.other_refusals,
        "gaps": changes.gaps,
        "notices": changes.notices,
        "shapes": changes.shapes,
        "replies": changes.replies,
        "lines": changes.lines,
        "bytes": changes.bytes,
        "position": changes.positions,
        "state": before_tick,
        "clock": state.clock,
    }


def batch(block: bytes, start: int, alert_from: datetime) -> Batch:
    return Batch(
        source="mail",
        generation="g",
        block=block,
        start=start,
        end=start + len(block),
        position_of=start.__add__,
        checkpoint="{}",
        nearest=datetime(2026, 11, 24, 12, tzinfo=UTC),
        alert_from=alert_from,
    )


def snapshot(state: State) -> dict[str, Any]:
    """The state as the store would keep it, in the order of the puts."""
    return {
        name: [table.dump(key, value) for key, value in table.items()]
        for name, table in state.tables().items()
    }


def restarted(state: State, queue_ids: int) -> State:
    """The state after a stop and a start: through JSON, as the database has it."""
    stored = json.loads(json.dumps(snapshot(state)))
    fresh = State(queue_ids)
    for name, table in fresh.tables().items():
        table.fill(stored[name])
    return fresh
