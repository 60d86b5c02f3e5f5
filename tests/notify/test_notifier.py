"""The outbox is emptied, whatever single channels do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic

import pytest

from parts.inbox import Behaviour, Inbox
from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.changes import Changes, Position
from rejectwatch.incidents.incident import Kind
from rejectwatch.messages import House
from rejectwatch.notify import notifier as module
from rejectwatch.notify import sending
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.failing import Failing
from rejectwatch.notify.notifier import Notifier, wait_after
from rejectwatch.routing import Route, Routing
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.tables import OUTBOX
from store.made import INCIDENT, NOON, message
from store.seen import rows, started

pytestmark = pytest.mark.slow

NOWHERE = "mailtos://me:geheim-553@localhost:9/?to=admin@corp.example"


@dataclass
class Desk:
    """A notifier over a real outbox, with a clock of ours."""

    database: Database
    now: datetime = NOON + timedelta(minutes=2)
    told: list[tuple[str, str]] = field(default_factory=list)
    waiting: int = -1
    channels: dict[str, Channel] = field(default_factory=dict)
    failing: dict[str, bool] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()

    def channel(self, name: str, url: str) -> None:
        self.channels[name] = Channel(name, url)

    def post(self, *channels: str, count: int = 1) -> None:
        """Put messages for these channels into the outbox."""
        writer, state = started(self.database, routing=Routing(tuple(map(Route, channels))))
        for number in range(count):
            incident = replace(INCIDENT, id=f"{channels[0]}{number:08}"[-10:])
            writer.commit(Changes(messages=[message(incident=incident)]), state)
            state.apply()

    def tell(self, kind: Kind) -> None:
        """Say this of one incident."""
        writer, state = started(self.database, routing=self.routing)
        closed_at = None if kind == "opened" else NOON
        incident = replace(INCIDENT, closed_at=closed_at)
        writer.commit(Changes(messages=[message(kind, incident)]), state)
        state.apply()

    @property
    def routing(self) -> Routing:
        return Routing(self.routes or tuple(map(Route, self.channels)))

    def notifier(self) -> Notifier:
        routing = self.routing
        outbox = Outbox(self.database, "main", routing)
        return Notifier(
            outbox,
            self.channels,
            lambda: self.now,
            UTC,
            lambda channel, result: self.told.append((channel, result)),
            lambda count: setattr(self, "waiting", count),
            House(),
            Failing(outbox, routing, lambda channel, fails: self.failing.update({channel: fails})),
        )

    def row(self, channel: str) -> tuple[str, int, str | None]:
        (found,) = [row for row in rows(self.database, OUTBOX) if row["channel"] == channel]
        return found["state"], found["tries"], found["last_error"]

    def until_told(self, notifier: Notifier, *expected: tuple[str, str], seconds: float = 20) -> None:
        """Look at the outbox until so many results are told; they are these."""

        def looked() -> bool:
            notifier.once()
            return len(self.told) >= len(expected)

        until(looked, seconds, lambda: f"{expected}, not {self.told}")
        assert sorted(self.told) == sorted(expected)


def looked(notifier: Notifier) -> bool:
    notifier.once()
    return True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    yield Desk(database)
    database.close()


@pytest.fixture
def trusted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
    return inbox


# ── one message ──────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_sent_and_marked(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "sent"))

    assert len(trusted.mails) == 1
    assert desk.row("mail") == ("sent", 1, None)
    assert desk.waiting == 0


def test_a_message_that_is_refused_is_sent_later_under_the_same_id(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")
    notifier = desk.notifier()
    trusted.behave("hang after data")  # it takes the message, and we never learn it
    until(lambda: looked(notifier) and trusted.mails)
    for running in notifier._running.values():
        running._ends_at = 0  # its time is up
    desk.until_told(notifier, ("mail", "failed"))
    trusted.behave("take")

    desk.now += timedelta(seconds=29)
    notifier.once()
    too_early = len(notifier._running)
    desk.now += timedelta(seconds=1)
    desk.until_told(notifier, ("mail", "failed"), ("mail", "sent"))

    assert too_early == 0
    first, second = (mail.message["X-Rejectwatch-Id"] for mail in trusted.mails)
    assert first == second


def test_a_refusal_is_kept_with_the_answer_of_the_server(desk: Desk, trusted: Inbox) -> None:
    trusted.refuse("553 5.7.1 no alerts here")
    desk.channel("mail", trusted.url())
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "failed"))

    state, tries, error = desk.row("mail")
    assert (state, tries) == ("failed", 1)
    assert "553 5.7.1 no alerts here" in str(error)


def test_the_waits_grow_up_to_an_hour() -> None:
    waits = [wait_after(tries).total_seconds() for tries in (1, 2, 3, 4, 7, 8, 20, 79)]

    assert waits == [30, 60, 120, 240, 1920, 3600, 3600, 3600]
    assert (
        timedelta(days=3)
        < sum(map(wait_after, range(1, module.GIVE_UP_AFTER)), timedelta())
        < timedelta(days=4)
    )


def test_after_the_last_try_it_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 2)
    desk.channel("mail", NOWHERE)
    desk.post("mail")
    notifier = desk.notifier()
    desk.until_told(notifier, ("mail", "failed"))
    desk.now += timedelta(hours=1)

    desk.until_told(notifier, ("mail", "failed"), ("mail", "given_up"))

    assert desk.row("mail")[:2] == ("given_up", 2)
    assert desk.waiting == 0


def test_a_channel_that_is_gone_gives_its_messages_up(desk: Desk) -> None:
    desk.post("gone")

    desk.until_told(desk.notifier(), ("other", "given_up"))

    assert desk.row("gone") == ("given_up", 1, "there is no such channel any more")


def test_no_secret_is_kept_or_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.channel("mail", NOWHERE)
    desk.post("mail")

    desk.until_told(desk.notifier(), ("mail", "failed"))

    assert "geheim" not in caplog.text
    assert "geheim" not in str(rows(desk.database, OUTBOX))
    assert "geheim" not in repr(desk.channels)


def test_a_message_that_cannot_be_written_does_not_hold_up_the_next(
    desk: Desk, trusted: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.channel("broken", trusted.url())
    desk.channel("mail", trusted.url())
    desk.channels["broken"] = replace(desk.channels["broken"], language="xx")  # type: ignore[arg-type]
    desk.post("broken")
    desk.post("mail")

    desk.until_told(desk.notifier(), ("broken", "failed"), ("mail", "sent"))


# ── several channels ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behaviour", ["silent", "drip", "hang after data"])
def test_a_channel_that_hangs_holds_up_no_other(
    behaviour: Behaviour, desk: Desk, trusted: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Inbox(tmp_path / "hanging", security="none") as hanging:
        hanging.behave(behaviour)
        desk.channel("hanging", hanging.url())
        desk.channel("mail", trusted.url())
        desk.post("hanging", count=20)
        desk.post("mail")
        notifier = desk.notifier()

        desk.until_told(notifier, ("mail", "sent"))
        notifier.stop()


def test_four_channels_that_hang_hold_up_a_fifth_only_once(
    desk: Desk, trusted: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEADLINE", 3)
    with Inbox(tmp_path / "hanging", security="none") as hanging:
        hanging.behave("silent")
        for number in range(5):
            desk.channel(f"h{number}", hanging.url())
            desk.post(f"h{number}", count=5)
        notifier = desk.notifier()
        most = 0

        def all_failed() -> bool:
            nonlocal most
            notifier.once()
            most = max(most, len(notifier._running))
            return len({channel for channel, _ in desk.told}) == 5

        until(all_failed, 30)
        desk.channel("mail", trusted.url())
        desk.post("mail")
        monkeypatch.setattr(sending, "DEADLINE", 300)
        desk.now += timedelta(minutes=1)

        until(lambda: looked(notifier) and trusted.mails, 20)
        notifier.stop()

    assert most == module.AT_ONCE


def test_at_most_four_are_sent_at_once(desk: Desk, tmp_path: Path) -> None:
    with Inbox(tmp_path / "hanging", security="none") as hanging, ExitStack() as stack:
        hanging.behave("silent")
        for number in range(9):
            desk.channel(f"h{number}", hanging.url())
            desk.post(f"h{number}")
        notifier = desk.notifier()
        stack.callback(notifier.stop)

        until(lambda: looked(notifier) and hanging.connections >= 4)
        notifier.once()

        assert len(notifier._running) == 4


def test_the_messages_of_a_channel_arrive_in_their_order(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail", count=3)

    desk.until_told(desk.notifier(), *[("mail", "sent")] * 3)

    ids = [mail.message["X-Rejectwatch-Id"] for mail in trusted.mails]
    assert ids == [f"{f'mail{number:08}'[-10:]}-opened" for number in range(3)]


# ── start and stop ───────────────────────────────────────────────────────────────────────────────


def test_stop_ends_what_hangs_within_five_seconds(desk: Desk, inbox: Inbox) -> None:
    inbox.behave("silent")
    desk.channel("mail", inbox.url())
    desk.post("mail")
    notifier = desk.notifier()
    notifier.start()
    until(lambda: inbox.connections, what="a connection")
    (running,) = notifier._running.values()
    begun = monotonic()
    notifier.stop()
    notifier.stop()

    assert monotonic() - begun < 5
    assert running._process.returncode is not None
    assert desk.row("mail") == ("waiting", 0, None)  # and is sent again at the next start


def test_stop_works_before_start(desk: Desk) -> None:
    notifier = desk.notifier()
    notifier.stop()
    notifier.stop()


def test_whatever_happens_in_a_look_the_next_one_comes(
    desk: Desk, trusted: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")
    notifier = desk.notifier()
    looks = iter([ValueError("once")])
    real = notifier.once

    def failing() -> None:
        for error in looks:
            raise error
        real()

    monkeypatch.setattr(notifier, "once", failing)
    notifier.start()

    trusted.wait_for(1)
    notifier.stop()


# ── order, and clocks ────────────────────────────────────────────────────────────────────────────


def test_that_it_works_again_is_not_sent_before_that_it_fails(desk: Desk, trusted: Inbox) -> None:
    trusted.refuse("450 4.7.1 later")
    desk.channel("mail", trusted.url())
    desk.tell("opened")
    notifier = desk.notifier()
    desk.until_told(notifier, ("mail", "failed"))
    trusted.refuse(None)
    desk.tell("recovered")

    notifier.once()
    running = len(notifier._running)
    desk.now += timedelta(seconds=30)
    desk.until_told(notifier, ("mail", "failed"), ("mail", "sent"), ("mail", "sent"))

    assert running == 0
    ids = [mail.message["X-Rejectwatch-Id"].partition("-")[2] for mail in trusted.mails]
    assert ids == ["opened", "recovered"]


def test_a_clock_that_is_set_back_does_not_hold_up_a_retry(desk: Desk, trusted: Inbox) -> None:
    trusted.refuse("450 4.7.1 later")
    desk.channel("mail", trusted.url())
    desk.post("mail")
    notifier = desk.notifier()
    desk.now += timedelta(days=1)
    desk.until_told(notifier, ("mail", "failed"))
    trusted.refuse(None)

    desk.now -= timedelta(days=1)
    desk.until_told(notifier, ("mail", "failed"), ("mail", "sent"))


# ── a channel that fails ─────────────────────────────────────────────────────────────────────────


def three_times(desk: Desk, notifier: Notifier) -> None:
    """The channel `broken` fails so often."""
    for tries in range(1, 4):
        until(lambda: looked(notifier) and desk.told.count(("broken", "failed")) >= tries, 20)  # noqa: B023
        desk.now += wait_after(tries)


def test_a_channel_that_fails_is_told_once_through_another_and_once_when_it_works_again(
    desk: Desk, trusted: Inbox, tmp_path: Path
) -> None:
    with Inbox(tmp_path / "broken", security="none") as broken:
        broken.refuse("553 5.7.1 no alerts here")
        desk.channel("broken", broken.url())
        desk.channel("mail", trusted.url())
        desk.post("broken")
        notifier = desk.notifier()
        three_times(desk, notifier)
        until(lambda: looked(notifier) and trusted.mails and not notifier._running)
        failing = desk.failing["broken"]
        notifier = desk.notifier()  # as after a restart
        desk.now += timedelta(hours=1)
        until(lambda: looked(notifier) and desk.told.count(("broken", "failed")) >= 4, 20)
        desk.now += timedelta(hours=1)
        until(lambda: looked(notifier) and desk.told.count(("broken", "failed")) >= 5, 20)
        broken.refuse(None)
        desk.now += timedelta(hours=1)
        until(lambda: looked(notifier) and len(trusted.mails) >= 2 and not notifier._running)

    subjects = [str(mail.message["Subject"]) for mail in trusted.mails]
    assert len(subjects) == 2
    assert "broken fails since" in subjects[0]
    assert "553 5.7.1 no alerts here" in trusted.mails[0].text
    assert "broken works again" in subjects[1]
    assert (failing, desk.failing["broken"]) == (True, False)
    assert len(broken.mails) == 1  # the alert itself, and nothing about the channel


def test_the_only_channel_is_not_told_through_itself(desk: Desk) -> None:
    desk.channel("broken", NOWHERE)
    desk.post("broken")
    three_times(desk, desk.notifier())

    assert [row["kind"] for row in rows(desk.database, OUTBOX)] == ["opened"]


@pytest.mark.parametrize(
    "others, expected",
    [
        (
            (Route("customer", frozenset({"x.example"})), Route("rest", is_fallback=True), Route("ops")),
            ["ops"],
        ),
        ((Route("customer", frozenset({"x.example"})), Route("rest", is_fallback=True)), ["rest"]),
        ((Route("customer", frozenset({"x.example"})),), ["customer"]),
    ],
)
def test_who_hears_of_a_channel_that_fails(
    desk: Desk, others: tuple[Route, ...], expected: list[str]
) -> None:
    desk.post("broken")
    routing = Routing((Route("broken"), *others))
    failing = Failing(Outbox(desk.database, "main", routing), routing, lambda *_: None)
    for _ in range(5):
        failing.failed("broken", "no answer", desk.now)

    told = [row["channel"] for row in rows(desk.database, OUTBOX) if row["kind"] == "channel"]
    assert told == expected


def test_two_failures_ten_minutes_apart_are_enough(desk: Desk) -> None:
    desk.post("broken")
    routing = Routing((Route("broken"), Route("ops")))
    failing = Failing(Outbox(desk.database, "main", routing), routing, lambda *_: None)
    failing.failed("broken", "no answer", desk.now)
    before = len(rows(desk.database, OUTBOX))
    failing.failed("broken", "no answer", desk.now + timedelta(minutes=10))

    assert (before, len(rows(desk.database, OUTBOX))) == (1, 2)


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────


def test_a_mail_has_html_and_a_thread(desk: Desk, trusted: Inbox) -> None:
    desk.channel("mail", trusted.url())
    desk.post("mail")
    desk.until_told(desk.notifier(), ("mail", "sent"))
    (mail,) = trusted.mails

    kinds = {part.get_content_type() for part in mail.message.walk()}
    assert {"text/plain", "text/html"} <= kinds
    assert mail.message["References"]


@pytest.mark.parametrize(
    "route, hours, subject",
    [
        (Route("mail", digest=time(20)), 8, "1 "),
        (Route("mail", remind_every=timedelta(hours=4)), 4, "still"),
        (Route("mail", escalate_after=timedelta(hours=1)), 1, "acknowledged"),
    ],
)
def test_a_digest_a_reminder_and_an_escalation_are_written_as_such(
    desk: Desk, trusted: Inbox, route: Route, hours: int, subject: str
) -> None:
    desk.channel("mail", trusted.url())
    desk.routes = (route,)
    desk.tell("opened")
    notifier = desk.notifier()
    desk.now += timedelta(seconds=1)
    notifier.once()
    until(lambda: looked(notifier) and not notifier._running)
    desk.now += timedelta(hours=hours)
    kinds = [row["kind"] for row in rows(desk.database, OUTBOX) if row["state"] == "sent"]
    until(lambda: looked(notifier) and len(trusted.mails) > len(kinds) and not notifier._running)

    last = trusted.mails[-1]
    assert subject in str(last.message["Subject"]) + last.text


def test_a_message_of_several_daemons_names_them(trusted: Inbox, postgresql: PostgreSQL) -> None:
    database = open_database(postgresql.url)
    upgrade(database)
    desk = Desk(database)
    desk.channel("mail", trusted.url())
    for instance in ("main", "west"):
        routing = Routing((Route("mail"),))
        writer, state = started(database, instance, routing)
        positions = {"mail": Position("g", 1, "{}")}
        writer.commit(Changes(positions=positions, messages=[message(incident=INCIDENT)]), state)
        state.apply()
    desk.until_told(desk.notifier(), ("mail", "sent"))
    database.close()

    assert "Seen by main, west." in trusted.mails[0].text
