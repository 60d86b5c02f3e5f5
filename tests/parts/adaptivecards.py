"""`faults`: what Microsoft's own library, which draws Adaptive Cards in Teams, finds wrong with a card."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parts.packages import npm_package, program

READER = Path(__file__).with_suffix(".cjs")


def faults(cards: Sequence[dict[str, Any]]) -> list[list[str]]:
    """For each card what is wrong with it by schema 1.4."""
    library = npm_package("adaptivecards") / "dist" / "adaptivecards.js"
    done = subprocess.run(
        [program("node", "nodejs"), str(READER), str(library)],
        input=json.dumps(cards),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))
