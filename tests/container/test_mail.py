"""From a mail that Debian's Postfix refuses to the mail that tells it, with everything as it is installed."""

from __future__ import annotations

import pytest

from container.machine import Machine
from container.mail import ALERT_URL, OWNERS, send, set_owners, set_up_inbox, set_up_postfix, until_alerts
from parts.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = """
[[channels]]
name = "postmasters"
url_file = "postmasters.url"

[incidents]
group_wait = "1s"
recover_after = "1s"
"""

ALICE, BOSS = "alice@corp.example", "boss@corp.example"


def test_a_refused_user_is_told_by_mail_and_so_is_the_recovery(machine: Machine) -> None:
    set_up_postfix(machine)
    set_up_inbox(machine)
    machine.write("/etc/rejectwatch/rejectwatch.toml", SETTINGS)
    machine.write("/etc/rejectwatch/credentials/postmasters.url", ALERT_URL, 0o600)
    machine.run("systemctl restart rejectwatch")

    worked = send(machine, ALICE, "mori@denki.example", ALICE)
    refused = [send(machine, BOSS, "mori@denki.example", ALICE) for _ in range(3)]
    (alert,) = until_alerts(machine, 1)
    set_owners(machine, {**OWNERS, BOSS: f"{ALICE} {BOSS}"})  # what the alert proposes
    until(lambda: send(machine, BOSS, "mori@denki.example", ALICE).startswith("250 "), what="the new table")
    _, recovery = until_alerts(machine, 2)
    text = alert.get_body(("plain",))

    assert worked.startswith("250 ")
    assert all(reply.startswith("553 5.7.1 ") for reply in refused)
    assert alert["To"] == "postmaster@corp.example"
    assert f"{ALICE} can't send as boss@corp.example" in alert["Subject"]
    assert text is not None
    assert "This login may not send with this sender address" in text.get_content()
    assert "not owned by user" in text.get_content()
    assert f"Works again: mail from {ALICE} gets through" in recovery["Subject"]
