"""What opens a channel is found nowhere but in its own file, whatever goes wrong on the way."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.client import PASSWORD
from parts.daemon import COMMAND, Daemon, rejectwatch
from parts.hook import Hook
from parts.inbox import Inbox
from parts.trap import Trap
from parts.waiting import until
from whole.alerting import alerting
from whole.made import append, refusals

pytestmark = pytest.mark.slow

CANARY = "Kanarie553"
BASIC = b64encode(f"me:{CANARY}".encode()).decode()
"""As a password goes over the wire."""
TO = "to=admin@corp.example&from=rejectwatch@corp.example"

BEFORE = """
import sys
from rejectwatch.notify import sending
{lines}
from rejectwatch.cli import main
sys.exit(main())
"""
SOON = "sending.DEADLINE = 6"
CRASHES = """
sending.CHILD = ("-c", "import json, sys; order = json.load(sys.stdin); print(order, file=sys.stderr); raise ValueError(order['url'])")
"""


@dataclass(frozen=True)
class Others:
    """The other sides, each of which does not take a message in its own way."""

    urls: Mapping[str, str]
    trust: Mapping[str, str]


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Others]:
    with ExitStack() as stack:
        enter = stack.enter_context
        inbox = enter(Inbox(tmp_path / "inbox", user="watch@corp.example"))
        stranger = enter(Inbox(tmp_path / "stranger", user="watch@corp.example"))
        hook, unknown = enter(Hook(tmp_path / "hook")), enter(Hook(tmp_path / "unknown"))
        teams, manager = enter(Hook(tmp_path / "teams")), enter(Hook())
        # They repeat what they were given.
        hook.answer(403, words=f"no: /{CANARY}Path/{CANARY}Sig {CANARY}Key Basic {CANARY}".encode())
        teams.answer(403, words=f'{{"error": "/{CANARY}Flow?sig={CANARY}Sig"}}'.encode())
        manager.answer(401, words=f"no: me:{CANARY} Basic {BASIC}".encode())
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(hook.ca_pem.read_bytes() + teams.ca_pem.read_bytes())
        hanging = enter(Trap())
        urls = {
            "mail-refused": f"mailtos://me:{CANARY}@localhost:9/?{TO}",
            "mail-login": inbox.url().replace(f":{PASSWORD}@", f":{CANARY}@"),
            "mail-tls": stranger.url().replace(f":{PASSWORD}@", f":{CANARY}@"),
            "mail-asked": f"mailtos://localhost:{inbox.port}/?user=watch@corp.example&pass={CANARY}&{TO}",
            "json-refused": f"json://me:{CANARY}@127.0.0.1:9/{CANARY}Path?+X-Key={CANARY}Key",
            "json-tls": f"jsons://localhost:{unknown.port}/{CANARY}Path?+X-Key={CANARY}Key",
            "json-says-no": f"jsons://me:{CANARY}@localhost:{hook.port}/{CANARY}Path/{CANARY}Sig?+X-Key={CANARY}Key",
            "json-hangs": f"json://me:{CANARY}@127.0.0.1:{hanging.port}/{CANARY}Path",
            "manager-refused": f"alertmanager://me:{CANARY}@127.0.0.1:9/",
            "manager-tls": f"alertmanagers://me:{CANARY}@localhost:{unknown.port}/",
            "manager-says-no": f"alertmanager://me:{CANARY}@127.0.0.1:{manager.port}/",
            "teams-refused": f"workflows://localhost:9/{CANARY}Flow/{CANARY}Sig/",
            "teams-tls": f"workflows://localhost:{unknown.port}/{CANARY}Flow/{CANARY}Sig/",
            "teams-says-no": f"workflows://localhost:{teams.port}/{CANARY}Flow/{CANARY}Sig/",
        }
        trust = {"SSL_CERT_FILE": str(inbox.ca_pem), "REQUESTS_CA_BUNDLE": str(trusted)}
        yield Others(urls, trust)


def test_a_canary_in_the_url_of_every_channel_is_found_nowhere(
    tmp_path: Path, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins_with(SOON, monkeypatch)
    log = tmp_path / "mail.log"
    log.touch()
    seen: dict[str, bytes] = {}
    with alerting(tmp_path / "state", log, others.urls, **others.trust) as watch:
        told = told_until_all_failed(watch, log, others.urls, seen)
    told |= files(watch)
    monkeypatch.setattr(parts_daemon, "COMMAND", COMMAND)
    said = dict(asked(watch, others.trust))

    assert {"rejectwatch.db", "rejectwatch.db-wal", "output.1"} <= set(told)
    assert any(b"rejectwatch.notify.child" in one for one in seen.values())  # a send was seen at work
    assert holding_the_canary(told | seen | said) == []


def test_a_canary_is_not_in_the_traceback_of_a_send_that_crashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins_with(CRASHES, monkeypatch)
    log = tmp_path / "mail.log"
    log.touch()
    urls = {
        "mail": f"mailtos://me:{CANARY}@localhost:9/?{TO}",
        "json": f"json://me:{CANARY}@127.0.0.1:9/{CANARY}Path?+X-Key={CANARY}Key",
        "teams": f"workflows://localhost:9/{CANARY}Flow/{CANARY}Sig/",
    }
    with alerting(tmp_path / "state", log, urls) as watch:
        told = told_until_all_failed(watch, log, urls, {})
    told |= files(watch)

    assert b"the sending process crashed" in told["output.1"]
    assert holding_the_canary(told) == []


def begins_with(lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", BEFORE.format(lines=lines)))


def told_until_all_failed(
    watch: Daemon, log: Path, urls: Mapping[str, str], seen: dict[str, bytes]
) -> dict[str, bytes]:
    """What is told and written until no channel has taken the message; `seen` gets what others see of the processes."""
    watch.until_ready()
    append(log, refusals(range(3)))

    def all_failed() -> bool:
        seen.update(processes(watch.child.pid))
        return all(failed(watch, name) for name in urls)

    until(all_failed, 60, watch.child.story)
    pages = {path: watch.get(path)[1].encode() for path in ("/metrics", "/readyz", "/healthz")}
    written = files(watch)  # the last commits are not in the database itself yet
    assert watch.stop() == 0
    return pages | written


def holding_the_canary(told: Mapping[str, bytes]) -> list[str]:
    secrets = [one.lower().encode() for one in (CANARY, BASIC)]
    return [name for name, text in told.items() if any(one in text.lower() for one in secrets)]


def failed(watch: Daemon, channel: str) -> float:
    return watch.metric("rejectwatch_notifications_total", channel=channel, result="failed")


def files(watch: Daemon) -> dict[str, bytes]:
    """Everything that it has written: database, log of the database, output."""
    paths = (path for path in watch.folder.iterdir() if path.is_file() and path.suffix != ".url")
    return {path.name: path.read_bytes() for path in paths}


def processes(leader: int) -> dict[str, bytes]:
    """Arguments and environment of the daemon and of what it has started: there root may read, and some let all."""
    found: dict[str, bytes] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            session = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[3]
            if int(session) == leader:
                found |= {
                    f"{folder.name} {name}": (folder / name).read_bytes() for name in ("cmdline", "environ")
                }
        except OSError:  # ended meanwhile
            continue
    return found


def asked(watch: Daemon, trust: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """What the commands of an operator say, and how they end."""
    expected = {("check-config",): 0, ("doctor",): None, ("test-alert",): 1, ("incidents", "list"): 0}
    for words, code in expected.items():
        done = rejectwatch(*words, config=watch.config, env=trust)
        assert code in (None, done.returncode), done.stderr
        yield " ".join(words), (done.stdout + done.stderr).encode()
