"""What is configured, and whether anybody hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, note, ok, trouble


def read(case: Case) -> Iterator[Finding]:
    if case.file is None:
        yield ok("no configuration file, so the defaults hold")
    else:
        yield ok(f"{case.file} has no mistakes")


def notified(case: Case) -> Iterator[Finding]:
    """Whether somebody is told what the watch has to say about itself: that goes to channels without domains."""
    channels = case.settings.channels
    if not channels:
        yield note(
            "there is no channel: alerts are stored, and nobody is told",
            "add one under [[channels]], and try it: rejectwatch test-alert",
        )
    elif all(one.domains for one in channels):
        yield trouble(
            f"each channel has domains ({', '.join(one.name for one in channels)}), so nobody is told of lost lines,"
            " silent logs and backlogs, nor of failures in other domains",
            "add a channel without domains for whoever runs this server",
        )
    else:
        yield ok(f"alerts go to {', '.join(one.name for one in channels)}")


def rules(case: Case) -> Iterator[Finding]:
    if not case.settings.rules:
        yield trouble("there are no rules: nothing will ever be alerted", "remove `rules = []`")
