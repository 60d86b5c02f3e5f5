"""Sources from the settings: those that are configured, or those that this machine has."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

from rejectwatch.app.handover import Left, taken_over, whole_seconds
from rejectwatch.changes import Position
from rejectwatch.errors import SettingsError
from rejectwatch.settings import Settings, SourceSettings
from rejectwatch.sources import auto
from rejectwatch.sources.file import File
from rejectwatch.sources.interface import Source, Start
from rejectwatch.sources.journal import Journal
from rejectwatch.sources.pattern import Pattern, is_pattern
from rejectwatch.sources.stamps import times
from rejectwatch.state import State

log = logging.getLogger(__name__)


class SourceBuilder:
    """Decides once which sources there are, and builds them anew at whatever positions are stored."""

    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._settings = settings
        self._time_of = times(zone)
        self._wanted = settings.sources if settings.sources is not None else _found()
        if not self._wanted:
            raise SettingsError(
                "This machine has no mail log that rejectwatch knows: name it under [[sources]] in the configuration"
            )

    @property
    def names(self) -> list[str]:
        return [one.label for one in self._wanted]

    def build(self, positions: dict[str, Position], state: State) -> list[Source]:
        """At their positions; under "auto", one that takes the place of another begins where that one was left.

        Its own position, if it has one from before, is taken out of `positions`.
        """
        now, left = datetime.now(UTC), dict[str, Left]()
        if self._settings.sources is None:
            left = taken_over(set(self.names), set(positions), state, now)
        for name in left:
            positions.pop(name, None)
        return [self._source(one, positions.get(one.label), left.get(one.label), now) for one in self._wanted]

    def _source(
        self, wanted: SourceSettings, position: Position | None, left: Left | None, now: datetime
    ) -> Source:
        start = Start(now - left.since, now, left.source) if left else Start(self._settings.first_read, now)
        common: dict[str, Any] = {
            "checkpoint": None if position is None else position.checkpoint,
            "start": start,
            "max_alert_age": self._settings.max_alert_age,
            "clock": partial(datetime.now, UTC),
        }
        if wanted.path is None:
            return Journal(wanted.label, directory=wanted.directory, **common)
        common["time_of"] = whole_seconds(self._time_of) if left else self._time_of
        if is_pattern(wanted.path):
            return Pattern(wanted.label, wanted.path, rotated_to=wanted.rotated_to, **common)
        return File(wanted.label, wanted.path, rotated_to=wanted.rotated_to, **common)


def _found() -> tuple[SourceSettings, ...]:
    """What "auto" means on this machine, and what there is to say about it."""
    survey = auto.survey()
    if survey.unreadable and all(one.needs_help for one in survey.sources):
        raise SettingsError("\n".join(survey.unreadable))
    for trouble in survey.unreadable:
        log.error("%s", trouble)
    for note in survey.notes:
        log.info("%s", note)
    return tuple(
        SourceSettings(name=one.name, path=one.path, journal=one.path is None) for one in survey.sources
    )
