"""The daemon: its parts, built from the settings, and their start and stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from prometheus_client import REGISTRY

from rejectwatch import sdnotify
from rejectwatch.app.reading import Opened, Reading
from rejectwatch.app.sources import SourceBuilder
from rejectwatch.causes import CAUSES
from rejectwatch.changes import Position
from rejectwatch.facts import Event
from rejectwatch.incidents.incident import Message
from rejectwatch.metrics import Metrics
from rejectwatch.notify.channel import channels
from rejectwatch.notify.notifier import Notifier
from rejectwatch.pipeline import Terms
from rejectwatch.settings import Settings
from rejectwatch.sources.interface import Source
from rejectwatch.sources.wake import Waker
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database
from rejectwatch.store.lock import FileClaim, ServerClaim, claim
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.writer import Writer
from rejectwatch.web import Server
from rejectwatch.zone import local_zone

log = logging.getLogger(__name__)

REBIND = 5.0
"""Seconds until an address that was in use is tried again."""
LET_GO = 3.0
"""Seconds that a stop waits for reading, which may wait for a database that says nothing."""


class Daemon:
    """Runs until a signal or `stop`. `shown` gets the events of each commit; `beside` is the settings' folder."""

    def __init__(self, settings: Settings, beside: Path, shown: Callable[[list[Event]], None]) -> None:
        self._settings = settings
        self._channels = channels(settings, beside)
        self._stopping = threading.Event()
        self._waker = Waker()
        self._database = open_database(settings.database.url)
        self._claim: FileClaim | ServerClaim | None = None
        self._builder = SourceBuilder(settings, local_zone())
        self._metrics = Metrics(
            REGISTRY,
            sources=self._builder.names,
            codes=settings.codes,
            causes=[cause.slug for cause in CAUSES],
            domains=settings.site.domains,
            channels=self._channels,
            rule_kinds={rule.by for rule in settings.rules},
        )
        self._notifier = Notifier(
            Outbox(self._database, settings.instance_name),
            self._channels,
            lambda: datetime.now(UTC),
            local_zone(),
            lambda channel, result: self._metrics.notifications.labels(channel, result).inc(),
            self._metrics.waiting.set,
        )
        self._reading = Reading(
            self._opened,
            Terms(settings.codes, local_zone(), settings.policy),
            self._metrics,
            self._waker,
            self._stopping,
            shown,
            self._started,
            self._turned,
        )
        self._server: Server | None = None
        self._server_thread = threading.Thread(target=self._serve, name="bind", daemon=True)
        self._is_ready = False

    def run(self) -> None:
        """Returns after a signal; raises SettingsError where only the operator can help."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # Reading has a thread of its own: a signal handler that sets a flag must not run in the thread that
        # may just be looking at it.
        reading = _Thread(self._reading.run, "read")
        self._server_thread.start()
        reading.start()
        try:
            reading.wait(self._stopping)
        finally:
            self.stop()

    def stop(self) -> None:
        """Works twice and in any state."""
        sdnotify.notify("STOPPING=1")
        self._stopping.set()
        self._waker.close()
        self._notifier.stop()
        if self._server is not None:
            self._server.stop()
        if self._claim is not None:
            self._claim.release()
        self._database.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()
        self._waker.wake()

    def _opened(self) -> Opened:
        """Claim the state, bring the schema up to date: what has to work before the first line is read."""
        if self._claim is None:
            migrate.prepare(self._database)
            self._claim = claim(self._database, self._settings.instance_name)
        self._claim.renew()
        return Opened(Writer(self._database, self._settings.instance_name, self._route), self._open_sources)

    def _open_sources(self, positions: dict[str, Position]) -> list[Source]:
        return self._builder.build(positions)

    def _route(self, message: Message) -> list[str]:
        return [name for name, channel in self._channels.items() if channel.wants(message)]

    def _started(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._notifier.start()
            sdnotify.notify("READY=1")

    def _turned(self, status: str) -> None:
        sdnotify.notify("WATCHDOG=1", f"STATUS={status}")

    def _serve(self) -> None:
        """Bind, now or when the address becomes free: reading and alerting don't wait for it."""
        told = False
        while not self._stopping.is_set():
            try:
                self._server = Server(
                    self._settings.http.address, REGISTRY, self._reading.healthy, self._reading.ready
                )
            except OSError as error:
                if not told:
                    log.error("http.listen: %s can't be used: %s; tried again every %d s, all else works",
                              self._settings.http.listen, error.strerror or error, REBIND)
                told = True
                self._stopping.wait(REBIND)
            else:
                self._server.start()
                log.info("metrics on %s/metrics", self._server.url)
                return


class _Thread(threading.Thread):
    """A thread whose exception is raised again by `wait`."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        # A daemon, so that the process can end while it still waits: what it has not committed is read again.
        super().__init__(name=name, daemon=True)
        self._work = work
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 — not swallowed: `wait` raises it where somebody listens
            self._error = error

    def wait(self, stopping: threading.Event) -> None:
        """Until it ends; not much longer than until it should."""
        while self.is_alive() and not stopping.is_set():
            self.join(1)  # now and then, so that a signal's handler gets its turn
        self.join(LET_GO)
        if self._error is not None:
            raise self._error
