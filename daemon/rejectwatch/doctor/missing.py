"""What the watch does not know: lines that may be lost, and lines that it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rejectwatch.causes.masking import SIGN
from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock, lasting, note, ok, trouble
from rejectwatch.facts import Gap, GapReason
from rejectwatch.store.health import Strange

RECENT = timedelta(days=1)
SHOWN = 10

REASONS: dict[GapReason, str] = {
    "removed": "a log was removed or overwritten before it was read to its end",
    "unreadable": "a log may not be read",
    "damaged": "a log is damaged",
    "vacuumed": "the journal removed entries before they were read",
    "suppressed": "the logger dropped lines",
}
CURES: dict[GapReason, str] = {
    "removed": "keep rotated logs for longer than the daemon may stand still (logrotate: rotate, delaycompress)",
    "unreadable": "see permissions",
    "damaged": "is the disk well?",
    "vacuumed": "give the journal more room: SystemMaxUse= in journald.conf",
    "suppressed": "raise the limit: RateLimitBurst= in journald.conf or LogRateLimitBurst= of the unit; in rsyslog"
    " SysSock.RateLimit.Burst of imuxsock, Ratelimit.Burst of imjournal",
}


def gaps(case: Case) -> Iterator[Finding]:
    """Those of the last 30 days; those of the last day are trouble."""
    found = case.stored.gaps
    if not found:
        yield ok("no lines are known to be lost in the last 30 days")
    for noticed_at, gap in found[:SHOWN]:
        is_recent = case.now - noticed_at < RECENT
        yield trouble(_told(gap), CURES[gap.reason]) if is_recent else note(_told(gap))
    if len(found) > SHOWN:
        yield note(f"and {len(found) - SHOWN} older ones")


def _told(gap: Gap) -> str:
    lines = "lines" if gap.lines is None else f"{gap.lines} lines"
    times = [clock(at) for at in (gap.since, gap.until) if at is not None]
    when = f", {' to '.join(dict.fromkeys(times))}" if times else ""
    return f"{gap.source}: {lines} may be lost{when}: {REASONS[gap.reason]} ({gap.detail})"


def shapes(case: Case) -> Iterator[Finding]:
    """Of lines; the newest ones."""
    found = [one for one in case.stored.shapes if not one.shape.startswith(SIGN)]
    if not found:
        yield ok("every refusal and delivery was understood")
        return
    yield note(
        f"refusals and deliveries that were not understood, and are not counted: {sum(one.count for one in found):,}",
        "please report these shapes: they hold no names and no numbers of yours",
    )
    yield from _listed(case, found)


def replies(case: Case) -> Iterator[Finding]:
    """Of refusals that are counted, and whose cause their text did not tell; the newest ones."""
    found = [one for one in case.stored.shapes if one.shape.startswith(SIGN)]
    if not found:
        return
    yield note(
        f"refusals that are counted, and whose cause is not known: {sum(one.count for one in found):,}",
        "please report these replies: what may be an address, a name or a number is left out; see whether a word is left"
        " that should not be read by others",
    )
    yield from _listed(case, found)


def _listed(case: Case, found: list[Strange]) -> Iterator[Finding]:
    for one in found[:SHOWN]:
        yield note(
            f"{one.count:,} × {one.mta}, {one.source}, last {lasting(case.now - one.last_at)} ago: {one.shape}"
        )
    if len(found) > SHOWN:
        yield note(f"and {len(found) - SHOWN} kinds more, not seen for longer")


def without_code(case: Case) -> Iterator[Finding]:
    """Refusals that count nowhere, since their lines do not say what the client was answered."""
    yield ok(
        "never counted, because the log has no code of them: what Postfix' cleanup logs as milter-reject"
    )
    mapped = len(case.settings.log_messages)
    yield ok(
        "refusals of Exim with a log_message have no code in the log either:"
        f" counted are those whose text stands under [[log_messages]] ({mapped or 'none'})"
    )
