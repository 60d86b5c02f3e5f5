"""Play the rows on one Exim, and write down the truth: what was sent, what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from mta.exim_rows import Profile, Replies, Row
from mta.exim_wire import Answer, Wire
from mta.postfix_servers import Lmtp
from mta.truth import MESSAGE, SOME, Truth
from parts.client import PASSWORD
from parts.dns import Names
from parts.exim import Exim
from parts.remote import Remote
from parts.remote import Stage as Step
from parts.syslog import Syslog

CONFIGURATION = Path(__file__).with_name("exim.conf")

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


class Scene:
    """A row with its addresses and the next servers."""

    def __init__(self, number: int, row: Row) -> None:
        self.row = row
        self.client = row.client or f"127.1.{number // 200}.{number % 200 + 1}"
        self.domain = (
            f"{row.name}.example" if row.transport == "smtp" else f"{row.name}.{row.transport}.example"
        )
        self.sender, *self.recipients = map(self.address, (row.sender, *row.to))
        addresses = [f"127.2.{number}.{n}" for n, _ in enumerate(row.hosts, 1)]
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
        said |= {f"ask-for-{self.row.asks}": "yes"} if self.row.asks else {}
        said |= {"cutthrough": "yes"} if self.row.cutthrough else {}
        lines = {self.address(step): text.replace("\n", "\\n") for step, text in said.items()}
        return "".join(f'"{self.client} {step}": {text}\n' for step, text in lines.items())

    def route(self) -> str:
        if not self.hosts:
            return ""
        hosts = ":".join(f"{name}::{host.port}" for name, host in zip(self.names, self.hosts, strict=True))
        return f'{self.domain}: "{hosts}" byname\n'

    def aliases(self) -> str:
        return "".join(f"{one}: {self.address(other)}\n" for one, other in self.row.aliases.items())


def _host(row: Row, address: str, answers: Replies) -> Remote:
    host = Lmtp(address) if row.transport == "lmtp" else Remote(host=address)
    for rule, reply in answers.items():
        step, _, who = rule.partition(" ")
        host.answer(cast(Step, step), who or "*", reply)
    return host


@dataclass(frozen=True, slots=True)
class Stage:
    """The scenes of the rows, by name, and who knows their names."""

    scenes: Mapping[str, Scene]
    names: Names


@contextmanager
def set_for(rows: Iterable[Row]) -> Iterator[Stage]:
    """All servers but ours: they know nothing of how it logs, and stay for all profiles."""
    scenes = {row.name: Scene(number, row) for number, row in enumerate(rows)}
    clients = {scene.row.client_name: scene.client for scene in scenes.values() if scene.row.client_name}
    with ExitStack() as opened:
        names = opened.enter_context(Names(clients))
        for host in (host for scene in scenes.values() for host in scene.hosts):
            opened.enter_context(host)
        yield Stage(scenes, names)


class Server:
    """An Exim of one profile, which knows what to tell to whom in each scene."""

    def __init__(self, folder: Path, profile: Profile, stage: Stage) -> None:
        self._scenes = stage.scenes
        folder.mkdir()
        folder.chmod(0o755)
        self._folder = folder / "exim"
        self._syslog = Syslog(folder / "dev") if profile.syslog else None
        place = "syslog" if profile.syslog else "THE_DIRECTORY/log/%slog"
        self.exim = Exim(
            self._folder,
            hosts={name: address for scene in self._scenes.values() for name, address in scene.names.items()},
            names=stage.names.resolv_conf(folder / "resolv.conf"),
            configuration=f"log_file_path = {place}\n{profile.main}\n{CONFIGURATION.read_text()}",
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

    def play(self, row: Row) -> Played:
        """What the client says, until the log has all of it."""
        scene = self._scenes[row.name]
        for host in scene.hosts:
            host.refused.clear()
        first = len(self._lines()) + 1
        if row.here:
            self._hand_over(scene)
            answers = []
        else:
            answers = self._talk(scene)
        for message_id in (answer.message_id for answer in answers if answer.message_id):
            self.exim.log.wait_for(f"{message_id} <= ")
        self.exim.settle()
        truth = list(_truth(scene, answers))
        return Played(truth if row.in_log else [], [] if row.in_log else truth, first, len(self._lines()))

    def _lines(self) -> list[str]:
        if self._syslog:
            self._syslog.drain()
        return self.exim.log.lines()

    def _hand_over(self, scene: Scene) -> None:
        content = f"{scene.row.header}\n\nSee you on Monday.\n".encode()
        printed = self.exim.run("-odi", "-f", scene.sender, *scene.recipients, stdin=content)
        assert not printed, printed

    def _talk(self, scene: Scene) -> list[Answer]:
        with Wire(self.exim.port, scene.client) as wire:
            if wire.hears("connect").accepted:
                _say_all(wire, scene)
                wire.ends()
            else:
                wire.is_closed()
            return wire.answers


def _say_all(wire: Wire, scene: Scene) -> None:
    row = scene.row
    name = row.helo.partition(" ")[2]
    if not wire.says("ehlo", name, row.helo).accepted:
        return
    if row.encrypted:
        wire.encrypts()
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
        wire.says("eod", "", f"{scene.row.header}\r\n\r\nSee you on Monday.\r\n.")


# ── the truth ────────────────────────────────────────────────────────────────────────────────────


def _truth(scene: Scene, answers: list[Answer]) -> Iterator[Truth]:
    for one in (*_at_our_door(scene, answers), *_by_others(scene, answers)):
        yield {**OF_A_SESSION, **one, **scene.row.found}


def _at_our_door(scene: Scene, answers: list[Answer]) -> Iterator[dict[str, Any]]:
    """What our Exim refused by itself; where it asked another server or handed through, that one is told."""
    if scene.row.asks or scene.row.cutthrough:
        return
    for answer in answers:
        if answer.code >= 500:
            yield {
                "refused_by": "local",
                "outcome": "rejected",
                "stage": answer.step,
                "code": answer.code,
                "enhanced_code": answer.enhanced_code,
                "client_ip": scene.client,
                "client_host": scene.row.client_name,
                "queue_id": SOME if answer.step == "eod" else None,
                **_session(scene, answer, answers),
            }


def _session(scene: Scene, answer: Answer, answers: list[Answer]) -> dict[str, Any]:
    """What Exim says at a step of the session that stands behind it."""
    if answer.step == "connect":
        return {}
    told: dict[str, Any] = {"helo": scene.row.helo.partition(" ")[2]}
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
    if not row.here:
        name = row.helo.partition(" ")[2]
        who |= {"client_ip": scene.client, "client_host": row.client_name, "helo": name}
    if row.asks == "sender":
        yield {**who, **_fate(scene, scene.sender), "outcome": "probed", "queue_id": None}
    elif row.asks:
        for recipient in scene.recipients:
            fate = _fate(scene, recipient)
            yield {**who, **_login(answers, "line"), **fate, "outcome": "probed", "queue_id": None}
    elif row.cutthrough:
        for recipient in scene.recipients:
            if fate := _fate(scene, recipient):
                yield {**who, **fate, "outcome": "rejected", "queue_id": SOME}
    elif taken := [SOME] if row.here else [one.message_id for one in answers if one.message_id]:
        yield from _bounces(scene, taken[0], {**who, **_login(answers, "queue")}, answers)


def _bounces(
    scene: Scene, message_id: str, who: Mapping[str, Any], answers: list[Answer]
) -> Iterator[dict[str, Any]]:
    refused = {one.argument for one in answers if one.step == "rcpt" and not one.accepted}
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
