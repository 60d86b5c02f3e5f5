"""Our own mail is known in a log by its envelope, and nobody else's is taken for it."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import apprise
import pytest

from parts.client import PASSWORD
from parts.network import family_of
from rejectwatch.facts import Refused
from rejectwatch.identity import USUAL, Identities
from rejectwatch.incidents.own_mail import OwnMail
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.own_mail import local_addresses, own_mail

URL = f"mailtos://watch:{PASSWORD}@mail.corp.example:587/?to=admin@corp.example&from=rejectwatch@corp.example"

ALERT = Refused(
    offset=0,
    n=0,
    at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    mta="postfix",
    host="mail",
    service="postfix/smtpd",
    process=b"mail postfix/smtpd 249",
    message=None,
    queue_id=None,
    refused_by="local",
    outcome="rejected",
    stage="rcpt",
    code=553,
    enhanced_code="5.7.1",
    reply="553 5.7.1 <admin@corp.example>: Recipient address rejected: User unknown",
    client_ip="127.0.0.1",
    sender="rejectwatch@corp.example",
    recipient="admin@corp.example",
)
"""A refusal of it, as a server on this machine logs it."""


def ours(*urls: str, same: Identities = USUAL) -> OwnMail:
    channels = (Channel(f"c{number}", url) for number, url in enumerate(urls))
    return own_mail(channels, same)


# ── what is ours ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"client_ip": "::1"},
        {"client_ip": "::ffff:127.0.0.1"},
        {"sender": "RejectWatch@CORP.example", "recipient": "Admin@corp.example"},
        {"client_ip": "198.51.100.9", "user": "watch"},
        {"client_ip": "198.51.100.9", "user": "WATCH"},
        {"user": "watch", "refused_by": "remote", "outcome": "bounced"},
        {"recipient": "admin@mailbox.example", "original_recipient": "admin@corp.example"},
        {"client_ip": None, "refused_by": "remote", "outcome": "bounced"},
        {"client_ip": None, "sender": "", "recipient": "rejectwatch@corp.example"},
    ],
    ids=str,
)
def test_a_refusal_of_an_alert_is_recognised(changes: dict[str, str | None]) -> None:
    assert ours(URL).matches(replace(ALERT, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_ip": "198.51.100.9"},
        {"client_ip": "198.51.100.9", "user": "alice"},
        {"client_ip": None, "user": "alice"},
        {"recipient": "mori@partner.example"},
        {"recipient": "mori@partner.example", "original_recipient": "team@corp.example"},
        {"sender": "alice@corp.example"},
        {"sender": ""},
        {"sender": "", "recipient": "alice@corp.example"},
        {"sender": None},
        {"recipient": None},
        {"client_ip": "unknown"},
    ],
    ids=str,
)
def test_nobody_elses_mail_is_taken_for_ours(changes: dict[str, str | None]) -> None:
    assert not ours(URL).matches(replace(ALERT, **changes))  # type: ignore[arg-type]


def test_an_alert_sent_from_another_address_of_this_machine_is_recognised() -> None:
    known = replace(ours(URL), hosts=frozenset({"203.0.113.5", "2001:db8:1:2::"}))

    assert known.matches(replace(ALERT, client_ip="203.0.113.5"))
    assert known.matches(replace(ALERT, client_ip="2001:db8:1:2:a:b:c:d"))
    assert not known.matches(replace(ALERT, client_ip="2001:db8:1:3::1"))


def test_realms_are_those_of_the_operator() -> None:
    logged = replace(ALERT, client_ip="198.51.100.9", user="watch@corp.example")

    assert not ours(URL).matches(logged)
    assert ours(URL, same=Identities(realms=frozenset({"corp.example"}))).matches(logged)


def test_a_channel_that_sends_no_mail_has_none() -> None:
    known = ours("jsons://hook.example/token", "workflows://host.example/a@b/sig-a@b.example")

    assert known == OwnMail()
    assert not known.matches(replace(ALERT, sender="", recipient=""))


# ── what a URL means ─────────────────────────────────────────────────────────────────────────────

URLS = [
    URL,
    "mailtos://me:geheim@mail.corp.example/?to=a@b.example",
    "mailtos://me:geheim@mail.corp.example/a@b.example/c@d.example",
    "mailtos://me%40corp.example:geheim@mail.corp.example?from=w@corp.example",
    "mailtos://mail.corp.example?user=me&pass=geheim&to=a@b.example",
    "mailto://a@b.example",
    "mailto://localhost/?from=Watch%20%3Cw@corp.example%3E&to=%22A%22%20%3Ca@b.example%3E,c@d.example",
    "mailto://localhost/?from=w@corp.example&to=a@b.example&cc=e@f.example&bcc=g+x@h.example",
    "mailto://localhost/?from=w@corp.example&to=a%2Bx@b.example&reply=x@y.example&name=Post%20Master",
    "mailtos://me:geheim@gmail.com",
    "mailtos://_?from=w@corp.example&to=a@b.example&smtp=localhost",
    "MAILTO://me:geheim@localhost/?TO=a@b.example",
    "mailto://me:geh%2Feim@localhost:25/?to=a@localhost&from=root@localhost",
]


@pytest.mark.parametrize("url", URLS)
def test_every_envelope_that_apprise_uses_is_known(url: str) -> None:
    (channel,) = _apprise(url)
    recipients = [address for _, address in channel.targets] + [*channel.cc, *channel.bcc]
    used = {(channel.from_addr[1], recipient) for recipient in recipients}

    assert used
    assert used <= ours(url).envelopes


@pytest.mark.parametrize("url", URLS)
def test_no_password_is_kept(url: str) -> None:
    shown = repr(ours(url))

    assert "geh" not in shown
    assert PASSWORD not in shown


def _apprise(url: str) -> Any:
    sender = apprise.Apprise()
    sender.add(url)
    return sender


def test_the_addresses_of_this_machine_are_those_that_can_be_listened_on() -> None:
    found = local_addresses()

    assert "127.0.0.1" in found
    for address in found:
        if not address.startswith("fe80:"):  # these need a scope
            with socket.socket(family_of(address)) as probe:
                probe.bind((address, 0))
