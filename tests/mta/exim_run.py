"""Play the rows on one Exim, and write down the truth: what was sent, what was answered."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Self, cast

from mta.exim_rows import Profile, Replies, Row
from mta.exim_servers import Ident, LmtpAtSocket, Modern, certificate
from mta.exim_wire import Answer, Wire, connected
from mta.postfix_servers import Lmtp
from mta.truth import MESSAGE, SOME, Record, Truth, faults
from parts.client import PASSWORD
from parts.dns import Names
from parts.exim import Exim
from parts.remote import Remote
from parts.remote import Stage as Step
from parts.syslog import Syslog

CONFIGURATION = Path(__file__).with_name("exim.conf")

A_SECOND = timedelta(
    seconds=1.1
)  # stamps without milliseconds are cut, and time(2) is a little behind the clock

STAGES: Final[Mapping[str, str]] = {"greeting": "connect"}
"""Where a step of the wire has another name as a stage."""

OF_A_SESSION: Final[Mapping[str, None]] = dict.fromkeys(
    (
        "user",
        "user_source",
        "client_ip",
        "client_host",
        "helo",
        "sender",
        "recipient",
        "relay_host",
        "relay_ip",
    )
)
"""What is not said of a refusal stays unsaid."""


@dataclass(frozen=True, slots=True)
class Played:
    """What happened in a row, and the lines of the log that it has written, from `first` to `last`."""

    truth: list[Truth]
    without_code: list[Truth]
    """Refusals whose code the log does not hold."""
    first: int
    last: int
    began: datetime
    ended: datetime

    def wrong(self, told: Iterable[Record], codes: Container[int]) -> list[str]:
        """What is told of its lines otherwise than it was."""
        return self.compared([one for one in self.truth if one["code"] in codes], told)

    def compared(self, truth: Iterable[Truth], told: Iterable[Record]) -> list[str]:
        ours = [one for one in told if self.first <= one["line"] <= self.last]
        return faults(truth, ours) + [
            f"line {one['line']}: {one['occurred_at']} is not when it was"
            for one in ours
            if not self.began - A_SECOND <= datetime.fromisoformat(one["occurred_at"]) <= self.ended
        ]


class Scene:
    """A row with its addresses and the next servers."""

    def __init__(self, number: int, row: Row) -> None:
        self.row = row
        self.client = _name_of_client(number, row)
        self.domain = (
            f"{row.name}.example" if row.transport == "smtp" else f"{row.name}.{row.transport}.example"
        )
        self.sender, *self.recipients = map(self.address, (row.sender, *row.to))
        addresses = [row.at or f"127.2.{number}.{n}" for n, _ in enumerate(row.hosts, 1)]
        self.hosts = [
            _host(row, address, answers) for address, answers in zip(addresses, row.hosts, strict=True)
        ]
        self.names = {f"mx{n}.{self.domain}": address for n, address in enumerate(addresses, 1)}

    def address(self, written: str) -> str:
        return written + self.domain if written.endswith("@") else written

    def next_hosts(self) -> Iterator[tuple[str, str, Replies]]:
        """Name, address and answers of the next servers."""
        for (name, address), answers in zip(self.names.items(), self.row.hosts, strict=True):
            yield name, address, answers

    def replies(self) -> str:
        """The lines of exim.conf's table `replies`."""
        said = {**self.row.says, **{f"log {step}": text for step, text in self.row.logs.items()}}
        said |= {f"verb {step}": verb for step, verb in self.row.verbs.items()}
        said |= {f"ask-for-{self.row.asks}": self.row.asks_how} if self.row.asks else {}
        said |= {"cutthrough": "yes"} if self.row.cutthrough else {}
        lines = {self.address(step): text.replace("\n", "\\n") for step, text in said.items()}
        return "".join(f'"{self.client} {step}": {text}\n' for step, text in lines.items())

    def route(self) -> str:
        if not self.hosts or self.row.transport == "socket":
            return ""
        hosts = ":".join(f"{name}::{host.port}" for name, host in zip(self.names, self.hosts, strict=True))
        return f'{self.domain}: "{hosts}" byname\n'

    def aliases(self) -> str:
        return "".join(f"{one}: {self.address(other)}\n" for one, other in self.row.aliases.items())


