"""The doctor beside a daemon: a healthy watch, and one to which all kinds of things have happened."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import database_url  # noqa: F401 — a fixture
from parts.daemon import Daemon, rejectwatch
from parts.network import free_port
from parts.waiting import until
from whole.made import append, refusals

pytestmark = pytest.mark.slow

CONFIGURATION = """
first_read = "all"

[[sources]]
name = "mail"
path = "{log}"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"

[site]
domains = ["corp.example", "sold.example"]
networks = ["10.20.0.0/16"]
"""


def traffic(at: datetime) -> bytes:
    """A message that somebody who had logged in has sent, and lines of which the watch can say little."""
    stamp = at.isoformat()
    return (
        f"{stamp} mail postfix/submission/smtpd[1]: 4XyzAb12cD: client=pc1.corp.example[10.20.0.7],"
        " sasl_method=PLAIN, sasl_username=bob\n"
        f"{stamp} mail postfix/qmgr[2]: 4XyzAb12cD: from=<bob@corp.example>, size=300, nrcpt=1 (queue active)\n"
        f"{stamp} mail postfix/smtp[3]: 4XyzAb12cD: to=<mori@partner.example>, relay=mx.partner.example[198.51.100.9]:25,"
        " delay=4, delays=1/0/1/2, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    ).encode()


def sick(at: datetime) -> bytes:
    stamp = at.isoformat()
    return (
        f"{stamp} mail postfix/smtpd[4]: NOQUEUE: later-reject: RCPT from eve[192.0.2.1]: 553 5.7.1 spam;"
        " from=<eve@x.example> to=<bob@corp.example> proto=ESMTP helo=<eve>\n"
        f"{stamp} mail postfix/smtpd[4]: NOQUEUE: reject: RCPT from eve[192.0.2.1]: 553 5.7.1 <eve@x.example>: odd"
        " moon over mx1.x.example; from=<eve@x.example> to=<bob@corp.example> proto=ESMTP helo=<eve>\n"
        f"{stamp} mail rsyslogd: imuxsock[pid 249]: begin to drop messages due to rate-limiting\n"
        f"{stamp} mail rsyslogd: imuxsock[pid 249]: 123 messages lost due to rate-limiting\n"
        f"{stamp} mail systemd-journald[346]: Suppressed 77 messages from nginx.service\n"
        f"{stamp} mail postfix/cleanup[5]: 4XyzAb12cE: info: header Subject: rsyslogd: imuxsock[1]: 5 messages lost due"
        " to rate-limiting from x[192.0.2.1]; from=<a@b> to=<c@d>\n"
    ).encode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def watch(tmp_path: Path, log: Path, database_url: str) -> Daemon:  # noqa: F811
    folder = tmp_path / "state"
    url = database_url if "postgresql" in database_url else None
    one = Daemon(folder, CONFIGURATION.format(log=log), database_url=url)
    (folder / "postmasters.url").write_text("json://127.0.0.1:9/\n")
    if url:
        one.upgrade()
    return one


def examined(watch: Daemon) -> tuple[int, list[dict[str, Any]]]:
    done = rejectwatch("doctor", "--format", "json", "-c", watch.config)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def of(found: list[dict[str, Any]], check: str, state: str | None = None) -> str:
    """What a check has said, its sentences one a line."""
    told = [one for one in found if one["check"] == check and state in (None, one["state"])]
    return "\n".join(one["says"] for one in told)


def read_to(watch: Daemon, log: Path) -> None:
    """Wait until all lines of the log are stored."""
    until(
        lambda: watch.metric("rejectwatch_lines_total") == log.read_bytes().count(b"\n"),
        what=watch.child.story,
    )


def test_a_healthy_watch(watch: Daemon, log: Path) -> None:
    append(log, traffic(datetime.now(UTC)) + refusals(range(2)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
        code, found = examined(watch)

    assert (code, of(found, "daemon")) == (0, "a daemon is running as instance " + instance(watch))
    size = log.stat().st_size
    assert f"mail: position {size} of {size} in {log} " in of(found, "sources")
    assert "last line of " in of(found, "sources")
    assert "from its beginning" in of(found, "sources")
    assert "answers; schema " in of(found, "database", "ok")
    assert "events 2" in of(found, "database") or "estimated" in of(found, "database")
    assert "messages: 0 sent, 0 waiting" in of(found, "database")
    assert of(found, "gaps") == "no lines are known to be lost in the last 30 days"
    assert of(found, "not understood").startswith("every refusal and delivery was understood")
    assert "milter-reject" in of(found, "not understood", "ok")
    assert "[[log_messages]]" in of(found, "not understood", "ok")
    assert "domains that people who had logged in sent for: corp.example" in of(found, "learnt")
    assert "nobody who had logged in sent for them: sold.example" in of(found, "learnt", "note")
    assert (
        "addresses from which people logged in, in the last 30 days: 3; private networks: 10.20.0.0/24 (3)"
        in of(found, "learnt")
    )
    assert [one for one in found if one["state"] == "trouble"] == []


def instance(watch: Daemon) -> str:
    return str(watch.rows("SELECT instance FROM instances")[0][0])


def test_what_happened_to_a_watch(watch: Daemon, log: Path) -> None:
    append(log, traffic(datetime.now(UTC)) + sick(datetime.now(UTC)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
        code, found = examined(watch)
        counted = watch.metric("rejectwatch_lines_not_understood_total", source="mail")
        unknown = watch.metric("rejectwatch_causes_unknown_total", mta="postfix", refused_by="local")
        gaps = watch.metric("rejectwatch_gaps_total", source="mail", reason="suppressed")

    assert (code, counted, gaps) == (1, 1, 2)
    assert watch.rows("SELECT shape, mta, count FROM shapes ORDER BY shape") == [
        ("*: later-reject: RCPT from *: 553 *", "postfix", 1),
        ("reply: 553 5.7.1 <*>: odd moon over *", "postfix", 1),
    ]
    assert unknown == 1
    assert "1 × postfix, mail, last " in of(found, "not understood", "note")
    assert "ago: *: later-reject: RCPT from *: 553 *" in of(found, "not understood", "note")
    assert "whose cause is not known: 1" in of(found, "not understood", "note")
    assert "ago: reply: 553 5.7.1 <*>: odd moon over *" in of(found, "not understood", "note")
    assert sorted(watch.rows("SELECT lines, detail FROM gaps"), key=str) == [
        (123, "pid 249"),
        (None, "pid 249"),
    ]
    assert "mail: 123 lines may be lost, " in of(found, "gaps", "trouble")
    assert "the logger dropped lines (pid 249)" in of(found, "gaps", "trouble")


def test_refusals_with_codes_that_are_not_watched_are_a_hint(watch: Daemon, log: Path) -> None:
    """What a stock Postfix and a stock Exim say to a stranger who wants to relay."""
    stamp, port = datetime.now(UTC).isoformat(), free_port()
    watch.config.write_text(watch.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    relay = (
        f"{stamp} mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: {{}} <mori@x.example>: Relay access"
        " denied; from=<a@x.example> to=<mori@x.example> proto=ESMTP helo=<x>\n"
    )
    codes = ("554 5.7.1", "554 5.7.1", "550 5.7.1", "501 5.1.7", "450 4.7.1")
    append(log, "".join(map(relay.format, codes)).encode())
    with watch:
        watch.until_ready()
        read_to(watch, log)
        code, found = examined(watch)
    _, without_daemon = examined(watch)

    (told,) = [one for one in found if "not watched" in one["says"]]
    assert (code, told["state"]) == (0, "note")
    assert told["says"].startswith("of what was read since ")
    assert told["says"].endswith(", 3 refusals had codes that are not watched (554: 2, 550: 1)")
    assert told["cure"] == "codes = [550, 551, 553, 554] in the configuration watches them"
    assert not any("not watched" in one["says"] for one in without_daemon)


def test_a_watch_that_stands_still(watch: Daemon, log: Path) -> None:
    append(log, refusals(range(2)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
    append(log, refusals(range(2, 5)))
    code, found = examined(watch)

    assert (code, of(found, "daemon", "trouble")) == (1, "no daemon is running: nothing is watched")
    assert f"{len(refusals(range(2, 5)))} bytes to read" in of(found, "sources")


def test_what_waits_in_a_rotated_file_counts_too(watch: Daemon, log: Path) -> None:
    append(log, refusals(range(2)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
    read, rest, fresh = log.stat().st_size, refusals([2]), refusals([3])
    append(log, rest)
    log.rename(log.with_name("mail.log.1"))
    append(log, fresh)
    _, found = examined(watch)

    assert f"position {read} of {read + len(rest)} in {log}.1 " in of(found, "sources")
    assert f"{len(rest) + len(fresh)} bytes to read" in of(found, "sources")


def test_what_was_read_last_and_is_gone_is_trouble(watch: Daemon, log: Path) -> None:
    append(log, refusals(range(2)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
    log.write_bytes(refusals(range(7, 9)))
    _, found = examined(watch)

    assert "what was read last is in none of the files any more" in of(found, "sources", "trouble")


def test_each_log_of_a_pattern_has_its_place(tmp_path: Path, log: Path) -> None:
    configuration = CONFIGURATION.format(log=log.with_name("*.log"))
    watch = Daemon(tmp_path / "state", configuration)
    (watch.folder / "postmasters.url").write_text("json://127.0.0.1:9/\n")
    other = log.with_name("other.log")
    append(log, refusals(range(2)))
    append(other, refusals(range(2, 5)))
    with watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_lines_total") == 5, what=watch.child.story)
    read = other.stat().st_size
    append(other, refusals([5]))
    log.with_name("third.log").write_bytes(refusals([6]))
    _, found = examined(watch)
    told = of(found, "sources")

    assert f"mail mail.log: position {log.stat().st_size} of {log.stat().st_size} in {log} " in told
    assert f"mail other.log: position {read} of {other.stat().st_size} in {other} " in told
    assert "mail third.log: " in of(found, "sources", "note")
    assert told.count(" to read") == 1


def test_it_changes_nothing(watch: Daemon, log: Path, tmp_path: Path) -> None:
    append(log, traffic(datetime.now(UTC)) + sick(datetime.now(UTC)))
    with watch:
        watch.until_ready()
        read_to(watch, log)
    tables = ("instances", "positions", "state", "gaps", "shapes", "outbox")
    before = [sorted(watch.rows(f"SELECT * FROM {table}"), key=str) for table in tables]
    files = {path: path.stat().st_size for path in sorted(watch.folder.rglob("*"))}
    examined(watch)

    assert [sorted(watch.rows(f"SELECT * FROM {table}"), key=str) for table in tables] == before
    assert {path: path.stat().st_size for path in sorted(watch.folder.rglob("*"))} == files


def test_a_daemon_starts_while_the_doctor_looks(watch: Daemon, log: Path) -> None:
    append(log, refusals(range(2)))
    watch.start()
    codes = [examined(watch)[0] for _ in range(3)]
    read_to(watch, log)

    assert "Another rejectwatch" not in watch.said
    assert set(codes) <= {0, 1}
    assert watch.stop() == 0
