"""make says what it can do, and names what a machine lacks with the one command that brings it."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from workshop.checkout import ROOT, copy_checkout, run


def script(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


def say_make(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    """Run make as a user would type it, not as a part of the make that runs these tests."""
    inner = {"MAKEFLAGS": "", "MAKELEVEL": "", "MFLAGS": "", "PYTHON": "python3"}
    made = run("make", *words, cwd=folder, **inner | environment)
    return made.returncode, made.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_checkout(
        tmp_path / "checkout", "Makefile", "tools", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"
    )


@pytest.fixture
def bin_before_others(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def path_with(folder: Path) -> str:
    return f"{folder}:{os.environ['PATH']}"


def test_help_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    status, said = say_make(ROOT, "help")

    assert status == 0
    assert [line.split()[1] for line in said.splitlines()] == targets
    assert all(len(line.split()) > 3 for line in said.splitlines())


def test_help_is_what_make_does_when_nothing_is_asked_for() -> None:
    assert say_make(ROOT) == say_make(ROOT, "help")


@pytest.mark.parametrize(
    "user, command", [("0", "    apt-get install"), ("1000", "    sudo apt-get install")]
)
def test_a_missing_python3_venv_is_named_with_the_command_that_brings_it(
    user: str, command: str, folder: Path, bin_before_others: Path
) -> None:
    script(
        bin_before_others / "python3",
        f'#!/bin/sh\ncase "$*" in *ensurepip*) echo "No module named ensurepip" >&2; exit 1;; esac\nexec {sys.executable} "$@"\n',
    )
    script(bin_before_others / "id", f"#!/bin/sh\necho {user}\n")
    status, said = say_make(folder, "run", PATH=path_with(bin_before_others))

    assert status != 0
    assert "python3-venv is missing here" in said
    assert f"\n{command} python3-venv\n" in said
    assert not (folder / ".venv").exists()


def test_a_python_that_is_too_old_is_named(folder: Path, bin_before_others: Path) -> None:
    script(
        bin_before_others / "python3",
        '#!/bin/sh\ncase "$*" in *version_info*) exit 1;; --version) echo "Python 3.9.2";; esac\n',
    )
    status, said = say_make(folder, "run", PATH=path_with(bin_before_others))

    assert status != 0
    assert "rejectwatch needs Python 3.11 or newer, and 'python3' is Python 3.9.2." in said


def test_a_missing_python_is_named(folder: Path) -> None:
    status, said = say_make(folder, "run", PYTHON="python-of-tomorrow")

    assert status != 0
    assert "there is no 'python-of-tomorrow' here" in said
    assert "apt-get install python3 python3-venv" in said


def test_a_user_who_cannot_become_root_is_told_what_root_has_to_type(
    folder: Path, bin_before_others: Path
) -> None:
    for program in ("bash", "env", "dirname", "sed", "sort", "tr", "python3"):
        (bin_before_others / program).symlink_to(shutil.which(program) or program)
    script(bin_before_others / "id", "#!/bin/sh\necho 1000\n")
    script(bin_before_others / "apt-get", "#!/bin/sh\nexit 1\n")
    script(
        bin_before_others / "dpkg-query",
        '#!/bin/sh\ncase "$*" in *prometheus) ;; *) printf installed;; esac\n',
    )
    for program in ("postfix/usr/lib/postfix/sbin/master", "exim4/usr/sbin/exim4"):
        place = folder / ".cache" / "mta" / program
        place.parent.mkdir(parents=True)
        place.touch()
    told = run("tools/prepare-tests", cwd=folder, PATH=str(bin_before_others), PYTHON=sys.executable)

    assert told.returncode != 0
    assert told.stdout.splitlines()[-1] == "    apt-get install --no-install-recommends prometheus"
