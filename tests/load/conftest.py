"""bench/ is a folder of the checkout, not a part of the installed package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parts.postgresql import PostgreSQL

ROOT = Path(__file__).parents[2]

if str(ROOT) not in sys.path:  # `python -m pytest` has put it there already, `pytest` has not
    sys.path.insert(0, str(ROOT))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None: a file beside the configuration."""
    if request.param == "sqlite":
        return None
    cluster: PostgreSQL = request.getfixturevalue("cluster")
    return cluster.fresh_database()
