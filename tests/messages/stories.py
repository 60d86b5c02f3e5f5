"""Incidents to write about: one for each kind of message and each place where the fault can lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rejectwatch.causes import Reply, diagnose, recovery
from rejectwatch.facts import Event, RefusedBy
from rejectwatch.incidents.incident import By, Incident, Kind, Message, Sample

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 11, 24, 10, 2, 11, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """What happened, in the few words that make an incident."""

    by: By
    reply: str
    refused_by: RefusedBy = "local"
    kind: Kind = "opened"
    mta: str = "postfix"
    host: str | None = "mail.corp.example"
    service: str | None = "postfix/submission/smtpd"
    user: str | None = None
    sender: str | None = None
    recipient: str | None = "mori@denki.example"
    client_ip: str | None = "203.0.113.77"
    client_host: str | None = "unknown"
    helo: str | None = "[192.168.0.14]"
    relay_host: str | None = None
    relay_ip: str | None = None
    senders: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    last_success_at: datetime | None = START - timedelta(hours=1, minutes=18)

    def as_message(self) -> Message:
        at = {
            "opened": START + timedelta(minutes=7),
            "recovered": START + timedelta(minutes=49),
            "expired": START + timedelta(days=3, minutes=5),
        }[self.kind]
        return Message(f"4d1f0c77ab-{self.kind}", self.kind, at, self.as_incident())

    def as_incident(self) -> Incident:
        reply = Reply(self.reply, refused_by=self.refused_by, user=self.user, sender=self.sender)
        diagnosis = diagnose(reply)
        shape = recovery(diagnosis.cause, self.refused_by)
        recipients = self.recipients or tuple(filter(None, [self.recipient]))
        incident = Incident(
            id="4d1f0c77ab",
            rule=f"{self.by} starts failing",
            by=self.by,
            subject=(self.user if self.by == "user" else self.sender) or "",
            cause=diagnosis.cause,
            refused_by=self.refused_by,
            confidence=diagnosis.confidence,
            who_acts=diagnosis.who_acts,
            opened_at=START + timedelta(minutes=5),
            told_at=START + timedelta(minutes=7),
            first_at=START,
            last_at=START + timedelta(minutes=5, seconds=3),
            attempts=3,
            refusals=max(3, len(recipients)),
            recent_attempts=("a", "b", "c"),
            users=(self.user,) if self.user else (),
            senders=self.senders or ((self.sender,) if self.sender else ()),
            client_ips=(self.client_ip,) if self.client_ip else (),
            recipients=recipients,
            recipient_domains=tuple(dict.fromkeys(one.partition("@")[2] for one in recipients)),
            last_success_at=self.last_success_at,
            recovery_keys=((*shape, *("x" for _ in shape)),),
            sample=self._sample(diagnosis.evidence),
        )
        return self._ended(incident)

    def _ended(self, incident: Incident) -> Incident:
        match self.kind:
            case "opened":
                return incident
            case "recovered":
                return replace(
                    incident,
                    succeeded_at=START + timedelta(minutes=39),
                    success=(incident.subject, incident.recipients[0]),
                    closed_at=START + timedelta(minutes=49),
                    ending="recovered",
                )
            case "expired":
                return replace(incident, closed_at=START + timedelta(days=3, minutes=5), ending="expired")

    def _sample(self, evidence: str) -> Sample:
        return Sample(
            occurred_at=START + timedelta(minutes=5, seconds=3),
            mta=self.mta,
            host=self.host,
            service=self.service,
            code=553,
            reply=self.reply,
            evidence=evidence,
            user=self.user,
            sender=self.sender,
            recipient=self.recipient,
            client_ip=self.client_ip,
            client_host=self.client_host,
            helo=self.helo,
            relay_host=self.relay_host,
            relay_ip=self.relay_ip,
        )

    def as_event(self) -> Event:
        """The last refusal of the story, as its row."""
        diagnosis = diagnose(
            Reply(self.reply, refused_by=self.refused_by, user=self.user, sender=self.sender)
        )
        return Event(
            generation="g", position=1, n=0, occurred_at=START, source="mail", host=self.host, mta=self.mta,
            service=self.service, refused_by=self.refused_by,
            outcome="rejected" if self.refused_by == "local" else "bounced", stage="rcpt", attempt="a",
            queue_id=None, user=self.user, user_source=None, client_ip=self.client_ip,
            client_host=self.client_host, helo=self.helo, sender=self.sender, recipient=self.recipient,
            recipient_domain=(self.recipient or "").partition("@")[2] or None, relay_host=self.relay_host,
            relay_ip=self.relay_ip, code=553, enhanced_code=None, reply=self.reply, repeat=1,
            cause=diagnosis.cause, confidence=diagnosis.confidence, evidence=diagnosis.evidence,
        )  # fmt: skip


NOT_OWNED = "553 5.7.1 <{}>: Sender address rejected: not owned by user {}"

STORIES: dict[str, Story] = {
    "opened-wrong-sender": Story(
        by="user",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
        recipients=("mori@denki.example", "ito@denki.example", "kato@kikai.example", "abe@kikai.example"),
    ),
    "opened-map-is-wrong": Story(
        by="user",
        reply=NOT_OWNED.format("alice@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="alice@corp.example",
    ),
    "opened-not-logged-in": Story(
        by="sender",
        reply="553 5.7.1 <aya.hoshino@corp.example>: Sender address rejected: not logged in",
        sender="aya.hoshino@corp.example",
        client_ip="192.168.0.14",
        client_host="scan2.corp.example",
        helo="scan2",
        service="postfix/smtpd",
        last_success_at=START - timedelta(days=1, hours=3),
    ),
    "opened-recipient-unknown": Story(
        by="user",
        reply="553 sorry, no mailbox here by that name. (#5.1.1)",
        refused_by="remote",
        user="alice@corp.example",
        sender="alice@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
    ),
    "opened-relay-refused-there": Story(
        by="user",
        reply="553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        refused_by="remote",
        user="alice@corp.example",
        sender="alice@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
        last_success_at=None,
    ),
    "opened-relay-refused-after-login": Story(
        by="user",
        reply="553 5.7.1 <mori@denki.example>: Relay access denied",
        user="bob",
        sender="bob@corp.example",
    ),
    "opened-listed-there": Story(
        by="user",
        reply="554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using zen.spamhaus.org",
        refused_by="remote",
        user="alice@corp.example",
        sender="alice@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
    ),
    "opened-odd-address": Story(
        by="user",
        reply="553 5.1.3 <ta..ro@docomo.ne.jp>: Recipient address rejected: invalid address syntax",
        user="bob",
        sender="bob@corp.example",
        recipient="ta..ro@docomo.ne.jp",
    ),
    "opened-exim-unknown-cause": Story(
        by="user",
        reply="553 5.7.1 closed for now (ticket 17)",
        user="carol",
        sender="carol@corp.example",
        mta="exim",
        host=None,
        service=None,
        client_host="pc22.corp.example",
        helo="desktop-k3",
    ),
    "recovered": Story(
        by="user",
        kind="recovered",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
    ),
    "expired": Story(
        by="sender",
        kind="expired",
        reply="553 5.7.1 <aya.hoshino@corp.example>: Sender address rejected: not logged in",
        sender="aya.hoshino@corp.example",
    ),
}