def _name_of_client(number: int, row: Row) -> str:
    """By what our Exim knows it: an address of its own, or its name."""
    if row.by_program:
        return row.name
    if row.ident:  # there is only one port where it can be asked, and others may play the same row now
        return f"127.6.{secrets.randbelow(256)}.{number}"
    return row.proxied or row.client or f"127.1.{number // 200}.{number % 200 + 1}"


def _host(row: Row, address: str, answers: Replies) -> Remote:
    kinds: dict[str, Callable[[str], Remote]] = {"lmtp": Lmtp, "socket": Lmtp, "modern": Modern}
    host = kinds[row.transport](address) if row.transport in kinds else Remote(host=address)
    for rule, reply in answers.items():
        step, _, who = rule.partition(" ")
        host.answer(cast(Step, step), who or "*", reply)
    return host


@dataclass(frozen=True, slots=True)
class Stage:
    """The scenes of the rows, by name, and who knows their names."""

    scenes: Mapping[str, Scene]
    names: Names
    folder: Path
    """Sockets of mailbox servers, and certificates."""

    def certificate(self, row: Row) -> Path | None:
        return self.folder / f"{row.name}.pem" if row.certificate else None


@contextmanager
def set_for(rows: Iterable[Row]) -> Iterator[Stage]:
    """All servers but ours: they know nothing of how it logs, and stay for all profiles."""
    scenes = {row.name: Scene(number, row) for number, row in enumerate(rows)}
    clients = {scene.row.client_name: scene.client for scene in scenes.values() if scene.row.client_name}
    with ExitStack() as opened:
        names = opened.enter_context(Names(clients))
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="rejectwatch-mta-")))
        folder.chmod(0o755)
        certificate(folder / "mail.pem", "mail.corp.example")
        for scene in scenes.values():
            for host in scene.hosts:
                opened.enter_context(host)
                if isinstance(host, Modern):
                    host.certificate = folder / "mail.pem"
            if scene.row.transport == "socket":
                opened.enter_context(LmtpAtSocket(folder / scene.domain, cast(Lmtp, scene.hosts[0])))
            if scene.row.ident:
                opened.enter_context(Ident(scene.client, scene.row.ident))
            if scene.row.certificate:
                certificate(folder / f"{scene.row.name}.pem", scene.row.certificate)
        yield Stage(scenes, names, folder)


