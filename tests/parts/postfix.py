"""`Postfix`: a private instance with submission, logins, sender login maps and its own log.

Nothing is installed and nothing outside its folder is written. Traps that shaped this:

- Two system accounts that nothing else uses here own the queue, so that no user is added.
- A main.cf or table younger than two seconds is read again and again until it has cooled;
  their times are set back instead of waiting.
- master cleans the environment of its children: LD_LIBRARY_PATH is imported by name.
- A port probe would write a session into the log; the start is seen in the log instead.
- Before 3.4 there is no postlogd: what such a Postfix says to /dev/log is written down by a `Syslog` of its own.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from parts.client import Client, Sent
from parts.dovecot import PasswordServer
from parts.logs import LogFile
from parts.namespace import devices, hosts_files, with_files
from parts.network import free_port
from parts.packages import root_needed, unpacked
from parts.processes import Child, tail
from parts.remote import Remote
from parts.syslog import Syslog
from parts.waiting import until

OWNER, DROP_GROUP = "uucp", "news"

OWNERS = {
    "alice@corp.example": "alice",
    "bob@corp.example": "bob",
    "carol@corp.example": "carol",
    "boss@corp.example": "boss",
}

QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()

# service, type, private, unprivileged, chroot, wakeup, process limit, program
SERVICES = """\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
LOGS_ITSELF = (3, 4)
"""The first release with a logger of its own (maillog_file)."""
POSTLOG = "postlog unix-dgram n - n - 1 postlogd\n"

OPENED = re.compile(r"(?:: (?=\w+: (?:client=|uid=|from=<))|delivery notification: )(?P<id>[0-9A-Za-z]{6,})")
CLOSED = re.compile(r": (?P<id>[0-9A-Za-z]{6,}): (?:removed$|.* status=(?:deferred|SOFTBOUNCE) )")


