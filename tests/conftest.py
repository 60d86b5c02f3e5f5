"""Real servers as fixtures, and the rule about what may be skipped.

A test that needs more than a fixture gives builds the part itself, in a folder under `place`:

    def test_it_...(place: Path) -> None:
        with Remote() as remote, Postfix(place / "postfix", remote=remote) as postfix:
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from parts.exim import Exim
from parts.inbox import Inbox
from parts.packages import Missing
from parts.postfix import Postfix
from parts.postgresql import PostgreSQL
from parts.prometheus import Prometheus
from parts.remote import Remote

IN_CI = os.environ.get("CI") == "true"

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "local")


# ── nothing is skipped in CI ─────────────────────────────────────────────────────────────────────


@contextmanager
def _missing_is_told() -> Iterator[None]:
    """A missing server skips the test with a sentence that helps; in CI it fails."""
    try:
        yield
    except Missing as missing:
        sentence = f"{missing}; `make test` brings what the tests need"
        if IN_CI:
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that is begun last would keep one process busy while the others idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    with _missing_is_told():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    with _missing_is_told():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and in CI nothing is: {report.longreprtext}"
    return report


# ── folders ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users can enter: mail servers and databases drop root.

    (pytest's tmp_path lies in a folder of mode 0700.)
    """
    with _open_folder() as folder:
        yield folder


# ── servers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def remote() -> Iterator[Remote]:
    """Another mail server, which refuses as told."""
    with Remote() as server:
        yield server


@pytest.fixture
def postfix(place: Path, remote: Remote) -> Iterator[Postfix]:
    """A Postfix whose foreign mail goes to `remote`."""
    with Postfix(place / "postfix", remote=remote) as server:
        yield server


@pytest.fixture
def exim(place: Path, remote: Remote) -> Iterator[Exim]:
    """An Exim whose foreign mail goes to `remote`."""
    with Exim(place / "exim", remote=remote) as server:
        yield server


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    """The administrator's mail server: STARTTLS, no login."""
    with Inbox(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgreSQL]:
    """One cluster for the session; with pytest-xdist each worker has one of its own."""
    with _open_folder() as folder, PostgreSQL(folder) as server:
        yield server


@pytest.fixture
def postgresql(cluster: PostgreSQL) -> PostgreSQL:
    """The session's cluster, its `url` a fresh database for this test.

    Whoever restarts or stops the server leaves it running.
    """
    cluster.url = cluster.fresh_database()
    return cluster


StartPrometheus = Callable[..., Prometheus]


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[StartPrometheus]:
    """Start a Prometheus for these targets: prometheus(["127.0.0.1:9553"], rules=...)."""
    with ExitStack() as servers:

        def start(*arguments: Any, **more: Any) -> Prometheus:
            return servers.enter_context(Prometheus(tmp_path, *arguments, **more))

        yield start
