"""The two kinds of failure that are expected; whatever else is raised is a bug and is logged with its traceback."""

from __future__ import annotations


class SettingsError(Exception):
    """Only the operator can mend it: one sentence that says where, why and, if known, what to do."""


class TransientError(Exception):
    """It can pass: try again later. One sentence that says what does not work, without secrets."""


class Superseded(TransientError):  # noqa: N818 — it is less an error than a fact
    """The database has gone on without us: forget what is in memory and read it again."""
