"""The unit file, as systemd itself reads it. (Whether it runs under systemd is tried by hand: no PID 1 here.)"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from parts.packages import program
from rejectwatch.settings import ChannelSettings
from rejectwatch.shipped import shipped

UNIT = shipped("systemd") / "rejectwatch.service"
USERS = shipped("systemd") / "rejectwatch.sysusers"
FOLDERS = shipped("systemd") / "rejectwatch.tmpfiles"
EXPOSURE = 15
"""Ten times what `systemd-analyze security` calls the exposure level; without any hardening it is 96."""

RELAXED = ("SupplementaryGroups", "RestrictAddressFamilies", "ProcSubset", "PrivateUsers", "PrivateNetwork",
           "IPAddressDeny", "RootDirectory")  # fmt: skip


def analyze(*words: str | Path) -> tuple[int, str]:
    command = [program("systemd-analyze", "systemd"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def verify(folder: Path, text: str) -> str:
    """What systemd has to say about a unit. A misspelt key is a warning and exit code 0, so all output counts."""
    unit = folder / UNIT.name
    installed = shutil.which("true") or "/bin/true"  # systemd asks whether the program is there
    unit.write_text(text.replace("ExecStart=/usr/bin/rejectwatch ", f"ExecStart={installed} "))
    status, said = analyze("verify", "--man=no", unit)
    return said or (f"exit code {status}" if status else "")


def exposure(unit: Path) -> tuple[int, str]:
    return analyze("security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE}", unit)


def settings() -> dict[str, list[str]]:
    """Each key of [Service] with its values, in order."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


# ── systemd understands it ──


def test_systemd_has_nothing_to_say_about_it(tmp_path: Path) -> None:
    assert verify(tmp_path, UNIT.read_text()) == ""