class Postfix:
    """A Postfix of its own, from `with` to the end of the block.

    - `submission_port`: service `postfix/submission/smtpd`; `smtp_port`: `postfix/smtpd`.
      Both offer AUTH PLAIN and LOGIN; every user exists (client.PASSWORD).
    - `owners`: address → login, the sender login map. A login that sends as another's
      address is refused ("not owned by user"), nobody as an owned one ("not logged in").
    - Without a login, mail to foreign domains is refused: 553 Relay access denied.
    - Mail to `own_domains` is taken and thrown away; with `mailboxes`, other recipients
      there are refused with 553 User unknown. All else goes to `remote`, by SMTP, or is
      thrown away if there is none.
    - `hosts` (name → 127.0.0.x): the only names that this Postfix knows; clients get names
      in the log, and `routes` (domain → host name) lets `relay=` show one.
    - `settings`: more lines of main.cf, or other values for ours; `services`: more of master.cf.
    """

    def __init__(
        self,
        directory: Path,
        root: Path | None = None,
        *,
        remote: Remote | None = None,
        owners: Mapping[str, str] = OWNERS,
        own_domains: Iterable[str] = ("corp.example", "ok.example"),
        mailboxes: Iterable[str] | None = None,
        hosts: Mapping[str, str] | None = None,
        routes: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        services: str = "",
    ) -> None:
        root_needed("Postfix")
        self.directory = directory
        self.root = root or unpacked("postfix")
        self.release = release(self.root)
        self.submission_port = free_port()
        self.smtp_port = free_port()
        self._syslog = None if self.release >= LOGS_ITSELF else Syslog(directory / "devices")
        self.log = LogFile(self._syslog.path if self._syslog else directory / "log" / "maillog")
        self._remote = remote
        self._hosts = hosts or {}
        self._services = services
        self._passwords = PasswordServer()
        self._sessions = 0
        self._child: Child | None = None
        self._tables = {
            "owners": dict(owners),
            "mailboxes": dict.fromkeys(mailboxes or (), "yes"),
            "transport": self._transports(own_domains, routes or {}),
        }
        self._settings = {
            **self._main(list(own_domains), checked=mailboxes is not None),
            **(settings or {}),
        }

    def __enter__(self) -> Self:
        self._make_folders()
        self._write_configuration()
        self._passwords.__enter__()
        if self._syslog:
            self._syslog.__enter__()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._syslog:
            self._syslog.__exit__(kind, error, trace)
        self._passwords.__exit__(kind, error, trace)

    def start(self) -> None:
        """Start, or start again after `stop()`, and wait until it listens."""
        library = self.root / "usr" / "lib" / "postfix"
        configuration = self.directory / "conf"
        command: list[str | Path] = [library / "sbin" / "master", "-c", configuration]
        files = hosts_files(self.directory, self._hosts) if self._hosts else {}
        if self._syslog:
            files |= devices(self._syslog.folder, self.directory / "machine")
        else:
            command.append("-s")
        if files:
            command = [*with_files(files, command)]
        started = len(self.log.matching("daemon started"))
        self._child = child = Child(
            command,
            self.directory / "master.out",
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "LD_LIBRARY_PATH": str(library),
                "MAIL_CONFIG": str(configuration),
                **{name: os.environ[name] for name in ("TZ",) if name in os.environ},
            },
        )

        def listens() -> bool:
            child.must_run()
            return len(self.log.matching("daemon started")) > started

        until(listens, 20, lambda: f"Postfix to start; {child.story()}\n{tail(self.log.path)}")

    def stop(self) -> None:
        """End it; safe to call twice."""
        if self._child:
            self._child.stop()
        self._child = None

    def rotate(self) -> Path:
        """Rename the log as logrotate does and let Postfix open a new one."""
        assert self._child, "Postfix does not run"
        reloads = len(self.log.with_rotated("reload -- version"))
        old = self.log.rename()
        self._child.send(signal.SIGHUP)
        # postlogd may write this and some more lines into the renamed file: so it is in life.
        until(lambda: len(self.log.with_rotated("reload -- version")) > reloads, 20, "the reload")
        return old

    def own(self, address: str, login: str) -> None:
        """Change the sender login map, as an administrator who mends it would; a restart makes it known."""
        self._tables["owners"][address] = login
        self.stop()
        self._write_configuration()
        self.start()

    def client(self, *, port: int | None = None, **session: Any) -> Client:
        """A session that is not opened yet; arguments as those of `Client`."""
        self._sessions += 1
        return Client(port or self.submission_port, **session)

    def send(
        self,
        sender: str,
        recipients: str | Iterable[str],
        *,
        subject: str = "Minutes of the meeting",
        body: str = "See you on Monday.",
        **session: Any,
    ) -> Sent:
        """Send one message in a session of its own: `user=`, `source=`, `port=` … as `client`."""
        wanted = [recipients] if isinstance(recipients, str) else recipients
        with self.client(**session) as client:
            return client.send(sender, wanted, subject=subject, body=body)

    def settle(self, seconds: float = 20) -> None:
        """Wait until the log tells the end of all sessions and of all messages.

        A deferred message is at its end here as soon as it is deferred.
        """
        until(self._settled, seconds, lambda: f"Postfix to be done:\n{tail(self.log.path)}")

    def _settled(self) -> bool:
        lines = self.log.with_rotated()
        ended = sum("]: disconnect from " in line for line in lines)
        opened = {found["id"] for line in lines if (found := OPENED.search(line))}
        closed = {found["id"] for line in lines if (found := CLOSED.search(line))}
        return ended >= self._sessions and opened <= closed

    def _make_folders(self) -> None:
        owner, group = pwd.getpwnam(OWNER).pw_uid, grp.getgrnam(DROP_GROUP).gr_gid
        folders = [(name, 0, 0, 0o755) for name in (".", "conf", "log", "queue", "queue/pid")]
        folders.append(("data", owner, -1, 0o700))
        folders.append(("queue/maildrop", owner, group, 0o1730))
        folders.append(("queue/public", owner, group, 0o710))
        folders.extend((f"queue/{name}", owner, -1, 0o700) for name in QUEUES)
        for name, user, its_group, mode in folders:
            folder = self.directory / name
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, user, its_group)
            folder.chmod(mode)
        _must_be_open(self.directory)

    def _write_configuration(self) -> None:
        conf = self.directory / "conf"
        services = (
            f"127.0.0.1:{self.submission_port} inet n - n - - smtpd\n"
            "  -o syslog_name=postfix/submission\n"
            f"127.0.0.1:{self.smtp_port} inet n - n - - smtpd\n"
        )
        services += SERVICES + ("" if self._syslog else POSTLOG) + self._services
        texts = {"master.cf": services, "main.cf": _lines(self._settings, " = ")}
        texts |= {name: _lines(table, "\t") for name, table in self._tables.items()}
        for name, text in texts.items():
            path = conf / name
            path.write_text(text, encoding="utf-8")
            a_minute_ago = time.time() - 60
            os.utime(path, (a_minute_ago, a_minute_ago))

    def _transports(self, own: Iterable[str], routes: Mapping[str, str]) -> dict[str, str]:
        if routes and self._remote is None:
            raise ValueError("routes need a remote")
        port = self._remote.port if self._remote else 0
        return {
            **dict.fromkeys(own, "discard:"),
            **{domain: f"smtp:[{host}]:{port}" for domain, host in routes.items()},
        }

    def _main(self, own_domains: list[str], *, checked: bool) -> dict[str, str]:
        """main.cf; each name once, or every process warns of it."""
        remote, conf, lib = self._remote, self.directory / "conf", self.root / "usr/lib/postfix"
        own = " ".join(own_domains)
        return {
            "compatibility_level": "3.6" if self.release >= (3, 6) else "2",
            "command_directory": f"{self.root}/usr/sbin",
            "daemon_directory": f"{lib}/sbin",
            "shlib_directory": f"{lib}",
            "meta_directory": f"{self.root}/etc/postfix",
            "import_environment": "MAIL_CONFIG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE"
            f" POSTLOG_HOSTNAME LD_LIBRARY_PATH={lib}",
            "queue_directory": f"{self.directory}/queue",
            "data_directory": f"{self.directory}/data",
            "mail_owner": OWNER,
            "setgid_group": DROP_GROUP,
            "maillog_file": f"{self.log.path}",
            "maillog_file_prefixes": f"{self.log.path.parent}",
            "myhostname": "mail.corp.example",
            "mydestination": "",
            "local_recipient_maps": "",
            "alias_maps": "",
            "inet_interfaces": "loopback-only",
            "inet_protocols": "ipv4",
            "mynetworks": "",
            "smtp_dns_support_level": "disabled",
            "smtpd_peername_lookup": "yes" if self._hosts else "no",
            "default_transport": f"smtp:[{remote.host}]:{remote.port}" if remote else "discard:",
            "transport_maps": f"texthash:{conf}/transport",
            "virtual_mailbox_domains": own if checked else "",
            "virtual_mailbox_maps": f"texthash:{conf}/mailboxes",
            "virtual_transport": "discard:",
            "unknown_virtual_mailbox_reject_code": "553",
            "relay_domains": "" if checked else own,
            "relay_domains_reject_code": "553",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": f"inet:127.0.0.1:{self._passwords.port}",
            "smtpd_sender_login_maps": f"texthash:{conf}/owners",
            "smtpd_sender_restrictions": "reject_sender_login_mismatch",
            "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
            "smtpd_tls_security_level": "none",
            "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
            "smtpd_client_connection_rate_limit": "0",
            "smtpd_error_sleep_time": "0",
            "smtpd_hard_error_limit": "1000",
        }


@cache
def release(root: Path) -> tuple[int, int]:
    """Which release an installation is: `mail_version = 3.12-20260821` is (3, 12)."""
    library = root / "usr" / "lib" / "postfix"
    done = subprocess.run(
        [root / "usr" / "sbin" / "postconf", "-d", "-h", "mail_version"],
        env={"LD_LIBRARY_PATH": str(library)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, *_ = re.findall(r"\d+", done.stdout)
    return int(first), int(second)


def _lines(table: Mapping[str, str], between: str) -> str:
    return "".join(f"{name}{between}{value}\n" for name, value in table.items())


def _must_be_open(directory: Path) -> None:
    """Postfix's own user has to reach the folder: all parents need r-x for others."""
    for folder in (directory, *directory.parents):
        if not folder.stat().st_mode & 0o001:
            raise ValueError(f"{OWNER} can't enter {folder}: use the fixture `place`, not tmp_path")
