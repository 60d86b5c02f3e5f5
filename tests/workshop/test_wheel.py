"""The wheel is what people install: it has to carry everything, and the tests have to run against it."""

import gettext
import os
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import rejectwatch
from workshop.checkout import ROOT, SOURCES, copy_checkout, run


def files_below(folder: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="session")
def in_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("folder", ["migrations", "grafana", "systemd"])
def test_the_wheel_carries_the_whole_folder(folder: str, in_wheel: set[str]) -> None:
    wanted = {f"rejectwatch/{name}" for name in files_below(folder)}

    assert wanted
    assert wanted <= in_wheel


def test_the_wheel_carries_man_pages_and_completion(in_wheel: set[str]) -> None:
    below = f"rejectwatch-{rejectwatch.__version__}.data/data/"
    data = {name.removeprefix(below) for name in in_wheel if name.startswith(below)}

    assert "share/man/man1/rejectwatch.1" in data
    assert data == files_below("share")


def test_the_wheel_carries_a_compiled_catalogue_for_each_source(in_wheel: set[str]) -> None:
    sources = [name for name in files_below("daemon/rejectwatch/messages/locale") if name.endswith(".po")]
    wanted = {name.removeprefix("daemon/").removesuffix(".po") + ".mo" for name in sources}

    assert wanted
    assert wanted <= in_wheel


def test_a_catalogue_in_the_wheel_can_be_read(wheel: Path, in_wheel: set[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in (name for name in in_wheel if name.endswith(".mo")):
            catalogue = gettext.GNUTranslations(archive.open(name))

            assert catalogue.charset() == "utf-8"


def test_the_wheel_says_that_it_is_typed(in_wheel: set[str]) -> None:
    assert "rejectwatch/py.typed" in in_wheel


def test_the_wheel_carries_nothing_of_the_workshop(in_wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in in_wheel}

    named = f"rejectwatch-{rejectwatch.__version__}"
    assert tops == {"rejectwatch", f"{named}.dist-info", f"{named}.data"}
    assert not [name for name in in_wheel if name.endswith((".pyc", ".po", ".db"))]


def test_a_wheel_built_from_the_source_archive_is_the_same(tmp_path: Path, in_wheel: set[str]) -> None:
    checkout = copy_checkout(tmp_path / "checkout", *SOURCES)
    built = run(
        sys.executable, "-m", "build", "--no-isolation", cwd=checkout
    )  # wheel from sdist from checkout

    assert built.returncode == 0, built.stdout
    assert set(zipfile.ZipFile(next(checkout.glob("dist/*.whl"))).namelist()) == in_wheel


def test_an_editable_installation_has_compiled_catalogues(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout", *SOURCES)
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel:editable", cwd=checkout)
    sources = set(checkout.rglob("*.po"))

    assert built.returncode == 0, built.stdout
    assert sources
    assert {source.with_suffix(".mo") for source in sources} == set(checkout.rglob("*.mo"))


@pytest.mark.skipif("REJECTWATCH_TEST_WHEEL" not in os.environ, reason="pytest was run by hand, not by make")
def test_these_tests_run_against_the_wheel(wheel: Path) -> None:
    installed = Path(rejectwatch.__file__).parent

    assert installed.parent == Path(sysconfig.get_path("purelib"))
    with zipfile.ZipFile(wheel) as archive:
        for name in (name for name in archive.namelist() if name.startswith("rejectwatch/")):
            assert (installed.parent / name).read_bytes() == archive.read(name)
