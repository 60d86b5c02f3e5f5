"""Each way in which a line of a mail log reaches a file or a pipe, as the programs on its way write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True)
class Line:
    """What a mail server has said. Without a pid if the log names none."""

    at: datetime
    host: str
    tag: str
    pid: str
    text: str

    @property
    def said(self) -> str:
        return f"{self.by}: {self.text}"

    @property
    def by(self) -> str:
        return f"{self.tag}[{self.pid}]" if self.pid else self.tag

    def time(self, form: str) -> str:
        return self.at.strftime(form)

    @property
    def utc(self) -> datetime:
        return self.at.astimezone(UTC)

    @property
    def offset(self) -> str:
        return f"{self.time('%z')[:3]}:{self.time('%z')[3:]}"


@dataclass(frozen=True)
class Form:
    """How one line is written. `digits` of a second are kept; `host` and `service` are what can be read, if another."""

    name: str
    write: Callable[[Line], str]
    digits: int = 0
    host: str | None = "mail"
    service: str | None = None
    end: str = "\n"
    begin: str = ""


def traditional(line: Line) -> str:
    return f"{line.time('%b %e %H:%M:%S')} {line.host} {line.said}"


def iso(line: Line) -> str:
    return f"{line.time('%Y-%m-%dT%H:%M:%S.%f')}{line.offset} {line.host} {line.said}"


def precise(line: Line) -> str:
    return f"{line.time('%b %d %H:%M:%S.%f')} {line.host} {line.said}"


def nanoseconds(line: Line) -> str:
    """As docker, podman and the kubelet write when they have received a line."""
    return f"{line.utc:%Y-%m-%dT%H:%M:%S.%f}789Z"


def postlogd(line: Line) -> str:
    return f"{line.time('%b %d %H:%M:%S')} {line.host} {line.said}"


def rfc_5424(line: Line, pri: str = "<22>1 ", data: str = "-", between: str = " ", msgid: str = "-") -> str:
    stamp = f"{line.time('%Y-%m-%dT%H:%M:%S.%f')}{line.offset}"
    return f"{pri}{stamp} {line.host} {line.tag} {line.pid or '-'} {msgid} {data}{between}{line.text}"


def octets(line: Line) -> str:
    framed = rfc_5424(line)
    return f"{len(framed)} {framed}"


def with_year(line: Line) -> str:
    return f"{line.time('%b %e %Y %H:%M:%S')} {line.host} {line.said}"


def one_blank(line: Line) -> str:
    return f"{line.time('%b')} {line.at.day} {line.time('%H:%M:%S')} {line.host} {line.said}"


def tai(line: Line) -> str:
    return f"@{(1 << 62) + 10 + int(line.at.timestamp()):016x}{line.at.microsecond * 1000:08x}"


def json_file(line: Line) -> str:
    return json.dumps(
        {"log": postlogd(line) + "\n", "stream": "stdout", "time": nanoseconds(line)}, separators=(",", ":")
    )


def behind(before: str | Callable[[Line], str], write: Callable[[Line], str]) -> Callable[[Line], str]:
    return lambda line: (before if isinstance(before, str) else before(line)) + write(line)


def named(host: str, write: Callable[[Line], str] = traditional) -> Callable[[Line], str]:
    return lambda line: write(replace(line, host=host))


def stamped(form: str, offset: str = "") -> Callable[[Line], str]:
    """A stamp by `strftime`; `{offset}`, `{ms}` are what it can't."""

    def write(line: Line) -> str:
        ms = f"{line.at.microsecond // 1000:03d}"
        stamp = line.time(form.replace("{ms}", ms)) + offset.format(offset=line.offset)
        return f"{stamp} {line.host} {line.said}"

    return write


def in_utc(form: str) -> Callable[[Line], str]:
    return lambda line: f"{line.utc.strftime(form)} {line.host} {line.said}"


