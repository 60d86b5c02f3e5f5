"""The metrics, in one class; all labels are decided here, from closed lists. No user, address or IP is a label."""

from __future__ import annotations

from collections import Counter as Counting
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from rejectwatch import __version__
from rejectwatch.changes import Changes
from rejectwatch.facts import FAILURES, GAP_REASONS, Event, domain_of
from rejectwatch.identity import Identities
from rejectwatch.state import State

MTAS = ("postfix", "exim")
SIDES = (
    ("local", "rejected"),
    ("local", "warned"),
    ("remote", "bounced"),
    ("remote", "deferred"),
    ("remote", "probed"),
)
"""Who refuses with which outcome: what can occur together."""
OFTEN = (550, 551, 554)
"""Codes that say the same as 553 does elsewhere: for who has not asked to watch them."""
SENDING = ("sent", "failed", "given_up")
OTHER = "other"
LIVE = timedelta(minutes=5)
"""Older lines are read late on purpose (first start, backlog); their age says nothing about how quick we are."""

disable_created_metrics()


class Metrics:
    """Counters rise only after a commit (`committed`, `sent`); gauges are set by whoever knows."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        sources: Iterable[str],
        codes: Iterable[int],
        causes: Iterable[str],
        domains: Iterable[str],
        channels: Iterable[str],
        rule_kinds: Iterable[str],
    ) -> None:
        self._domains = {Identities.domain(domain): domain.lower() for domain in domains}
        self._causes = tuple(causes)
        watched = frozenset(codes)
        self._others = {code: str(code) for code in OFTEN if code not in watched}
        self._rule_kinds = tuple(rule_kinds)
        self.rejections = Counter(
            "rejectwatch_rejections", "Refusals with a watched reply code.",
            ["mta", "refused_by", "outcome", "code", "cause"], registry=registry,
        )  # fmt: skip
        self.domain_rejections = Counter(
            "rejectwatch_domain_rejections", "The same by sender domain: the configured ones, and other.",
            ["domain"], registry=registry,
        )  # fmt: skip
        self.other_rejections = Counter(
            "rejectwatch_other_rejections", "Mail that was refused with a reply code that is not watched.",
            ["mta", "code"], registry=registry,
        )  # fmt: skip
        self.deliveries = Counter(
            "rejectwatch_deliveries", "Recipients that were delivered (sent) or given up (bounced).",
            ["mta", "outcome"], registry=registry,
        )  # fmt: skip
        self.causes_unknown = Counter(
            "rejectwatch_causes_unknown", "Refusals whose text did not tell the cause.",
            ["mta", "refused_by"], registry=registry,
        )  # fmt: skip
        self.lines = Counter("rejectwatch_lines", "Log lines read.", ["source"], registry=registry)
        self.bytes = Counter("rejectwatch_bytes", "Log bytes read.", ["source"], registry=registry)
        self.not_understood = Counter(
            "rejectwatch_lines_not_understood", "Refusals and deliveries whose shape is new.",
            ["source"], registry=registry,
        )  # fmt: skip
        self.gaps = Counter(
            "rejectwatch_gaps", "Times that lines may have been lost before they were read.",
            ["source", "reason"], registry=registry,
        )  # fmt: skip
        self.last_line = Gauge(
            "rejectwatch_last_line_timestamp_seconds", "When the newest line that told its time was written.",
            ["source"], registry=registry,
        )  # fmt: skip
        self.unread = Gauge("rejectwatch_unread_bytes", "Bytes not read yet.", ["source"], registry=registry)
        self.catching_up = Gauge(
            "rejectwatch_catching_up", "1 while a backlog is being read: what is counted now is old.",
            ["source"], registry=registry,
        )  # fmt: skip
        self.incidents_open = Gauge(
            "rejectwatch_incidents_open", "Open incidents.", ["by"], registry=registry
        )
        self.people_failing = Gauge(
            "rejectwatch_people_failing", "People of whom the open incidents are.", ["by"], registry=registry
        )
        self.incidents = Counter(
            "rejectwatch_incidents", "Incidents told.", ["by", "cause"], registry=registry
        )
        self.notifications = Counter(
            "rejectwatch_notifications", "Tries to send a message.", ["channel", "result"], registry=registry
        )
        self.channel_failing = Gauge(
            "rejectwatch_channel_failing", "1 while a channel takes nothing.", ["channel"], registry=registry
        )
        self.waiting = Gauge("rejectwatch_notifications_waiting", "Messages not sent yet.", registry=registry)
        self.commit_duration = Histogram(
            "rejectwatch_commit_duration_seconds", "How long a commit took.", registry=registry
        )
        self.detection_delay = Histogram(
            "rejectwatch_detection_delay_seconds", "From the line's time to the stored event.", registry=registry,
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
        )  # fmt: skip
        self.open_queue_ids = Gauge(
            "rejectwatch_correlator_open_queue_ids", "Messages that are remembered until they leave the queue.",
            registry=registry,
        )  # fmt: skip
        self.forgotten = Counter(
            "rejectwatch_correlator_forgotten", "Messages that had to be forgotten to bound the memory.",
            registry=registry,
        )  # fmt: skip
        self.reload_successful = Gauge(
            "rejectwatch_config_last_reload_successful",
            "1 if the configuration was without a mistake when it was read last, at the start or on SIGHUP.",
            registry=registry,
        )
        self.reload_successful.set(1)
        self.ready = Gauge(
            "rejectwatch_ready",
            "1 while its database and its logs can be used, as /readyz says.",
            registry=registry,
        )
        self.not_watched = Gauge(
            "rejectwatch_folders_not_watched",
            "Folders in which changes are not noticed at once but looked for each second.", registry=registry,
        )  # fmt: skip
        build = Gauge("rejectwatch_build_info", "The version, always 1.", ["version"], registry=registry)
        build.labels(__version__).set(1)
        self._create(tuple(watched), tuple(channels))
        self._create_sources(tuple(sources))

    def _create(self, codes: tuple[int, ...], channels: tuple[str, ...]) -> None:
        """Make every label value now, so that a first increment is seen as a rise from zero."""
        for mta, (refused_by, outcome), code, cause in product(MTAS, SIDES, codes, self._causes):
            self.rejections.labels(mta, refused_by, outcome, str(code), cause)
        for mta, other in product(MTAS, (*self._others.values(), OTHER)):
            self.other_rejections.labels(mta, other)
        for mta, outcome in product(MTAS, ("sent", "bounced")):
            self.deliveries.labels(mta, outcome)
        for mta, refused_by in product(MTAS, ("local", "remote")):
            self.causes_unknown.labels(mta, refused_by)
        for domain in (*self._domains.values(), OTHER):
            self.domain_rejections.labels(domain)
        for channel, result in product(channels, SENDING):
            self.notifications.labels(channel, result)
            self.channel_failing.labels(channel)
        self.notifications.labels(OTHER, "given_up")  # for channels that are no longer configured
        for by in self._rule_kinds:
            self.incidents_open.labels(by)
            self.people_failing.labels(by)
        for by, cause in product(self._rule_kinds, self._causes):
            self.incidents.labels(by, cause)

    def _create_sources(self, sources: tuple[str, ...]) -> None:
        for source, family in product(
            sources,
            (self.lines, self.bytes, self.not_understood, self.last_line, self.unread, self.catching_up),
        ):
            family.labels(source)
        for source, reason in product(sources, GAP_REASONS):
            self.gaps.labels(source, reason)

    def committed(self, changes: Changes, now: datetime) -> None:
        """Count what is now in the database."""
        for event in changes.events:
            self._event(event, now)
        for (_, mta, outcome), count in changes.deliveries.items():
            self.deliveries.labels(mta, outcome).inc(count)
        for (mta, outcome, code), count in changes.other_refusals.items():
            if outcome in FAILURES:
                self.other_rejections.labels(mta, self._others.get(code, OTHER)).inc(count)
            if outcome == "bounced":
                self.deliveries.labels(mta, outcome).inc(count)
        for message in changes.messages:
            if message.kind == "opened":
                self.incidents.labels(message.incident.by, message.incident.cause).inc()
        self._read(changes)

    def _read(self, changes: Changes) -> None:
        for source, count in changes.lines.items():
            self.lines.labels(source).inc(count)
        for source, count in changes.bytes.items():
            self.bytes.labels(source).inc(count)
        for gap in changes.gaps:
            self.gaps.labels(gap.source, gap.reason).inc()
        for shape, count in changes.shapes.items():
            self.not_understood.labels(shape.source).inc(count)

    def _event(self, event: Event, now: datetime) -> None:
        labels = (event.mta, event.refused_by, event.outcome, str(event.code), event.cause)
        self.rejections.labels(*labels).inc(event.repeat)
        domain = Identities.domain(domain_of(event.sender) or "")
        self.domain_rejections.labels(self._domains.get(domain, OTHER)).inc(event.repeat)
        if event.cause == "unknown":
            self.causes_unknown.labels(event.mta, event.refused_by).inc(event.repeat)
        if event.outcome == "bounced":
            self.deliveries.labels(event.mta, event.outcome).inc(event.repeat)
        if (delay := now - event.occurred_at) < LIVE:
            self.detection_delay.observe(max(delay.total_seconds(), 0))

    def channel(self, name: str, is_failing: bool) -> None:  # noqa: FBT001 — as `Failing` tells it
        self.channel_failing.labels(name).set(is_failing)

    def remembered(self, state: State) -> None:
        """Show what the core remembers just now."""
        self.open_queue_ids.set(len(state.queue))
        open_ones, people = Counting[str](), Counting[str]()
        for incident in (one for _, one in state.incidents.items()):
            open_ones[incident.by] += 1
            people[incident.by] += incident.people
        for by in self._rule_kinds:
            self.incidents_open.labels(by).set(open_ones[by])
            self.people_failing.labels(by).set(people[by])
