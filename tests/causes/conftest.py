from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REPLIES = Path(__file__).parents[1] / "data" / "replies.jsonl"


@pytest.fixture(scope="session")
def replies() -> list[dict[str, Any]]:
    """Real 553 replies, each with the cause that a careful reader gave it; `alt` is acceptable too."""
    return [json.loads(line) for line in REPLIES.read_text(encoding="utf-8").splitlines()]
