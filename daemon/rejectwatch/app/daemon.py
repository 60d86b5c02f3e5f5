"""The daemon: its parts, built from the settings, and their start and stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from prometheus_client import REGISTRY

from rejectwatch import sdnotify
from rejectwatch.app.reading import Opened, Reading
from rejectwatch.app.sources import SourceBuilder
from rejectwatch.causes import CAUSES
from rejectwatch.changes import Changes, Position
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
from rejectwatch.watch import Notice
from rejectwatch.web import Server
from rejectwatch.zone import local_zone

log = logging.getLogger(__name__)

MICROSECOND = timedelta(microseconds=1)

REBIND = 2.0
"""Seconds until an address that was in use is tried again."""
STARTING = timedelta(minutes=1)
"""For so long after each try systemd goes on waiting for a start that the database holds up."""
LET_GO = 3.5
"""Seconds that a stop waits for reading and sending, which may wait for a database that says nothing."""


class Daemon:
    """Runs until a signal or `stop`. `shown` gets what each commit has written; `beside` is the settings' folder."""

    def __init__(self, settings: Settings, beside: Path, shown: Callable[[Changes], None]) -> None:
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
            Terms(settings.codes, local_zone(), settings.policy, settings.silent_after),
            self._metrics,
            self._waker,
            self._stopping,
            shown,
            self._started,
            self._turned,
        )
        self._reader = _Thread(self._reading.run, "read")
        self._server: Server | None = None
        self._server_thread = threading.Thread(target=self._serve, name="bind", daemon=True)
        self._is_ready = False

    def run(self) -> None:
        """Returns after a signal; raises SettingsError where only the operator can help."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # Reading has a thread of its own: a signal handler that sets a flag must not run in the thread that
        # may just be looking at it.
        self._reader.start()
        self._server_thread.start()
        try:
            self._reader.watch(self._stopping)
        finally:
            self.stop()
        self._reader.complain()

    def stop(self) -> None:
        """Works twice and in any state."""
        sdnotify.notify("STOPPING=1")
        self._stopping.set()
        self._waker.wake()
        ends = time.monotonic() + LET_GO
        self._notifier.stop()
        self._reader.leave(ends - time.monotonic())
        self._waker.close()
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

    def _route(self, message: Message | Notice) -> list[str]:
        return [name for name, channel in self._channels.items() if channel.wants(message)]

    def _started(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._notifier.start()
            sdnotify.notify("READY=1")

    def _turned(self, status: str) -> None:
        waits = () if self._is_ready else (f"EXTEND_TIMEOUT_USEC={STARTING // MICROSECOND}",)
        sdnotify.notify("WATCHDOG=1", f"STATUS={status}", *waits)

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
                    log.error(
                        "http.listen: %s can't be used: %s; tried again every %d s, all else works",
                        self._settings.http.listen,
                        os.strerror(error.errno) if error.errno else error,
                        REBIND,
                    )
                told = True
                self._stopping.wait(REBIND)
            else:
                self._server.start()
                log.info("metrics on %s/metrics", self._server.url)
                return


class _Thread(threading.Thread):
    """A thread whose exception is not lost."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        # A daemon, so that the process can end while it still waits: what it has not committed is read again.
        super().__init__(name=name, daemon=True)
        self._work = work
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 — not swallowed: `complain` raises it where somebody listens
            self._error = error

    def watch(self, stopping: threading.Event) -> None:
        """Wait until it ends, or should."""
        while self.is_alive() and not stopping.is_set():
            self.join(0.5)  # now and then, so that a signal's handler gets its turn

    def leave(self, seconds: float) -> None:
        """Give it so much time to end."""
        if self.is_alive():
            self.join(max(seconds, 0))

    def complain(self) -> None:
        if self._error is not None:
            raise self._error
