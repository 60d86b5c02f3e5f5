"""Which message goes to which channel, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rejectwatch.incidents.incident import Kind, Message
from rejectwatch.incidents.silence import Silence
from rejectwatch.routing import Planned, Quiet, Route, Routing, next_time, planned
from store.made import INCIDENT

DAY = datetime(2026, 11, 24, tzinfo=UTC)
NIGHT = Quiet(time(22), time(7))
OPS = Route("ops")


def at(hour: float) -> datetime:
    """So many hours after midnight; 30 is six in the morning of the next day."""
    return DAY + timedelta(hours=hour)


def told(kind: Kind, hour: float, name: str = "a", **changed: Any) -> Message:
    incident = replace(INCIDENT, id=name, opened_at=at(hour), **changed)
    return Message(f"{name}-{kind}-{hour}", kind, at(hour), incident)


def story(*tellings: tuple[Kind, float], name: str = "a", **changed: Any) -> list[Message]:
    return [told(kind, hour, name, **changed) for kind, hour in tellings]


def plan(messages: list[Message], *routes: Route, **more: Any) -> list[tuple[str | None, str, float]]:
    """Channel, kind and hour of what goes out within three days."""
    sent = planned(sorted(messages, key=lambda one: one.at), routes, UTC, at(72), **more)
    return [(one.channel, one.kind, (one.at - DAY) / timedelta(hours=1)) for one in sent]


# ── whom it concerns ─────────────────────────────────────────────────────────────────────────────


def test_without_channels_everything_goes_to_the_only_one() -> None:
    assert plan(story(("opened", 9), ("recovered", 10))) == [(None, "opened", 9), (None, "recovered", 10)]


def test_without_settings_all_is_sent_to_all_at_once() -> None:
    messages = story(("opened", 9), ("grown", 9.5), ("expired", 50))

    assert plan(messages, OPS, Route("chief")) == [
        (channel, kind, hour)
        for kind, hour in [("opened", 9), ("grown", 9.5), ("expired", 50)]
        for channel in ("ops", "chief")
    ]


@pytest.mark.parametrize(
    "route, is_told",
    [
        (Route("c", domains=frozenset({"example.jp"})), True),
        (Route("c", domains=frozenset({"example.org"})), False),
        (Route("c", rules=frozenset({"user starts failing"})), True),
        (Route("c", rules=frozenset({"partner refuses us"})), False),
        (Route("c", severity="critical"), False),
    ],
)
def test_a_channel_takes_what_all_its_conditions_let_through(route: Route, is_told: bool) -> None:
    assert bool(plan(story(("opened", 9)), route)) == is_told


def test_a_domain_is_known_however_it_is_written() -> None:
    route = Route("c", domains=frozenset({"xn--mller-kva.example"}))

    assert plan(story(("opened", 9), senders=("a@Müller.example",)), route)


def test_a_channel_for_critical_ones_hears_first_when_it_has_become_critical() -> None:
    messages = [*story(("opened", 9)), *story(("grown", 10), ("recovered", 11), people=37)]

    assert plan(messages, Route("c", severity="critical")) == [("c", "opened", 10), ("c", "recovered", 11)]


def test_the_fallback_gets_what_no_other_takes() -> None:
    other = Route("other", rules=frozenset({"partner refuses us"}))
    rest = Route("rest", is_fallback=True)
    theirs = story(("opened", 9), name="b", rule="partner refuses us")

    assert plan([*story(("opened", 8)), *theirs], other, rest) == [
        ("rest", "opened", 8),
        ("other", "opened", 9),
    ]


def test_the_fallback_hears_how_it_ends_though_another_takes_it_meanwhile() -> None:
    messages = [*story(("opened", 8)), *story(("grown", 9), ("recovered", 10), people=50)]
    routes = Route("c", severity="critical"), Route("rest", is_fallback=True)

    assert [one for one in plan(messages, *routes) if one[0] == "rest"] == [
        ("rest", "opened", 8),
        ("rest", "grown", 9),
        ("rest", "recovered", 10),
    ]


def test_who_did_not_hear_that_it_fails_does_not_hear_that_it_works() -> None:
    route = Route("c", rules=frozenset({"partner refuses us"}))

    assert plan(story(("opened", 9), ("recovered", 10)), route, OPS) == [
        ("ops", "opened", 9),
        ("ops", "recovered", 10),
    ]


def test_what_the_watch_says_of_itself_goes_to_whoever_runs_it() -> None:
    customer, chief = (
        Route("customer", frozenset({"example.jp"})),
        Route("chief", escalate_after=timedelta(1)),
    )
    rest, critical = Route("rest", is_fallback=True), Route("critical", severity="critical")

    def who(*routes: Route) -> list[str]:
        return [one.name for one in Routing(routes).channels_of_notice()]

    assert who(customer, chief, OPS, rest) == ["ops"]
    assert who(customer, rest, critical) == ["rest"]
    assert who(customer, critical) == ["critical"]
    assert who(customer) == []


# ── quiet hours ──────────────────────────────────────────────────────────────────────────────────


def test_in_quiet_hours_a_message_waits_for_their_end() -> None:
    assert plan(story(("opened", 23)), replace(OPS, quiet=NIGHT)) == [("ops", "opened", 31)]


def test_what_began_and_ended_in_one_night_is_not_told() -> None:
    assert plan(story(("opened", 23), ("grown", 24), ("recovered", 26)), replace(OPS, quiet=NIGHT)) == []


def test_what_ends_at_night_is_told_in_the_morning_to_whoever_knew_of_it() -> None:
    assert plan(story(("opened", 21), ("recovered", 23)), replace(OPS, quiet=NIGHT)) == [
        ("ops", "opened", 21),
        ("ops", "recovered", 31),
    ]


def test_of_several_messages_of_a_night_the_last_is_told_once() -> None:
    messages = story(("opened", 23), ("grown", 25), ("grown", 27), people=5)
    sent = planned(messages, [replace(OPS, quiet=NIGHT)], UTC, at(72))

    assert [(one.kind, one.message.at) for one in sent] == [("opened", at(27))]


def test_what_ended_and_began_again_in_the_night_fails_in_the_morning() -> None:
    messages = story(("opened", 21), ("recovered", 23), ("opened", 25))

    assert plan(messages, replace(OPS, quiet=NIGHT)) == [("ops", "opened", 21), ("ops", "opened", 31)]


def test_a_critical_one_passes_and_takes_what_waited_with_it() -> None:
    messages = [*story(("opened", 23)), *story(("grown", 25), ("recovered", 26), people=37)]

    assert plan(messages, replace(OPS, quiet=NIGHT)) == [("ops", "opened", 25), ("ops", "recovered", 26)]


@pytest.mark.parametrize(
    "begins, ends, hour, until",
    [
        (22, 7, 22, 31),
        (22, 7, 21.99, 21.99),
        (22, 7, 7, 7),
        (22, 7, 6.99, 7),
        (12, 14, 13, 14),
        (12, 14, 14, 14),
    ],
)
def test_quiet_hours_may_span_midnight(begins: int, ends: int, hour: float, until: float) -> None:
    assert Quiet(time(begins), time(ends)).over(at(hour), UTC) == at(until)


def test_hours_are_those_of_the_zone_also_when_clocks_are_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)  # 23:30 there; that night has 25 hours

    assert NIGHT.over(before, berlin) == datetime(2026, 10, 25, 6, tzinfo=UTC)
    assert next_time(before, time(8), berlin) == datetime(2026, 10, 25, 7, tzinfo=UTC)


# ── one message a day ────────────────────────────────────────────────────────────────────────────


def test_a_digest_has_a_line_for_each_incident_also_for_one_that_is_over() -> None:
    daily = replace(OPS, digest=time(8))
    messages = [*story(("opened", 9), ("grown", 10), ("recovered", 11)), *story(("opened", 20), name="b")]
    sent = planned(messages, [daily], UTC, at(72))

    assert [(one.at, one.kind, one.message.kind, one.message.incident.id) for one in sent] == [
        (at(32), "digest", "recovered", "a"),
        (at(32), "digest", "opened", "b"),
    ]


def test_a_later_digest_tells_how_it_went_on() -> None:
    messages = story(("opened", 9), ("recovered", 40))

    assert plan(messages, replace(OPS, digest=time(8))) == [("ops", "digest", 32), ("ops", "digest", 56)]


# ── reminders and escalation ─────────────────────────────────────────────────────────────────────


REMINDED = replace(OPS, remind_every=timedelta(hours=4))
CHIEF = Route("chief", escalate_after=timedelta(minutes=30))


def test_reminders_come_while_it_is_open() -> None:
    assert plan(story(("opened", 9), ("recovered", 18)), REMINDED) == [
        ("ops", "opened", 9),
        ("ops", "reminder", 13),
        ("ops", "reminder", 17),
        ("ops", "recovered", 18),
    ]


def test_whoever_acknowledges_is_not_reminded() -> None:
    sent = plan(story(("opened", 9), ("recovered", 18)), REMINDED, acks={"a": at(14)})

    assert [one[1:] for one in sent] == [("opened", 9), ("reminder", 13), ("recovered", 18)]


def test_after_it_was_over_reminders_begin_anew() -> None:
    sent = plan(story(("opened", 9), ("recovered", 10), ("opened", 11), ("recovered", 16)), REMINDED)

    assert [one[1:] for one in sent if one[1] == "reminder"] == [("reminder", 15)]


def test_reminders_wait_in_quiet_hours() -> None:
    sent = plan(story(("opened", 21), ("recovered", 33)), replace(REMINDED, quiet=NIGHT))

    assert [one[1:] for one in sent] == [("opened", 21), ("reminder", 31), ("recovered", 33)]


def test_what_is_left_lying_is_escalated() -> None:
    assert plan(story(("opened", 9), ("recovered", 12)), OPS, CHIEF) == [
        ("ops", "opened", 9),
        ("chief", "escalated", 9.5),
        ("ops", "recovered", 12),
        ("chief", "recovered", 12),
    ]


@pytest.mark.parametrize("ended, acked", [(9.4, 72), (12, 9.4)])
def test_what_is_over_or_acknowledged_in_time_is_not(ended: float, acked: float) -> None:
    sent = plan(story(("opened", 9), ("recovered", ended)), OPS, CHIEF, acks={"a": at(acked)})

    assert [one for one in sent if one[0] == "chief"] == []


def test_the_time_until_escalation_begins_when_others_are_told() -> None:
    sent = plan(story(("opened", 23)), replace(OPS, quiet=NIGHT), CHIEF)

    assert sent == [("ops", "opened", 31), ("chief", "escalated", 31.5)]


def test_an_acknowledgement_of_an_earlier_time_counts_no_more() -> None:
    messages = story(("opened", 9), ("recovered", 9.2), ("opened", 20))
    sent = plan(messages, OPS, CHIEF, acks={"a": at(9.1)})

    assert ("chief", "escalated", 20.5) in sent


# ── silences ─────────────────────────────────────────────────────────────────────────────────────


def silence(hour: float, **wanted: Any) -> Silence:
    return Silence(at(0), at(hour), "jun", "known", **wanted)


def test_what_is_silenced_is_told_when_the_silence_is_over_if_it_still_fails() -> None:
    muted = [silence(12, user="alice@example.jp")]

    assert plan(story(("opened", 9)), OPS, silences=muted) == [("ops", "opened", 12)]
    assert plan(story(("opened", 9), ("recovered", 11)), OPS, silences=muted) == []


def test_that_it_works_again_is_said_in_spite_of_a_silence_to_whoever_was_told() -> None:
    muted = [replace(silence(20, user="alice@example.jp"), created_at=at(9.5))]
    sent = plan(story(("opened", 9), ("grown", 10), ("recovered", 11)), OPS, silences=muted)

    assert [one[1:] for one in sent] == [("opened", 9), ("recovered", 11)]


@pytest.mark.parametrize(
    "wanted, is_silent",
    [
        ({"user": "Alice@Example.jp"}, True),
        ({"user": "bob"}, False),
        ({"sender": "sales@example.jp"}, True),
        ({"client_ip": "192.0.2.0/24"}, True),
        ({"client_ip": "198.51.100.0/24"}, False),
        ({"domain": "example.jp"}, True),
        ({"domain": "example.org"}, True),
        ({"domain": "example.net"}, False),
        ({"cause": "sender_not_authorized"}, True),
        ({"cause": "relay_denied", "user": "alice@example.jp"}, False),
    ],
)
def test_a_silence_covers_what_all_its_conditions_name(wanted: dict[str, str], is_silent: bool) -> None:
    assert silence(12, **wanted).covers(INCIDENT) == is_silent


def test_who_silences_one_user_still_hears_of_others() -> None:
    group = replace(INCIDENT, users=("alice@example.jp", "bob@example.jp"), people=2)

    assert not silence(12, user="alice@example.jp").covers(group)


def test_a_plan_says_what_goes_where() -> None:
    (sent,) = planned(story(("opened", 9)), [OPS], UTC, at(10))

    assert sent == Planned(at(9), "opened", "ops", told("opened", 9))
