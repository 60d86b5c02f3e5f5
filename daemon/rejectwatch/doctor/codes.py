"""Refusals that are not looked at, because their codes are not watched. Only the daemon knows: it counts, and stores none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock, note
from rejectwatch.metrics import OFTEN

PATIENCE = 5
"""Seconds that the daemon is waited for."""
LONGEST = 4 << 20
"""Bytes of an answer; whoever listens there need not be ours."""


def unwatched(case: Case) -> Iterator[Finding]:
    """Whoever tries a watch with a refusal of another code sees nothing, and wonders."""
    if not case.is_running:
        return
    metrics = _metrics(*case.settings.http.address)
    counts: Counter[int] = Counter()
    for sample in metrics["rejectwatch_other_rejections"].samples if metrics else ():
        if sample.labels["code"] != "other":
            counts[int(sample.labels["code"])] += int(sample.value)
    if not (told := +counts):
        return
    (start,) = metrics["process_start_time_seconds"].samples
    codes = ", ".join(f"{code}: {count:,}" for code, count in told.most_common())
    yield note(
        f"of what was read since {clock(datetime.fromtimestamp(start.value, UTC))}, {told.total():,} refusals had codes"
        f" that are not watched ({codes})",
        f"codes = {sorted({*case.settings.codes, *OFTEN})} in the configuration watches them",
    )


def _metrics(host: str, port: int) -> dict[str, Metric]:
    """What the daemon shows of itself; nothing, if it does not answer, or is not ours."""
    try:
        with closing(HTTPConnection(host, port, timeout=PATIENCE)) as connection:
            connection.request("GET", "/metrics")
            shown = connection.getresponse().read(LONGEST).decode()
        found = {family.name: family for family in text_string_to_metric_families(shown)}
    except (OSError, HTTPException, ValueError):
        return {}
    return found if "rejectwatch_other_rejections" in found else {}
