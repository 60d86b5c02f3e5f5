"""Which logs a machine has: on machines made up of files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from parts.journal import Journal
from rejectwatch.sources.auto import Survey
from rejectwatch.sources.auto import survey as survey_at
from sources.logdir import NOW

MACHINE = "0123456789abcdef0123456789abcdef"


class Machine:
    def __init__(self, root: Path) -> None:
        self.root = root

    def log(self, name: str, text: str = "a line\n", **back: float) -> Path:
        """A log whose last line was written so long ago."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        at = (NOW - timedelta(**back)).timestamp()
        os.utime(path, (at, at))
        return path

    def journal(
        self, *tags: str, facility: str = "2", place: str = "var/log/journal", **back: float
    ) -> Journal:
        """A journal with one entry of each."""
        journal = Journal(self.root / place / MACHINE)
        journal.append(
            [
                {
                    "__REALTIME_TIMESTAMP": str(int((NOW - timedelta(**back)).timestamp()) * 1_000_000),
                    "MESSAGE": "text",
                    "SYSLOG_IDENTIFIER": tag,
                    "SYSLOG_FACILITY": facility,
                }
                for tag in tags or ("postfix/smtpd",)
            ]
        )
        return journal

    def postfix(self, main_cf: str) -> Path:
        path = self.root / "etc/postfix/main.cf"
        path.parent.mkdir(parents=True)
        path.write_text(main_cf)
        return path


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Not in pytest's own folder, which each other run of pytest closes to everybody else."""
    with TemporaryDirectory() as folder:
        yield Machine(Path(folder))


JOURNAL = "journal"


def survey(root: Path) -> Survey:
    return survey_at(root, NOW)


def read(found: Survey) -> tuple[str, ...]:
    """The names of what is read."""
    return tuple(one.name for one in found.sources)


@pytest.mark.parametrize("place", ["var/log/journal", "run/log/journal"])
def test_debian_12_without_rsyslog_has_the_journal(machine: Machine, place: str) -> None:
    machine.journal(place=place)

    assert read(survey(machine.root)) == (JOURNAL,)


def test_a_journal_without_mail_is_waited_for(machine: Machine) -> None:
    machine.journal(facility="9")

    assert read(survey(machine.root)) == (JOURNAL,)


