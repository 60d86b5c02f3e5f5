"""The service under a systemd that is process 1: what the comments of its unit promise."""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from container.conftest import Boot
from container.machine import Machine
from container.mail import ALERT_URL
from container.roots import POSTFIX, RSYSLOG
from parts.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

UNIT = "rejectwatch"
SETTINGS = "/etc/rejectwatch/rejectwatch.toml"
DATABASE = "/var/lib/rejectwatch/rejectwatch.db"
LOG = "/var/log/mail.log"
BACKLOG = 300_000_000
"""Bytes; more than is read before the first looks at it."""
EXPOSURE = 1.5


def refusal(at: datetime) -> str:
    return (
        f"{at.isoformat()} mail postfix/smtpd[702]: NOQUEUE: reject: RCPT from pc21.corp.example[192.0.2.21]:"
        " 553 5.7.1 <boss@corp.example>: Sender address rejected: not logged in; from=<boss@corp.example>"
        " to=<mori@denki.example> proto=ESMTP helo=<pc21>\n"
    )


def write_backlog(machine: Machine) -> None:
    """A large log, hours old."""
    at = datetime.now(UTC) - timedelta(hours=9)
    noise = f"{at.isoformat()} mail postfix/anvil[9]: statistics: max cache size 1 at Nov 27 00:00:00\n"
    block = (refusal(at) + noise * 9) * 1000
    with machine.path(LOG).open("w") as log:
        for _ in range(BACKLOG // len(block)):
            log.write(block)


def main_pid(machine: Machine) -> int:
    return int(machine.show(UNIT, "MainPID"))


def events(machine: Machine) -> int:
    return len(machine.run("rejectwatch events --format csv --limit 0 2>/dev/null").splitlines()) - 1


def status_of_process(machine: Machine, pid: int) -> dict[str, str]:
    lines = machine.run(f"cat /proc/{pid}/status").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def catching_up(boot: Boot, deb: Path) -> Machine:
    """A machine with a mail.log that takes a while to read; the service begins with it."""
    booted = boot(RSYSLOG)
    booted.run("systemctl stop rsyslog syslog.socket")
    write_backlog(booted)
    booted.run(f"chown root:adm {LOG} && chmod 640 {LOG}")
    booted.install(deb)
    return booted


# ── ready ──


def test_started_means_that_the_schema_is_right_and_the_sources_are_open(boot: Boot, deb: Path) -> None:
    machine = boot(POSTFIX)
    machine.install(deb)
    stored = machine.run("rejectwatch db current")
    said = machine.journal(UNIT)

    assert machine.run("rejectwatch db upgrade && rejectwatch db current").endswith(stored)
    assert "reading journal" in said.partition("Started rejectwatch.service")[0]
    assert until(lambda: machine.show(UNIT, "StatusText"), what="a status") == "watching."


def test_its_start_waits_for_a_database_that_another_holds_and_says_so(machine: Machine) -> None:
    machine.run(f"systemctl stop {UNIT}")
    with closing(sqlite3.connect(machine.path(DATABASE), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        machine.run(f"systemctl start --no-block {UNIT}")
        until(lambda: "locked" in machine.show(UNIT, "StatusText"), what=lambda: machine.journal(UNIT))
        waiting = machine.show(UNIT, "ActiveState")
    until(lambda: machine.show(UNIT, "ActiveState") == "active", what="READY")

    assert waiting == "activating"


def test_a_database_of_a_newer_release_is_refused_in_one_sentence_and_not_tried_again(
    machine: Machine,
) -> None:
    machine.run(f"systemctl stop {UNIT}")
    with closing(sqlite3.connect(machine.path(DATABASE), isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    started = machine.attempt(f"systemctl start {UNIT}")

    assert started.returncode == 1
    assert machine.show(UNIT, "ExecMainStatus") == "2"
    assert (machine.show(UNIT, "ActiveState"), machine.show(UNIT, "NRestarts")) == ("failed", "0")
    assert "has the schema 9999, which a newer rejectwatch has made" in machine.journal(UNIT)
    assert "Traceback" not in machine.journal(UNIT)


def test_while_it_catches_up_it_is_active_and_its_status_says_what_is_left(catching_up: Machine) -> None:
    state = catching_up.show(UNIT, "ActiveState")
    said = until(lambda: catching_up.show(UNIT, "StatusText"), what="a status")

    assert state == "active"
    assert re.fullmatch(r"catching up, \d+ MB to read\.", said)


# ── it ends, and begins anew ──


def test_it_stops_within_five_seconds_while_it_reads_a_backlog(catching_up: Machine) -> None:
    until(lambda: events(catching_up), what="the first refusals of the backlog")
    began = time.monotonic()
    catching_up.run(f"systemctl stop {UNIT}")
    took = time.monotonic() - began

    assert took < 5
    assert catching_up.show(UNIT, "Result") == "success"
    assert 0 < events(catching_up) < BACKLOG // 1200


def test_one_that_hangs_is_ended_by_the_watchdog_and_started_again(machine: Machine) -> None:
    assert machine.show(UNIT, "WatchdogUSec") == "2min"

    machine.write(
        "/etc/systemd/system/rejectwatch.service.d/soon.conf", "[Service]\nWatchdogSec=3\nRestartSec=1\n"
    )
    machine.run(f"systemctl daemon-reload && systemctl restart {UNIT}")
    hanging = main_pid(machine)
    machine.run(f"kill -STOP {hanging}")
    until(lambda: machine.show(UNIT, "NRestarts") == "1", 30, "the restart")
    until(lambda: machine.show(UNIT, "ActiveState") == "active", 30, "the next one")

    assert main_pid(machine) not in (0, hanging)
    assert "Watchdog timeout" in machine.journal(UNIT)


def test_one_that_was_killed_is_started_again(machine: Machine) -> None:
    killed = main_pid(machine)
    machine.run(f"kill -{signal.SIGKILL.value} {killed}")
    until(lambda: machine.show(UNIT, "NRestarts") == "1", 30, "the restart")
    until(lambda: machine.show(UNIT, "ActiveState") == "active", 30, "the next one")

    assert main_pid(machine) not in (0, killed)


# ── reload ──


def test_a_reload_takes_a_good_configuration_in_the_same_process(machine: Machine) -> None:
    before = main_pid(machine)
    machine.write(SETTINGS, '[http]\nlisten = "127.0.0.1:9600"\n')
    machine.run(f"systemctl reload {UNIT}")
    machine.until_said(UNIT, "metrics on http://127.0.0.1:9600/metrics")

    assert main_pid(machine) == before
    assert (machine.show(UNIT, "ActiveState"), machine.show(UNIT, "NRestarts")) == ("active", "0")


def test_a_reload_with_a_mistake_says_so_and_the_configuration_from_before_holds(machine: Machine) -> None:
    machine.until_said(UNIT, "metrics on http://127.0.0.1:9553/metrics")
    before = main_pid(machine)
    machine.write(SETTINGS, '[http]\nlisten = "127.0.0.1:9600"\nspeed = "high"\n')
    machine.attempt(f"systemctl reload {UNIT}")
    machine.until_said(UNIT, "not reloaded, the configuration from before holds")
    metrics = machine.run(
        "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:9553/metrics\").read().decode())'"
    )

    assert f"{SETTINGS}: http.speed" in machine.journal(UNIT)
    assert "The last reload failed:" in machine.show(UNIT, "StatusText")
    assert "rejectwatch_config_last_reload_successful 0.0" in metrics
    assert (main_pid(machine), machine.show(UNIT, "ActiveState")) == (before, "active")


# ── what somebody sees who has forgotten something ──


def test_the_doctor_tells_of_a_configuration_that_the_service_does_not_have(machine: Machine) -> None:
    well = machine.run("rejectwatch doctor")
    machine.write(SETTINGS, 'sources = "auto"\n')
    forgotten = machine.attempt("rejectwatch doctor")
    machine.run(f"systemctl reload {UNIT}")
    until(lambda: machine.attempt("rejectwatch doctor").returncode == 0, what="the reload")

    assert "All is well" in well
    assert forgotten.returncode == 1
    assert f"{SETTINGS} was changed after the service had read it" in forgotten.stdout


def test_a_channel_whose_url_came_after_the_start_is_told_at_the_reload_and_by_the_doctor(
    machine: Machine,
) -> None:
    machine.write(SETTINGS, '[[channels]]\nname = "postmasters"\nurl_file = "postmasters.url"\n')
    machine.write("/etc/rejectwatch/credentials/postmasters.url", ALERT_URL, 0o600)
    machine.attempt(f"systemctl reload {UNIT}")
    machine.until_said(UNIT, "systemd hands over what is in credentials/ when the service starts")
    doctor = machine.attempt("rejectwatch doctor")
    machine.run(f"systemctl restart {UNIT}")

    assert doctor.returncode == 1
    assert "the service runs with an older configuration: the last reload failed" in doctor.stdout
    assert "All is well" in machine.run("rejectwatch doctor")


# ── what it may ──


def test_it_reads_a_log_of_root_and_adm_without_any_capability(boot: Boot, deb: Path) -> None:
    machine = boot(RSYSLOG)
    machine.install(deb)
    machine.run(f"touch {LOG} && chown root:adm {LOG} && chmod 640 {LOG}")
    with machine.path(LOG).open("a") as log:
        log.write(refusal(datetime.now(UTC)))
    until(lambda: events(machine) == 1, what=lambda: machine.journal(UNIT))
    process = status_of_process(machine, main_pid(machine))

    assert {int(process[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2")
    assert process["Uid"].split() == [machine.run("id -u rejectwatch")] * 4


def test_it_reads_the_journal_without_any_capability(machine: Machine) -> None:
    machine.run(
        f"logger -p mail.info -t postfix/smtpd '{refusal(datetime.now(UTC)).partition(': ')[2].rstrip()}'"
    )
    until(lambda: events(machine) == 1, what=lambda: machine.journal(UNIT))
    pids = machine.run(f"cat /sys/fs/cgroup/system.slice/{UNIT}.service/cgroup.procs").split()
    processes = [status_of_process(machine, int(pid)) for pid in pids]

    assert {process["Name"] for process in processes} >= {"journalctl"}
    for process in processes:
        assert (int(process["CapPrm"], 16), int(process["CapEff"], 16), int(process["CapBnd"], 16)) == (
            0,
            0,
            0,
        )
        assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2")


def test_it_is_little_exposed_as_it_runs(machine: Machine) -> None:
    said = machine.run(f"systemd-analyze security --no-pager {UNIT}")
    (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", said)

    assert float(level) <= EXPOSURE
