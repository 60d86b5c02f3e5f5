"""What `scan` says of lines that it could not read, and of lines that the log never had."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.lines import LOG, NOT_OWNED, write
from parts.daemon import rejectwatch

STAMP = "2026-10-08T09:03:00+09:00 mail"
STRANGE = (
    f"{STAMP} postfix/smtpd[9]: NOQUEUE: later-reject: RCPT from u[192.0.2.9]: 553 5.7.1 no; from=<a@b>\n"
)
BEGINS = f"{STAMP} rsyslogd: imjournal: begin to drop messages due to rate-limiting\n"
LOST = f"{STAMP} rsyslogd: imjournal: 236 messages lost due to rate-limiting (20000 allowed within 600 seconds)\n"


def scanned(tmp_path: Path, text: str, lang: str = "en") -> str:
    done = rejectwatch("scan", "--lang", lang, write(tmp_path / "mail.log", text))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_lines_that_were_not_understood_are_counted_and_shown_by_their_shape(tmp_path: Path) -> None:
    said = scanned(tmp_path, LOG + 2 * STRANGE)

    assert "Of the refusals in the log 3 of 5 were understood (60%).\n" in said
    assert "not understood, and are not counted: 2." in said
    assert "\n  2 × *: later-reject: RCPT from *: 553 *\n" in said


def test_lines_that_the_logger_has_dropped_are_told(tmp_path: Path) -> None:
    assert "The logger dropped 236 lines of this log" in scanned(tmp_path, LOG + BEGINS + LOST)


def test_that_it_has_begun_to_drop_lines_is_told_too(tmp_path: Path) -> None:
    assert "it does not say how many" in scanned(tmp_path, LOG + BEGINS)


def test_a_log_that_is_whole_and_understood_is_said_to_be_so(tmp_path: Path) -> None:
    said = scanned(tmp_path, LOG)

    assert "Of the refusals in the log 3 of 3 were understood (100%).\n" in said
    assert "not understood" not in said
    assert "dropped" not in said


def test_all_is_said_to_be_understood_only_if_it_is(tmp_path: Path) -> None:
    said = scanned(tmp_path, 299 * NOT_OWNED + STRANGE)

    assert "299 of 300 were understood (99%).\n" in said


@pytest.mark.parametrize("text", [STRANGE, BEGINS, LOST])
def test_it_is_told_in_japanese_too(tmp_path: Path, text: str) -> None:
    assert len(scanned(tmp_path, LOG + text, "ja").splitlines()) > len(
        scanned(tmp_path, LOG, "ja").splitlines()
    )


def test_replies_whose_cause_is_not_known_are_shown_without_what_is_somebodys(tmp_path: Path) -> None:
    odd = NOT_OWNED.replace(
        "Sender address rejected: not owned by user alice", "odd moon over mx1.corp.example"
    )
    said = scanned(tmp_path, LOG + 2 * odd)

    assert "The cause is known of 2 of 4 (50%).\n" in said
    assert "\n  2 × reply: 553 5.7.1 <*>: odd moon over *\n" in said


def test_all_causes_are_said_to_be_known_only_if_they_are(tmp_path: Path) -> None:
    odd = NOT_OWNED.replace("Sender address rejected: not owned by user alice", "odd moon")

    assert "of 299 of 300 (99%)." in scanned(tmp_path, 299 * NOT_OWNED + odd)


def test_whose_realms_are_one_is_known_from_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "rejectwatch.toml"
    config.write_text('[identity]\nrealms = ["corp.example", "corp"]\n')
    logins = ("alice", "alice@corp.example", "CORP\\alice")
    log = "".join(NOT_OWNED.replace("by user alice", f"by user {login}") for login in logins)

    done = rejectwatch("scan", "--lang", "en", "-c", config, write(tmp_path / "mail.log", log))

    assert "“CORP\\alice”: 3 refused recipients" in done.stdout


def test_one_person_however_written_is_one_group_that_is_named_as_logged(tmp_path: Path) -> None:
    said = scanned(tmp_path, NOT_OWNED + NOT_OWNED.replace("user alice", "user ALICE"))

    assert "\nALICE: 2 refused recipients in 1 attempt." in said
    assert "alice:" not in said