SYSLOG = [
    Form("traditional", traditional),
    Form("a day with a zero", postlogd),
    Form("a day with one blank", one_blank),
    Form("with a year, as Cisco", with_year),
    Form("with a year, as syslog-ng", stamped("%Y %b %e %H:%M:%S")),
    Form("milliseconds", stamped("%b %e %H:%M:%S.{ms}"), 3),
    Form("journalctl -o short-precise", precise, 6),
    Form("FreeBSD -v", lambda line: f"{line.time('%b %e %H:%M:%S')} <2.6> {line.host} {line.said}"),
    Form("FreeBSD -vv", lambda line: f"{line.time('%b %e %H:%M:%S')} <mail.info> {line.host} {line.said}"),
    Form("Solaris", lambda line: traditional(replace(line, text=f"[ID 197553 mail.info] {line.text}"))),
    Form("AIX", lambda line: f"{line.time('%b %e %H:%M:%S')} {line.host} mail:info {line.said}"),
    Form("busybox", lambda line: f"{line.time('%b %e %H:%M:%S')} {line.host} mail.info {line.said}"),
    Form("busybox -S", lambda line: f"{line.time('%b %e %H:%M:%S')} {line.said}", host=None),
    Form("macOS", lambda line: f"{line.time('%b %e %H:%M:%S')} {line.host} {line.by} <Info>: {line.text}"),
    Form("macOS, log show", lambda line: f"{line.time('%Y-%m-%d %H:%M:%S.%f%z')}  {line.host} {line.said}", 6),
    Form("OpenWrt", lambda line: f"{line.time('%a %b %e %H:%M:%S %Y')} mail.info {line.said}", host=None),
    Form("a priority", behind("<22>", traditional)),
    Form("a priority before RFC 3339", behind("<22>", iso), 6),
    Form("RFC 3339", iso, 6),
    Form("RFC 3339 in seconds", stamped("%Y-%m-%dT%H:%M:%S", "{offset}")),
    Form("RFC 3339 with one digit", lambda line: iso(line).replace(f".{line.at.microsecond:06d}", f".{line.at.microsecond // 100000}", 1), 1),
    Form("RFC 3339 with nine digits", lambda line: iso(line).replace("+09:00 ", "000+09:00 ", 1), 6),
    Form("RFC 3339 with a comma", lambda line: iso(line).replace(f".{line.at.microsecond:06d}", f",{line.at.microsecond:06d}", 1), 6),
    Form("RFC 3339 in UTC", in_utc("%Y-%m-%dT%H:%M:%S.%fZ"), 6),
    Form("journalctl -o short-iso", stamped("%Y-%m-%dT%H:%M:%S%z")),
    Form("journalctl -o short-iso-precise", stamped("%Y-%m-%dT%H:%M:%S.%f%z"), 6),
    Form("RFC 3339 without a zone", stamped("%Y-%m-%dT%H:%M:%S")),
    Form("RFC 3339 without a zone, milliseconds", stamped("%Y-%m-%dT%H:%M:%S.{ms}"), 3),
    Form("date blank time", stamped("%Y-%m-%d %H:%M:%S")),
    Form("date blank time, fraction", stamped("%Y-%m-%d %H:%M:%S.%f"), 6),
    Form("date blank time, comma", stamped("%Y-%m-%d %H:%M:%S,{ms}"), 3),
    Form("date blank time, zone", stamped("%Y-%m-%d %H:%M:%S", "{offset}")),
    Form("date blank time blank zone", stamped("%Y-%m-%d %H:%M:%S %z")),
    Form("date blank time without a host", lambda line: f"{line.time('%Y-%m-%d %H:%M:%S')} {line.said}", host=None),
    Form("journalctl -o short-full", stamped("%a %Y-%m-%d %H:%M:%S %Z")),
    Form("journalctl -o short-full --utc", in_utc("%a %Y-%m-%d %H:%M:%S UTC")),
    Form("journalctl -o short-full, a zone without a name", stamped("%a %Y-%m-%d %H:%M:%S +09")),
    Form("journalctl -o short-unix", lambda line: f"{line.at.timestamp():.6f} {line.host} {line.said}", 6),
    Form("epoch", lambda line: f"{int(line.at.timestamp())} {line.host} {line.said}"),
    Form("journalctl --no-hostname", lambda line: f"{line.time('%b %d %H:%M:%S')} {line.said}", host=None),
    Form("journalctl --no-hostname -o short-iso", lambda line: f"{line.time('%Y-%m-%dT%H:%M:%S%z')} {line.said}", host=None),
    Form("a level in place of the host", lambda line: f"{line.time('%Y-%m-%dT%H:%M:%S.%f')}{line.offset} INFO    {line.said}", 6, host=None),
    Form("a long level in place of the host", lambda line: f"{line.time('%Y-%m-%dT%H:%M:%S.%f')}{line.offset} WARNING {line.said}", 6, host=None),
    Form("RFC 5424", rfc_5424, 6),
    Form("RFC 5424, two blanks", lambda line: rfc_5424(line, between="  "), 6),
    Form("RFC 5424, BOM", lambda line: rfc_5424(line, between=" \ufeff"), 6),
    Form("RFC 5424, message id", lambda line: rfc_5424(line, msgid="smtp"), 6),
    Form("RFC 5424, data", lambda line: rfc_5424(line, data=r'[a@1 b="c \"\] d: [x" e="- ["][timeQuality tzKnown="1"]'), 6),
    Form("RFC 5424 without a priority", lambda line: rfc_5424(line, "1 "), 6),
    Form("RFC 5424 without priority and version", lambda line: rfc_5424(line, ""), 6),
    Form("RFC 5424 without a host", named("-", rfc_5424), 6, host=None),
    Form("RFC 5424 with its length", octets, 6),
    Form("a full host name", named("mail.corp.example"), host="mail.corp.example"),
    Form("an IPv4 address as host", named("192.0.2.7"), host="192.0.2.7"),
    Form("an IPv6 address as host", named("2001:db8::7"), host="2001:db8::7"),
    Form("a chain of hosts", named("mail.corp.example/10.0.0.1"), host="mail.corp.example/10.0.0.1"),
    Form("a chain as syslog-ng writes it", named("src@mail/10.0.0.1"), host="src@mail/10.0.0.1"),
    Form("CRLF", traditional, end="\r\n"),
    Form("empty lines", traditional, end="\n\n"),
    Form("a BOM", traditional, begin="\ufeff"),
    Form("NULs of a crash", traditional, begin="\0" * 5000),
    Form("a mail that quotes the log", behind("> ", traditional)),
    Form("a mail that quotes it twice", behind("> > ", iso), 6),
]  # fmt: skip
"""Forms in which a line with a tag comes."""

