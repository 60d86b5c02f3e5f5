"""One function finds what comes with rejectwatch, in a checkout and in an installed wheel."""

import sys
import zipfile
from pathlib import Path

import pytest

from workshop.checkout import copy_checkout, run

FOLDERS = ["migrations", "grafana", "systemd"]


def ask(installation: Path, folder: str) -> str:
    """The last line that a Python says to whom rejectwatch is found in that folder only."""
    script = f"from rejectwatch.shipped import shipped; print(shipped({folder!r}))"
    answer = run(sys.executable, "-c", script, cwd=installation.parent, PYTHONPATH=str(installation))
    return answer.stdout.splitlines()[-1]


@pytest.mark.parametrize("folder", FOLDERS)
def test_in_a_checkout_it_is_a_folder_at_the_top(folder: str, tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path, "daemon", "pyproject.toml", folder)

    assert ask(checkout / "daemon", folder) == str(checkout / folder)


@pytest.mark.parametrize("folder", FOLDERS)
def test_in_a_wheel_it_is_a_folder_in_the_package(folder: str, tmp_path: Path, wheel: Path) -> None:
    installation = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installation)

    assert ask(installation, folder) == str(installation / "rejectwatch" / folder)


def test_a_folder_that_is_not_there_is_named_with_the_places_looked_at(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path, "daemon", "pyproject.toml")
    answer = ask(checkout / "daemon", "grafana")

    assert answer.startswith("FileNotFoundError: grafana/ is missing from this installation of rejectwatch")
    assert str(checkout / "daemon/rejectwatch/grafana") in answer
    assert str(checkout / "grafana") in answer
