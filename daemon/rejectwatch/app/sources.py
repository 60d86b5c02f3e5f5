"""Sources from the settings: those that are configured, or those that this machine has."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

from rejectwatch.changes import Position
from rejectwatch.errors import SettingsError
from rejectwatch.settings import Settings, SourceSettings
from rejectwatch.sources import auto
from rejectwatch.sources.file import File
from rejectwatch.sources.interface import Source, Start
from rejectwatch.sources.journal import Journal
from rejectwatch.sources.stamps import times

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

    def build(self, positions: dict[str, Position]) -> list[Source]:
        return [self._source(one, positions.get(one.label)) for one in self._wanted]

    def _source(self, wanted: SourceSettings, position: Position | None) -> Source:
        now = datetime.now(UTC)
        common: dict[str, Any] = {
            "checkpoint": None if position is None else position.checkpoint,
            "start": Start(self._settings.first_read, now),
            "max_alert_age": self._settings.max_alert_age,
            "clock": partial(datetime.now, UTC),
        }
        if wanted.path is None:
            return Journal(wanted.label, directory=wanted.directory, **common)
        return File(wanted.label, wanted.path, time_of=self._time_of, **common)


def _found() -> tuple[SourceSettings, ...]:
    """What "auto" means on this machine, and what there is to say about it."""
    survey = auto.survey()
    if survey.unreadable and not survey.sources:
        raise SettingsError("\n".join(survey.unreadable))
    for trouble in survey.unreadable:
        log.error("%s", trouble)
    for note in survey.notes:
        log.info("%s", note)
    return tuple(
        SourceSettings(name=one.name, path=one.path, journal=one.path is None) for one in survey.sources
    )
