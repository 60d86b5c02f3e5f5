"""The sources of the Debian package. (What is built of them is installed by `make nspawn`.)"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from parts.packages import CHECKOUT, program
from rejectwatch import __version__
from rejectwatch.shipped import shipped

DEBIAN = CHECKOUT / "debian"


def text(name: str) -> str:
    return (DEBIAN / name).read_text("utf-8")


def pinned(lock: str) -> dict[str, str]:
    """Each library with its release and the hashes of its files."""
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", (CHECKOUT / lock).read_text("utf-8")):
        if match := re.match(r"([\w-]+)(==[\s\S]*?)(?:\n    #|\s*$)", entry):
            found[match[1]] = match[2].replace(" \\\n", "\n").strip()
    return found


def test_its_version_is_that_of_rejectwatch() -> None:
    found = re.match(r"rejectwatch \((.*?)\)", text("changelog"))

    assert found is not None
    assert found[1] == __version__


def test_its_libraries_are_those_that_are_tested() -> None:
    tested, installed = pinned("requirements-dev.lock"), pinned("requirements.lock")

    assert installed.items() <= tested.items()
    assert {"alembic", "apprise", "sqlalchemy"} <= installed.keys()
    assert "pytest" not in installed


@pytest.mark.parametrize("kind", ["service", "sysusers", "tmpfiles"])
def test_unit_user_and_folders_are_those_of_the_wheel(kind: str) -> None:
    name = f"rejectwatch.{kind}"

    assert (DEBIAN / name).read_bytes() == (shipped("systemd") / name).read_bytes()


@pytest.mark.parametrize("script", ["rejectwatch.postinst", "rejectwatch.postrm"])
def test_what_dpkg_runs_is_a_shell_script(script: str) -> None:
    done = subprocess.run(["sh", "-n", DEBIAN / script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "\n#DEBHELPER#\n" in text(script)


def upgraded(
    tmp_path: Path, configuration: str | None, *, status: int = 0, arguments: str = "configure 0.1.0"
) -> str:
    """What postinst runs and says, with this configuration; `runuser` stands in for the command that it runs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    if configuration is not None:
        (tmp_path / "rejectwatch.toml").write_text(configuration)
    (programs / "runuser").write_text(f'#!/bin/sh\necho "runuser $*"\nexit {status}\n')
    (programs / "runuser").chmod(0o755)
    script = text("rejectwatch.postinst").replace("/etc/rejectwatch", str(tmp_path))
    script = script.replace("/usr/share/rejectwatch", str(shipped("systemd")))
    done = subprocess.run(
        ["sh", "-c", script, "postinst", *arguments.split()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0
    return done.stdout + done.stderr


POSTGRESQL = '[database]\nurl = "postgresql+psycopg://host/rejectwatch"\n'


@pytest.mark.parametrize(
    "configuration", [POSTGRESQL, "database.url='postgresql+psycopg://host/rejectwatch'\n"]
)
def test_an_upgrade_brings_postgresql_up_to_date(configuration: str, tmp_path: Path) -> None:
    said = upgraded(tmp_path, configuration)

    assert said == "runuser --user rejectwatch -- timeout 15m rejectwatch db upgrade\n"


def test_an_upgrade_that_cannot_reach_postgresql_goes_on_and_says_what_to_do(tmp_path: Path) -> None:
    said = upgraded(tmp_path, POSTGRESQL, status=1)

    assert "sudo -u rejectwatch rejectwatch db upgrade && sudo systemctl restart rejectwatch" in said


@pytest.mark.parametrize(
    "configuration",
    ["", POSTGRESQL.replace("url", "#url"), (shipped("systemd") / "rejectwatch.toml").read_text("utf-8")],
    ids=["empty", "commented out", "as shipped"],
)
def test_an_upgrade_leaves_sqlite_to_the_daemon(configuration: str, tmp_path: Path) -> None:
    """`db upgrade` would begin a lost database anew; the daemon never does."""
    assert upgraded(tmp_path, configuration) == ""


def test_a_first_installation_has_nothing_to_upgrade(tmp_path: Path) -> None:
    assert upgraded(tmp_path, POSTGRESQL, arguments="configure") == ""


def test_a_first_installation_brings_the_configuration_and_says_what_to_type_next(tmp_path: Path) -> None:
    said = upgraded(tmp_path, None, arguments="configure")

    sample = (shipped("systemd") / "rejectwatch.toml").read_text("utf-8")
    assert (tmp_path / "rejectwatch.toml").read_text("utf-8") == sample
    assert "No channel is configured yet" in said
    for command in ("rejectwatch doctor", f"editor {tmp_path}/rejectwatch.toml", "rejectwatch check-config"):
        assert f"    {command} " in said


def test_an_upgrade_brings_back_no_configuration_that_a_person_has_removed(tmp_path: Path) -> None:
    assert upgraded(tmp_path, None) == ""
    assert not (tmp_path / "rejectwatch.toml").exists()


def test_nothing_that_a_person_edits_is_a_conffile() -> None:
    """dpkg asks about one that was edited, in the middle of an upgrade; with nobody there, the upgrade stops."""
    assert not re.search(r" /?etc/", text("rejectwatch.install"))


def test_dpkg_reads_the_changelog() -> None:
    command = [
        str(program("dpkg-parsechangelog", "dpkg-dev")),
        "--show-field=Version",
        "-l",
        str(DEBIAN / "changelog"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == (__version__, "")
