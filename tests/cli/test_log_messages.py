"""Exim's `log_message` takes the place of the reply in its log: the operator says which code the client was given."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Configure
from cli.lines import scanned, write
from parts.daemon import Daemon, rejectwatch
from parts.waiting import until

REFUSED = "2025-10-08 07:54:18 H=(pc) [192.0.2.7] F=<lee@corp.example> rejected RCPT <x@y.example>: Not Owner of sender\n"
OTHER = "2025-10-08 07:54:19 H=(pc) [192.0.2.7] F=<lee@corp.example> rejected RCPT <x@y.example>: listed\n"
MAPPED = '[[log_messages]]\nmatch = "not owner"\ncode = 553\n'


def test_scan_reads_it_with_a_configuration_and_not_without(configured: Configure, tmp_path: Path) -> None:
    log = write(tmp_path / "mainlog", REFUSED + OTHER)

    assert scanned(log) == []
    assert [(one["line"], one["code"]) for one in scanned("-c", configured(MAPPED), log)] == [(1, 553)]


def test_import_reads_it(configured: Configure, tmp_path: Path) -> None:
    done = rejectwatch("import", write(tmp_path / "mainlog", REFUSED + OTHER), config=configured(MAPPED))

    assert (done.returncode, done.stdout) == (0, "1 refusals found, 1 of them new\n")


def test_the_daemon_reads_it(tmp_path: Path) -> None:
    log = write(tmp_path / "mainlog", REFUSED + OTHER)
    watch = Daemon(tmp_path / "state", f'first_read = "all"\n[[sources]]\npath = "{log}"\n{MAPPED}')
    with watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_lines_total") == 2, what=watch.child.story)

    assert watch.rows("SELECT code, sender FROM events") == [(553, "lee@corp.example")]


def test_check_config_shows_the_texts(configured: Configure) -> None:
    done = rejectwatch("check-config", config=configured(MAPPED))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == '  log texts "not owner" = 553'


def test_check_config_warns_of_a_code_that_nobody_watches(configured: Configure) -> None:
    config = configured(MAPPED.replace("553", "550"))
    done = rejectwatch("check-config", config=config)

    assert done.returncode == 0
    assert done.stderr == (
        f'{config}: log_messages: "not owner" stands for 550, which is not one of the codes that are watched\n'
    )
