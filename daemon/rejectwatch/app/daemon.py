"""The daemon: its parts, built from the settings, and their start and stop."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from prometheus_client import REGISTRY

from rejectwatch import sdnotify
from rejectwatch.app.reading import Opened, Reading
from rejectwatch.app.reload import Configuration, Reload
from rejectwatch.app.signals import Signals
from rejectwatch.app.sources import SourceBuilder
from rejectwatch.causes import CAUSES
from rejectwatch.changes import Changes, Position
from rejectwatch.incidents.incident import By
from rejectwatch.metrics import Metrics
from rejectwatch.notify.channel import channels
from rejectwatch.notify.failing import Failing
from rejectwatch.notify.notifier import Notifier
from rejectwatch.notify.own_mail import own_mail
from rejectwatch.sources.interface import Source
from rejectwatch.sources.wake import Waker
from rejectwatch.state import State
from rejectwatch.store import context, migrate
from rejectwatch.store.database import open_database
from rejectwatch.store.lock import FileClaim, ServerClaim, claim
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.retention import Keeper
from rejectwatch.store.writer import Writer
from rejectwatch.web import Server
from rejectwatch.zone import local_zone

log = logging.getLogger(__name__)

MICROSECOND = timedelta(microseconds=1)

REBIND = 2.0
"""Seconds until an address that was in use is tried again."""
STARTING = timedelta(minutes=1)
"""For so long after each try systemd goes on waiting for a start that the database holds up."""
LET_GO = 3.0
"""Seconds that a stop waits for reading and sending, which may wait for a database that says nothing."""
STOPPED = 3.5
"""Seconds after which a stop is over, whatever still hangs: it ends with the process, as in a crash."""
NOTICED = 0.2
"""Seconds until it is noticed that reading has ended by itself."""


class Daemon:
    """Runs until a signal or `stop`. `shown` gets what each commit has written."""

    def __init__(
        self, configuration: Configuration, signals: Signals, shown: Callable[[Changes], None]
    ) -> None:
        self._settings, beside = configuration()
        self._signals = signals
        settings = self._settings
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
            rule_kinds=get_args(By),
        )
        self._routing = settings.routing(local_zone())
        outbox = Outbox(self._database, settings.instance_name, self._routing)
        self._notifier = Notifier(
            outbox,
            self._channels,
            lambda: datetime.now(UTC),
            local_zone(),
            lambda channel, result: self._metrics.notifications.labels(channel, result).inc(),
            self._metrics.waiting.set,
            settings.house,
            Failing(outbox, self._routing, self._metrics.channel),
        )
        self._keeper = Keeper(
            self._database, settings.instance_name, settings.retention, lambda: datetime.now(UTC)
        )
        self._reading = Reading(
            self._opened,
            settings.terms(local_zone(), own_mail(self._channels.values(), settings.identities)),
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
        self._reload = Reload(configuration, settings, self._reloading, self._checked)
        self._reload_trouble = ""
        self._is_ready = False
        self._is_ending = False
        self._is_outdated = False

    def run(self) -> bool:
        """Returns after a signal: whether the daemon is to begin anew, with another configuration.

        Raises SettingsError where only the operator can help.
        """
        self._signals.hold()
        self._reader.start()
        self._server_thread.start()
        self._reload.start()
        try:
            self._watch()
        finally:
            self.stop()
        self._reader.complain()
        return self._begins_anew()

    def _watch(self) -> None:
        """Until reading has ended, or should."""
        while self._reader.is_alive() and not self._stopping.is_set():
            wish = self._signals.wait(NOTICED)
            if wish == "reload":
                self._reload.ask()
            elif wish == "end":
                self._is_ending = True
                return

    def _begins_anew(self) -> bool:
        return self._is_outdated and not self._is_ending

    def stop(self) -> None:
        """Works twice and in any state, within five seconds."""
        ends = time.monotonic() + STOPPED
        if not self._begins_anew():
            sdnotify.notify("STOPPING=1")
        self._end_reading()
        closing = _Thread(self._close, "close")
        closing.start()
        closing.leave(ends - time.monotonic())
        closing.complain()

    def _end_reading(self) -> None:
        self._stopping.set()
        self._waker.wake()

    def _close(self) -> None:
        ends = time.monotonic() + LET_GO
        self._notifier.stop()
        self._keeper.stop()
        self._reader.leave(ends - time.monotonic())
        self._waker.close()
        if self._server is not None:
            self._server.stop()
        if self._claim is not None:
            self._claim.release()
        self._database.close()

    def _reloading(self) -> None:
        """For systemd a reload lasts until the next READY=1: of this daemon, or of the one that follows."""
        if self._is_ready:
            sdnotify.notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def _checked(self, mistakes: str | None) -> None:
        if mistakes is None:
            self._is_outdated = True
            self._end_reading()
            return
        for mistake in mistakes.splitlines():
            log.error("not reloaded, the configuration from before holds: %s", mistake)
        self._metrics.reload_successful.set(0)
        self._reload_trouble = f" The last reload failed: {mistakes}"
        if self._is_ready:
            sdnotify.notify("READY=1", f"STATUS={self._reload_trouble.strip()}")

    def _opened(self) -> Opened:
        """Claim the state, bring the schema up to date: what has to work before the first line is read."""
        if self._claim is None:
            migrate.prepare(self._database)
            self._claim = claim(self._database, self._settings.instance_name)
            context.keep(self._database, self._settings)
        self._claim.renew()
        return Opened(Writer(self._database, self._settings.instance_name, self._routing), self._open_sources)

    def _open_sources(self, positions: dict[str, Position], state: State) -> list[Source]:
        return self._builder.build(positions, state)

    def _started(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._notifier.start()
            self._keeper.start()
            if not self._channels:
                log.info("no channel is configured: what fails is stored and shown, and told to nobody")
            sdnotify.notify("READY=1")

    def _turned(self, status: str) -> None:
        waits = () if self._is_ready else (f"EXTEND_TIMEOUT_USEC={STARTING // MICROSECOND}",)
        sdnotify.notify("WATCHDOG=1", f"STATUS={status}{self._reload_trouble}", *waits)

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

    def leave(self, seconds: float) -> None:
        """Give it so much time to end."""
        if self.is_alive():
            self.join(max(seconds, 0))

    def complain(self) -> None:
        if self._error is not None:
            raise self._error
