from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from messages.stories import Story
from parts.prometheus import check_metrics
from rejectwatch.causes import CAUSES
from rejectwatch.changes import Changes, Hour
from rejectwatch.facts import Event
from rejectwatch.metrics import Metrics
from rejectwatch.state import State

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

INTERFACE = {
    "rejectwatch_rejections_total": {"mta", "refused_by", "outcome", "code", "cause"},
    "rejectwatch_domain_rejections_total": {"domain"},
    "rejectwatch_other_rejections_total": {"mta", "code"},
    "rejectwatch_deliveries_total": {"mta", "outcome"},
    "rejectwatch_lines_total": {"source"},
    "rejectwatch_bytes_total": {"source"},
    "rejectwatch_causes_unknown_total": {"mta", "refused_by"},
    "rejectwatch_lines_not_understood_total": {"source"},
    "rejectwatch_gaps_total": {"source", "reason"},
    "rejectwatch_ready": set(),
    "rejectwatch_folders_not_watched": set(),
    "rejectwatch_channel_failing": {"channel"},
    "rejectwatch_last_line_timestamp_seconds": {"source"},
    "rejectwatch_unread_bytes": {"source"},
    "rejectwatch_catching_up": {"source"},
    "rejectwatch_incidents_open": {"by"},
    "rejectwatch_people_failing": {"by"},
    "rejectwatch_incidents_total": {"by", "cause"},
    "rejectwatch_notifications_total": {"channel", "result"},
    "rejectwatch_notifications_waiting": set(),
    "rejectwatch_commit_duration_seconds": set(),
    "rejectwatch_detection_delay_seconds": set(),
    "rejectwatch_correlator_open_queue_ids": set(),
    "rejectwatch_correlator_forgotten_total": set(),
    "rejectwatch_config_last_reload_successful": set(),
    "rejectwatch_build_info": {"version"},
}
"""Those that have a meaning already, under the names that other people's dashboards rest on."""

EVENT = Event(
    generation="g", position=0, n=0, occurred_at=NOW, source="mail", host="mail", mta="postfix",
    service="postfix/smtpd", refused_by="local", outcome="rejected", stage="rcpt", attempt="g:0:0", queue_id=None,
    user="alice", user_source="reply", client_ip="192.0.2.1", client_host=None, helo="pc", sender="a@corp.example",
    recipient="b@partner.example", recipient_domain="partner.example", relay_host=None, relay_ip=None, code=553,
    enhanced_code="5.7.1", reply="553 5.7.1 no", repeat=1, cause="relay_denied", confidence="high", evidence="no",
)  # fmt: skip


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return make(registry)


def make(registry: CollectorRegistry, codes: Sequence[int] = (553,)) -> Metrics:
    return Metrics(
        registry,
        sources=["mail"],
        codes=codes,
        causes=[cause.slug for cause in CAUSES],
        domains=["corp.example"],
        channels=["postmasters"],
        rule_kinds=["user", "sender"],
    )


def series(registry: CollectorRegistry) -> set[str]:
    lines = generate_latest(registry).decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}


def committed(*events: Event) -> Changes:
    changes = Changes()
    changes.events.extend(events)
    return changes


def test_the_metrics_are_those_of_the_interface_with_its_labels(
    registry: CollectorRegistry, metrics: Metrics
) -> None:
    found: dict[str, set[str]] = {}
    for one in series(registry):
        name, _, labels = one.partition("{")
        name = re.sub(r"_(bucket|sum|count)$", "", name)
        found.setdefault(name, set()).update(set(re.findall(r'(\w+)="', labels)) - {"le"})

    assert found == INTERFACE