CARRIED = [
    ("docker logs -t", behind(lambda line: f"{nanoseconds(line)} ", postlogd), 6),
    ("podman logs -t", behind(lambda line: f"{line.time('%Y-%m-%dT%H:%M:%S.%f')}789{line.offset} ", postlogd), 6),
    ("docker logs -t of rsyslog", behind(lambda line: f"{nanoseconds(line)} ", iso), 6),
    ("docker compose logs", behind("mail-1  | ", postlogd), 0),
    ("docker compose logs -t", behind(lambda line: f"mail-1  | {nanoseconds(line)} ", postlogd), 6),
    ("docker service logs", behind("mail_postfix.1.x7f@node-2    | ", postlogd), 0),
    ("docker json-file", json_file, 6),
    ("kubectl logs --timestamps", behind(lambda line: f"{nanoseconds(line)} ", postlogd), 6),
    ("kubectl logs --prefix", behind("[pod/mail-0/postfix] ", postlogd), 0),
    ("kubectl logs --prefix --timestamps", behind(lambda line: f"[pod/mail-0/postfix] {nanoseconds(line)} ", postlogd), 6),
    ("CRI", behind(lambda line: f"{nanoseconds(line)} stdout F ", postlogd), 6),
    ("multilog", behind(lambda line: f"{tai(line)} ", postlogd), 0),
    ("svlogd -tt", behind(lambda line: f"{line.utc:%Y-%m-%d_%H:%M:%S.%f}"[:-1] + " ", traditional), 5),
    ("s6-log T", behind(lambda line: f"{line.time('%Y-%m-%d %H:%M:%S.%f')}789  ", postlogd), 6),
    ("grep -H", behind("/var/log/mail.log.1:", traditional), 0),
    ("grep -n", behind("27:", traditional), 0),
    ("grep -Hn", behind("mail.log:27:", iso), 6),
    ("grep -C", behind("mail-2026.log-27-", traditional), 0),
    ("zgrep of standard input", behind("(standard input):", traditional), 0),
    ("grep -H of docker logs -t", behind(lambda line: f"mail.log:{nanoseconds(line)} ", postlogd), 6),
]  # fmt: skip
FORMS = [
    *SYSLOG,
    *(Form(name, write, digits) for name, write, digits in CARRIED),
    Form(
        "svlogd -ttt behind socklog",
        lambda line: f"{line.utc:%Y-%m-%dT%H:%M:%S.%f} mail.info: {line.time('%b %e %H:%M:%S')} {line.said}",
        6,
        host=None,
    ),
    Form("s6 behind ucspilogd", lambda line: f"{tai(line)} mail.info: {line.time('%b %e %H:%M:%S')} {line.said}", host=None),
    Form("docker logs -t without a second stamp", lambda line: f"{nanoseconds(line)} {line.said}", 6, host=None),
    Form("CRI without a second stamp", lambda line: f"{nanoseconds(line)} stdout F {line.said}", 6, host=None),
    Form("grep -C, its lines between", traditional, end="\n--\n"),
    Form("tail -f, its lines between", traditional, end="\n\n==> mail.log.1 <==\n"),
    Form("multilog without a second stamp", lambda line: f"{tai(line)} {line.said}", host=None),
]  # fmt: skip


