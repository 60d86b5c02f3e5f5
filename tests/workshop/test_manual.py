"""Man pages and completion are what the definitions of the commands say; the pages are right for mandoc."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from parts.packages import program
from workshop.checkout import ROOT, copy_checkout, run

SHARE = ROOT / "share"
PAGES = sorted((SHARE / "man" / "man1").glob("*.1"))


def shown(page: Path, *options: str) -> str:
    """As mandoc shows it to a reader."""
    command = [str(program("mandoc", "mandoc")), "-T", "utf8", "-O", "width=100", *options, str(page)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return re.sub(".\b", "", done.stdout)


def page(name: str) -> str:
    return shown(SHARE / "man" / "man1" / f"{name}.1")


def test_they_are_what_the_program_writes(tmp_path: Path) -> None:
    checkout = copy_checkout(
        tmp_path, "daemon", "tools/manual", "CHANGELOG.md", "migrations", "pyproject.toml"
    )
    written = run(sys.executable, "-m", "tools.manual", cwd=checkout, PYTHONPATH="daemon")
    there = {path.relative_to(SHARE): path.read_text() for path in SHARE.rglob("*") if path.is_file()}
    expected = {
        path.relative_to(checkout / "share"): path.read_text()
        for path in (checkout / "share").rglob("*")
        if path.is_file()
    }

    assert written.returncode == 0, written.stdout
    stale = [str(name) for name in there | expected if there.get(name) != expected.get(name)]
    assert stale == [], "write them anew: make manual"


def test_mandoc_finds_no_fault_with_a_page() -> None:
    command = [str(program("mandoc", "mandoc")), "-T", "lint", "-W", "warning", *map(str, PAGES)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert len(PAGES) > 20
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_what_everybody_looks_for(path: Path) -> None:
    sections = re.findall(r"^[A-Z][A-Z ]+$", shown(path), re.MULTILINE)
    text = path.read_text()

    assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert {"OPTIONS", "EXIT STATUS", "SEE ALSO"} <= set(sections)
    assert "\b" not in text
    assert text.isascii()
    for name in re.findall(r"^\.BR (rejectwatch\S*) \(1\)", text, re.MULTILINE):
        assert (path.parent / f"{name.replace(chr(92), '')}.1").is_file()


def test_the_first_page_says_files_environment_and_every_command() -> None:
    text = page("rejectwatch")

    for words in ("/etc/rejectwatch/rejectwatch.toml", "REJECTWATCH_CONFIG", "rejectwatch-scan(1)", "doctor"):
        assert words in text


def test_what_stands_line_by_line_in_the_help_does_so_in_the_page() -> None:
    lines = [line.strip() for line in page("rejectwatch-scan").splitlines()]

    assert "rejectwatch scan /var/log/mail.log*" in lines
    assert "journalctl -o short-iso SYSLOG_FACILITY=2 | rejectwatch scan" in lines


def test_nothing_in_a_help_is_taken_for_a_request(tmp_path: Path) -> None:
    script = (
        "from tools.manual.pages import _text; print('.TH A 1 2026-01-01'); print('.SH X');"
        " print(_text('.so /etc/passwd')); print(_text(\"'br\")); print(_text(r'a\\fBb --x `-c`'))"
    )
    (tmp_path / "a.1").write_text(run(sys.executable, "-c", script, cwd=ROOT, PYTHONPATH="daemon:.").stdout)
    text = " ".join(shown(tmp_path / "a.1").split())

    assert ".so /etc/passwd 'br a\\fBb --x -c" in text
