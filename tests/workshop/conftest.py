"""The wheel, for the tests that look at it."""

import os
import sys
from pathlib import Path

import pytest

from workshop.checkout import ROOT, SOURCES, copy_checkout, run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `make test` has built and installed; where pytest is run by hand, one built now."""
    if built := os.environ.get("REJECTWATCH_TEST_WHEEL"):
        return ROOT / built
    checkout = copy_checkout(tmp_path_factory.mktemp("wheel") / "checkout", *SOURCES)
    built_now = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", cwd=checkout)
    assert built_now.returncode == 0, built_now.stdout
    return next(checkout.glob("dist/*.whl"))
