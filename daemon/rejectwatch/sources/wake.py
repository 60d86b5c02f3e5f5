"""Wake the reader when something may have happened. Only that: what happened is found out by looking.

inotify loses events, goes deaf when a folder is replaced, runs out of watches, and tells nobody. So nothing
rests on it: `wait` also ends when its time is over, and without any watch the logs are read just the same.
"""

from __future__ import annotations

import errno
import logging
import os
import select
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from rejectwatch.sources.content import inode_of

log = logging.getLogger(__name__)

# Not the opening and closing of a file that is only read: our own reading would wake us for ever.
EVENTS: list[type[FileSystemEvent]] = [
    FileModifiedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
]


class Waker(FileSystemEventHandler):
    """`wait` ends when a watched folder changes, a descriptor has something to read, or somebody calls `wake`."""

    def __init__(self) -> None:
        self._flag = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, tuple[str, ObservedWatch]] = {}
        self.deaf: set[Path] = set()
        """Folders in which changes are only found by looking, because the system tells nothing about them."""

    def wake(self) -> None:
        """From any thread, and from a signal handler."""
        with suppress(OSError, ValueError):  # closed in the meantime
            os.eventfd_write(self._flag, 1)

    def wait(self, timeout: float, descriptors: Iterable[int | None] = ()) -> bool:
        """Wait so many seconds at most; whether something happened."""
        waiting = select.poll()
        for descriptor in {self._flag, *descriptors} - {None}:
            waiting.register(descriptor or 0, select.POLLIN)
        woken = bool(waiting.poll(timeout * 1000))
        with suppress(BlockingIOError):
            os.eventfd_read(self._flag)
        return woken

    def watch(self, folders: set[Path]) -> None:
        """Watch exactly these. To be called again and again: a folder that was replaced is watched anew."""
        for folder in self._watches.keys() - folders:
            self._unwatch(folder)
        self.deaf &= folders
        for folder in folders:
            self._watch(folder)

    def close(self) -> None:
        if self._observer:
            self._observer.stop()
            self._observer.join(timeout=1)
        self._observer = None
        flag, self._flag = self._flag, -1
        if flag >= 0:
            os.close(flag)

    def dispatch(self, event: FileSystemEvent) -> None:
        """Watchdog calls this in its own thread, which would die of an exception."""
        del event
        self.wake()

    def _watch(self, folder: Path) -> None:
        try:
            inode = inode_of(folder.stat())
            if folder in self._watches and self._watches[folder][0] == inode:
                return
            self._unwatch(folder)
            if not os.access(folder, os.R_OK):  # watchdog would keep silent, and deaf
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            watch = self._observed().schedule(self, str(folder), event_filter=EVENTS)
            self._watches[folder] = inode, watch
            self.deaf.discard(folder)
        except OSError as error:  # no such folder, not ours to see, no watch left
            self._unwatch(folder)
            if folder not in self.deaf:
                log.info(
                    "changes in %s are not noticed at once but looked for each second: %s", folder, error
                )
            self.deaf.add(folder)

    def _observed(self) -> BaseObserver:
        if self._observer is None:
            self._observer = Observer()
            self._observer.daemon = True
            self._observer.start()
        return self._observer

    def _unwatch(self, folder: Path) -> None:
        watched = self._watches.pop(folder, None)
        if watched and self._observer:
            with suppress(KeyError, OSError):  # gone already, as its folder is
                self._observer.unschedule(watched[1])
