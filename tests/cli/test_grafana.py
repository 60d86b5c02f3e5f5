"""`rejectwatch grafana export`: what is shipped, as files; what is not ours in the folder stays as it is."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, rejectwatch
from parts.disk import Disk
from parts.packages import root_needed
from rejectwatch.cli.export import LIST, export
from rejectwatch.errors import SettingsError
from rejectwatch.shipped import shipped

OLD = {"dashboards/a.json": b"{}", "dashboards/old/b.json": b"{}"}
NEW = {"dashboards/a.json": b'{"new": 1}'}


def exported(folder: Path) -> subprocess.CompletedProcess[str]:
    done = rejectwatch("grafana", "export", folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done


def found(folder: Path) -> dict[str, bytes]:
    """The files in a folder, without the list of them."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_everything_that_is_shipped_is_written(tmp_path: Path) -> None:
    exported(tmp_path / "a folder" / "of its own")
    written = found(tmp_path / "a folder" / "of its own")
    original = found(shipped("grafana"))

    assert written.keys() == original.keys()
    assert [name for name in original if name.endswith(".json")]
    assert {name for name in original if written[name] != original[name]} == {
        name for name in original if name.startswith("provisioning/dashboards/")
    }


@pytest.mark.parametrize("name", ["grafana", 'it\'s: "x" #1', "本"])
def test_a_provider_finds_the_dashboards_where_they_were_written(tmp_path: Path, name: str) -> None:
    exported(tmp_path / name)
    files = list((tmp_path / name / "provisioning" / "dashboards").iterdir())
    providers = [one for file in files for one in yaml.safe_load(file.read_text())["providers"]]
    paths = [Path(one["options"]["path"]) for one in providers]
    seen = {dashboard for path in paths for dashboard in path.rglob("*.json")}

    assert providers
    assert seen == set((tmp_path / name / "dashboards").rglob("*.json"))


def test_it_says_what_it_wrote_and_what_to_do_with_it(tmp_path: Path) -> None:
    said = exported(tmp_path / "a b").stdout.splitlines()
    dashboards = len(list(shipped("grafana").glob("dashboards/**/*.json")))

    assert said[0].startswith(f"{tmp_path}/a b: alerts ")
    assert f"dashboards {dashboards}, " in said[0]
    copied = [Path(word) for line in said if " cp " in line for word in shlex.split(line)[1:2]]
    assert len(copied) == 2
    assert all(path.is_file() for path in copied)
    assert f"{tmp_path}/a b" in " ".join(map(str, copied))


def test_an_export_again_changes_nothing(tmp_path: Path) -> None:
    exported(tmp_path)
    before = found(tmp_path)
    exported(tmp_path)

    assert found(tmp_path) == before


def test_sha256sum_reads_the_list(tmp_path: Path) -> None:
    exported(tmp_path)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", LIST], cwd=tmp_path, check=False)

    assert checked.returncode == 0


def test_everybody_can_read_it_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        exported(tmp_path / "new")
    finally:
        os.umask(before)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in (tmp_path / "new").rglob("*")}

    assert modes == {True: 0o755, False: 0o644}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o755


# ── a newer version ──


def test_what_a_newer_version_has_no_more_is_removed_with_its_folder(tmp_path: Path) -> None:
    export(OLD, tmp_path)
    gone = export(NEW, tmp_path)

    assert gone == ["dashboards/old/b.json"]
    assert found(tmp_path) == NEW
    assert not (tmp_path / "dashboards" / "old").exists()


def test_other_files_stay_as_they_are(tmp_path: Path) -> None:
    export(OLD, tmp_path)
    mine = tmp_path / "dashboards" / "old" / "mine.json"
    mine.write_bytes(b"mine")
    export(NEW, tmp_path)

    assert found(tmp_path) == {**NEW, "dashboards/old/mine.json": b"mine"}


def test_a_file_that_was_changed_by_hand_is_not_removed(tmp_path: Path) -> None:
    export(OLD, tmp_path)
    (tmp_path / "dashboards/old/b.json").write_bytes(b"changed")

    assert export(NEW, tmp_path) == []
    assert found(tmp_path)["dashboards/old/b.json"] == b"changed"


def test_a_file_that_was_changed_by_hand_is_told_and_then_nothing_is_written(tmp_path: Path) -> None:
    export(OLD, tmp_path)
    (tmp_path / "dashboards/a.json").write_bytes(b"changed")
    before = found(tmp_path)

    with pytest.raises(SettingsError, match=r"dashboards/a\.json is not as an earlier export left it"):
        export({"alerts/new.yaml": b"", **NEW}, tmp_path)
    assert found(tmp_path) == before


def test_a_file_of_somebody_else_in_the_place_of_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "rejectwatch.yaml").write_bytes(b"mine")
    done = rejectwatch("grafana", "export", tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{tmp_path}/alerts/rejectwatch.yaml is not as an earlier export left it, and is not written over:"
        " move it away, or export into another folder\n"
    )
    assert found(tmp_path) == {"alerts/rejectwatch.yaml": b"mine"}


def test_a_link_in_the_place_of_ours_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"{}")
    (tmp_path / "in" / "dashboards").mkdir(parents=True)
    (tmp_path / "in" / "dashboards" / "a.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingsError):
        export(OLD, tmp_path / "in")
    assert (tmp_path / "elsewhere").read_bytes() == b"{}"


def test_a_list_can_name_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    export(OLD, folder)
    (tmp_path / "out.json").write_bytes(b"{}")
    digest = (folder / LIST).read_text().partition(" ")[0]
    for name in ("../out.json", f"{tmp_path}/out.json"):
        (folder / LIST).write_text(f"{digest}  {name}\n{(folder / LIST).read_text()}")
    export(NEW, folder)

    assert (tmp_path / "out.json").exists()


# ── where it can't be written ──


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = rejectwatch("grafana", "export", tmp_path / "file")

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{tmp_path}/file is not a folder\n")


def test_a_folder_that_may_not_be_written_is_told(place: Path) -> None:
    root_needed("becoming somebody else")
    command = ("setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", *COMMAND)
    done = subprocess.run(
        [*command, "grafana", "export", place], capture_output=True, text=True, check=False, cwd="/"
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{place}/.{LIST}.new can't be written: Permission denied\n"


def test_after_a_full_disk_the_next_export_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Disk(tmp_path / "small", "128k") as disk, monkeypatch.context() as inside:
        inside.setattr(parts_daemon, "COMMAND", (*disk.inside, *COMMAND))
        (disk.seen / "filling").write_bytes(bytes(110_000))
        full = rejectwatch("grafana", "export", disk.folder)
        left = found(disk.seen)
        (disk.seen / "filling").unlink()
        shutil.copytree(disk.seen, tmp_path / "left")

    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.endswith(" can't be written: No space left on device\n")
    assert not [name for name in left if name.endswith(".new")]
    exported(tmp_path / "left")


def test_half_an_export_is_ours(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        export({"a.json": b"1", "a.json/b": b"2"}, tmp_path)  # ends after the first

    assert found(tmp_path) == {"a.json": b"1"}
    assert export({"a.json": b"3"}, tmp_path) == []
    assert found(tmp_path) == {"a.json": b"3"}


def test_it_starts_without_what_the_daemon_needs() -> None:
    heavy = "{'pydantic', 'sqlalchemy', 'tornado', 'apprise', 'stringzilla'}"
    script = f"import sys, rejectwatch.cli.grafana; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stdout == "set()\n"
