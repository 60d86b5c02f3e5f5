"""The password of a channel is in no output, whether all goes well or nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from parts.client import PASSWORD
from parts.daemon import Daemon, rejectwatch
from parts.inbox import Inbox
from parts.waiting import until
from whole.made import CONFIGURATION, refusals

pytestmark = pytest.mark.slow

CHANNELS = """
[incidents]
group_wait = "1s"

[[channels]]
name = "good"
url_file = "good.url"

[[channels]]
name = "dead"
url_file = "dead.url"

[[channels]]
name = "hook"
url_file = "hook.url"
"""
CANARY = "Kanarie-553"
MISTAKES = """
max_alert_age = "5 minuts"
[http]
listne = "127.0.0.1:9553"
[database]
url = "mysql://root:{canary}@localhost/mail"
[[rules]]
name = "user"
by = "shoe size"
[[channels]]
name = "postmasters"
url_file = "mailtos://me:{canary}@localhost/"
"""


def failed(watch: Daemon, channel: str) -> float:
    return watch.metric("rejectwatch_notifications_total", channel=channel, result="failed")


def test_a_canary_in_every_url_is_found_nowhere(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(refusals(range(5)))
    with Inbox(tmp_path / "inbox", user="watch@corp.example") as inbox:
        trust = {"SSL_CERT_FILE": str(inbox.ca_pem)}
        watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log) + CHANNELS, env=trust)
        (watch.folder / "good.url").write_text(inbox.url("admin@corp.example"))
        (watch.folder / "dead.url").write_text(f"mailtos://me:{CANARY}@localhost:9/?to=admin@corp.example")
        (watch.folder / "hook.url").write_text(f"json://127.0.0.1:9/{CANARY}?+X-Key={CANARY}")
        with watch:
            inbox.wait_for(1)
            until(lambda: failed(watch, "dead") and failed(watch, "hook"), what=watch.child.story)
            pages = [watch.get(path)[1] for path in ("/metrics", "/readyz", "/healthz")]
            stored = [str(row) for row in watch.rows("SELECT * FROM outbox")]
            assert watch.stop() == 0
        checked = rejectwatch("check-config", config=watch.config)
        tried = rejectwatch("test-alert", config=watch.config, env=trust)

    assert (checked.returncode, tried.returncode) == (0, 1)
    assert len(inbox.mails) == 2
    told = [watch.said, *pages, *stored, checked.stdout, checked.stderr, tried.stdout, tried.stderr]
    assert [one for one in told if CANARY in one or PASSWORD in one] == []


@pytest.mark.parametrize("command", ["check-config", "test-alert", "run", "events"])
def test_five_mistakes_get_five_messages_and_no_password(command: str, tmp_path: Path) -> None:
    file = tmp_path / "rejectwatch.toml"
    file.write_text(MISTAKES.format(canary=CANARY))

    done = rejectwatch(command, "-c", file)

    assert (done.returncode, done.stdout) == (2, "")
    keys = sorted(line.split(": ")[1] for line in done.stderr.splitlines())
    assert keys == ["channels[0].url_file", "database.url", "http.listne", "max_alert_age", "rules[0].by"]
    assert CANARY not in done.stderr
