"""`Exim`: a private instance with logins, an ACL for senders, and its own mainlog.

Its user is compiled in by name; so it gets a passwd and a group of its own in a mount
namespace, and the machine gets no new user. Exim remembers hosts that failed: use a new
instance (a new spool) for a new story.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from parts.client import PASSWORD, Client, Sent
from parts.logs import LogFile
from parts.namespace import devices, hosts_files, with_files
from parts.network import free_port
from parts.packages import root_needed, unpacked
from parts.postfix import OWNERS
from parts.processes import Child, tail
from parts.remote import Remote
from parts.syslog import Syslog
from parts.waiting import until

USER, USER_ID = "Debian-exim", 64553

MESSAGE_ID = r"(?:^| )(?P<id>[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}))"
OPENED = re.compile(rf"{MESSAGE_ID} (?:<=|\(=) ")
CLOSED = re.compile(rf"{MESSAGE_ID} (?:Completed|== |Frozen|\*> )")

CONFIGURATION = """\
exim_path = {directory}/exim4
primary_hostname = mail.corp.example
spool_directory = {directory}/spool
log_file_path = {directory}/log/%slog
pid_file_path = {directory}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
deliver_drop_privilege = true
tls_advertise_hosts =
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
ignore_bounce_errors_after = 0s
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
{main}
begin acl
acl_rcpt:
  deny authenticated = *
       set acl_c_owner = ${{lookup{{$sender_address}}lsearch{{{directory}/owners}}}}
       condition = ${{if and{{ {{!eq{{$acl_c_owner}}{{}}}} {{!eq{{$acl_c_owner}}{{$authenticated_id}}}} }}}}
       message = 553 5.7.1 <$sender_address>: Sender address rejected: not owned by user $authenticated_id
  accept authenticated = *
  accept domains = {own}
  deny message = 553 5.7.1 <$local_part@$domain>: relaying denied
acl_data:
  accept
begin routers
own:
  driver = redirect
  domains = {own}
  data = :blackhole:
out:
  driver = manualroute
  self = send
  transport = remote_smtp
  route_list = {routes}
begin transports
remote_smtp:
  driver = smtp
  port = {remote_port}
  allow_localhost
begin retry
* * F,1h,5m
begin authenticators
plain_server:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{password}}}}}
  server_set_id = $auth2
  server_advertise_condition = yes
login_server:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{password}}}}}
  server_set_id = $auth1
  server_advertise_condition = yes
