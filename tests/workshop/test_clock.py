"""The core asks no clock, and ruff says so where it does; the shell may."""

import sys
from pathlib import Path

import pytest

from workshop.checkout import copy_checkout, run

CLOCKS = [
    "import datetime\nmoment = datetime.datetime.now(datetime.UTC)\n",
    "from datetime import UTC, datetime\nmoment = datetime.now(UTC)\n",
    "from datetime import datetime\nmoment = datetime.utcnow()\n",
    "from datetime import datetime\nmoment = datetime.today()\n",
    "from datetime import date\nday = date.today()\n",
    "import time\n",
    "from time import monotonic\n",
    "from time import sleep as wait\n",
]
CORE = [
    "facts",
    "changes",
    "state",
    "pipeline",
    "dialects/x",
    "correlate/x",
    "causes/x",
    "events",
    "incidents/x",
]
SHELL = ["app/x", "metrics", "sources/x", "notify/x", "store/x", "web/x", "cli/x"]


def banned(folder: Path, module: str, source: str) -> bool:
    file = copy_checkout(folder, "pyproject.toml") / "daemon" / "rejectwatch" / f"{module}.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    found = run(
        Path(sys.executable).with_name("ruff"), "check", "--no-cache", "--select=TID251", file, cwd=folder
    )
    return "TID251" in found.stdout


@pytest.mark.parametrize("source", CLOCKS)
def test_each_clock_is_found(source: str, tmp_path: Path) -> None:
    assert banned(tmp_path, "causes/x", source)


@pytest.mark.parametrize("module", CORE)
def test_no_part_of_the_core_may_ask(module: str, tmp_path: Path) -> None:
    assert banned(tmp_path, module, CLOCKS[0])


@pytest.mark.parametrize("module", SHELL)
def test_the_shell_may(module: str, tmp_path: Path) -> None:
    assert not banned(tmp_path, module, CLOCKS[0])


def test_a_class_that_is_called_time_is_no_clock(tmp_path: Path) -> None:
    assert not banned(tmp_path, "causes/x", "from datetime import time\nnoon = time(12)\n")
