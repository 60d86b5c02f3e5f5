"""What is configured."""

from __future__ import annotations

from collections.abc import Iterator

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, ok, trouble


def read(case: Case) -> Iterator[Finding]:
    if case.file is None:
        yield ok("no configuration file, so the defaults hold")
    else:
        yield ok(f"{case.file} has no mistakes")


def rules(case: Case) -> Iterator[Finding]:
    if not case.settings.rules:
        yield trouble("there are no rules: nothing will ever be alerted", "remove `rules = []`")