def test_promtool_finds_nothing_wrong(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.committed(committed(EVENT), NOW)

    assert check_metrics(generate_latest(registry).decode()) == ""


def test_a_first_rise_is_a_rise_from_zero(registry: CollectorRegistry, metrics: Metrics) -> None:
    labels = {
        "mta": "postfix",
        "refused_by": "local",
        "outcome": "rejected",
        "code": "553",
        "cause": "relay_denied",
    }
    before = registry.get_sample_value("rejectwatch_rejections_total", labels)

    metrics.committed(committed(EVENT, EVENT), NOW)

    assert (before, registry.get_sample_value("rejectwatch_rejections_total", labels)) == (0, 2)


def test_a_domain_is_counted_as_ours_however_it_is_written(registry: CollectorRegistry) -> None:
    metrics = Metrics(
        registry,
        sources=["mail"],
        codes=[553],
        causes=[cause.slug for cause in CAUSES],
        domains=["bücher.example", "corp.example"],
        channels=[],
        rule_kinds=[],
    )
    senders = ("a@BÜCHER.example", "a@xn--bcher-kva.example", "a@bücher.example", "a@Corp.Example")

    metrics.committed(committed(*(replace(EVENT, sender=sender) for sender in senders)), NOW)

    counted = {
        domain: registry.get_sample_value("rejectwatch_domain_rejections_total", {"domain": domain})
        for domain in ("bücher.example", "corp.example", "other")
    }
    assert counted == {"bücher.example": 3, "corp.example": 1, "other": 0}


def test_a_thousand_users_and_domains_make_no_new_series(
    registry: CollectorRegistry, metrics: Metrics
) -> None:
    before = series(registry)
    metrics.committed(
        committed(
            *(
                replace(
                    EVENT, position=n, user=f"u{n}", sender=f"u{n}@d{n}.example", recipient=f"r@e{n}.example",
                    client_ip=f"10.0.{n // 250}.{n % 250}", helo=f"h{n}", host=f"host{n}", service=f"postfix{n}/smtpd",
                    reply=f"553 {n}", enhanced_code=f"5.7.{n}", cause=CAUSES[n % len(CAUSES)].slug,
                )
                for n in range(1000)
            )
        ),
        NOW,
    )  # fmt: skip
    metrics.remembered(State())

    assert series(registry) == before
    assert registry.get_sample_value("rejectwatch_domain_rejections_total", {"domain": "other"}) == 1000


def test_people_are_counted_and_not_incidents(registry: CollectorRegistry, metrics: Metrics) -> None:
    state = State()
    for number, people in enumerate([1, 40]):
        about = Story(
            "sender", "553 5.7.1 no", sender="a@corp.example", more={"id": str(number), "people": people}
        )
        state.incidents.put(str(number), about.as_incident())
    metrics.remembered(state)

    told = [
        registry.get_sample_value(f"rejectwatch_{name}", {"by": "sender"})
        for name in ("incidents_open", "people_failing")
    ]
    assert told == [2, 41]
    assert registry.get_sample_value("rejectwatch_people_failing", {"by": "user"}) == 0

    metrics.remembered(State())
    assert registry.get_sample_value("rejectwatch_people_failing", {"by": "sender"}) == 0


@pytest.mark.parametrize(
    "sender, domain",
    [
        ("a@corp.example", "corp.example"),
        ("A@CORP.example", "corp.example"),
        ("a@sub.corp.example", "other"),
        ("", "other"),
        (None, "other"),
        ('"x@corp.example"@evil.example', "other"),
    ],
)
def test_only_configured_domains_are_told_apart(
    sender: str | None, domain: str, registry: CollectorRegistry, metrics: Metrics
) -> None:
    metrics.committed(committed(replace(EVENT, sender=sender)), NOW)

    assert registry.get_sample_value("rejectwatch_domain_rejections_total", {"domain": domain}) == 1


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_nothing_in_a_log_can_spoil_the_exposition(hostile: str) -> None:
    registry = CollectorRegistry()
    metrics = make(registry)
    before = series(registry)
    metrics.committed(
        committed(replace(EVENT, user=hostile, sender=f"a@{hostile}", recipient=hostile, reply=hostile)), NOW
    )

    assert series(registry) == before


def test_only_live_lines_tell_how_quick_we_are(registry: CollectorRegistry, metrics: Metrics) -> None:
    ages = [
        timedelta(seconds=1),
        timedelta(hours=3),
        timedelta(seconds=-5),
    ]  # late, long ago, a clock that is ahead
    metrics.committed(committed(*(replace(EVENT, occurred_at=NOW - age) for age in ages)), NOW)

    assert registry.get_sample_value("rejectwatch_detection_delay_seconds_count") == 2
    assert registry.get_sample_value("rejectwatch_detection_delay_seconds_sum") == 1


def test_unknown_causes_are_counted(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.committed(committed(replace(EVENT, cause="unknown"), EVENT), NOW)

    labels = {"mta": "postfix", "refused_by": "local"}
    assert registry.get_sample_value("rejectwatch_causes_unknown_total", labels) == 1


def test_a_line_that_stands_for_several_refusals_counts_as_many(
    registry: CollectorRegistry, metrics: Metrics
) -> None:
    told = replace(EVENT, refused_by="remote", outcome="bounced", cause="unknown", repeat=3)
    metrics.committed(committed(told, EVENT), NOW)

    counts = {
        ("rejections", ("postfix", "remote", "bounced", "553", "unknown")): 3,
        ("rejections", ("postfix", "local", "rejected", "553", "relay_denied")): 1,
    }
    names = ("mta", "refused_by", "outcome", "code", "cause")
    for (_, values), count in counts.items():
        labels = dict(zip(names, values, strict=True))
        assert registry.get_sample_value("rejectwatch_rejections_total", labels) == count
    domains = [
        registry.get_sample_value("rejectwatch_domain_rejections_total", {"domain": one})
        for one in ("corp.example", "other")
    ]
    assert sum(filter(None, domains)) == 4
    remote = {"mta": "postfix", "refused_by": "remote"}
    assert registry.get_sample_value("rejectwatch_causes_unknown_total", remote) == 3
    bounced = {"mta": "postfix", "outcome": "bounced"}
    assert registry.get_sample_value("rejectwatch_deliveries_total", bounced) == 3


def test_deliveries_are_counted(registry: CollectorRegistry, metrics: Metrics) -> None:
    changes = Changes()
    changes.deliveries[Hour(NOW, "postfix", "sent")] = 5
    metrics.committed(changes, NOW)

    assert (
        registry.get_sample_value("rejectwatch_deliveries_total", {"mta": "postfix", "outcome": "sent"}) == 5
    )


def test_refusals_with_codes_that_are_not_watched_are_counted(
    registry: CollectorRegistry, metrics: Metrics
) -> None:
    changes = Changes()
    changes.other_refusals["postfix", "rejected", 554] = 12
    changes.other_refusals["postfix", "bounced", 552] = 2
    for outcome in (
        "warned",
        "deferred",
        "probed",
    ):  # not final: who is refused there hears of it again, or never
        changes.other_refusals["postfix", outcome, 550] = 7
    labels = [{"mta": "postfix", "code": code} for code in ("550", "551", "554", "other", "553")]
    before = [registry.get_sample_value("rejectwatch_other_rejections_total", one) for one in labels]
    metrics.committed(changes, NOW)
    after = [registry.get_sample_value("rejectwatch_other_rejections_total", one) for one in labels]

    assert before == [0, 0, 0, 0, None]
    assert after == [0, 0, 12, 2, None]


def test_a_code_that_is_watched_is_none_of_the_others(registry: CollectorRegistry) -> None:
    make(registry, codes=[550, 553])

    labels = {"mta": "exim", "code": "550"}
    assert registry.get_sample_value("rejectwatch_other_rejections_total", labels) is None


def test_a_scrape_has_at_most_a_few_hundred_series(registry: CollectorRegistry, metrics: Metrics) -> None:
    assert len(series(registry)) < 500