class Server:
    """An Exim of one profile, which knows what to tell to whom in each scene."""

    def __init__(self, folder: Path, profile: Profile, stage: Stage) -> None:
        self._scenes = stage.scenes
        self._stage = stage
        folder.mkdir()
        folder.chmod(0o755)
        self._folder = folder / "exim"
        self._syslog = Syslog(folder / "dev") if profile.syslog else None
        place = "syslog" if profile.syslog else "THE_DIRECTORY/log/%slog"
        self.exim = Exim(
            self._folder,
            hosts={name: address for scene in self._scenes.values() for name, address in scene.names.items()},
            names=stage.names.resolv_conf(folder / "resolv.conf"),
            configuration=f"THE_STAGE = {stage.folder}\nlog_file_path = {place}\n{profile.main}\n"
            + CONFIGURATION.read_text(),
            syslog=self._syslog,
        )
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            scenes = self._scenes.values()
            self._folder.mkdir()
            for name, lines in (
                ("replies", map(Scene.replies, scenes)),
                ("routes", map(Scene.route, scenes)),
                ("aliases", map(Scene.aliases, scenes)),
                ("sockets", (f"{one.domain}: {self._stage.folder}/{one.domain}\n" for one in scenes)),
            ):
                (self._folder / name).write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
            if self._syslog:
                opened.enter_context(self._syslog)
            opened.enter_context(self.exim)
            self._closing = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    @cached_property
    def version(self) -> str:
        """Of the Exim that runs here, such as 4.96."""
        found = re.match(r"Exim version (\S+)", self.exim.run("-bV").decode())
        assert found
        return found[1]

    def lacks(self, row: Row) -> bool:
        """Whether this Exim was built without what the row needs."""
        return bool(row.needs) and f"_HAVE_{row.needs}=" not in self._macros

    @cached_property
    def _macros(self) -> str:
        return self.exim.run("-bP", "macros").decode()

    def play(self, row: Row) -> Played:
        """What the client says, until the log has all of it."""
        scene = self._scenes[row.name]
        for host in scene.hosts:
            host.refused.clear()
        first, began = len(self._lines()) + 1, datetime.now(UTC)
        if row.here:
            self._hand_over(scene)
            answers = []
        else:
            answers = self._talk(scene)
        for message_id in (answer.message_id for answer in answers if answer.message_id):
            self.exim.log.wait_for(rf"{message_id} (?:<=|\(=) ")
        self.exim.settle()
        truth = list(_truth(scene, answers))
        in_log = row.in_log or (
            self._syslog is not None and "reject" in row.verbs.values()
        )  # both logs are one
        told, untold = (truth, []) if in_log else ([], truth)
        return Played(told, untold, first, len(self._lines()), began, datetime.now(UTC))

    def _lines(self) -> list[str]:
        if self._syslog:
            self._syslog.drain()
        return self.exim.log.lines()

    def _hand_over(self, scene: Scene) -> None:
        content = f"{scene.row.header}\n\nSee you on Monday.\n".encode()
        options = [*scene.row.options, "-odi", "-f", scene.sender]
        printed = self.exim.run(*options, *scene.recipients, stdin=content)
        assert scene.row.options or not printed, printed

    def _talk(self, scene: Scene) -> list[Answer]:
        with self._end(scene) as end, Wire(end) as wire:
            if wire.hears("connect").accepted:
                self._say_all(wire, scene)
                wire.ends()
            else:
                wire.is_closed()
            return wire.answers

    @contextmanager
    def _end(self, scene: Scene) -> Iterator[socket.socket]:
        """The client's end of a connection to the daemon, or to a program that speaks SMTP."""
        row = scene.row
        if not row.by_program:
            yield connected(self.exim.port, row.client or scene.client, row.proxied)
            return
        ours, its = socket.socketpair()
        with self.exim.speaks(its, "-bs", "-odi", "-oMt", row.name):
            its.close()
            yield ours

    def _say_all(self, wire: Wire, scene: Scene) -> None:
        row = scene.row
        name = row.helo.partition(" ")[2]
        if row.helo and not wire.says("ehlo", name, row.helo).accepted:
            return
        if row.encrypted:
            wire.encrypts(row.server_name, self._stage.certificate(row))
            wire.says("ehlo", name, row.helo)
        if row.login is not None:
            wire.logs_in(row.login, row.mechanism, row.password or PASSWORD)
        for line in row.types:
            verb, _, argument = line.partition(" ")
            wire.says(verb.lower(), argument, line)
        if row.to:
            _send(wire, scene)


def _send(wire: Wire, scene: Scene) -> None:
    """One message; what a refusal makes pointless is not said."""
    if not wire.says("mail", scene.sender, f"MAIL FROM:<{scene.sender}>{scene.row.parameters}").accepted:
        return
    taken = [one for one in scene.recipients if wire.says("rcpt", one, f"RCPT TO:<{one}>").accepted]
    if taken and wire.says("data", "", "DATA").accepted:
        wire.sends_content(f"{scene.row.header}\r\n\r\nSee you on Monday.", taken)


# ── the truth ────────────────────────────────────────────────────────────────────────────────────


def _truth(scene: Scene, answers: list[Answer]) -> Iterator[Truth]:
    for one in (*_at_our_door(scene, answers), *_by_others(scene, answers)):
        yield {**OF_A_SESSION, **one, **scene.row.found}


def _at_our_door(scene: Scene, answers: list[Answer]) -> Iterator[dict[str, Any]]:
    """What our Exim refused by itself; where it asked another server or handed through, that one is told."""
    if scene.row.hosts and (scene.row.asks or scene.row.cutthrough):
        return
    for answer in answers:
        if answer.code >= 500 and not answer.message_id:
            yield {
                "refused_by": "local",
                "outcome": "rejected",
                "stage": answer.step,
                "code": answer.code,
                "enhanced_code": answer.enhanced_code,
                **({} if scene.row.by_program else {"client_ip": scene.client}),
                "client_host": scene.row.client_name,
                "queue_id": SOME if answer.step == "eod" else None,
                **_session(scene, answer, answers),
            }


def _session(scene: Scene, answer: Answer, answers: list[Answer]) -> dict[str, Any]:
    """What Exim says at a step of the session that stands behind it."""
    if answer.step == "connect":
        return {}
    if answer.step == "eod" and answer.argument:  # for one recipient: the line names nobody else
        return {"recipient": answer.argument, "client_ip": None, "client_host": None}
    name = scene.row.helo.partition(" ")[2]
    told: dict[str, Any] = {} if scene.row.by_program or not name else {"helo": name}
    if answer.step in {"mail", "rcpt", "eod"}:
        told["sender"] = _unquoted(scene.sender)
    if answer.step in {"rcpt", "vrfy", "expn"}:
        told["recipient"] = _unquoted(answer.argument)
    if answer.step in {"rcpt", "eod"}:
        told |= _login(answers, "line")
    if answer.step == "mail" and "not owned by user" in answer.text:
        told |= _login(answers, "reply")
    return told