"""


class Exim:
    """An Exim of its own, from `with` to the end of the block.

    - Every user exists (client.PASSWORD), by AUTH PLAIN and LOGIN.
    - `owners`: address → login. A login that sends as another's address is refused at RCPT
      ("not owned by user", with A= on the line); without a login all but `own_domains` is
      refused ("relaying denied"). Both say 553.
    - Mail to `own_domains` is thrown away; all else goes to `remote`.
    - `hosts` (name → 127.0.0.x) and `routes` (domain → host name) give the remote a name.
    - `main`: more lines for the main section, such as `log_selector = +pid`.
    - `configuration`: a whole one instead of ours, which knows the macros THE_DIRECTORY and THE_PORT.
    - `names`: a resolv.conf instead of the machine's.
    - `syslog`: whoever gets what it says to /dev/log; `log` is then the file that he writes.
    """

    def __init__(
        self,
        directory: Path,
        root: Path | None = None,
        *,
        remote: Remote | None = None,
        owners: Mapping[str, str] = OWNERS,
        own_domains: Iterable[str] = ("corp.example", "ok.example"),
        hosts: Mapping[str, str] | None = None,
        routes: Mapping[str, str] | None = None,
        main: str = "",
        configuration: str | None = None,
        names: Path | None = None,
        syslog: Syslog | None = None,
    ) -> None:
        root_needed("Exim")
        self.directory = directory
        self.root = root or unpacked("exim4")
        self.port = free_port()
        self.log = LogFile(syslog.path if syslog else directory / "log" / "mainlog")
        self.reject_log = LogFile(directory / "log" / "rejectlog")
        self._owners = owners
        self._hosts = hosts or {}
        self._child: Child | None = None
        self._names = names
        self._syslog = syslog
        macros = f"THE_DIRECTORY = {directory}\nTHE_PORT = {self.port}\n"
        self._configuration = (
            macros + configuration
            if configuration
            else CONFIGURATION.format(
                directory=directory,
                port=self.port,
                password=PASSWORD,
                own=" : ".join(own_domains),
                routes=_routes(routes or {}, remote),
                remote_port=remote.port if remote else 25,
                main=main,
            )
        )

    def __enter__(self) -> Self:
        self._make_folders()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start, or start again after `stop()`, and wait until it listens."""
        started = len(self.log.matching("daemon started"))
        self._child = child = Child(
            self._command("-bdf", "-q1h"), self.directory / "exim.out", env=self._environment()
        )

        def listens() -> bool:
            child.must_run()
            return len(self.log.matching("daemon started")) > started

        try:
            until(listens, 20, lambda: f"Exim to start; {child.story()}\n{tail(self.log.path)}")
        except BaseException:
            child.kill()
            raise

    def stop(self) -> None:
        """End it and its deliveries; safe to call twice."""
        if self._child:
            self._child.stop()
        self._child = None

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run a command of this Exim beside the daemon, such as `-M ID`, and give what it prints."""
        done = subprocess.run(
            self._command(*arguments), input=stdin, env=self._environment(), capture_output=True, check=False
        )
        return done.stdout + done.stderr

    def speaks(self, end: socket.socket, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of this Exim, such as `-bs`, that speaks at this end of a connection."""
        number = end.fileno()
        return subprocess.Popen(
            self._command(*arguments), stdin=number, stdout=number, env=self._environment()
        )

    def rotate(self) -> Path:
        """Rename the mainlog as logrotate does; there is none until Exim's next line."""
        return self.log.rename()

    def client(self, **session: Any) -> Client:
        """A session that is not opened yet; arguments as those of `Client`."""
        return Client(self.port, **session)

    def send(
        self,
        sender: str,
        recipients: str | Iterable[str],
        *,
        subject: str = "Minutes of the meeting",
        body: str = "See you on Monday.",
        **session: Any,
    ) -> Sent:
        """Send one message in a session of its own: `user=`, `source=` … as `client`."""
        wanted = [recipients] if isinstance(recipients, str) else recipients
        with self.client(**session) as client:
            sent = client.send(sender, wanted, subject=subject, body=body)
        if sent.queue_id:
            until(lambda: self.log.with_rotated(f" {sent.queue_id} <= "), what=f"<= of {sent.queue_id}")
        return sent

    def settle(self, seconds: float = 20) -> None:
        """Wait until the log tells the end (or the deferral) of every message it knows."""
        until(self._settled, seconds, lambda: f"Exim to be done:\n{tail(self.log.path)}")

    def _settled(self) -> bool:
        lines = self.log.with_rotated()
        opened = {found["id"] for line in lines if (found := OPENED.search(line))}
        closed = {found["id"] for line in lines if (found := CLOSED.search(line))}
        return opened <= closed

    def _command(self, *arguments: str) -> list[str]:
        etc = self.directory / "etc"
        files = {"/etc/passwd": etc / "passwd", "/etc/group": etc / "group"}
        if self._hosts:
            files |= hosts_files(etc, self._hosts)
        if self._names:
            files["/etc/resolv.conf"] = self._names
        if self._syslog:
            files |= devices(self._syslog.folder, self.directory / "devices")
        exim: list[str | Path] = [self.directory / "exim4", "-C", self.directory / "exim.conf", *arguments]
        return with_files(files, exim)

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("TZ",) if name in os.environ}
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **inherited}

    def _make_folders(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o755)
        for name in ("spool", "log"):
            (self.directory / name).mkdir()
            os.chown(self.directory / name, USER_ID, USER_ID)
        etc = self.directory / "etc"
        etc.mkdir()
        _add(etc / "passwd", f"{USER}:x:{USER_ID}:{USER_ID}::{self.directory}:/usr/sbin/nologin\n")
        _add(etc / "group", f"{USER}:x:{USER_ID}:\n")
        owners = "".join(f"{address}: {login}\n" for address, login in self._owners.items())
        (self.directory / "owners").write_text(owners, encoding="utf-8")
        (self.directory / "exim.conf").write_text(self._configuration, encoding="utf-8")
        shutil.copy(self.root / "usr" / "sbin" / "exim4", self.directory / "exim4")
        (self.directory / "exim4").chmod(0o755)


def _add(own: Path, line: str) -> None:
    """A copy of the machine's file of that name, with our line instead of its own."""
    kept = Path("/etc", own.name).read_text(encoding="utf-8").splitlines(keepends=True)
    own.write_text("".join([one for one in kept if not one.startswith(f"{USER}:")] + [line]))


def _routes(routes: Mapping[str, str], remote: Remote | None) -> str:
    if remote is None:
        if routes:
            raise ValueError("routes need a remote")
        return "* 127.0.0.1 byname"
    named = [f"{domain} {host} byname" for domain, host in routes.items()]
    return " ; ".join([*named, f"* {remote.host} byname"])
