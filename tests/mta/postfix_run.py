"""Play the scenarios of one profile on a Postfix, and write down the truth: what was sent, what was answered."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from mta.postfix_profiles import COMMON, HOST_OF, HOSTS, PROFILES, PROGRAM, SERVICES, TABLES, Profile
from mta.postfix_servers import Filter, Lmtp, Wrapped
from mta.postfix_wire import Answer, Conversation, Message, Session
from mta.truth import MESSAGE, SOME, Record, Truth, faults
from parts.milter import Milter
from parts.network import free_port
from parts.postfix import Postfix
from parts.remote import Refused, Remote, Stage
from parts.waiting import until

Answers = Mapping[tuple[Stage, str], str]
Release = tuple[int, int]
Told = Mapping[str, Any] | None

ADDRESSES = {
    "remote": "127.0.0.41",
    "second": "127.0.0.42",
    "lmtp": "127.0.0.43",
    "wrapped": "127.0.0.44",
    "six": "::1",
}

PORT = re.compile(r"@(\w+)@")
ENHANCED = re.compile(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?: |$)")
HELO_REPLACED = dict.fromkeys(map(ord, ' <>()\\";@'), "?")

CAME = re.compile(
    r"/(?:cleanup|pickup)\[\d+\]: (?P<id>\w{6,}): (?:message-id|uid)=|delivery notification: (?P<notice>\w+)$"
)
LEFT = re.compile(
    r": (?P<id>\w{6,}): (?:removed$|(?:milter-)?reject: (?:header|body|END-OF-MESSAGE) )| orig_id=(?P<renamed>\w+)$"
)

BEFORE = "before"
"""Where the login was found when lines about filters did not tell it: a field of `told`, not of a record."""

A_SECOND = timedelta(seconds=1.1)  # time(2) is some milliseconds behind the clock

TELLS_THE_LOGIN: Release = (3, 10)
"""The first release whose `reject:` lines end with the login of the session."""
TELLS_THE_LOGIN_TO_FILTERS: Release = (3, 2)
"""The first release whose `milter-reject:` and `proxy-reject:` lines do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario.

    `told` has one entry for each permanent refusal on the wire, in the order in which it happened: what neither
    end of the wire knows (where the login is found in the log, the outcome, …), or None where it must not be told
    as a refusal of its own. `besides` are refusals that the wire does not show, in full. `says` is what the servers
    say, where `{queue_id}` is that of the first message; with `then` the queue is tried again, and they say that.
    """

    name: str
    sessions: tuple[Session, ...] = ()
    told: tuple[Told, ...] = ()
    says: Mapping[str, Answers] = field(default_factory=dict)
    then: Mapping[str, Answers] | None = None
    besides: tuple[Truth, ...] = ()
    probe: str | None = None
    at_once: bool = False
    """The sessions are open at the same time, and take turns line by line."""
    requeued: bool = False
    """Before the second try, all is queued anew, under other queue ids."""
    since: Release = (2, 11)
    """The first release that can play it."""


@dataclass(frozen=True, slots=True)
class Played:
    """The lines of the log that a scenario wrote (1-based, both included), and its truth."""

    first: int
    last: int
    began: datetime
    ended: datetime
    truth: tuple[Truth, ...]

    def wrong(self, told: Iterable[Record], codes: Container[int]) -> list[str]:
        """What is told of its lines otherwise than it was."""
        ours = [one for one in told if self.first <= one["line"] <= self.last]
        return faults([one for one in self.truth if one["code"] in codes], ours) + [
            f"line {one['line']}: {one['occurred_at']} is not when it was"
            for one in ours
            if not self.began - A_SECOND <= datetime.fromisoformat(one["occurred_at"]) <= self.ended
        ]


class Server:
    """A Postfix of a profile with all that stands around it, from `with` to the end of the block."""

    def __init__(self, directory: Path, profile: str) -> None:
        self.profile: Profile = PROFILES[profile]
        self._directory = directory
        self._stack = ExitStack()
        self._sessions = self._read = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.remotes: dict[str, Remote] = {
                "remote": stack.enter_context(Remote(host="127.0.0.41")),
                "second": stack.enter_context(Remote(host="127.0.0.42")),
                "proxy": stack.enter_context(Remote()),
                "lmtp": stack.enter_context(Lmtp("127.0.0.43")),
                "wrapped": stack.enter_context(Wrapped("127.0.0.44")),
                "six": stack.enter_context(Remote(host="::1")),
            }
            content_filter = stack.enter_context(Filter(speaks=True))
            milter = stack.enter_context(Milter())
            self._ports = {name: remote.port for name, remote in self.remotes.items()}
            self._ports |= {"filter": content_filter.port, "milter": milter.port}
            wanted = PORT.findall(self.profile.services)
            self._ports |= {
                name: free_port() for name in wanted if name not in self._ports and name != "tables"
            }
            content_filter.onward = self._ports.get("reinject", 0)
            self._write_tables()
            settings = {**COMMON, **self.profile.settings}
            self.postfix = stack.enter_context(
                Postfix(
                    self._directory / "postfix",
                    hosts=HOSTS,
                    settings={name: self._filled(value) for name, value in settings.items()},
                    services=self._filled(SERVICES + self.profile.services),
                )
            )
            self._ports |= {"submission": self.postfix.submission_port, "smtp": self.postfix.smtp_port}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def play(self, row: Row) -> Played:
        """Play one scenario to its end."""
        first, began = self._read, datetime.now(UTC)
        before = {name: len(remote.refused) for name, remote in self.remotes.items()}
        self._answer(row.says)
        talks = self._talk(row)
        self._sessions += len(talks)
        if row.probe:
            self._run("sendmail", "-bv", row.probe)
        queued = [message.queue_id for talk in talks for message in talk.messages if message.queue_id]
        self._settle(first, queued, probes=int(row.probe is not None))
        if row.then is not None:
            self._answer(row.then)
            waiting = self._deferred()
            if row.requeued:
                self._run("postsuper", "-r", "ALL")
                self._run("postkick", "public", "pickup", "W")
            else:
                self._run("postqueue", "-f")
            until(lambda: not waiting & self._deferred(), 20, f"{waiting} to be tried again")
            self._settle(first, queued)
        if self._deferred():  # nothing is left to the next scenario
            self._run("postsuper", "-d", "ALL", "deferred")
        refused = [
            (name, one) for name, remote in self.remotes.items() for one in remote.refused[before[name] :]
        ]
        self._read = len(self.postfix.log.lines())
        truth = tuple(Truths(self.profile, row, talks, refused, self.postfix.release))
        return Played(first + 1, self._read, began, datetime.now(UTC), truth)

    def _answer(self, says: Mapping[str, Answers], messages: Sequence[Message] = ()) -> None:
        queue_id = (messages and messages[0].queue_id) or ""
        for name, remote in self.remotes.items():
            remote.forget()
            for (stage, who), reply in says.get(name, {}).items():
                remote.answer(stage, who, reply.replace("{queue_id}", queue_id))

    def _talk(self, row: Row) -> list[Conversation]:
        talks = [Conversation(session, self._ports[session.service]) for session in row.sessions]
        if not row.at_once:
            for talk in talks:
                with talk:
                    for _ in talk.typed():
                        pass
                self._answer(row.says, talks[0].messages)
            return talks
        with ExitStack() as stack:
            turns = [stack.enter_context(talk).typed() for talk in talks]
            while turns:
                turns = [turn for turn in turns if next(turn, StopIteration) is not StopIteration]
        return talks

    def _settle(self, first: int, queued: list[str], probes: int = 0) -> None:
        """Wait until all sessions are over, and all messages gone, or waiting for another try."""

        def settled() -> bool:
            lines = self.postfix.log.lines()
            words = (
                "connect from ",
                "disconnect from ",
                "DISCONNECT ",
            )  # the last: turned away by postscreen
            opened, closed, turned_away = (sum(f"]: {word}" in line for line in lines) for word in words)
            recent = lines[first:]
            came = {found["id"] or found["notice"] for line in recent if (found := CAME.search(line))}
            # cleanup can tell of a message after smtpd has told that it was refused.
            gone = {found["id"] or found["renamed"] for line in lines if (found := LEFT.search(line))}
            gone |= self._deferred()
            asked = sum("/pickup[" in line for line in recent)
            ended = opened == closed and closed + turned_away >= self._sessions
            return ended and asked >= probes and {*came, *queued} <= gone

        until(settled, 20, lambda: "\n".join(self.postfix.log.lines()[first:]))

    def _deferred(self) -> set[str]:
        """The messages that wait for another try; a line of the log comes before it can be asked for."""
        return {
            path.name for path in (self.postfix.directory / "queue" / "deferred").rglob("*") if path.is_file()
        }

    def _run(self, program: str, *arguments: str) -> None:
        root = self.postfix.root
        library = root / "usr" / "lib" / "postfix"
        subprocess.run(
            [root / "usr" / "sbin" / program, *arguments],
            env={
                "PATH": f"{root}/usr/sbin:/usr/bin:/bin",
                "LD_LIBRARY_PATH": str(library),
                "MAIL_CONFIG": str(self.postfix.directory / "conf"),
            },
            stdin=subprocess.DEVNULL,
            check=True,
        )

    def _write_tables(self) -> None:
        folder = self._directory / "tables"
        folder.mkdir(parents=True)
        texts = {
            name: "".join(f"{key}\t{value}\n" for key, value in table.items())
            for name, table in TABLES.items()
        }
        texts |= {"postscreen": "127.0.0.32/32 reject\n0.0.0.0/0 permit\n", "program": PROGRAM}
        for name, text in texts.items():
            path = folder / name
            path.write_text(self._filled(text))
            path.chmod(0o755)
            a_minute_ago = time.time() - 60
            os.utime(path, (a_minute_ago, a_minute_ago))

    def _filled(self, text: str) -> str:
        text = text.replace("@tables@", str(self._directory / "tables"))
        return PORT.sub(lambda found: str(self._ports[found[1]]), text)


class Truths:
    """The truth of one scenario: what the wire shows, and what its row adds."""

    def __init__(
        self,
        profile: Profile,
        row: Row,
        talks: list[Conversation],
        refused: list[tuple[str, Refused]],
        release: Release,
    ) -> None:
        self._release = release
        self._profile = profile
        self._row = row
        self._talks = talks
        self._refused = refused

    def __iter__(self) -> Iterator[Truth]:
        seen = [*self._by_us(), *self._by_others()]
        said = "\n".join(f"{one['stage']} {one['reply']}" for one in seen)
        assert len(seen) == len(self._row.told), (
            f"the row tells {len(self._row.told)} refusals, the wire\n{said}"
        )
        for one, more in zip(seen, self._row.told, strict=True):
            if more is not None:
                yield _completed(one, self._more(one, more))
        yield from self._row.besides

    def _more(self, seen: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the row adds, for this release."""
        earlier = more.get(BEFORE)
        more = {field: value for field, value in more.items() if field != BEFORE}
        if self._release < TELLS_THE_LOGIN_TO_FILTERS and more.get("user_source") == "line":
            return {**more, "user_source": earlier}
        # What a filter in front of the queue has said is told without a tail, and without HELO.
        by_our_rule = seen["refused_by"] == "local" and "helo" not in more
        if self._release >= TELLS_THE_LOGIN and by_our_rule and (seen["login"] or more.get("user")):
            return {**more, "user_source": "line"}
        return more

    def _by_us(self) -> Iterator[dict[str, Any]]:
        for talk in self._talks:
            for answer in talk.answers:
                if answer.code >= 500:
                    yield self._rejected(talk, answer)

    def _rejected(self, talk: Conversation, answer: Answer) -> dict[str, Any]:
        session, message = talk.session, answer.message
        truth = {
            "service": self._profile.tag(session.service),
            "refused_by": "local",
            "outcome": "rejected",
            "stage": answer.stage,
            "queue_id": self._queue_id(answer),
            "login": talk.user,
            "user_source": None,
            **_client(session),
            "helo": None if answer.stage == "connect" else _logged_helo(session, answer.stage),
            "sender": message and plain(message.sender),
            "recipient": answer.recipient and plain(answer.recipient),
            "relay_host": None,
            "relay_ip": None,
            "code": answer.code,
            "enhanced_code": answer.enhanced_code,
            "reply": answer.text,
        }
        return truth | ({MESSAGE: id(message)} if message else {})

    def _queue_id(self, answer: Answer) -> str | None:
        """A message gets its queue id with the first recipient that is taken."""
        if answer.message is None or not answer.had_recipients:
            return None
        return answer.message.queue_id or SOME

    def _by_others(self) -> Iterator[dict[str, Any]]:
        for name, refused in self._refused:
            # What a filter in front of the queue says, the client hears.
            if name != "proxy" and refused.reply.startswith("5"):
                by_recipient = refused.stage == "rcpt" or name == "lmtp"
                for talk, message, recipient in (
                    self._one(refused) if by_recipient else self._all(name, refused)
                ):
                    yield self._bounced(name, refused, talk, message, recipient)

    def _one(self, refused: Refused) -> Iterator[tuple[Conversation, Message, str]]:
        """The recipient that a reply refuses; a virtual alias leads to an address that no client has named."""
        messages = [(talk, message) for talk in self._talks for message in talk.messages]
        named = [(talk, message) for talk, message in messages if refused.address in message.taken]
        for talk, message in named or messages[:1]:
            yield talk, message, refused.address

    def _all(self, name: str, refused: Refused) -> Iterator[tuple[Conversation, Message, str]]:
        """The recipients of a message that a reply refuses, but for those that were refused one by one."""
        one_by_one = {one.address for server, one in self._refused if server == name and one.stage == "rcpt"}
        for talk in self._talks:
            for message in talk.messages:
                if refused.address in ("", message.sender, *message.taken):
                    for recipient in message.taken:
                        if recipient not in one_by_one:
                            yield talk, message, recipient

    def _bounced(
        self, name: str, refused: Refused, talk: Conversation, message: Message, recipient: str
    ) -> dict[str, Any]:
        at_greeting = refused.stage == "greeting"
        *_, last = refused.reply.split("\n")
        enhanced = ENHANCED.match(last)
        address = ADDRESSES[name]
        return {
            "service": f"{self._profile.name}/{'lmtp' if name == 'lmtp' else 'smtp'}",
            "refused_by": "remote",
            "outcome": "deferred" if at_greeting else self._profile.bounces,
            "stage": "connect" if at_greeting else refused.stage,
            "queue_id": message.queue_id,
            "login": talk.user,
            "user_source": "queue" if talk.user else None,
            **_client(talk.session),
            "helo": None,
            "sender": plain(message.sender),
            "recipient": plain(recipient),
            "relay_host": HOST_OF.get(address, address),
            "relay_ip": address,
            "code": int(last[:3]),
            "enhanced_code": enhanced and enhanced[1],
            "reply": refused.reply.replace("\n", " "),
            MESSAGE: id(message),
        }


def _completed(seen: dict[str, Any], more: Mapping[str, Any]) -> Truth:
    truth = {"mta": "postfix", "host": "mail", "repeat": 1, **seen, **more}
    login = truth.pop("login")
    truth.setdefault("user", login if truth["user_source"] else None)
    recipient = truth["recipient"]
    truth["recipient_domain"] = recipient.rpartition("@")[2] if recipient and "@" in recipient else None
    return truth


def _client(session: Session) -> dict[str, Any]:
    if session.xclient:
        claims = dict(claim.split("=", 1) for claim in session.xclient.split())
        return {
            "client_ip": claims["ADDR"].removeprefix("IPV6:"),
            "client_host": claims.get("NAME", "unknown"),
        }
    return {"client_ip": session.source, "client_host": HOST_OF.get(session.source)}


def _logged_helo(session: Session, stage: str) -> str:
    """Postfix writes ? for what could be taken for syntax."""
    name = session.helo.partition(" ")[2]
    return name if stage == "ehlo" else name.translate(HELO_REPLACED)


def plain(address: str) -> str:
    """An address without the quotes of its local part."""
    local, at, domain = address.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{local}{at}{domain}"