@pytest.mark.parametrize(
    "right, wrong, told",
    [
        ("WatchdogSec=", "WatchDogSecs=", "WatchDogSecs"),
        ("ProtectSystem=strict", "ProtectSystem=very", "protect system value"),
        ("[Install]", "[Instal]", "Instal"),
        ("SystemCallFilter=@system-service", "SystemCallFilter=@sytem-service", "sytem-service"),
        ("ExecStart=/usr/bin/rejectwatch run", "ExecStart=/usr/bin/rejektwatch run", "rejektwatch"),
        ("WatchdogSec=120", "WatchdogSec=soon", "soon"),
        ("ExecReload=kill", "ExecReload=kil", "kil is not executable"),
    ],
)
def test_a_mistake_would_be_found(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    text = UNIT.read_text()
    assert right in text

    assert told in verify(tmp_path, text.replace(right, wrong))


def test_the_command_is_one_that_rejectwatch_has() -> None:
    (command,) = settings()["ExecStart"]

    assert command == "/usr/bin/rejectwatch run"


# ── it is hardened ──


def test_it_is_little_exposed() -> None:
    status, said = exposure(UNIT)

    assert status == 0, said


@pytest.mark.parametrize("key", ["CapabilityBoundingSet", "SystemCallFilter", "RestrictNamespaces", "User"])
def test_without_a_hardening_option_it_would_be_too_exposed(key: str, tmp_path: Path) -> None:
    weaker = tmp_path / UNIT.name
    weaker.write_text(re.sub(rf"^{key}=.*\n", "", UNIT.read_text(), flags=re.MULTILINE))
    status, said = exposure(weaker)

    assert status == 1, said


def test_it_has_no_capability_and_its_own_user() -> None:
    found = settings()

    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == [""]
    assert found["User"] == found["Group"] == ["rejectwatch"]
    assert found["SupplementaryGroups"] == ["adm systemd-journal"]
    assert "DynamicUser" not in found


def test_its_state_is_closed_to_others() -> None:
    found = settings()

    assert (found["StateDirectory"], found["StateDirectoryMode"], found["UMask"]) == (
        ["rejectwatch"],
        ["0700"],
        ["0077"],
    )


@pytest.mark.parametrize("option", RELAXED)
def test_what_is_left_open_is_explained(option: str) -> None:
    """Each point that systemd marks, and that is not closed, has its reason in a comment or a line above."""
    lines = UNIT.read_text().splitlines()
    places = [number for number, line in enumerate(lines) if option in line]

    assert any(lines[place].startswith("#") or lines[place - 1].startswith("#") for place in places)


def test_every_option_of_a_block_stands_under_a_comment() -> None:
    commented = False
    bare = []
    for line in UNIT.read_text().splitlines():
        if line.startswith("#"):
            commented = True
        elif not line or line.startswith("["):
            commented = False
        elif not commented and "=" in line:
            bare.append(line)

    assert bare == [
        "Description=rejectwatch: watches the mail log for refused mail",
        "Documentation=man:rejectwatch(1)",
        "WantedBy=multi-user.target",
    ]


def test_the_network_is_not_closed() -> None:
    """It sends mail and HTTPS, reaches PostgreSQL and is scraped."""
    found = settings()

    assert set(found["RestrictAddressFamilies"][0].split()) >= {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert not {"PrivateNetwork", "IPAddressDeny", "SocketBindDeny", "RestrictNetworkInterfaces"} & set(found)


# ── it ends and begins as the daemon does ──


@pytest.mark.parametrize("named", ["postmasters.url", "channels_postmasters.url"])
def test_a_credential_of_the_folder_is_found(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd hands the files of a folder over under the name that the unit gives, an underscore, and their own."""
    found = settings()
    (credential,) = found["LoadCredential"]
    name, _, folder = credential.partition(":")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / f"{name}_postmasters.url").touch()
    channel = ChannelSettings(name="postmasters", url_file=Path(named))

    assert channel.place(Path("/etc/rejectwatch")) == tmp_path / "channels_postmasters.url"
    assert f"d {folder} " in FOLDERS.read_text()  # without it the service can't start


def test_systemd_is_told_by_the_daemon_itself() -> None:
    found = settings()

    assert (found["Type"], found["NotifyAccess"]) == (["notify"], ["main"])
    assert (
        int(found["WatchdogSec"][0]) > 60
    )  # longer than the daemon itself waits before /healthz says that it hangs
    assert int(found["TimeoutStopSec"][0]) <= 10


def test_a_reload_asks_the_daemon_by_sighup_as_systemd_252_can() -> None:
    found = settings()

    assert found["ExecReload"] == ["kill -HUP $MAINPID"]
    assert found["Type"] == [
        "notify"
    ]  # notify-reload is 253's; with notify, RELOADING=1 and READY=1 say the same


def test_the_unit_says_that_a_reload_sees_the_credentials_of_the_start() -> None:
    comment = UNIT.read_text().partition("# ── secrets ──")[2].partition("LoadCredential=")[0]

    assert "a reload sees those of the start: restart it after a change" in comment.replace("\n# ", " ")


def test_a_mistake_in_the_configuration_is_not_tried_again() -> None:
    assert (settings()["Restart"], settings()["RestartPreventExitStatus"]) == (["on-failure"], ["2"])


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system in which the user has been made, as an installation does."""
    (tmp_path / "etc").mkdir()
    run(program("systemd-sysusers", "systemd"), f"--root={tmp_path}", USERS)
    return tmp_path


def test_the_user_can_be_made(root: Path) -> None:
    assert re.search(
        r"^rejectwatch:x:\d+:\d+:[^:]*:/var/lib/rejectwatch:/usr/sbin/nologin$",
        (root / "etc/passwd").read_text(),
        re.MULTILINE,
    )
    groups = (root / "etc/group").read_text()
    assert re.search(r"^adm:x:\d+:rejectwatch$", groups, re.MULTILINE)
    assert re.search(r"^systemd-journal:x:\d+:rejectwatch$", groups, re.MULTILINE)


def test_the_folders_can_be_made_and_only_the_user_sees_what_is_personal(root: Path) -> None:
    configuration = root / "etc/rejectwatch/rejectwatch.toml"
    configuration.parent.mkdir()
    configuration.touch(0o644)
    run(program("systemd-tmpfiles", "systemd"), f"--root={root}", "--create", FOLDERS)
    uid, gid = re.findall(r"^rejectwatch:x:(\d+):(\d+)", (root / "etc/passwd").read_text(), re.MULTILINE)[0]
    found = {
        place: (f"{status.st_uid}:{status.st_gid}", oct(status.st_mode & 0o7777))
        for place in (
            "etc/rejectwatch",
            "etc/rejectwatch/credentials",
            "etc/rejectwatch/rejectwatch.toml",
            "var/lib/rejectwatch",
        )
        for status in [(root / place).stat()]
    }

    assert found == {
        "etc/rejectwatch": ("0:0", "0o755"),
        "etc/rejectwatch/credentials": ("0:0", "0o700"),
        "etc/rejectwatch/rejectwatch.toml": (f"0:{gid}", "0o640"),
        "var/lib/rejectwatch": (f"{uid}:{gid}", "0o700"),
    }


def test_the_folders_are_those_of_the_unit() -> None:
    """systemd would say at each start that a folder of its own has another mode than the unit wants."""
    found = settings()

    assert f"d /var/lib/{found['StateDirectory'][0]} {found['StateDirectoryMode'][0]} " in FOLDERS.read_text()
    assert "ConfigurationDirectory" not in found