# ── Exim ─────────────────────────────────────────────────────────────────────────────────────────


def own(stamp: str = "%Y-%m-%d %H:%M:%S", pid: bool = False) -> Callable[[Line], str]:  # noqa: FBT002
    """A line of Exim's own files; it names no host."""

    def write(line: Line) -> str:
        ms = f"{line.at.microsecond // 1000:03d}"
        return f"{line.time(stamp.replace('{ms}', ms))} {f'[{line.pid}] ' if pid else ''}{line.text}"

    return write


_ALL = "%Y-%m-%d %H:%M:%S.{ms} %z"
OWN = [
    Form("own", own()),
    Form("+millisec", own("%Y-%m-%d %H:%M:%S.{ms}"), 3),
    Form("log_timezone", own("%Y-%m-%d %H:%M:%S %z")),
    Form("+millisec, log_timezone", own(_ALL), 3),
    Form("+pid", own(pid=True)),
    Form("+millisec +pid, log_timezone", own(_ALL, pid=True), 3),
    Form("CRLF", own(), end="\r\n"),
    Form("a BOM", own(), begin="\ufeff"),
    Form("NULs of a crash", own(), begin="\0" * 5000),
    Form("docker logs -t", behind(lambda line: f"{nanoseconds(line)} ", own()), 6),
    Form("docker logs -t, all", behind(lambda line: f"{nanoseconds(line)} ", own(_ALL, pid=True)), 6),
    Form("docker compose logs", behind("mail-1  | ", own())),
    Form("docker compose logs -t", behind(lambda line: f"mail-1  | {nanoseconds(line)} ", own()), 6),
    Form("kubectl logs --prefix", behind("[pod/mail-0/exim] ", own(_ALL)), 3),
    Form("CRI", behind(lambda line: f"{nanoseconds(line)} stdout F ", own()), 6),
    Form("multilog", behind(lambda line: f"{tai(line)} ", own())),
    Form("grep -H", behind("/var/log/exim4/mainlog.1:", own())),
    Form("grep -Hn", behind("mainlog:27:", own(_ALL, pid=True)), 3),
    Form("grep -C", behind("main-log-27-", own())),
    Form("a mail that quotes the log", behind("> ", own())),
]  # fmt: skip
"""Forms in which a line of Exim's own files comes."""


def by_syslog(write: Callable[[Line], str], *, stamp: bool, pid: bool, tag: str) -> Callable[[Line], str]:
    """As Exim gives a line to the system's logger: syslog_timestamp, syslog_pid, syslog_processname."""
    return lambda line: write(
        replace(line, tag=tag, pid=line.pid if pid else "", text=own()(line) if stamp else line.text)
    )
