"""Whether anybody hears of it: who is told, what the channels took last, what is muted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock, note, ok, some, trouble
from rejectwatch.store import health, silences


def notified(case: Case) -> Iterator[Finding]:
    """Whether somebody is told what the watch has to say about itself."""
    names = [one.name for one in case.settings.channels]
    if not names:
        yield note(
            "there is no channel: alerts are stored, and nobody is told",
            "add one under [[channels]], and try it: rejectwatch test-alert",
        )
    elif not case.settings.routing(UTC).channels_of_notice():
        yield trouble(
            f"each channel has domains ({', '.join(names)}), so nobody is told of lost lines,"
            " silent logs and backlogs, nor of failures in other domains",
            "add a channel without domains for whoever runs this server",
        )
    else:
        yield ok(f"alerts go to {', '.join(names)}")


def taken(case: Case) -> Iterator[Finding]:
    """What each channel took last, and what it did not take."""
    if case.is_new or not case.settings.channels:
        return
    _ = case.stored
    sends = health.sends(case.database, case.settings.instance_name)
    for one in case.settings.channels:
        yield _taken(one.name, sends.get(one.name))


def _taken(name: str, sends: health.Sends | None) -> Finding:
    if sends is None:
        return note(f"{name}: no alert has gone there yet", f"try it: rejectwatch test-alert {name}")
    last = f"the last that was taken is of {clock(sends.taken_at)}" if sends.taken_at else "it never took any"
    if (failed := sends.failed) is None:
        return ok(f"{name}: {last}")
    became = "was given up" if failed.is_given_up else "is not taken"
    return trouble(
        f"{name}: the message of {clock(failed.at)} {became} ({failed.tries} tries): {failed.error}; {last}",
        f"rejectwatch test-alert {name} shows whether it works now",
    )


def muted(case: Case) -> Iterator[Finding]:
    """A silence that somebody forgot is why an alert was missed."""
    if case.is_new:
        return
    _ = case.stored
    active = silences.active(case.database, case.now)
    if active:
        ends = some(f"{one.id} until {clock(one.until)} ({one.reason})" for one in active)
        yield note(f"silences in force: {ends}", "rejectwatch silence list shows what they mute")
