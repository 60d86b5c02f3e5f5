"""What an operator says about the replies of his own place: their cause, and what users are told."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Configure
from cli.lines import scanned, write
from parts.daemon import Daemon, rejectwatch
from parts.waiting import until

REPLY = "553 5.7.1 Closed on Sundays, ask Tanaka (7)"
REFUSED = (
    "2025-10-08T07:54:18+09:00 mail postfix/smtpd[249]: NOQUEUE: reject: RCPT from pc[192.0.2.7]: "
    f"553 5.7.1 <mori@denki.example>: Recipient address rejected: {REPLY[10:]}; from=<lee@corp.example>"
    " to=<mori@denki.example> proto=ESMTP helo=<pc>\n"
)
OWN = """
[[causes]]
match = "closed on sundays"
cause = "local_restriction"
advice_en = "Mail to other companies is sent from Monday to Saturday only."
advice_ja = "社外へのメールは月曜から土曜まで送信できます。"
"""


def test_scan_tells_the_cause_with_a_configuration(configured: Configure, tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", REFUSED)

    (found,) = scanned("-c", configured(OWN), log)
    assert (found["cause"], found["confidence"], found["evidence"]) == (
        "local_restriction",
        "high",
        "Closed on Sundays",
    )


def test_explain_tells_the_user_what_the_operator_wrote(configured: Configure) -> None:
    for language, advice in (
        ("en", "Mail to other companies is sent from Monday to Saturday only."),
        ("ja", "社外へのメールは月曜から土曜まで送信できます。"),
    ):
        done = rejectwatch("explain", REPLY, "--format", "json", "--lang", language, "-c", configured(OWN))
        told = json.loads(done.stdout)

        assert told["cause"] == "local_restriction"
        assert told["user_steps"][0] == advice
        assert advice in told["forward_text"]


def test_the_longest_text_wins(configured: Configure, tmp_path: Path) -> None:
    more = '[[causes]]\nmatch = "Closed on Sundays, ask"\ncause = "rate_or_quota"\n'
    log = write(tmp_path / "mail.log", REFUSED)

    for text in (OWN + more, more + OWN):
        (found,) = scanned("-c", configured(text), log)
        assert found["cause"] == "rate_or_quota"


def test_the_daemon_stores_the_cause_and_alerts_with_the_advice(tmp_path: Path) -> None:
    log = write(tmp_path / "mail.log", REFUSED)
    watch = Daemon(tmp_path / "state", f'first_read = "all"\n[[sources]]\npath = "{log}"\n{OWN}')
    with watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_lines_total") == 1, what=watch.child.story)

    assert watch.rows("SELECT cause, evidence FROM events") == [("local_restriction", "Closed on Sundays")]


def test_check_config_shows_them(configured: Configure) -> None:
    done = rejectwatch("check-config", config=configured(OWN))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == '  causes    "closed on sundays" = local_restriction'
