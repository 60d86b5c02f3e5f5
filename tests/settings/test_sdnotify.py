from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from parts.daemon import Daemon
from parts.waiting import until
from rejectwatch import sdnotify
from whole.made import CONFIGURATION, refusals


class Systemd:
    """The end of sd_notify(3) that systemd holds."""

    def __init__(self, address: str) -> None:
        self.variable = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.states: list[str] = []

    def close(self) -> None:
        self._socket.close()

    def has(self, state: str) -> bool:
        self._take()
        return any(one.startswith(state) for one in self.states)

    def _take(self) -> None:
        try:
            while message := self._socket.recv(65_536):
                self.states += message.decode().split("\n")
        except BlockingIOError:
            pass


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    with ExitStack() as stack:
        path = str(tmp_path / "notify") if request.param == "path" else f"@rejectwatch-test{tmp_path}"
        one = Systemd(path)
        stack.callback(one.close)
        yield one


def test_states_arrive(systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.variable)
    sdnotify.notify("READY=1", "STATUS=watching.")

    assert systemd.has("READY=1")
    assert systemd.states == ["READY=1", "STATUS=watching."]


def test_a_status_adds_no_state(systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.variable)
    sdnotify.notify("STATUS=a\nMAINPID=1\r\ud800")

    assert systemd.has("STATUS")
    assert systemd.states == [r"STATUS=a MAINPID=1 \ud800"]


@pytest.mark.parametrize(
    "address", [None, "", "relative", "/nowhere/notify", "@nobody-listens", "/" + "x" * 200]
)
def test_without_systemd_nothing_happens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)

    sdnotify.notify("READY=1")


def test_a_systemd_that_does_not_listen_is_not_waited_for_for_ever(
    systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.variable)
    monkeypatch.setattr(sdnotify, "PATIENCE", 0.01)

    for _ in range(100):  # more than its queue holds
        sdnotify.notify("WATCHDOG=1")


@pytest.mark.slow
def test_the_daemon_tells_systemd_how_it_is(systemd: Systemd, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(refusals(range(3)))
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), env={"NOTIFY_SOCKET": systemd.variable})
    with watch:
        until(lambda: systemd.has("READY=1"), what=watch.child.story)
        until(lambda: systemd.has("WATCHDOG=1"), what=watch.child.story)
        until(lambda: systemd.has("STATUS=watching."), what=lambda: f"watching, not {systemd.states}")
        begun = time.monotonic()
        code = watch.stop()

        assert (code, time.monotonic() - begun < 5) == (0, True)
        assert systemd.has("STOPPING=1")
        assert systemd.states.count("READY=1") == 1
        # Ready means: the tables are there, and reading has begun.
        assert watch.rows("SELECT count(*) FROM events") == [(3,)]
