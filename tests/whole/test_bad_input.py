"""What an operator gets wrong, and what is not there yet: one clear sentence each, and nothing is lost."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from parts import daemon as parts_daemon
from parts.daemon import COMMAND, Daemon, rejectwatch
from parts.packages import program
from parts.postgresql import PostgreSQL
from parts.systemd import Systemd
from parts.waiting import until
from whole.made import CONFIGURATION, append, lines_with, refusal, refusals, until_stored

pytestmark = pytest.mark.slow

PASSWORD = "open-sesame-553"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> str:
    """File modes hold for the commands of this test, as for any user; its name.

    Root keeps its name and loses what lets it read everything: another user could read neither the
    interpreter nor the checkout, where these lie in root's home.
    """
    if os.geteuid() == 0:
        drop = (
            program("setpriv", "util-linux"),
            "--bounding-set=-dac_override,-dac_read_search",
            "--clear-groups",
        )
        monkeypatch.setattr(parts_daemon, "COMMAND", (*drop, *COMMAND))
    return pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def stopped(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """A server with the tables of rejectwatch in it, which does not run just now."""
    upgraded = rejectwatch("db", "upgrade", env={"REJECTWATCH_CONFIG": _only_database(postgresql)})
    assert upgraded.returncode == 0, upgraded.stderr
    postgresql.stop()
    yield postgresql
    postgresql.restart()


def _only_database(server: PostgreSQL) -> str:
    file = server.directory / "only-database.toml"
    file.write_text(f'[database]\nurl = "{server.url}"\n')
    return str(file)


def refused(daemon: Daemon, words: str) -> None:
    """It does not start, and says why in one sentence."""
    daemon.start()
    until(lambda: not daemon.child.running, 20, daemon.child.story)
    sentences = [line for line in daemon.said.splitlines() if "metrics on" not in line]

    assert len(sentences) == 1, daemon.said
    assert words in sentences[0]
    assert daemon.child.stop() in {1, 2}


def test_five_mistakes_in_the_configuration_get_five_messages(tmp_path: Path) -> None:
    file = tmp_path / "rejectwatch.toml"
    file.write_text("""
        max_alert_age = "5 minuts"
        [http]
        listne = "127.0.0.1:9553"
        [database]
        url = "mysql://localhost/mail"
        [[rules]]
        name = "user"
        by = "shoe size"
        [[channels]]
        url_file = "postmasters.url"
    """)

    done = rejectwatch("run", "-c", file)

    assert done.returncode == 2
    assert done.stdout == ""
    messages = [line.removeprefix(f"{file}: ") for line in done.stderr.splitlines()]
    assert len(messages) == 5
    assert sorted(message.partition(": ")[0] for message in messages) == [
        "channels[0].name",
        "database.url",
        "http.listne",
        "max_alert_age",
        "rules[0].by",
    ]
    assert 'did you mean "listen"?' in done.stderr
    assert rejectwatch("check-config", "-c", file).stderr == done.stderr


@pytest.mark.parametrize("group", [None, "adm"])
def test_a_log_that_may_not_be_read_is_told_with_the_command_and_read_as_soon_as_it_may(
    group: str | None, tmp_path: Path, log: Path, ordinary_user: str
) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(refusals([0]))
    log.write_bytes(refusals(range(1, 3)))
    if group and os.geteuid() == 0:
        os.chown(log, pwd.getpwnam("nobody").pw_uid, -1)
        log.chmod(0o640)
        os.chown(log, -1, 4)
        command = (
            f"usermod -aG {group} {ordinary_user} and start again, or setfacl -m u:{ordinary_user}:r {log}"
        )
    else:
        log.chmod(0)
        command = f"setfacl -m u:{ordinary_user}:r {log}"
    both = CONFIGURATION.format(log=log) + f'[[sources]]\nname = "other"\npath = "{other}"\n'
    with Systemd() as systemd, Daemon(tmp_path / "state", both, env=systemd.environment) as watch:
        until_stored(watch, [0])
        until(lambda: lines_with(watch, str(log)))

        assert lines_with(watch, str(log)) == [
            f"rejectwatch: {log} may not be read by user {ordinary_user}: {command}"
        ]
        assert watch.get("/readyz")[0] == 200  # the other one is watched
        until(lambda: systemd.heard[-1].startswith(f"STATUS=watching. {log} may not be read"))
        log.chmod(0o644)
        until_stored(watch, range(3))
        watch.until_said("no longer so")
        assert len(lines_with(watch, "may not be read")) == 2
        assert "Traceback" not in watch.said


def test_without_a_channel_it_says_once_that_nobody_is_told(tmp_path: Path, log: Path) -> None:
    log.write_bytes(refusals([0]))
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        until_stored(watch, [0])

        assert lines_with(watch, "no channel") == [
            "rejectwatch: no channel is configured: what fails is stored and shown, and told to nobody"
        ]


def test_the_only_log_may_not_be_read(tmp_path: Path, log: Path, ordinary_user: str) -> None:
    log.write_bytes(refusals([0]))
    log.chmod(0)
    with Daemon(tmp_path / "state", CONFIGURATION.format(log=log)) as watch:
        watch.until_said("may not be read")
        until(lambda: watch.get("/readyz")[0] == 503, what=watch.child.story)

        assert f"setfacl -m u:{ordinary_user}:r {log}" in watch.get("/readyz")[1]
        assert watch.get("/healthz")[0] == 200
        log.chmod(0o600)
        until_stored(watch, [0])
        until(lambda: watch.get("/readyz")[0] == 200, what=watch.child.story)


@pytest.mark.parametrize("first_read", ["24h", "end"])
def test_a_missing_log_is_awaited(first_read: str, tmp_path: Path, log: Path) -> None:
    configuration = CONFIGURATION.replace('"all"', f'"{first_read}"').format(log=log)
    with Daemon(tmp_path / "state", configuration) as watch:
        watch.until_said(f"{log} does not exist; it is read as soon as it is there")
        append(log, refusals(range(2)))
        until_stored(watch, range(2))

        watch.until_said(f"no longer so: {log} does not exist")
        assert len(lines_with(watch, "does not exist;")) == 2
        assert watch.rows("SELECT started_position FROM positions") == [(0,)]


def test_a_port_in_use_hinders_nothing_else_and_is_taken_when_it_becomes_free(
    tmp_path: Path, log: Path
) -> None:
    log.write_bytes(refusals([0]))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with Daemon(
            tmp_path / "state", CONFIGURATION.format(log=log) + f'[http]\nlisten = "{listen}"\n'
        ) as watch:
            watch.until_said("can't be used")
            until_stored(watch, [0])

            assert lines_with(watch, listen) == [
                f"rejectwatch: http.listen: {listen} can't be used: Address already in use; tried again every 2 s, all else works"
            ]
            taken.close()
            assert watch.url == f"http://{listen}"
            assert watch.get("/readyz")[0] == 200


def test_a_database_server_that_is_away_at_the_start_is_awaited(
    tmp_path: Path, log: Path, stopped: PostgreSQL
) -> None:
    url = stopped.url.replace("rejectwatch@", f"rejectwatch:{PASSWORD}@")
    log.write_bytes(refusals(range(3)))
    with (
        Systemd() as systemd,
        Daemon(
            tmp_path / "state", CONFIGURATION.format(log=log), database_url=url, env=systemd.environment
        ) as watch,
    ):
        watch.until_said("reading waits until it works again")
        until(lambda: "EXTEND_TIMEOUT_USEC=60000000" in systemd.heard)
        assert "READY=1" not in systemd.heard
        until(lambda: watch.get("/readyz")[0] == 503, what=watch.child.story)
        assert watch.get("/healthz")[0] == 200
        append(log, refusal(3))
        stopped.start()
        until_stored(watch, range(4))

        watch.until_said("the database works again")
        assert "READY=1" in systemd.heard
        reasons = lines_with(watch, "reading waits")
        assert len(reasons) == len(set(reasons))
        assert len(lines_with(watch, "works again, reading goes on")) == 1
        assert PASSWORD not in watch.said
        assert PASSWORD not in watch.get("/readyz")[1]
        assert "Traceback" not in watch.said


def test_a_database_that_only_the_operator_can_mend_ends_the_daemon_with_one_sentence(
    tmp_path: Path, log: Path, ordinary_user: str
) -> None:
    log.write_bytes(refusals([0]))
    configuration, folder = CONFIGURATION.format(log=log), tmp_path / "database"
    url = f"sqlite:///{folder}/rejectwatch.db"
    watch = Daemon(tmp_path / "state", configuration, database_url=url)

    refused(watch, f"{folder}/rejectwatch.db can't be used: No such file or directory")
    folder.mkdir(mode=0o500)
    refused(watch, f"{folder}/rejectwatch.db can't be used: Permission denied")
    folder.chmod(0o700)
    (folder / "rejectwatch.db").write_text("this is no database, but a file full of words\n" * 100)
    refused(watch, "file is not a database")
    (folder / "rejectwatch.db").unlink()
    refused(watch, "begin anew with `rejectwatch db upgrade`")
    watch.upgrade()
    with watch:
        watch.until_ready()
        until_stored(watch, [0])


def test_a_server_without_tables_is_sent_to_db_upgrade(
    tmp_path: Path, log: Path, postgresql: PostgreSQL
) -> None:
    url = postgresql.url.replace("rejectwatch@", f"rejectwatch:{PASSWORD}@")
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=log), database_url=url)

    refused(watch, "has no tables yet: run `rejectwatch db upgrade`")
    assert PASSWORD not in watch.said


def test_a_second_daemon_on_the_same_state_refuses(tmp_path: Path, log: Path, postgresql: PostgreSQL) -> None:
    log.write_bytes(refusals([0]))
    configuration = CONFIGURATION.format(log=log)
    lite = f"sqlite:///{tmp_path}/rejectwatch.db"
    with (
        Daemon(tmp_path / "lite", configuration, database_url=lite) as one,
        Daemon(tmp_path / "server", configuration, database_url=postgresql.url) as two,
    ):
        two.stop()
        two.upgrade()
        two.start()
        one.until_ready()
        two.until_ready()
        others = [
            Daemon(tmp_path / "lite2", configuration, database_url=lite),
            Daemon(tmp_path / "server2", configuration, database_url=postgresql.url),
        ]
        for other in others:
            other.start()
        for other in others:
            until(lambda other=other: not other.child.running, 20, other.child.story)  # type: ignore[misc]
            (sentence,) = [line for line in other.said.splitlines() if "metrics on" not in line]
            assert sentence.startswith("Another rejectwatch is running")
            assert other.child.stop() == 2
        append(log, refusals([1]))
        until_stored(one, range(2))
        until_stored(two, range(2))