def _by_others(scene: Scene, answers: list[Answer]) -> Iterator[dict[str, Any]]:
    """What the next servers refused: to take a message, or an address that they were asked for."""
    row = scene.row
    who: dict[str, Any] = {"sender": _unquoted(scene.sender)}
    if not row.here and not row.by_program:
        name = row.helo.partition(" ")[2]
        who |= {"client_ip": scene.client, "client_host": row.client_name, "helo": name}
    if row.asks == "sender":
        fate = _fate(scene, scene.sender) or _fate(scene, f"postmaster@{scene.domain}")
        yield {**who, **fate, "outcome": "probed", "queue_id": None}
    elif row.asks and row.hosts:
        for recipient in scene.recipients:
            fate = _fate(scene, recipient)
            yield {**who, **_login(answers, "line"), **fate, "outcome": "probed", "queue_id": None}
    elif taken := [SOME] if row.here else [one.message_id for one in answers if one.message_id]:
        yield from _bounces(scene, taken[0], {**who, **_login(answers, "queue")}, answers)
    elif row.cutthrough:
        for recipient in scene.recipients:
            if fate := _fate(scene, recipient):
                yield {**who, **fate, "outcome": "rejected", "queue_id": SOME}


def _bounces(
    scene: Scene, message_id: str, who: Mapping[str, Any], answers: list[Answer]
) -> Iterator[dict[str, Any]]:
    refused = {one.argument for one in answers if one.step in {"rcpt", "eod"} and not one.accepted}
    for recipient in scene.recipients:
        if recipient not in refused and (fate := _fate(scene, recipient)):
            yield {**who, **fate, "queue_id": message_id, MESSAGE: message_id}
            if fate["outcome"] == "bounced" and (bounce := _fate(scene, scene.sender)):
                yield {**bounce, "sender": "", "queue_id": SOME, MESSAGE: "the bounce"}


def _login(answers: list[Answer], source: str) -> dict[str, Any]:
    logged_in = [answer.argument for answer in answers if answer.step == "auth" and answer.code == 235]
    return {"user": logged_in[0], "user_source": source} if logged_in else {}


def _fate(scene: Scene, recipient: str) -> dict[str, Any]:
    """What the next servers make of a message to this address; nothing if one takes it, or it may try again."""
    recipient = scene.address(scene.row.aliases.get(recipient, recipient))
    local, _, domain = recipient.rpartition("@")
    if domain.lower() != scene.domain or scene.row.transport == "program":
        return {}
    hosts = list(scene.next_hosts())
    for number, (name, address, answers) in enumerate(hosts, 1):
        refusal = _refusal(answers, local)
        if refusal is None:
            return {}
        step, reply = refusal
        turned_away = step in {"greeting", "ehlo"}
        if turned_away and number < len(hosts) and scene.row.transport != "one-host":
            continue
        host = scene.hosts[number - 1]
        assert reply in {one.reply for one in host.refused}, f"{name} has never said {reply}"
        if reply.startswith("4"):
            if number < len(hosts):
                continue
            return {}
        last = reply.splitlines()[-1]
        return {
            "refused_by": "remote",
            "outcome": "deferred" if turned_away and number < len(hosts) else "bounced",
            "stage": STAGES.get(step, step),
            "code": int(last[:3]),
            "enhanced_code": last.split(" ")[1] if last[4:5] == "5" else None,
            "reply": reply.replace("\n", "\\n"),
            "recipient": _unquoted(recipient),
            "relay_host": name,
            "relay_ip": address,
        }
    return {}


def _refusal(answers: Replies, local: str) -> tuple[str, str] | None:
    """The step at which a server turns this recipient away, and its reply."""
    for step in ("greeting", "ehlo", "mail", "rcpt", "data", "eod"):
        reply = answers.get(f"{step} {local}") or answers.get(step, "")
        if reply[:1] in {"4", "5"}:
            return step, reply
    return None


def _unquoted(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local[1:-1]}{at}{domain}" if local.startswith('"') else address
