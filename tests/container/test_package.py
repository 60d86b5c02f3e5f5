"""The Debian package: what it brings, what an upgrade keeps, what is left when it is gone."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from container.conftest import Boot
from container.machine import Machine
from container.mail import ALERT_URL, send, set_up_postfix
from container.roots import EXIM, POSTFIX, RSYSLOG, Root, done
from parts.packages import CHECKOUT
from parts.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

UNIT = "rejectwatch"
SETTINGS, SAMPLE = "/etc/rejectwatch/rejectwatch.toml", "/usr/share/rejectwatch/rejectwatch.toml"
RELEASE_BEFORE = CHECKOUT / "tests" / "data" / "upgrade" / "0.1.0"
LEFT = {
    SETTINGS: "rejectwatch.toml",
    "/var/lib/rejectwatch/rejectwatch.db": "rejectwatch.db.gz",
    "/var/log/mail.log": "mail.log",
    "/var/log/exim4/mainlog": "mainlog",
}
"""Where an installation of that release has its files."""


def newer(deb: Path, folder: Path) -> Path:
    """The same package with a higher version, and a configuration that says more."""
    unpacked, built = folder / "unpacked", folder / "newer.deb"
    done(["dpkg-deb", "-R", deb, unpacked])
    control = unpacked / "DEBIAN" / "control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+next1", control.read_text(), flags=re.MULTILINE))
    with (unpacked / SAMPLE[1:]).open("a") as sample:
        sample.write("# new\n")
    done(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", unpacked, built])
    return built


def stored(machine: Machine) -> list[str]:
    return machine.run("rejectwatch events --since 7d --format csv --limit 0 2>/dev/null").splitlines()[1:]


def left_of(machine: Machine) -> str:
    """Every file that names it, outside of what only remembers (logs, what apt and dpkg know)."""
    return machine.run(
        "find / -xdev -iname '*rejectwatch*' ! -path '/srv/*' ! -path '/var/lib/dpkg/*' ! -path '/var/log/*'"
    )


@pytest.mark.parametrize("root", [POSTFIX, RSYSLOG, EXIM], ids=lambda root: root.name)
def test_after_its_installation_it_watches_and_is_well(root: Root, boot: Boot, deb: Path) -> None:
    machine = boot(root)
    said = machine.install(deb)
    doctor = machine.run("rejectwatch doctor")

    assert machine.show(UNIT, "ActiveState") == "active"
    assert machine.run(f"systemctl is-enabled {UNIT}") == "enabled"
    assert machine.run("id -nG rejectwatch").split() == ["rejectwatch", "adm", "systemd-journal"]
    assert machine.run(
        f"stat -c '%U:%G %a' /var/lib/rejectwatch /etc/rejectwatch/credentials {SETTINGS}"
    ).splitlines() == [
        "rejectwatch:rejectwatch 700",
        "root:root 700",
        "root:rejectwatch 640",
    ]
    assert machine.path(SETTINGS).read_text() == machine.path(SAMPLE).read_text()
    assert "No channel is configured yet" in said
    assert "no channel is configured" in machine.journal(UNIT)
    assert "All is well" in doctor
    assert machine.run(f"journalctl -q -b -p warning -u {UNIT}") == ""


def test_an_upgrade_keeps_what_is_stored_and_goes_on_in_the_log(
    machine: Machine, deb: Path, tmp_path: Path
) -> None:
    set_up_postfix(machine)
    for _ in range(3):
        send(machine, "boss@corp.example", "mori@denki.example", "alice@corp.example")
    machine.run(f"echo '# ours' >>{SETTINGS}")
    until(lambda: len(stored(machine)) == 3, what="three refusals")
    before, pid = stored(machine), machine.show(UNIT, "MainPID")
    incidents = until(lambda: machine.run("rejectwatch incidents --format json"), what="an incident")
    said = machine.install(newer(deb, tmp_path))
    send(machine, "boss@corp.example", "mori@denki.example", "alice@corp.example")
    until(lambda: len(stored(machine)) == 4, what=lambda: machine.journal(UNIT))

    assert set(before) < set(stored(machine))
    assert machine.run("rejectwatch incidents --format json").count('"id"') == incidents.count('"id"')
    assert machine.show(UNIT, "ActiveState") == "active"
    assert machine.show(UNIT, "MainPID") != pid
    assert machine.path(SETTINGS).read_text().endswith("# ours\n")
    assert machine.path(SAMPLE).read_text().endswith("# new\n")
    assert machine.run("stat -c '%U:%G %a' " + SETTINGS) == "root:rejectwatch 640"
    assert "No channel is configured yet" not in said
    assert machine.run("dpkg-query -W -f '${Version}' rejectwatch").endswith("+next1")


def test_what_a_person_has_taken_away_stays_away(machine: Machine, deb: Path, tmp_path: Path) -> None:
    """As with a conffile: without it the defaults hold."""
    machine.run(f"rm {SETTINGS} && systemctl restart {UNIT}")
    machine.install(newer(deb, tmp_path))

    assert not machine.path(SETTINGS).exists()
    assert machine.show(UNIT, "ActiveState") == "active"


def test_it_takes_over_from_the_release_before_with_its_database_and_configuration(
    boot: Boot, deb: Path
) -> None:
    machine = boot(RSYSLOG)
    machine.run("systemctl stop rsyslog syslog.socket && systemd-sysusers --inline 'u rejectwatch -'")
    for inside, file in LEFT.items():
        content = (RELEASE_BEFORE / file).read_bytes()
        machine.path(inside).parent.mkdir(parents=True, exist_ok=True)
        machine.path(inside).write_bytes(gzip.decompress(content) if file.endswith(".gz") else content)
    machine.run("chown -R rejectwatch: /var/lib/rejectwatch && chown root:adm /var/log/mail.log")
    for name in ("postmasters", "corp"):
        machine.write(f"/etc/rejectwatch/credentials/{name}.url", ALERT_URL)
    machine.install(deb)
    until(
        lambda: machine.show(UNIT, "StatusText").startswith("watching."), what=lambda: machine.journal(UNIT)
    )
    told = json.loads(machine.run("rejectwatch events --since 2026-01-01 --format json --limit 0"))
    before = json.loads((RELEASE_BEFORE / "events.json").read_text())

    assert machine.show(UNIT, "ActiveState") == "active"
    assert [event["attempt"] for event in told[-len(before) :]] == [event["attempt"] for event in before]
    assert machine.path(SETTINGS).read_bytes() == (RELEASE_BEFORE / "rejectwatch.toml").read_bytes()


def test_removed_it_keeps_what_it_has_stored_and_installed_again_it_goes_on(
    machine: Machine, deb: Path
) -> None:
    set_up_postfix(machine)
    send(machine, "boss@corp.example", "mori@denki.example", "alice@corp.example")
    until(lambda: len(stored(machine)) == 1, what="the refusal")
    machine.run("apt-get -q -y remove rejectwatch")
    after = machine.attempt(f"systemctl is-active {UNIT}").stdout.strip()
    kept = machine.run("ls /var/lib/rejectwatch/rejectwatch.db /etc/rejectwatch/rejectwatch.toml")
    send(machine, "boss@corp.example", "mori@denki.example", "alice@corp.example")
    machine.install(deb)

    assert after == "inactive"
    assert len(kept.splitlines()) == 2
    until(lambda: len(stored(machine)) == 2, what=lambda: machine.journal(UNIT))


def test_purged_nothing_is_left(machine: Machine) -> None:
    machine.run("apt-get -q -y purge rejectwatch && systemctl daemon-reload")

    assert left_of(machine) == ""
    assert machine.attempt("getent passwd rejectwatch; getent group rejectwatch").stdout == ""
    assert machine.attempt(f"systemctl cat {UNIT}").returncode != 0
    assert "rejectwatch" not in machine.run("systemctl list-units --all --full")
