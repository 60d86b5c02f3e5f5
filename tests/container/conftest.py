"""The package, and machines to install it on. `make nspawn` builds and brings what is needed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from container.machine import Machine
from container.roots import POSTFIX, Root
from parts.packages import CHECKOUT, Missing

Boot = Callable[[Root], Machine]


@pytest.fixture(scope="session")
def deb() -> Path:
    """The Debian package that was built last."""
    found = sorted((CHECKOUT / ".cache" / "deb").glob("*.deb"), key=lambda file: file.stat().st_mtime_ns)
    if not found:
        pytest.fail(
            "there is no package to install; `make nspawn` builds it, as `make deb` does", pytrace=False
        )
    return found[-1]


@contextmanager
def _nothing_is_missing() -> Iterator[None]:
    """What this machine lacks is told, and is no reason to skip."""
    try:
        yield
    except Missing as missing:
        pytest.fail(f"{missing}; as root, `make nspawn` brings what it needs", pytrace=False)


@pytest.fixture
def boot(place: Path) -> Iterator[Boot]:
    """Boots a machine, which ends with the test."""
    with ExitStack() as machines:

        def booted(root: Root) -> Machine:
            with _nothing_is_missing():
                return machines.enter_context(Machine(place / root.name, root.layers()))

        yield booted


@pytest.fixture(scope="session")
def installed(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """Debian's Postfix, only the journal, and the package: installed in a running machine, which was then halted."""
    folder = tmp_path_factory.mktemp("installed")
    with _nothing_is_missing(), Machine(folder, POSTFIX.layers()) as machine:
        machine.install(deb)
    yield machine.layers
    shutil.rmtree(folder)


@pytest.fixture
def machine(place: Path, installed: list[Path]) -> Iterator[Machine]:
    """The same, booted anew: the service has started by itself."""
    with Machine(place / "machine", installed) as booted:
        yield booted
