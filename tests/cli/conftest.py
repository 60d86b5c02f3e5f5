from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parts.postgresql import PostgreSQL

Configure = Callable[..., Path]


@pytest.fixture
def configured(tmp_path: Path) -> Configure:
    """Write a configuration with a database of its own, and give its path: configured("codes = [554]")."""

    def write(text: str = "", database_url: str | None = None) -> Path:
        file = tmp_path / "rejectwatch.toml"
        url = database_url or f"sqlite:///{tmp_path}/rejectwatch.db"
        file.write_text(f'{text}\n[database]\nurl = "{url}"\n')
        return file

    return write


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/rejectwatch.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.url
