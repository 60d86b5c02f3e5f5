"""What wakes the reader, and that nothing rests on it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rejectwatch.sources.wake import Waker

LONG = 20.0


@pytest.fixture
def waker() -> Iterator[Waker]:
    waker = Waker()
    yield waker
    waker.close()


def test_a_line_wakes(waker: Waker, tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    waker.watch({tmp_path})
    with path.open("a") as log:
        log.write("a line\n")

    assert waker.wait(LONG)


def test_a_rename_wakes(waker: Waker, tmp_path: Path) -> None:
    (tmp_path / "mail.log").touch()
    waker.watch({tmp_path})
    (tmp_path / "mail.log").rename(tmp_path / "mail.log.1")

    assert waker.wait(LONG)


def test_reading_does_not_wake(waker: Waker, tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text("a line\n")
    waker.watch({tmp_path})
    path.read_text()
    list(tmp_path.iterdir())

    assert not waker.wait(0.2)


def test_a_descriptor_wakes(waker: Waker) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")

    assert waker.wait(LONG, [None, reading])
    os.close(reading)
    os.close(writing)


def test_a_signal_handler_may_wake(waker: Waker) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: waker.wake())
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)

    assert waker.wait(LONG)
    assert not waker.wait(0)


def test_a_folder_that_was_replaced_is_watched_anew(waker: Waker, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    waker.watch({folder})
    folder.rename(tmp_path / "old")
    folder.mkdir()
    waker.wait(0.2)
    waker.watch({folder})
    (folder / "mail.log").touch()

    assert waker.wait(LONG)


def test_without_a_watch_waiting_just_ends(
    waker: Waker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("watchdog.observers.inotify.InotifyObserver.schedule", full)
    waker.watch({tmp_path, tmp_path / "missing"})
    (tmp_path / "mail.log").touch()

    assert not waker.wait(0.05)


def test_closing_twice_and_waking_after_it_is_no_fault(waker: Waker) -> None:
    waker.close()
    waker.close()
    waker.wake()
