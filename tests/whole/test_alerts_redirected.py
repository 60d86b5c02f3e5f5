"""A message goes to the one service that the operator has named, verified, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import rejectwatch
from parts.hook import Hook
from parts.inbox import Inbox
from parts.waiting import until
from whole.alerting import IMPATIENT, alerting
from whole.made import append, refusals

pytestmark = pytest.mark.slow


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.touch()
    return log


@pytest.mark.parametrize("status, kind", [(302, "json"), (307, "json"), (308, "workflows")])
def test_a_redirect_is_not_followed(status: int, kind: str, log: Path) -> None:
    with Hook(log.parent / "asked") as asked, Hook() as elsewhere:
        asked.answer(status, f"http://127.0.0.1:{elsewhere.port}/")
        urls = {
            "json": "jsons://localhost:{port}/",
            "workflows": "workflows://localhost:{port}/flow/signature/",
        }
        watch = alerting(log.parent / "state", log, {"hook": urls[kind].format(port=asked.port)})
        done = rejectwatch("test-alert", config=watch.config, env={"REQUESTS_CA_BUNDLE": str(asked.ca_pem)})

    assert done.returncode == 1
    assert str(status) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(asked.posted) == 1
    assert elsewhere.posted == []


def test_a_daemon_does_not_follow_a_redirect_either_and_says_so_through_another_channel(
    log: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", IMPATIENT))
    with Hook() as asked, Hook() as elsewhere:
        asked.answer(307, f"http://127.0.0.1:{elsewhere.port}/")
        channels = {"hook": f"json://127.0.0.1:{asked.port}/", "mail": inbox.url("admin@corp.example")}
        with alerting(log.parent / "state", log, channels, SSL_CERT_FILE=str(inbox.ca_pem)) as watch:
            watch.until_ready()
            append(log, refusals(range(3)))
            until(lambda: any("hook" in mail.subject for mail in inbox.mails), 30, watch.child.story)

            assert asked.posted
            assert elsewhere.posted == []
            assert watch.metric("rejectwatch_notifications_total", channel="hook", result="sent") == 0


REFUSED = {
    "mailtos://me:geheim-553@localhost/?to=a@b.example&verify=no": "has verify=no",
    "jsons://localhost/geheim-553?verify=no": "has verify=no",
    "workflows://localhost/flow/geheim-553/?verify=no": "has verify=no",
    "jsons://localhost/geheim-553?redirect=yes": "has redirect=yes",
    "syslog://": "syslog://, which does not leave this machine",
    "dbus://geheim-553": "is not a URL that Apprise understands",
    "file:///etc/geheim-553": "is not a URL that Apprise understands",
    "exec:///bin/geheim-553": "is not a URL that Apprise understands",
    "javascript://geheim-553": "is not a URL that Apprise understands",
    "https://hook.example/geheim-553": "is not a URL that Apprise understands",
    "geheim-553": "is not a URL that Apprise understands",
}


@pytest.mark.parametrize("command, code", [("check-config", 2), ("test-alert", 1)])
def test_each_url_that_leads_elsewhere_is_refused_with_a_sentence(command: str, code: int, log: Path) -> None:
    channels = {f"c{number}": url for number, url in enumerate(REFUSED)}
    watch = alerting(log.parent / "state", log, channels)

    done = rejectwatch(command, config=watch.config)

    assert (done.returncode, done.stdout) == (code, "")
    assert "geheim" not in done.stderr
    assert len(done.stderr.splitlines()) == len(REFUSED)
    for line, sentence in zip(done.stderr.splitlines(), REFUSED.values(), strict=True):
        assert sentence in line
