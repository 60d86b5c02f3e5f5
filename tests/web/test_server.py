"""What a client can withhold must not keep the others from their answer."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import pytest
from prometheus_client import CollectorRegistry, Counter

from parts.waiting import until
from rejectwatch.web import Server
from rejectwatch.web import server as module


class Trouble:
    """What the daemon says of itself."""

    healthy: str | None = None
    ready: str | None = None


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def server(trouble: Trouble) -> Iterator[Server]:
    registry = CollectorRegistry()
    Counter("rejectwatch_example", "An example.", registry=registry).inc(7)
    one = Server(("127.0.0.1", 0), registry, lambda: trouble.healthy, lambda: trouble.ready)
    one.start()
    yield one
    one.stop()


def ask(
    server: Server, path: str, method: str = "GET", **more: object
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, **more)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def connect(server: Server, timeout: float = 30) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def seconds_until_closed(client: socket.socket) -> float:
    begun = time.monotonic()
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - begun


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_metrics_are_served_as_prometheus_asks(server: Server) -> None:
    status, body, headers = ask(server, "/metrics")

    assert status == 200
    assert "rejectwatch_example_total 7.0" in body
    assert headers["Content-Type"].startswith("text/plain; version=")


def test_metrics_are_served_as_open_metrics_to_those_who_ask(server: Server) -> None:
    _, body, headers = ask(
        server, "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )

    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_all_is_well(path: str, server: Server) -> None:
    assert ask(server, path)[:2] == (200, "ok\n")


@pytest.mark.parametrize("path, other", [("/healthz", "/readyz"), ("/readyz", "/healthz")])
def test_trouble_is_told_in_its_own_words(path: str, other: str, server: Server, trouble: Trouble) -> None:
    setattr(trouble, "healthy" if path == "/healthz" else "ready", "the database is away")

    assert ask(server, path)[:2] == (503, "the database is away\n")
    assert ask(server, other)[0] == 200


def test_a_load_balancer_may_ask_without_a_body(server: Server, trouble: Trouble) -> None:
    trouble.ready = "starting"

    assert ask(server, "/healthz", "HEAD")[:2] == (200, "")
    assert ask(server, "/readyz", "HEAD")[:2] == (503, "")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/x", "/../etc/passwd", "//metrics", "/%00"])
def test_there_is_nothing_else(path: str, server: Server) -> None:
    assert ask(server, path)[:2] == (404, "404\n")


@pytest.mark.parametrize(
    "method, path, status", [("POST", "/metrics", 405), ("DELETE", "/healthz", 405), ("POST", "/x", 404)]
)
def test_nothing_can_be_changed(method: str, path: str, status: int, server: Server) -> None:
    assert ask(server, path, method)[:2] == (status, f"{status}\n")


def test_the_answer_does_not_say_what_serves_it(server: Server) -> None:
    assert "Server" not in ask(server, "/metrics")[2]


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────


class Dripping:
    """Clients that send a header a byte at a time."""

    def __init__(self, clients: list[socket.socket]) -> None:
        self._clients = clients
        self._sent = 0

    def drip(self) -> None:
        for client in self._clients:
            client.send(b"GET /metrics HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyy"[self._sent % 40 :][:1])
        self._sent += 1


@pytest.mark.slow
def test_a_scrape_is_quick_while_silent_and_dripping_clients_hold_on(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(70):
            stack.enter_context(connect(server))
        dripping = Dripping([stack.enter_context(connect(server)) for _ in range(20)])
        took = []
        for _ in range(20):
            dripping.drip()
            begun = time.monotonic()
            assert ask(server, "/metrics")[0] == 200
            took.append(time.monotonic() - begun)

    assert median(took) < 1  # one alone may have waited for the processor


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
    ],
    ids=["silent", "half a header", "half a body"],
)
def test_a_client_that_withholds_something_is_let_go(said: bytes, server: Server) -> None:
    with connect(server) as client:
        client.sendall(said)

        assert 3 < seconds_until_closed(client) < 8


@pytest.mark.slow
def test_a_client_that_drips_is_let_go(server: Server) -> None:
    with connect(server) as client:
        begun = time.monotonic()
        dripping = Dripping([client])

        def let_go() -> bool:
            try:
                dripping.drip()
                client.settimeout(0.01)
                return client.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        until(let_go, 20)
    assert time.monotonic() - begun < 8


def test_a_client_that_does_not_read_its_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 1)
    monkeypatch.setattr(module, "CONNECTIONS", 1)
    registry = CollectorRegistry()
    Counter(
        "rejectwatch_example", "x" * 20_000_000, registry=registry
    )  # more than the system keeps for a client
    server = Server(("127.0.0.1", 0), registry, lambda: None, lambda: None)
    server.start()
    try:
        with connect(server) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(1)
            assert _status(server, "/healthz") == 0  # it has the only place

            assert until(lambda: _status(server, "/healthz")) == 200
    finally:
        server.stop()


def test_each_connection_gets_one_answer(server: Server) -> None:
    with connect(server) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        answer = b""
        while more := client.recv(65_536):
            answer += more

    assert answer.count(b"HTTP/1.1 200") == 1


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_above_the_cap_is_closed_at_once_and_then_there_is_room_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECTIONS", 3)
    held = [connect(server) for _ in range(3)]
    with connect(server, timeout=2) as one_too_many:
        assert one_too_many.recv(1) == b""
    for client in held:
        client.close()

    assert until(lambda: _status(server, "/healthz")) == 200


def _status(server: Server, path: str) -> int:
    try:
        return ask(server, path)[0]
    except (OSError, http.client.HTTPException):
        return 0


def test_a_large_header_is_refused(server: Server) -> None:
    with connect(server, timeout=10) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 20_000)

        assert seconds_until_closed(client) < 3


def test_a_large_body_is_refused_before_it_is_sent(server: Server) -> None:
    with connect(server, timeout=10) as client:
        client.sendall(b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")

        assert seconds_until_closed(client) < 3


@pytest.mark.parametrize(
    "said",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 100 + b"\r\n\r\n"],
)
def test_what_is_no_http_is_closed(said: bytes, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with connect(server, timeout=10) as client:
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)

        assert seconds_until_closed(client) < 3
    assert ask(server, "/healthz")[0] == 200
    assert "Traceback" not in caplog.text


# ── start and stop ───────────────────────────────────────────────────────────────────────────────


def make() -> Server:
    return Server(("127.0.0.1", 0), CollectorRegistry(), lambda: None, lambda: None)


def test_stop_works_twice() -> None:
    server = make()
    server.start()
    server.stop()
    server.stop()

    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_stop_works_before_start() -> None:
    server = make()
    server.stop()
    server.stop()


def test_stop_does_not_wait_for_clients() -> None:
    server = make()
    server.start()
    with connect(server), connect(server) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\n")
        begun = time.monotonic()
        server.stop()

    assert time.monotonic() - begun < 2


def test_an_address_in_use_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Server(taken.getsockname()[:2], CollectorRegistry(), lambda: None, lambda: None)


def test_it_serves_on_the_other_loopback_too() -> None:
    server = Server(("::1", 0), CollectorRegistry(), lambda: None, lambda: None)
    server.start()
    try:
        assert server.url.startswith("http://[::1]:")
        assert ask(server, "/healthz")[0] == 200
    finally:
        server.stop()


def test_stopped_before_it_has_begun_it_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)
    server = make()
    server.stop()
    server.start()
    server._thread.join(10)

    assert not server._thread.is_alive()
    assert complaints == []