def test_with_rsyslog_the_same_mail_is_read_once(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", minutes=1)
    machine.journal()
    found = survey(machine.root)

    assert read(found) == (str(path),)
    assert found.notes == (f"the journal is not read: {path} has the same mail",)


def test_a_quiet_log_is_not_taken_for_an_abandoned_one(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", days=3)
    machine.journal(facility="9")

    assert read(survey(machine.root)) == (str(path),)


def test_a_log_that_nobody_writes_any_more_gives_way_to_the_journal(machine: Machine) -> None:
    path = machine.log("var/log/mail.log", days=3)
    machine.journal()
    found = survey(machine.root)

    assert read(found) == (JOURNAL,)
    assert found.notes == (
        f"{path} is not read: its last line is of 2026-11-21 12:00, the journal has mail up to 2026-11-24 12:00 UTC",
    )


@pytest.mark.parametrize("name", ["var/log/maillog", "var/log/exim/main.log", "var/log/exim4/mainlog"])
def test_every_known_place_is_found(machine: Machine, name: str) -> None:
    path = machine.log(name)

    assert read(survey(machine.root)) == (str(path),)


def test_exim_writes_its_own_log_beside_the_journal(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal(facility="9")

    assert read(survey(machine.root)) == (str(path), JOURNAL)


def test_an_exim_that_also_logs_to_syslog_is_read_once(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal("exim")
    found = survey(machine.root)

    assert read(found) == (str(path),)
    assert found.notes == (f"the journal is not read: {path} has the same mail",)


def test_an_exim_in_the_syslog_of_another_server_is_read_there(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal("exim", "postfix/smtpd")
    found = survey(machine.root)

    assert read(found) == (JOURNAL,)
    assert found.notes == (f"{path} is not read: the journal has the same mail, and more",)


def test_an_exim_that_logged_to_syslog_long_ago_is_read_from_its_own_log(machine: Machine) -> None:
    path = machine.log("var/log/exim4/mainlog")
    machine.journal("exim", days=1)
    machine.journal("postfix/smtpd")

    assert read(survey(machine.root)) == (str(path), JOURNAL)


EXIM_LINE = "Nov 24 12:00:00 mail exim[81]: 2026-11-24 12:00:00 1tFabc-0000: text\n"
POSTFIX_LINE = "Nov 24 12:00:00 mail postfix/smtpd[82]: NOQUEUE: reject: exim helo=<exim[1]:>\n"


def test_without_a_journal_the_log_itself_tells_that_exim_logs_twice(machine: Machine) -> None:
    exim = machine.log("var/log/exim4/mainlog")
    syslog = machine.log("var/log/mail.log", EXIM_LINE)
    alone = survey(machine.root)
    machine.log("var/log/mail.log", EXIM_LINE + POSTFIX_LINE)
    together = survey(machine.root)

    assert (read(alone), alone.notes) == ((str(exim),), (f"{syslog} is not read: {exim} has the same mail",))
    assert read(together) == (str(syslog),)
    assert together.notes == (f"{exim} is not read: {syslog} has the same mail, and more",)


def test_no_text_of_a_line_makes_it_one_of_exim(machine: Machine) -> None:
    exim = machine.log("var/log/exim4/mainlog")
    syslog = machine.log("var/log/mail.log", POSTFIX_LINE * 2000)

    assert read(survey(machine.root)) == (str(syslog), str(exim))


def test_a_log_that_was_just_rotated_is_there(machine: Machine) -> None:
    machine.log("var/log/exim4/mainlog.1", hours=1)
    path = machine.root / "var/log/exim4/mainlog"

    assert read(survey(machine.root)) == (str(path),)


def test_a_log_that_was_rotated_long_ago_is_gone(machine: Machine) -> None:
    machine.log("var/log/exim4/mainlog.1", days=3)
    machine.journal()

    assert read(survey(machine.root)) == (JOURNAL,)


@pytest.mark.parametrize(
    "main_cf",
    [
        "maillog_file = /var/log/postfix.log\n",
        "maillog_file=/var/log/postfix.log",
        "maillog_file = /var/log/other\nmaillog_file =\n# why\n\n  /var/log/postfix.log\n",
    ],
)
def test_postfix_writes_its_own_log_where_main_cf_says(machine: Machine, main_cf: str) -> None:
    said = machine.postfix(main_cf)
    path = machine.log("var/log/postfix.log")
    machine.journal("dovecot")
    found = survey(machine.root)

    assert read(found) == (str(path), JOURNAL)
    assert found.candidates[2].reason == f"{path} is read: Postfix writes it (maillog_file in {said})"


@pytest.mark.parametrize(
    "main_cf",
    ["# maillog_file = /var/log/mail.log\n", "maillog_file =\n", "x =\n maillog_file = /var/log/mail.log\n"],
)
def test_without_a_log_of_its_own_postfix_writes_to_syslog(machine: Machine, main_cf: str) -> None:
    machine.postfix(main_cf)
    machine.log("var/log/mail.log", days=3)
    machine.journal()

    assert read(survey(machine.root)) == (JOURNAL,)


def test_a_quiet_log_of_postfix_is_not_measured_by_what_others_log(machine: Machine) -> None:
    machine.postfix("maillog_file = /var/log/maillog\n")
    path = machine.log("var/log/maillog", days=3)
    machine.journal("dovecot")

    assert read(survey(machine.root)) == (str(path), JOURNAL)


@pytest.mark.parametrize("place", ["/dev/stdout", "$queue_directory/log", "stdout"])
def test_a_log_of_postfix_that_is_no_known_file_is_told(machine: Machine, place: str) -> None:
    said = machine.postfix(f"maillog_file = {place}\n")
    machine.journal()
    found = survey(machine.root)
    sentence = (
        f"Postfix logs to {place} (maillog_file in {said}), which is no file that can be known here: "
        "name the log under [[sources]]"
    )

    assert read(found) == (JOURNAL,)
    assert found.unreadable == (sentence,)


def test_every_place_is_told_with_its_reason(machine: Machine) -> None:
    machine.postfix("maillog_file = /var/log/postfix.log\n")
    for name in ("mail.log", "maillog", "postfix.log", "exim/mainlog"):
        machine.log(f"var/log/{name}", minutes=len(name))
    machine.journal()
    log = machine.root / "var/log"

    assert [(one.kind, one.chosen, one.exists, one.reason) for one in survey(machine.root).candidates] == [
        ("file", False, True, f"{log}/mail.log is not read: {log}/maillog has the same mail"),
        ("file", True, True, f"{log}/maillog is read: the system's logger writes it"),
        (
            "file",
            True,
            True,
            f"{log}/postfix.log is read: Postfix writes it (maillog_file in {machine.root}/etc/postfix/main.cf)",
        ),
        ("file", False, False, f"{log}/exim4/mainlog does not exist"),
        ("file", False, False, f"{log}/exim/main.log does not exist"),
        ("file", True, True, f"{log}/exim/mainlog is read: Exim writes it"),
        ("journal", False, True, f"the journal is not read: {log}/maillog has the same mail"),
    ]


def test_two_names_of_one_file_are_one_log(machine: Machine) -> None:
    path = machine.log("var/log/mail.log")
    (machine.root / "var/log/maillog").symlink_to(path)

    assert read(survey(machine.root)) == (str(path),)


def test_a_machine_without_a_mail_log_says_so(machine: Machine) -> None:
    found = survey(machine.root)

    assert (found.sources, found.unreadable) == ((), ())
    assert found.notes[0].startswith("no mail log on this machine: no journal, none of ")


AS_NOBODY = """
import json, os, sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from rejectwatch.sources.auto import survey
os.setgid(65534); os.setgroups([]); os.setuid(65534)
found = survey(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
json.dump([asdict(one) for one in found.candidates if one.exists], sys.stdout, default=str)
"""


def seen_by_nobody(machine: Machine) -> dict[str, tuple[bool, bool, str]]:
    """What a user who is in no group finds: chosen or not, whether it needs help, why; by name."""
    for folder in [machine.root / "var/log", *list((machine.root / "var/log").parents)[:-2]]:
        folder.chmod(0o755)
    said = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(machine.root), NOW.isoformat()],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(said.stdout)
    return {
        one["name"].removeprefix(f"{machine.root}/"): (one["chosen"], one["needs_help"], one["reason"])
        for one in found
    }


CLOSED_JOURNAL = (
    "the journal may not be read by user nobody: usermod -aG systemd-journal nobody, then start again"
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@as_root
def test_what_may_not_be_read_is_told_with_what_helps_and_awaited(machine: Machine) -> None:
    path = machine.log("var/log/mail.log")
    path.chmod(0o600)
    machine.journal().path().chmod(0o640)
    chosen, needs_help, reason = seen_by_nobody(machine)["var/log/mail.log"]

    assert (chosen, needs_help) == (True, True)
    assert reason.startswith(f"{path} may not be read by user nobody: setfacl ")
    assert seen_by_nobody(machine)[JOURNAL] == (False, True, CLOSED_JOURNAL)


@as_root
def test_a_log_that_may_not_be_read_is_not_missed_where_the_journal_has_the_same(machine: Machine) -> None:
    path = machine.log("var/log/maillog", minutes=1)
    path.chmod(0o600)
    machine.journal().path().chmod(0o644)

    assert seen_by_nobody(machine) == {
        "var/log/maillog": (
            False,
            False,
            f"{path} is not read: the journal has the same mail, and user nobody may not read the file",
        ),
        JOURNAL: (True, False, "the journal is read: no log file that can be read has its mail"),
    }


@as_root
@pytest.mark.parametrize("text, needs_help", [("", False), ("a line of another host\n", True)])
def test_a_log_that_may_not_be_read_and_is_not_in_the_journal_is_told(
    machine: Machine, text: str, needs_help: bool
) -> None:
    machine.log("var/log/maillog", text).chmod(0o600)
    machine.journal(facility="9").path().chmod(0o644)
    found = seen_by_nobody(machine)

    assert found["var/log/maillog"][:2] == (False, needs_help)
    assert found[JOURNAL][:2] == (True, False)


@as_root
def test_postfix_makes_a_log_that_only_root_may_read(machine: Machine) -> None:
    machine.postfix("maillog_file = /var/log/postfix.log\n")
    machine.log("var/log/postfix.log").chmod(0o600)
    machine.journal("dovecot").path().chmod(0o644)
    found = seen_by_nobody(machine)

    assert found["var/log/postfix.log"][:2] == (True, True)
    assert found[JOURNAL][:2] == (True, False)


@as_root
def test_a_closed_journal_is_not_missed_where_a_log_is_read(machine: Machine) -> None:
    path = machine.log("var/log/mail.log")
    machine.journal().path().chmod(0o640)
    reason = (
        f"the journal is not read: {path} has the same mail, as far as anybody can tell: {CLOSED_JOURNAL}"
    )

    assert seen_by_nobody(machine)[JOURNAL] == (False, False, reason)
