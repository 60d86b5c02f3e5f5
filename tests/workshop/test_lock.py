"""The lock file pins what the tests run with, for every machine."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop.checkout import ROOT

LOCK = (ROOT / "requirements-dev.lock").read_text()
PINNED = dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", LOCK, re.MULTILINE))


def test_the_lock_fits_what_pyproject_asks_for() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        Requirement(line)
        for line in pyproject["project"]["dependencies"]
        + pyproject["dependency-groups"]["dev"]
        + pyproject["build-system"]["requires"]
    ]
    unfit = [
        str(one) for one in asked if not one.specifier.contains(PINNED.get(canonicalize_name(one.name), "0"))
    ]

    assert unfit == [], "run `make lock`"


def test_every_pin_has_its_hashes() -> None:
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK) if not entry.startswith("#")]

    assert len(entries) == len(PINNED)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_place_to_download_from() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK
