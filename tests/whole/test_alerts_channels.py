"""What channels do wrong costs neither events nor other channels: they hang, are away for days, or we die meanwhile."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from parts.daemon import Daemon
from parts.inbox import Inbox
from parts.trap import UNTIL_TLS, Trap
from parts.waiting import until
from whole.alerting import alerting
from whole.made import append, refusal, refusals, stored

pytestmark = pytest.mark.slow

END = 5.0
"""Seconds in which SIGTERM is obeyed, whatever hangs."""
STORED = 2.0
"""Seconds in which a line is an event: it is looked for every second, and committed twice a second."""

HTTP_DRIP = b"HTTP/1.1 202 Accepted\r\nX-Wait: a little\r\n"
MAIL_TO = "to=admin@corp.example&from=rejectwatch@corp.example"

# What hangs, and the URL that leads there.
SMTP = {
    "silent": (Trap, f"mailto://localhost:{{port}}/?{MAIL_TO}"),
    "drips": (lambda: Trap(drips=b"220-please wait a little\r\n"), f"mailto://localhost:{{port}}/?{MAIL_TO}"),
    "handshake": (lambda: Trap(*UNTIL_TLS), f"mailtos://localhost:{{port}}/?{MAIL_TO}&mode=starttls"),
}
HTTP = {
    "silent": (Trap, "json://127.0.0.1:{port}/alerts"),
    "drips": (lambda: Trap(drips=HTTP_DRIP), "json://127.0.0.1:{port}/alerts"),
    "handshake": (Trap, "jsons://127.0.0.1:{port}/alerts"),
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.touch()
    return log


@pytest.mark.parametrize("kind", [SMTP, HTTP], ids=["smtp", "http"])
def test_channels_that_hang_delay_no_event_no_other_channel_and_no_end(
    kind: Mapping[str, tuple[type[Trap], str]], tmp_path: Path, log: Path, inbox: Inbox
) -> None:
    with ExitStack() as stack:
        traps = {name: stack.enter_context(trap()) for name, (trap, _) in kind.items()}
        urls = {name: url.format(port=traps[name].port) for name, (_, url) in kind.items()}
        urls["mail"] = inbox.url("admin@corp.example")
        watch = stack.enter_context(alerting(tmp_path / "state", log, urls, SSL_CERT_FILE=str(inbox.ca_pem)))
        watch.until_ready()
        append(log, refusals(range(3)))
        until(lambda: all(trap.caught for trap in traps.values()), what=watch.child.story)
        delays = [delay(watch, log, number) for number in range(3, 8)]

        assert len(inbox.wait_for(1)) == 1
        assert max(delays) < STORED
        assert watch.metric("rejectwatch_notifications_total", result="sent") == 1
        assert watch.metric("rejectwatch_notifications_waiting") == len(traps)
        began = time.monotonic()
        assert watch.stop() == 0  # with the children that send
        assert time.monotonic() - began < END
        assert sorted(watch.rows("SELECT channel, state, tries FROM outbox")) == sorted(
            [("mail", "sent", 1), *((name, "waiting", 0) for name in traps)]
        )  # and they are sent again at the next start


def delay(watch: Daemon, log: Path, number: int) -> float:
    """Seconds from the writing of a line to its event."""
    append(log, refusal(number))
    written = time.monotonic()
    until(lambda: len(stored(watch)) == number + 1, what=watch.child.story)
    return time.monotonic() - written
