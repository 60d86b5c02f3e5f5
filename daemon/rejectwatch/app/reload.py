"""SIGHUP: the configuration is read and checked; only one without a mistake takes effect.

It does so as a restart would: this daemon stops in good order, and the same command begins anew in the same
process (`exec`). That is the way which every restart goes, and it leaves nothing of the old configuration
behind, while parts that are rebuilt one by one would share the process with threads that may still wait for a
database that says nothing. So counters begin at 0, and the address of the metrics is closed for a moment.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from rejectwatch.app.sources import SourceBuilder
from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.notify.channel import channels
from rejectwatch.settings import Settings
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from rejectwatch.zone import local_zone

log = logging.getLogger(__name__)

Configuration = Callable[[], tuple[Settings, Path]]
"""The settings as they are written now, and the folder that they stand in; SettingsError: there are mistakes."""


class Reload:
    """Checks in a thread of its own, because a database is asked as well, and SIGTERM does not wait for that.

    `checked` is told the mistakes, None if there are none; `began`, that a check begins.
    """

    def __init__(
        self,
        configuration: Configuration,
        current: Settings,
        began: Callable[[], None],
        checked: Callable[[str | None], None],
    ) -> None:
        self._configuration = configuration
        self._current = current
        self._began = began
        self._checked = checked
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask(self) -> None:
        """Asked twice while a check runs, it checks once more: the file may be another by then."""
        self._asked.set()

    def _run(self) -> None:
        mistakes: str | None = ""
        while mistakes is not None:
            self._asked.wait()
            self._asked.clear()
            self._began()
            mistakes = self._mistakes()
            self._checked(mistakes)

    def _mistakes(self) -> str | None:
        try:
            self._must_start()
        except SettingsError as error:
            return str(error)
        except Exception as error:  # the edge of a thread: a bug in the check must not cost the watch
            log.exception("the configuration can't be checked")
            return f"the configuration can't be checked: {type(error).__name__}: {error}"
        return None

    def _must_start(self) -> None:
        """Raises SettingsError for all that would end a start with this configuration."""
        settings, beside = self._configuration()
        channels(settings, beside)
        SourceBuilder(settings, local_zone())
        if settings.database != self._current.database:
            database = open_database(settings.database.url)
            try:
                with suppress(TransientError):  # a start waits for it
                    migrate.prepare(database)
            finally:
                database.close()


def begin_anew() -> NoReturn:
    """The same command in the place of this process, which keeps its id, its environment and waiting signals."""
    logging.shutdown()
    with suppress(OSError):  # nobody takes what is printed
        sys.stdout.flush()
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — no shell is wanted
    except OSError as error:
        raise TransientError(f"{sys.executable} can't be started again: {error.strerror}") from error
