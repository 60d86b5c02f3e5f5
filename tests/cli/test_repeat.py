"""A line that says how often another came again stands for as many refusals, in whatever counts them."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Configure
from cli.lines import scanned, write
from parts.daemon import rejectwatch

REFUSAL = (
    "Nov 24 04:27:20 mail postfix/smtpd[250]: NOQUEUE: reject: RCPT from pc.corp.example[192.0.2.7]: 553 5.7.1"
    " <x@y.example>: odd moon tonight; from=<kim@corp.example> to=<x@y.example> proto=ESMTP helo=<pc>\n"
)
AGAIN = "Nov 24 04:27:25 mail last message repeated 3 times\n"
LOG = REFUSAL + AGAIN


def printed(config: Path, *arguments: str) -> str:
    done = rejectwatch(*arguments, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_scan_gives_it_as_a_record_that_says_how_many(tmp_path: Path) -> None:
    found = scanned(write(tmp_path / "mail.log", LOG))

    assert [(one["line"], one["repeat"]) for one in found] == [(1, 1), (2, 3)]
    assert len({one["attempt"] for one in found}) == 1


def test_the_summary_of_scan_counts_it(tmp_path: Path) -> None:
    said = rejectwatch("scan", "--lang", "en", write(tmp_path / "mail.log", LOG)).stdout

    assert "Refused with 553: 4." in said
    assert "kim@corp.example: 4 refused recipients in 1 attempt." in said
    assert "  4 × reply: 553 5.7.1 <*>: odd moon tonight\n" in said
    assert "  3 × kim@corp.example" in said


def test_what_is_stored_counts_it(configured: Configure, tmp_path: Path) -> None:
    config = configured()
    log = write(tmp_path / "mail.log", LOG)

    assert printed(config, "import", str(log)) == "4 refusals found, 4 of them new\n"
    assert printed(config, "import", str(log)) == "4 refusals found, 0 of them new\n"
    for kind in ("senders", "domains", "ips", "causes"):
        found = json.loads(printed(config, "top", kind, "--since", "2000-01-01", "--format", "json"))
        assert {one["failures"] for one in found} == {4}
    (one,) = json.loads(
        printed(config, "top", "ips", "--since", "2000-01-01", "--ip", "192.0.2.7", "--format", "json")
    )
    assert one["failures"] == 4  # this one is counted from the events themselves
    assert "3 × kim@corp.example" in printed(config, "events", "--lang", "en")


def test_a_line_that_was_not_understood_counts_as_often_as_it_came(tmp_path: Path) -> None:
    odd = REFUSAL.replace("reject:", "moon-reject:")
    said = rejectwatch("scan", "--lang", "en", write(tmp_path / "mail.log", odd + AGAIN)).stdout

    assert "  4 × *: moon-reject: RCPT from *: 553 *\n" in said
