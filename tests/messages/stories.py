"""Incidents to write about: one for each kind of message and each place where the fault can lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rejectwatch.causes import Reply, diagnose
from rejectwatch.facts import Event, RefusedBy
from rejectwatch.incidents.incident import (
    NAMED,
    By,
    Circumstances,
    Common,
    Incident,
    Kind,
    Message,
    Proof,
    Sample,
)

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
    more: Mapping[str, Any] = field(default_factory=dict)
    """Any field of the incident, as it shall be."""

    def as_message(self) -> Message:
        at = {
            "opened": START + timedelta(minutes=7),
            "grown": START + timedelta(minutes=67),
            "recovered": START + timedelta(minutes=49),
            "expired": START + timedelta(days=3, minutes=5),
        }[self.kind]
        return Message(f"4d1f0c77ab-{self.kind}", self.kind, at, self.as_incident())

    def as_incident(self) -> Incident:
        reply = Reply(self.reply, refused_by=self.refused_by, user=self.user, sender=self.sender)
        diagnosis = diagnose(reply)
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
            sample=self._sample(diagnosis.evidence),
            reached=int(self.last_success_at is not None),
            circumstances=Circumstances("all" if self.user else "none", sender_is_ours=True),
            tellings=(START + timedelta(minutes=7),),
            common=Common(self.client_ip, None, None, self.relay_host or self.host),
            told_people=1,
        )
        return self._ended(replace(incident, **self.more))

    def _ended(self, incident: Incident) -> Incident:
        match self.kind:
            case "opened" | "grown":
                return incident
            case "recovered":
                return replace(
                    incident,
                    proofs=incident.proofs
                    or (Proof(incident.subject, START + timedelta(minutes=39), incident.recipients[0]),),
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


def crowd(*many: tuple[str, int]) -> dict[str, Any]:
    """People of some domains, who each tried once or twice; twenty of them are named."""
    addresses = [f"{name}@{domain}" for domain, n in many for name in NAMES[:n]]
    named = tuple(addresses[:NAMED])
    return {
        "users": named,
        "senders": named,
        "user_counts": (3, 2, *(1 for _ in named[2:])),
        "sender_counts": (3, 2, *(1 for _ in named[2:])),
        "people": len(addresses),
        "told_people": len(addresses),
        "attempts": len(addresses) + 3,
        "refusals": len(addresses) + 6,
    }


NAMES = (
    "abe",
    "endo",
    "fujita",
    "goto",
    "hara",
    "ito",
    "kato",
    "mori",
    "nagai",
    "ono",
    "sato",
    "ueda",
    "wada",
)

STORIES: dict[str, Story] = {
    "opened-wrong-sender": Story(
        by="user",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
        recipients=("mori@denki.example", "ito@denki.example", "kato@kikai.example", "abe@kikai.example"),
        more={
            "circumstances": Circumstances(
                "all", sender_is_ours=True, worked_outside_at=START + timedelta(minutes=3)
            )
        },
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
        more={
            "circumstances": Circumstances(
                "all", sender_is_ours=True, partner_worked_at=START + timedelta(minutes=3)
            )
        },
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
    "opened-new-account": Story(
        by="user",
        reply="553 5.7.1 <new@corp.example>: Sender address rejected: not owned by user trainee@corp.example",
        user="trainee@corp.example",
        sender="new@corp.example",
        helo=None,
        last_success_at=None,
        more={"flags": ("never_succeeded",)},
    ),
    "opened-only-this-partner": Story(
        by="user",
        reply="553 5.7.1 rejected by our policy (ref 8812)",
        refused_by="remote",
        user="alice@corp.example",
        sender="alice@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
        more={
            "circumstances": Circumstances(
                "all",
                sender_is_ours=True,
                worked_outside_at=START + timedelta(minutes=3),
                some_delivered=True,
            )
        },
    ),
    "opened-inside-works": Story(
        by="user",
        reply="553 5.7.1 <mori@denki.example>: Relay access denied",
        user="bob",
        sender="bob@corp.example",
        more={
            "circumstances": Circumstances(
                "all",
                sender_is_ours=True,
                new_client=True,
                new_helo=True,
                worked_inside_at=START + timedelta(minutes=2),
                other_people=2,
            )
        },
    ),
    "opened-flapping": Story(
        by="user",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
        more={
            "flags": ("flapping",),
            "first_at": START - timedelta(days=3, hours=5),
            "circumstances": Circumstances(
                "all",
                sender_is_ours=True,
                onsets=(START - timedelta(days=3, hours=5), START - timedelta(days=1), START),
            ),
        },
    ),
    "opened-time-rule": Story(
        by="user",
        reply="553 5.7.1 sending to other companies is not allowed at this time",
        user="alice@corp.example",
        sender="alice@corp.example",
        more={
            "flags": ("flapping",),
            "first_at": START - timedelta(days=2, minutes=4),
            "circumstances": Circumstances(
                "all",
                sender_is_ours=True,
                onsets=(START - timedelta(days=2, minutes=4), START - timedelta(days=1, minutes=-2), START),
            ),
        },
    ),
    "opened-map-broken": Story(
        by="cause",
        reply=NOT_OWNED.format("abe@corp.example", "abe@corp.example"),
        user="abe@corp.example",
        sender="abe@corp.example",
        recipients=("desk@partner.example", "mori@denki.example", "ito@denki.example"),
        more={
            **crowd(("corp.example", 13), ("shop.example", 12), ("clinic.example", 12)),
            "subject": "sender_not_authorized",
            "reached": 35,
            "recipient_domains": (
                "partner.example",
                "denki.example",
                *(f"shop{n}.example" for n in range(NAMED - 2)),
            ),
            "domain_counts": (30, 10, *(1 for _ in range(NAMED - 2))),
            "client_counts": (20,),
            "circumstances": Circumstances("all", login_is_sender=True, sender_is_ours=True),
        },
    ),
    "opened-nobody-logs-in": Story(
        by="sender_domain",
        reply="553 5.7.1 <abe@shop.example>: Sender address rejected: not logged in",
        sender="abe@shop.example",
        more={
            **crowd(("shop.example", 12)),
            "subject": "shop.example",
            "users": (),
            "who_acts": "admin",
            "reached": 12,
            "domain_counts": (15,),
            "client_counts": (15,),
            "circumstances": Circumstances(
                "none", sender_is_ours=True, anybody_worked_at=START + timedelta(minutes=4)
            ),
        },
    ),
    "opened-new-domain": Story(
        by="sender_domain",
        reply="553 5.1.8 <abe@new.example>: Sender address rejected: Domain not found",
        user="abe@new.example",
        sender="abe@new.example",
        last_success_at=None,
        more={
            **crowd(("new.example", 3)),
            "subject": "new.example",
            "who_acts": "admin",
            "last_at": START,
            "flags": ("never_succeeded",),
            "circumstances": Circumstances(
                "all", sender_is_ours=False, anybody_worked_at=START + timedelta(minutes=4)
            ),
        },
    ),
    "opened-smarthost-refuses-address": Story(
        by="sender",
        reply="553 5.7.1 <sales@corp.example>: Sender address rejected: not owned by user relay@provider.example",
        refused_by="remote",
        service="postfix/smtp",
        sender="sales@corp.example",
        relay_host="smarthost.provider.example",
        relay_ip="198.51.100.25",
        more={"circumstances": Circumstances("none")},
    ),
    "opened-nobody-encrypts": Story(
        by="cause",
        reply="553 5.7.0 Must issue a STARTTLS command first",
        sender="abe@corp.example",
        more={
            **crowd(("corp.example", 3), ("shop.example", 2)),
            "subject": "tls_required",
            "users": (),
            "who_acts": "admin",
            "reached": 5,
            "domain_counts": (9,),
            "client_counts": (9,),
        },
    ),
    "opened-command-not-accepted": Story(
        by="cause",
        reply="553 5.5.4 Unsupported option: SMTPUTF8",
        mta="exim",
        service=None,
        sender="abe@corp.example",
        more={
            **crowd(("corp.example", 3), ("shop.example", 2)),
            "subject": "protocol_error",
            "users": (),
            "who_acts": "admin",
            "reached": 5,
            "domain_counts": (9,),
            "client_counts": (9,),
        },
    ),
    "opened-office": Story(
        by="client_ip",
        reply="553 5.7.1 <abe@corp.example>: Sender address rejected: not logged in",
        sender="abe@corp.example",
        client_ip="198.51.100.40",
        client_host="office.corp.example",
        more={
            **crowd(("corp.example", 4)),
            "subject": "198.51.100.40",
            "users": (),
            "who_acts": "admin",
            "reached": 4,
            "domain_counts": (7,),
            "flags": ("shared_address",),
            "circumstances": Circumstances(
                "none", sender_is_ours=True, shared_logins=3, anybody_worked_at=START + timedelta(minutes=4)
            ),
        },
    ),
    "opened-shared-address": Story(
        by="client_ip",
        reply=NOT_OWNED.format("sales@corp.example", "abe@corp.example"),
        user="abe@corp.example",
        sender="sales@corp.example",
        more={
            **crowd(("corp.example", 3)),
            "senders": ("sales@corp.example",),
            "sender_counts": (6,),
            "subject": "203.0.113.77",
            "who_acts": "admin",
            "reached": 3,
            "domain_counts": (9,),
            "circumstances": Circumstances(
                "all", sender_is_ours=True, anybody_worked_at=START + timedelta(minutes=4)
            ),
        },
    ),
    "opened-office-quota": Story(
        by="client_ip",
        reply="553 5.7.1 too many messages in a short time, slow down",
        user="abe@corp.example",
        sender="abe@corp.example",
        more={
            **crowd(("corp.example", 4)),
            "subject": "203.0.113.77",
            "who_acts": "admin",
            "reached": 4,
            "domain_counts": (9,),
        },
    ),
    "opened-new-sending-domain": Story(
        by="sender_domain",
        reply="553 5.1.8 <abe@shop.example>: Sender address rejected: Domain not found",
        refused_by="remote",
        user="abe@shop.example",
        sender="abe@shop.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
        recipients=("mori@denki.example", "desk@partner.example"),
        more={
            **crowd(("shop.example", 3)),
            "subject": "shop.example",
            "who_acts": "admin",
            "reached": 3,
            "domain_counts": (5, 4),
            "client_counts": (6,),
            "common": Common(None, None, "shop.example", None),
        },
    ),
    "opened-device": Story(
        by="client_ip",
        reply="553 5.7.1 <scan@corp.example>: Sender address rejected: not logged in",
        sender="scan@corp.example",
        client_ip="192.168.0.14",
        client_host="scan2.corp.example",
        helo="scan2",
        service="postfix/smtpd",
        senders=("scan@corp.example", "fax@corp.example"),
        more={"subject": "192.168.0.14", "people": 2},
    ),
    "opened-mailbox-gone": Story(
        by="recipient_domain",
        reply="550 5.1.1 <ueda@corp.example>: Recipient address rejected: User unknown in virtual mailbox table",
        user="abe@corp.example",
        sender="abe@corp.example",
        recipient="ueda@corp.example",
        more={
            **crowd(("corp.example", 4)),
            "subject": "corp.example",
            "last_success_at": None,
            "circumstances": Circumstances("some", sender_is_ours=True),
        },
    ),
    "opened-partner": Story(
        by="recipient_domain",
        reply="554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using zen.spamhaus.org",
        refused_by="remote",
        user="abe@corp.example",
        sender="abe@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
        more={
            **crowd(("corp.example", 3), ("shop.example", 2)),
            "subject": "denki.example",
            "reached": 5,
            "circumstances": Circumstances(
                "all",
                sender_is_ours=True,
                worked_outside_at=START + timedelta(minutes=4),
                anybody_worked_at=START + timedelta(minutes=4),
            ),
        },
    ),
    "opened-new-partner": Story(
        by="recipient_domain",
        reply="553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        refused_by="remote",
        user="abe@corp.example",
        sender="abe@corp.example",
        service="postfix/smtp",
        relay_host="mx.denki.example",
        relay_ip="198.51.100.7",
        last_success_at=None,
        more={
            **crowd(("corp.example", 3)),
            "subject": "denki.example",
            "flags": ("never_succeeded",),
            "circumstances": Circumstances(
                "all", sender_is_ours=True, anybody_worked_at=START + timedelta(minutes=4)
            ),
        },
    ),
    "opened-relay-host": Story(
        by="host",
        reply="553 5.7.1 Authentication required",
        refused_by="remote",
        user="abe@corp.example",
        sender="abe@corp.example",
        service="postfix/smtp",
        relay_host="smtp.provider.example",
        relay_ip="198.51.100.99",
        recipients=("desk@partner.example", "mori@denki.example"),
        more={
            **crowd(("corp.example", 13), ("shop.example", 3)),
            "subject": "smtp.provider.example",
            "reached": 16,
            "domain_counts": (12, 7),
            "client_counts": (19,),
        },
    ),
    "opened-foreign-senders": Story(
        by="cause",
        reply="553 5.7.1 <mori@denki.example>: Sender address rejected: not logged in",
        sender="mori@denki.example",
        recipient="abe@corp.example",
        client_ip="198.51.100.7",
        client_host="mx.denki.example",
        helo="mx.denki.example",
        service="postfix/smtpd",
        more={
            "subject": "auth_required",
            "flags": ("foreign_senders",),
            "who_acts": "admin",
            "senders": ("mori@denki.example", "desk@partner.example", "kato@kikai.example"),
            "sender_counts": (3, 1, 1),
            "client_ips": ("198.51.100.7", "203.0.113.9"),
            "client_counts": (3, 2),
            "domain_counts": (5,),
            "people": 3,
            "attempts": 5,
            "refusals": 5,
            "reached": 3,
            "circumstances": Circumstances("none", sender_is_ours=False),
        },
    ),
    "grown": Story(
        by="cause",
        kind="grown",
        reply=NOT_OWNED.format("abe@corp.example", "abe@corp.example"),
        user="abe@corp.example",
        sender="abe@corp.example",
        more={
            **crowd(("corp.example", 13)),
            "subject": "sender_not_authorized",
            "people": 370,
            "attempts": 512,
            "refusals": 530,
            "reached": 350,
            "domain_counts": (512,),
            "client_counts": (100,),
            "last_at": START + timedelta(minutes=64),
            "tellings": (START + timedelta(minutes=7), START + timedelta(minutes=67)),
            "circumstances": Circumstances("all", login_is_sender=True, sender_is_ours=True),
        },
    ),
    "recovered-group": Story(
        by="cause",
        kind="recovered",
        reply=NOT_OWNED.format("abe@corp.example", "abe@corp.example"),
        user="abe@corp.example",
        sender="abe@corp.example",
        more={
            **crowd(("corp.example", 13), ("shop.example", 12), ("clinic.example", 12)),
            "subject": "sender_not_authorized",
            "proofs": (
                Proof("abe@corp.example", START + timedelta(minutes=39), "desk@partner.example"),
                Proof("goto@shop.example", START + timedelta(minutes=40), "mori@denki.example"),
                Proof("ono@clinic.example", START + timedelta(minutes=44), "desk@partner.example"),
            ),
        },
    ),
    "recovered-partner": Story(
        by="recipient_domain",
        kind="recovered",
        reply="554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using zen.spamhaus.org",
        refused_by="remote",
        sender="abe@corp.example",
        relay_host="mx.denki.example",
        more={
            **crowd(("corp.example", 5)),
            "subject": "denki.example",
            "users": (),
            "proofs": (
                Proof("abe@corp.example", START + timedelta(minutes=39), "mori@denki.example"),
                Proof("goto@corp.example", START + timedelta(minutes=40), "ito@denki.example"),
                Proof("hara@corp.example", START + timedelta(minutes=44), "mori@denki.example"),
            ),
        },
    ),
    "recovered-foreign-senders": Story(
        by="cause",
        kind="recovered",
        reply="553 5.7.1 <mori@denki.example>: Sender address rejected: not logged in",
        sender="mori@denki.example",
        recipient="abe@corp.example",
        more={
            "subject": "auth_required",
            "flags": ("foreign_senders",),
            "who_acts": "admin",
            "people": 3,
            "proofs": (Proof("desk@denki.example", START + timedelta(minutes=39), "abe@corp.example"),),
        },
    ),
    "recovered-flapping": Story(
        by="user",
        kind="recovered",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
        more={
            "flags": ("flapping",),
            "first_at": START - timedelta(days=1, hours=5),
            "circumstances": Circumstances("all", onsets=(START - timedelta(days=1, hours=5), START)),
        },
    ),
    "expired-group": Story(
        by="recipient_domain",
        kind="expired",
        reply="553 5.7.1 rejected by our policy (ref 8812)",
        refused_by="remote",
        user="abe@corp.example",
        sender="abe@corp.example",
        relay_host="mx.denki.example",
        more={**crowd(("corp.example", 5)), "subject": "denki.example"},
    ),
    "expired-flapping": Story(
        by="user",
        kind="expired",
        reply=NOT_OWNED.format("sales@corp.example", "alice@corp.example"),
        user="alice@corp.example",
        sender="sales@corp.example",
        more={
            "flags": ("flapping",),
            "first_at": START - timedelta(days=1, hours=5),
            "circumstances": Circumstances("all", onsets=(START - timedelta(days=1, hours=5), START)),
        },
    ),
}
