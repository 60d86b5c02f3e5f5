"""The npm packages are pinned for every machine, and no place to download them from is written down."""

import json
from pathlib import Path

LOCK = json.loads(Path(__file__).with_name("package-lock.json").read_text())
PACKAGES = {name: told for name, told in LOCK["packages"].items() if name}


def test_every_package_has_its_hash() -> None:
    assert [name for name, told in PACKAGES.items() if not told.get("integrity")] == []


def test_no_package_names_where_it_comes_from() -> None:
    assert [name for name, told in PACKAGES.items() if "resolved" in told] == []


def test_it_is_the_lock_of_what_is_asked_for() -> None:
    asked = json.loads(Path(__file__).with_name("package.json").read_text())

    assert LOCK["packages"][""]["dependencies"] == asked["dependencies"]
