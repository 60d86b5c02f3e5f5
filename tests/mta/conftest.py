from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def stage() -> Iterator[Path]:
    """A folder for the servers of the whole session, which other users can enter."""
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-mta-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
