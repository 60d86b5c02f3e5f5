"""What `scan` says of lines that it could not read, and of lines that the log never had."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.lines import LOG, write
from parts.daemon import rejectwatch

STAMP = "2026-10-08T09:03:00+09:00 mail"
FILTERED = (
    f"{STAMP} postfix/smtpd[9]: proxy-reject: END-OF-MESSAGE: 553 5.7.1 no; from=<a@b> to=<c@d> proto=ESMTP\n"
)
BEGINS = f"{STAMP} rsyslogd: imjournal: begin to drop messages due to rate-limiting\n"
LOST = f"{STAMP} rsyslogd: imjournal: 236 messages lost due to rate-limiting (20000 allowed within 600 seconds)\n"


def scanned(tmp_path: Path, text: str, lang: str = "en") -> str:
    done = rejectwatch("scan", "--lang", lang, write(tmp_path / "mail.log", text))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_lines_that_were_not_understood_are_counted_and_shown_by_their_shape(tmp_path: Path) -> None:
    said = scanned(tmp_path, LOG + 2 * FILTERED)

    assert "not understood, and are not counted: 2." in said
    assert "\n  2 × *: proxy-reject: END-OF-MESSAGE: 553 *\n" in said


def test_lines_that_the_logger_has_dropped_are_told(tmp_path: Path) -> None:
    assert "The logger dropped 236 lines of this log" in scanned(tmp_path, LOG + BEGINS + LOST)


def test_that_it_has_begun_to_drop_lines_is_told_too(tmp_path: Path) -> None:
    assert "it does not say how many" in scanned(tmp_path, LOG + BEGINS)


def test_a_log_that_is_whole_and_understood_says_nothing_of_it(tmp_path: Path) -> None:
    said = scanned(tmp_path, LOG)

    assert "understood" not in said
    assert "dropped" not in said


@pytest.mark.parametrize("text", [FILTERED, BEGINS, LOST])
def test_it_is_told_in_japanese_too(tmp_path: Path, text: str) -> None:
    assert len(scanned(tmp_path, LOG + text, "ja").splitlines()) > len(
        scanned(tmp_path, LOG, "ja").splitlines()
    )
