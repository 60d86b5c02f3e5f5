"""Each check of the doctor has its trouble here; what it says beside a daemon stands in tests/whole/test_doctor.py."""

from __future__ import annotations

import fcntl
import grp
import json
import os
import pwd
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.lines import NOT_OWNED
from cli.stored import Stored, ago
from parts.daemon import rejectwatch
from parts.disk import Disk
from parts.namespace import with_files
from parts.packages import Missing
from rejectwatch.changes import Changes, Position
from rejectwatch.doctor import checks
from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock
from rejectwatch.doctor.missing import CURES, REASONS
from rejectwatch.facts import GAP_REASONS, Gap
from rejectwatch.routing import Routing
from rejectwatch.settings import Settings
from rejectwatch.sources.content import open_content
from rejectwatch.sources.identity import dump_marks, mark
from rejectwatch.sources.interface import pack
from rejectwatch.state import State
from rejectwatch.store.database import open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.writer import Writer

Found = list[dict[str, Any]]

LINE = b"2026-11-24T04:27:25Z mail postfix/smtpd[1]: connect from x[192.0.2.1]\n"


class Watch:
    """A configuration with one log, `mail`, and a database that may hold what a daemon would have written."""

    def __init__(self, folder: Path, more: str = "", url: str | None = None) -> None:
        self.now = datetime.now(UTC)
        self.folder = folder
        self.state = folder / "state"
        self.state.mkdir()
        self.database = self.state / "rejectwatch.db"
        self.log = folder / "log" / "mail.log"
        self.log.parent.mkdir()
        self.log.write_bytes(LINE)
        self.config = folder / "rejectwatch.toml"
        self.url = url or f"sqlite:///{self.database}"
        self.configure(more)

    def configure(self, more: str = "", path: Path | None = None) -> None:
        self.config.write_text(
            f'{more}\n[[sources]]\nname = "mail"\npath = "{path or self.log}"\n[database]\nurl = "{self.url}"\n'
        )

    def examined(self, **env: str) -> tuple[int, Found]:
        done = rejectwatch("doctor", "--format", "json", config=self.config, env=env)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    def told(self, check: str, state: str | None = None, **env: str) -> list[str]:
        """What a check says, with what helps."""
        code, found = self.examined(**env)
        assert code == int(any(one["state"] == "trouble" for one in found))
        wanted = [one for one in found if one["check"] == check and state in (None, one["state"])]
        return [one["says"] + (f" → {one['cure']}" if one["cure"] else "") for one in wanted]

    def stores(
        self,
        *,
        ago: timedelta = timedelta(0),
        unread: int = 0,
        gaps: list[Gap] | None = None,
        times: dict[tuple[str, str], datetime] | None = None,
    ) -> None:
        """As if a daemon had read the log so long ago, but for the last bytes of it."""
        database = open_database(self.url)
        upgrade(database)
        writer, state = Writer(database, "main", Routing(), lambda: self.now - ago), State()
        writer.load(state)
        content = open_content(self.log)
        one = mark(content, content.size() - unread)
        content.close()
        checkpoint = pack(marks=dump_marks([one]))
        writer.record_start("mail", Position(one.generation, one.position, checkpoint), "from its beginning")
        for key, at in {("source", "mail"): self.now - ago, **(times or {})}.items():
            state.times.put(key, at)
        writer.commit(Changes(gaps=gaps or []), state)
        database.close()

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """As long as the block runs, somebody holds the daemon's lock."""
        with Path(f"{self.database}.daemon.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


@pytest.fixture
def watch(place: Path) -> Watch:
    return Watch(place)


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def test_a_first_look_before_the_first_start_finds_no_trouble_and_leaves_nothing(watch: Watch) -> None:
    before = sorted(watch.folder.rglob("*"))
    code, found = watch.examined()

    assert (code, {one["state"] for one in found}) == (0, {"ok", "note"})
    assert watch.told("daemon") == ["no daemon has run yet → systemctl start rejectwatch"]
    assert watch.told("database") == [
        f"there is no database {watch.database} yet → `rejectwatch run` makes it when it starts"
    ]
    assert watch.told("gaps") == ["nothing is stored yet"]
    assert "mail can be read" in watch.told("permissions")
    assert sorted(watch.folder.rglob("*")) == before


def test_a_wrong_configuration_is_told_first(watch: Watch) -> None:
    watch.configure("nonsense = 1")
    done = rejectwatch("doctor", config=watch.config)

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such setting" in done.stderr


def test_the_text_has_a_heading_for_each_check_and_what_helps_below_its_line(watch: Watch) -> None:
    watch.log.unlink()
    done = rejectwatch("doctor", config=watch.config)
    lines = done.stdout.splitlines()

    headings = [line for line in lines if line and not line.startswith(" ")][:-1]

    assert (done.returncode, done.stderr) == (1, "")
    assert [check for check in checks.CHECKS if check in headings or check != "clock"] == headings
    at = lines.index(f"  TROUBLE  mail: {watch.log} does not exist")
    assert lines[at + 1] == "         → is it the right path, and does the mail server log?"
    assert lines[-1].startswith("Trouble: 2; notes: ")


def test_no_stranger_moves_the_cursor_of_the_terminal(watch: Watch) -> None:
    gap = Gap("mail", "removed", "g", 1, "mail.log\x1b[2J\u202e.1")
    watch.stores(gaps=[gap])
    done = rejectwatch("doctor", config=watch.config)

    assert "\\x1b[2J" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_a_check_that_fails_says_so_and_the_others_go_on(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falls_over(case: Case) -> Iterator[Finding]:
        raise ZeroDivisionError("by nothing")

    first, *others = checks.CHECKS.items()
    monkeypatch.setattr(checks, "CHECKS", dict([("broken", (falls_over,)), first, *others]))
    database = open_database(watch.url)
    results = list(checks.examine(Case(None, Settings(), database, watch.now)))

    assert results[0].finding.state == "trouble"
    assert results[0].finding.says == "this could not be checked: ZeroDivisionError: by nothing"
    assert {result.check for result in results} >= {name for name, _ in others if name != "clock"}


def test_each_check_stands_in_the_list() -> None:
    modules = {check.__module__ for several in checks.CHECKS.values() for check in several}
    functions = {check for several in checks.CHECKS.values() for check in several}
    written = {
        one
        for module in modules
        for one in vars(sys.modules[module]).values()
        if getattr(one, "__module__", "") == module and "Iterator[Finding]" in str(getattr(one, "__annotations__", {}).get("return"))
        and not one.__name__.startswith("_")
    }  # fmt: skip

    assert written == functions


# ── configuration ────────────────────────────────────────────────────────────────────────────────

CHANNEL = '[[channels]]\nname = "customer"\nurl_file = "x.url"\n'


def test_nobody_is_told_of_lost_lines_if_each_channel_is_a_customers(watch: Watch) -> None:
    watch.configure(CHANNEL + 'domains = ["example.jp"]')

    (told,) = watch.told("channels", "trouble")

    assert told.startswith(
        "each channel has domains (customer), so nobody is told of lost lines, silent logs"
    )
    assert told.endswith(" → add a channel without domains for whoever runs this server")


def test_without_a_channel_alerts_are_only_stored(watch: Watch) -> None:
    assert "there is no channel: alerts are stored, and nobody is told" in watch.told("channels")[0]


def sent(channel: str, state: str, minutes: float, **more: Any) -> dict[str, Any]:
    """A row of the outbox about a message of so many minutes ago."""
    at = ago(minutes=minutes)
    taken = {"sent_at": at} if state == "sent" else {}
    row = {"message_id": f"{state}{minutes}", "kind": "opened", "incident": "x", "at": at, "channel": channel}
    return {**row, "state": state, **taken, **more}


def test_each_channel_tells_what_it_took_last_and_what_it_did_not_take(watch: Watch) -> None:
    names = ("works", "fails", "unused", "gave-up", "works-again")
    watch.configure("".join(f'[[channels]]\nname = "{name}"\nurl_file = "x.url"\n' for name in names))
    error = {"last_error": "was not taken: 553 5.7.1 no", "tries": 4}
    told = [
        sent("works", "sent", 5),
        sent("fails", "sent", 90),
        sent("fails", "failed", 30, **error),
        sent("gave-up", "given_up", 30, **error),
        sent("works-again", "given_up", 30, **error),
        sent("works-again", "sent", 5),
    ]
    Stored(watch.url, told=told)

    works, fails, unused, gave_up, again = watch.told("channels")[1:]

    assert works == f"works: the last that was taken is of {clock(ago(minutes=5))}"
    assert fails.startswith(
        f"fails: the message of {clock(ago(minutes=30))} is not taken (4 tries): was not taken: 553"
    )
    assert fails.endswith(
        f"; the last that was taken is of {clock(ago(minutes=90))} → rejectwatch test-alert fails shows whether it works now"
    )
    assert unused == "unused: no alert has gone there yet → try it: rejectwatch test-alert unused"
    assert " was given up (4 tries): " in gave_up
    assert gave_up.split(" → ")[0].endswith("; it never took any")
    assert again == f"works-again: the last that was taken is of {clock(ago(minutes=5))}"
    assert len(watch.told("channels", "trouble")) == 2


def test_what_is_muted_is_told(watch: Watch) -> None:
    Stored(watch.url)
    call = ("silence", "add", "--user", "alice", "--for", "1d", "--reason", "on holiday")
    assert rejectwatch(*call, config=watch.config).returncode == 0

    (told,) = watch.told("channels")[1:]

    assert told.startswith("silences in force: 1 until ")
    assert "(on holiday)" in told


def test_the_networks_that_logins_have_made_ours_are_told(watch: Watch) -> None:
    known = {
        ("client_ip", "10.1.2.3"): ago(days=1),
        ("client_ip", "198.51.100.4"): ago(days=1),
        ("network", "10.0.0.0/8"): ago(days=1),
    }
    Stored(
        watch.url,
        known=known,
        ours={("domain", "corp.example"): ago(days=1), ("local", "shop.example"): ago(days=1)},
    )

    assert watch.told("learnt") == [
        "domains that mail was delivered for into mailboxes here: shop.example",
        "domains that people who had logged in sent for: corp.example",
        "addresses from which people logged in, in the last 30 days: 2; private networks: 10.1.2.0/24 (1)",
        "ours as a whole, because somebody has logged in from there: 10.0.0.0/8",
    ]


def test_without_rules_nothing_is_alerted(watch: Watch) -> None:
    watch.configure("rules = []\n" + CHANNEL)

    assert watch.told("configuration", "trouble") == [
        "there are no rules: nothing will ever be alerted → remove `rules = []`"
    ]


# ── sources ──────────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_is_not_there(watch: Watch) -> None:
    watch.log.unlink()

    assert watch.told("sources", "trouble")[0].startswith(f"mail: {watch.log} does not exist → ")


def test_a_daemon_that_runs_and_does_not_read(watch: Watch) -> None:
    watch.stores(ago=timedelta(minutes=10), unread=len(LINE) - 1)
    with watch.claimed():
        (told,) = watch.told("sources", "trouble")

    assert f"; {len(LINE) - 1} bytes wait, and are not read → journalctl -u rejectwatch says why" in told
    assert "position 1 of " in told


def test_a_backlog_is_no_trouble(watch: Watch) -> None:
    watch.stores(unread=10, times={("source", "mail"): watch.now - timedelta(hours=3)})
    with watch.claimed():
        (told,) = watch.told("sources", "note")

    assert "catching up, 10 bytes to read" in told


def test_a_log_to_which_nobody_writes_any_more(watch: Watch) -> None:
    watch.stores()
    os.utime(watch.log, (watch.now.timestamp() - 4 * 86_400,) * 2)

    assert watch.told("sources", "note") == [f"mail: nothing was written to {watch.log} for 4 days"]


def test_a_pattern_that_matches_nothing(watch: Watch) -> None:
    watch.configure(path=watch.folder / "log" / "*.maillog")

    assert watch.told("sources", "trouble") == [
        f"mail: no log matches {watch.folder}/log/*.maillog → is it the right pattern?"
    ]


def test_each_log_of_a_pattern_is_looked_at_and_no_rotated_one(nobody: Watch) -> None:
    for name in ("other.log", "mail.log.1", "other.log-20261124.gz"):
        (nobody.log.parent / name).write_bytes(LINE)
    nobody.configure(path=nobody.log.parent / "*.log*")
    nobody.log.chmod(0o600)

    assert nobody.told("permissions", "trouble") == [
        f"{nobody.log} may not be read by user nobody → setfacl -m u:nobody:r {nobody.log}"
    ]
    assert "mail other.log can be read" in nobody.told("permissions", "ok")
    assert [one.split(":")[0] for one in nobody.told("sources", "note")[:2]] == [
        "mail mail.log",
        "mail other.log",
    ]


def test_a_source_that_is_silent(watch: Watch) -> None:
    watch.stores(times={("silent", "mail"): watch.now - timedelta(hours=2)})
    (told,) = watch.told("sources", "trouble")

    assert told.startswith("mail is silent since ")


def test_the_machines_own_logs_are_told_with_what_is_left_out(watch: Watch) -> None:
    watch.config.write_text(f'[database]\nurl = "{watch.url}"\n')
    logs = watch.folder / "machine"
    logs.mkdir()
    (logs / "mail.log").write_bytes(LINE)
    (logs / "maillog").write_bytes(LINE)
    os.utime(logs / "maillog", (1, 1))
    found = _in_namespace(watch, {"/var/log": logs})
    told = [one["says"] for one in found if one["check"] == "sources"]

    assert "/var/log/maillog is not read: /var/log/mail.log has the same mail" in told
    assert "/var/log/mail.log is read: the system's logger writes it" in told


DOCTOR = (sys.executable, "-m", "rejectwatch", "doctor", "--format", "json")


def _in_namespace(watch: Watch, files: dict[str, Path]) -> Found:
    """What it finds on a machine that has other files in these places."""
    return _examined(watch, with_files(files, DOCTOR))


def _examined(watch: Watch, command: Sequence[str | Path]) -> Found:
    env = {**os.environ, "REJECTWATCH_CONFIG": str(watch.config)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    found: Found = json.loads(done.stdout)
    return found


# ── permissions ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nobody(watch: Watch) -> Watch:
    """The daemon is user nobody: the state is theirs."""
    if os.geteuid() != 0:
        raise Missing("only root can ask for another user")
    os.chown(watch.state, *_ids("nobody"))
    return watch


def _ids(name: str) -> tuple[int, int]:
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def test_root_asks_for_the_daemons_user(nobody: Watch) -> None:
    assert nobody.told("permissions", "ok")[0] == f"asked for user nobody (the owner of {nobody.state})"


def test_a_log_of_root_alone_is_told_with_the_command_that_helps(nobody: Watch) -> None:
    nobody.log.chmod(0o600)

    assert nobody.told("permissions", "trouble") == [
        f"{nobody.log} may not be read by user nobody → setfacl -m u:nobody:r {nobody.log}"
    ]


def test_a_log_of_a_group_is_told_with_the_group(nobody: Watch) -> None:
    os.chown(nobody.log, 0, grp.getgrnam("adm").gr_gid)
    nobody.log.chmod(0o640)

    (told,) = nobody.told("permissions", "trouble")

    assert told.startswith(
        f"{nobody.log} may not be read by user nobody → usermod -aG adm nobody and start again, or"
    )
    assert told.endswith(f" setfacl -m u:nobody:r {nobody.log}")


def test_a_folder_that_can_not_be_listed_hides_the_rotated_logs(nobody: Watch) -> None:
    nobody.log.parent.chmod(0o711)

    (told,) = nobody.told("permissions", "trouble")

    assert told.startswith(f"{nobody.log.parent} can't be listed by user nobody: after a rotation ")
    assert told.endswith(f" → setfacl -m u:nobody:rx {nobody.log.parent}")


def test_a_database_of_root_can_not_be_written_by_the_daemon(nobody: Watch) -> None:
    nobody.stores()
    os.chown(nobody.database, 0, 0)
    (told,) = nobody.told("permissions", "trouble")

    assert told == f"{nobody.database} can't be written by user nobody → chown nobody {nobody.database}"


@pytest.mark.parametrize(
    "create, script, is_noted",
    [
        ("create 0600 root root", "", True),
        ("create 640 root adm", "", True),
        ("create 644 root adm", "", False),
        ("create", "", False),  # as the old one was, its ACL too
        ("create 0600 root root", "postrotate\n setfacl -m u:nobody:r {log}\n endscript", False),
        ("create 0600 root root\n copytruncate", "", False),
        ("# create 0600 root root", "", False),
    ],
)
def test_a_log_that_is_made_anew_without_its_permission(
    nobody: Watch, create: str, script: str, *, is_noted: bool
) -> None:
    rules = nobody.folder / "logrotate.d"
    rules.mkdir()
    block = f"/var/log/other {nobody.log.parent}/*.log\n{{\n weekly\n {create}\n {script.format(log=nobody.log)}\n}}\n"
    (rules / "mail").write_text("# nothing\n/x/y { weekly }\n" + block)
    found = _in_namespace(nobody, {"/etc/logrotate.d": rules})
    notes = [one for one in found if "after the next rotation" in one["says"]]

    assert len(notes) == is_noted
    for one in notes:
        assert (one["state"], one["cure"]) == (
            "note",
            f"in /etc/logrotate.d/mail: postrotate … setfacl -m u:nobody:r {nobody.log} … endscript",
        )


def test_it_works_as_the_daemons_user(nobody: Watch) -> None:
    nobody.stores()
    for path in nobody.state.iterdir():
        os.chown(path, *_ids("nobody"))
    nobody.log.chmod(0o600)
    done = _as_nobody(nobody)
    found = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (1, "")
    assert [one["says"] for one in found if one["state"] == "trouble"] == [
        "no daemon is running: nothing is watched",
        f"{nobody.log} may not be read by user nobody",
    ]


def test_a_stranger_is_told_who_may_ask(watch: Watch) -> None:
    watch.stores()
    watch.state.chmod(0o700)
    done = _as_nobody(watch)
    troubles = [one for one in json.loads(done.stdout) if one["state"] == "trouble"]

    assert (done.returncode, done.stderr) == (1, "")
    assert {one["cure"] for one in troubles if str(watch.database) in one["says"]} >= {
        "run the doctor as root, or as the daemon's user"
    }
    assert not any("could not be checked" in one["says"] for one in troubles)


AS_NOBODY = """
import os, sys
from rejectwatch.cli import main
os.setgid(65534); os.setgroups([]); os.setuid(65534)
sys.argv = ["rejectwatch", "doctor", "--format", "json", "-c", sys.argv[1]]
sys.exit(main())
"""


def _as_nobody(watch: Watch) -> subprocess.CompletedProcess[str]:
    if os.geteuid() != 0:
        raise Missing("only root can become another user")
    command = [sys.executable, "-c", "import rejectwatch.cli.doctor\n" + AS_NOBODY, str(watch.config)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# ── database ─────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_damaged_where_nobody_looks(watch: Watch) -> None:
    watch.stores()
    with closing(sqlite3.connect(watch.database)) as past_the_program:
        (size,) = past_the_program.execute("PRAGMA page_size").fetchone()
        (page,) = past_the_program.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = 'incidents'"
        ).fetchone()
    with watch.database.open("r+b") as file:
        file.seek((page - 1) * size + 3)  # how many rows there are on the page: none, in truth
        file.write(b"\0\x05")
    (told,) = [one for one in watch.told("database", "trouble") if "damaged" in one]

    assert told.startswith("the file is damaged: ")
    assert f"or move {watch.database} away" in told


def test_a_file_that_is_no_database(watch: Watch) -> None:
    watch.database.write_bytes(b"not a database at all" * 100)

    assert "file is not a database" in watch.told("database", "trouble")[0]
    assert watch.told("gaps") == ["not known, because the database can't be asked"]


def test_a_server_that_is_away_is_told_once_and_without_its_password(place: Path) -> None:
    watch = Watch(place, url="postgresql+psycopg://rejectwatch:geheim-553@127.0.0.1:9/mail")
    code, found = watch.examined()
    troubles = [one["says"] for one in found if one["state"] == "trouble"]

    assert (code, len(troubles)) == (1, 1)
    assert "127.0.0.1" in troubles[0]
    assert "geheim" not in str(found)
    assert watch.told("permissions", "ok")


@pytest.mark.slow
def test_a_server_without_tables(place: Path, postgresql: Any) -> None:
    watch = Watch(place, url=postgresql.url)
    (told,) = watch.told("database", "trouble")

    assert "has the schema none, needed is " in told
    assert told.endswith(" → rejectwatch db upgrade")


def test_refusals_that_should_be_gone(watch: Watch) -> None:
    watch.log.write_text(NOT_OWNED.replace("2026-10", "2020-10"))
    assert rejectwatch("import", watch.log, config=watch.config).returncode == 0
    told = watch.told("database", "note")

    assert any(one.startswith("the oldest refusal is of 2020-10-08") for one in told)
    assert any(one.endswith("now: rejectwatch db prune") for one in told)


def test_messages_that_do_not_leave(watch: Watch) -> None:
    watch.stores()
    with sqlite3.connect(watch.database) as past_the_program:
        past_the_program.execute(
            "INSERT INTO outbox (instance, message_id, channel, kind, incident, at, payload, state, tries, last_error)"
            " VALUES ('main', 'm1', 'postmasters', 'opened', '', ?, '{}', 'failed', 4, 'the other side said 535')",
            [(watch.now - timedelta(hours=2)).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"],
        )
    past_the_program.close()
    (told,) = watch.told("database", "trouble")

    assert told.startswith("messages that could not be sent yet: 1, the oldest of ")
    assert ": the other side said 535 → rejectwatch test-alert shows" in told


# ── clock ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "stamp, is_trouble",
    [
        ("Nov 24 18:30:00", True),
        ("Nov 24 04:00:00", True),
        ("Nov 24 09:30:00", False),
        ("Nov 24 09:20:00", False),
        ("2026-11-24T18:30:00+09:00", False),
        ("2026-11-24T08:30:00+00:00", False),  # says its zone: it is only old
    ],
)
def test_a_log_in_another_time_zone(watch: Watch, stamp: str, *, is_trouble: bool) -> None:
    watch.log.write_text(f"{stamp} mail postfix/smtpd[1]: connect from x[192.0.2.1]\n")
    written = datetime(2026, 11, 24, 9, 30, 2, tzinfo=UTC).timestamp()
    os.utime(watch.log, (written, written))
    told = watch.told("clock", "trouble", TZ="UTC")

    assert len(told) == is_trouble
    for one in told:
        assert "the log is written in another time zone, " in one


def test_an_event_that_has_not_happened_yet(watch: Watch) -> None:
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    watch.log.write_text(NOT_OWNED.replace("2026-10-08T09:01:00+09:00", later))
    assert rejectwatch("import", watch.log, config=watch.config).returncode == 0
    (told,) = watch.told("clock", "trouble")

    assert told.startswith("the newest refusal is of ")


# ── disk, gaps ───────────────────────────────────────────────────────────────────────────────────


def test_a_disk_without_room(watch: Watch) -> None:
    with Disk(watch.folder / "small") as disk:
        (disk.seen / "mail.log").write_bytes(LINE)
        watch.configure(path=disk.folder / "mail.log")
        found = _examined(watch, [*disk.inside, *DOCTOR])
    (told,) = (one for one in found if one["check"] == "disk" and one["state"] == "trouble")

    assert told["says"].startswith(f"{disk.folder}: ")
    assert told["says"].endswith(" of 2.1 MB are free")


def test_lost_lines_are_trouble_for_a_day_and_then_a_note(watch: Watch) -> None:
    lost = Gap(
        "mail",
        "removed",
        "g1",
        5,
        "mail.log.1",
        watch.now - timedelta(days=3),
        watch.now - timedelta(days=2),
        17,
    )
    watch.stores(ago=timedelta(days=2), gaps=[lost])

    assert watch.told("gaps", "trouble") == []
    (old,) = watch.told("gaps", "note")
    assert old.startswith("mail: 17 lines may be lost, ")
    assert old.endswith("a log was removed or overwritten before it was read to its end (mail.log.1)")


def test_each_reason_of_a_gap_has_what_helps(watch: Watch) -> None:
    watch.stores(gaps=[Gap("mail", reason, "g1", 5, "x") for reason in GAP_REASONS])

    assert set(REASONS) == set(CURES) == set(GAP_REASONS)
    assert len(watch.told("gaps", "trouble")) == len(GAP_REASONS)


# ── an address ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address, right",
    [
        ("taro＠example.jp", "taro@example.jp"),
        ("taro@gmial.com", "taro@gmail.com"),
        ("taro@dneki.example", "taro@denki.example"),
    ],
)
def test_a_wrong_address_is_told_with_the_right_one(address: str, right: str, tmp_path: Path) -> None:
    watch = Watch(tmp_path, '[site]\ndomains = ["denki.example"]\n')
    done = rejectwatch("doctor", address, "--lang", "en", config=watch.config)
    as_json = rejectwatch("doctor", address, "--format", "json", config=watch.config)

    assert (done.returncode, done.stderr) == (1, "")
    assert right in done.stdout
    assert right in json.loads(as_json.stdout)[0]["says"]


def test_a_good_address_is_no_trouble(tmp_path: Path) -> None:
    done = rejectwatch("doctor", "taro@corp.example", config=Watch(tmp_path).config)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
