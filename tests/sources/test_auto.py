"""Which logs a machine has: on machines made up of files."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from parts.journal import Journal
from rejectwatch.sources.auto import Found, survey
from sources.logdir import NOW

MACHINE = "0123456789abcdef0123456789abcdef"


class Machine:
    def __init__(self, root: Path) -> None:
        self.root = root

    def log(self, name: str, **back: float) -> Path:
        """A log whose last line was written so long ago."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a line\n")
        at = (NOW - timedelta(**back)).timestamp()
        os.utime(path, (at, at))
        return path

    def journal(
        self, tag: str = "postfix/smtpd", facility: str = "2", place: str = "var/log/journal"
    ) -> Journal:
        journal = Journal(self.root / place / MACHINE)
        journal.append(
            [
                {
                    "__REALTIME_TIMESTAMP": str(int(NOW.timestamp()) * 1_000_000),
                    "MESSAGE": "text",
                    "SYSLOG_IDENTIFIER": tag,
                    "SYSLOG_FACILITY": facility,
                }
            ]
        )
        return journal


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


JOURNAL = Found("journal", "journal", None)


def file(path: Path) -> Found:
    return Found("file", str(path), path)


@pytest.mark.parametrize("place", ["var/log/journal", "run/log/journal"])
def test_debian_12_without_rsyslog_has_the_journal(machine: Machine, place: str) -> None:
    machine.journal(place=place)

    assert survey(machine.root).sources == (JOURNAL,)


def test_a_journal_without_mail_is_waited_for(machine: Machine) -> None:
    machine.journal(facility="9")

    assert survey(machine.root).sources == (JOURNAL,)


def test_with_rsyslog_the_same_mail_is_read_once(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", minutes=1)
    machine.journal()
    found = survey(machine.root)

    assert found.sources == (file(path),)
    assert found.notes == (f"the journal is not read: {path} has the same mail",)


def test_a_quiet_log_is_not_taken_for_an_abandoned_one(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", days=3)
    machine.journal(facility="9")

    assert survey(machine.root).sources == (file(path),)


def test_a_log_that_nobody_writes_any_more_gives_way_to_the_journal(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", days=3)
    machine.journal()
    found = survey(machine.root)

    assert found.sources == (JOURNAL,)
    assert found.notes == (
        f"{path} is not read: its last line is of 2026-11-21 12:00, the journal has mail up to 2026-11-24 12:00 UTC",
    )


@pytest.mark.parametrize("name", ["var/log/maillog", "var/log/exim/main.log", "var/log/exim4/mainlog"])
def test_every_known_place_is_found(machine: Machine, name: str) -> None:
    path = machine.log(name)

    assert survey(machine.root).sources == (file(path),)


def test_exim_writes_its_own_log_beside_the_journal(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal(facility="9")

    assert survey(machine.root).sources == (file(path), JOURNAL)


def test_an_exim_that_also_logs_to_syslog_is_read_once(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal(tag="exim")

    assert survey(machine.root).sources == (file(path),)


def test_two_names_of_one_file_are_one_log(machine: Machine) -> None:
    path = machine.log("var/log/mail.log")
    (machine.root / "var/log/maillog").symlink_to(path)

    assert survey(machine.root).sources == (file(path),)


def test_a_machine_without_a_mail_log_says_so(machine: Machine) -> None:
    found = survey(machine.root)

    assert (found.sources, found.unreadable) == ((), ())
    assert found.notes[0].startswith("no mail log on this machine: no journal, none of ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_what_may_not_be_read_is_told_with_what_helps(machine: Machine) -> None:
    path = machine.log("var/log/mail.log")
    machine.journal().path().chmod(0o640)
    path.chmod(0o600)
    for folder in list(path.parents)[:-2]:
        folder.chmod(0o755)
    said = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(machine.root)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert said.stdout.splitlines() == [
        "()",
        f"{path} may not be read by user nobody: setfacl -m u:nobody:r {path}",
        "the journal may not be read by user nobody: usermod -aG systemd-journal nobody, then start again",
    ]


AS_NOBODY = """
import os, sys
from pathlib import Path
from rejectwatch.sources.auto import survey
os.setgid(65534); os.setgroups([]); os.setuid(65534)
found = survey(Path(sys.argv[1]))
print(found.sources, *found.unreadable, sep="\\n")
"""
