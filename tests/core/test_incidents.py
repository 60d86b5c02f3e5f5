"""When something starts failing, who is told, and what proves that it works again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.made import NINE, POLICY, Office, at
from law.told import TERMS, told
from rejectwatch.facts import Outcome
from rejectwatch.identity import Identities
from rejectwatch.incidents.rules import Rule
from rejectwatch.settings import Settings

DEFAULT = Settings().policy

NOBODY: dict[str, Any] = {
    "user": None,
    "user_source": None,
    "cause": "auth_required",
    "sender": "scanner@example.org",
}


def test_three_attempts_in_ten_minutes_are_told_once_after_the_waiting_time() -> None:
    office = Office()
    for minute in (0, 3, 6, 7):
        office.fails(minute)
    office.passes(30)

    assert office.kinds == [("opened", 8)]
    assert (office.said[0].incident.attempts, office.said[0].incident.refusals) == (4, 4)
    assert office.said[0].incident.subject == "alice"


def test_two_attempts_are_not_told() -> None:
    office = Office()
    office.fails(0)
    office.fails(3)
    office.passes(30)

    assert office.said == []


def test_fifty_refused_recipients_of_one_message_are_one_attempt() -> None:
    office = Office()
    for second in range(50):
        office.fails(second / 60, attempt="newsletter")
    office.passes(30)

    assert office.said == []


def test_a_thousand_refusals_in_three_attempts_are_all_counted() -> None:
    office = Office()
    for attempt in "abc":
        for _ in range(1000):
            office.fails(1, attempt=attempt)
    office.passes(10)

    assert (office.said[0].incident.attempts, office.said[0].incident.refusals) == (3, 3000)


def test_a_line_that_stands_for_several_refusals_is_one_attempt_with_as_many_refusals() -> None:
    office = Office()
    office.fails(0, repeat=5)
    office.fails(1)
    assert office.state.incidents.oldest() is None

    office.fails(2, repeat=3)
    office.fails(3, repeat=7)
    office.passes(30)

    told = office.said[0].incident
    assert (told.attempts, told.refusals) == (4, 5 + 1 + 3 + 7)


def test_attempts_further_apart_than_the_window_are_not_added_up() -> None:
    office = Office()
    for minute in (0, 6, 12, 18, 24):
        office.fails(minute)
    office.passes(60)

    assert office.said == []


def test_each_cause_counts_for_itself() -> None:
    office = Office()
    office.fails(0)
    office.fails(1, cause="relay_denied")
    office.fails(2)
    office.fails(3, cause="relay_denied")
    office.passes(30)

    assert office.said == []


@pytest.mark.parametrize("outcome", ["warned", "deferred", "probed"])
def test_what_did_go_out_or_may_still_go_out_is_no_failure(outcome: Outcome) -> None:
    office = Office()
    for minute in range(5):
        office.fails(minute, outcome=outcome)
    office.passes(30)

    assert office.said == []


def test_failures_older_than_max_alert_age_open_nothing() -> None:
    office = Office(alert_from=NINE + timedelta(hours=1))
    for minute in range(5):
        office.fails(minute)
    office.passes(300)

    assert office.said == []


def test_it_recovers_after_a_success_of_the_kind_that_failed_and_ten_quiet_minutes() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.passes(5)
    office.works(20)
    office.passes(29)

    assert office.kinds == [("opened", 4)]

    office.passes(30)

    assert office.kinds == [("opened", 4), ("recovered", 30)]
    assert [proof.at for proof in office.said[1].incident.proofs] == [at(20)]
    assert office.said[1].incident.ending == "recovered"


def test_a_failure_after_the_success_proves_that_it_is_not_over() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.works(20)
    office.fails(25)
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened"]


def test_a_working_phone_does_not_clear_a_failing_scanner() -> None:
    office = Office()
    office.desk.logged_in(at(-9), "bob", "192.168.1.1")
    for minute in (0, 1, 2):
        office.fails(minute, client_ip="192.168.10.50", **NOBODY)
    office.passes(5)
    office.works(20, user="scanner", sender="scanner@example.org", ip="203.0.113.99")
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened"]

    office.works(70, user="scanner", sender="scanner@example.org", ip="192.168.10.50")
    office.passes(90)

    assert office.kinds[1:] == [("recovered", 80)]


def test_a_success_of_another_sender_address_proves_nothing() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.works(20, sender="alice@example.org")
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened"]


def test_nobody_who_tries_again_is_told_as_that_and_not_as_a_cure() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.passes(3 * 24 * 60 + 2)

    assert office.kinds == [("opened", 4), ("expired", 3 * 24 * 60 + 2)]


def test_timers_fire_as_of_their_own_time_before_the_next_line() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.works(20)
    office.fails(500)

    assert office.kinds == [("opened", 4), ("recovered", 30)]


def test_the_same_again_after_a_recovery_is_a_new_incident() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute)
    office.works(20)
    for minute in (100, 101, 102):
        office.fails(minute)
    office.passes(110)

    assert [kind for kind, _ in office.kinds] == ["opened", "recovered", "opened"]
    assert len({message.id for message in office.said}) == 3


NEIGHBOURS = {
    "10.1.2.3": "10.9.9.9",
    "192.168.10.50": "192.168.1.1",
    "fd00::1": "fd12:3456::1",
    "172.16.0.1": "172.31.0.1",
}


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", *NEIGHBOURS])
def test_without_a_login_an_address_of_our_own_is_told(ip: str) -> None:
    office = Office()
    if ip in NEIGHBOURS:  # a private block is ours once anybody has logged in from it
        office.desk.logged_in(at(-400 * 24 * 60), "bob", NEIGHBOURS[ip])
    for minute in (0, 1, 2):
        office.fails(minute, client_ip=ip, **NOBODY)
    office.passes(10)

    assert [message.incident.subject for message in office.said] == ["scanner@example.org"]
    assert office.said[0].incident.by == "sender"


@pytest.mark.parametrize(
    "ip", ["203.0.113.9", "192.0.2.1", "2001:db8::1", "10.1.2.3", "fd00::1", None, "no address"]
)
def test_without_a_login_the_internet_is_noise(ip: str | None) -> None:
    office = Office()
    for minute in range(20):
        office.fails(minute, client_ip=ip, **NOBODY)
    office.passes(60)

    assert office.said == []


def test_without_a_login_an_address_with_a_login_in_the_last_thirty_days_is_told() -> None:
    office = Office()
    office.state.known.put(("client_ip", "203.0.113.9"), at(-29 * 24 * 60))
    office.state.known.put(("client_ip", "203.0.113.8"), at(-31 * 24 * 60))
    for minute in (0, 1, 2):
        office.fails(minute, client_ip="203.0.113.9", **NOBODY)
        office.fails(minute, client_ip="203.0.113.8", **{**NOBODY, "sender": "other@example.org"})
    office.passes(10)

    assert [message.incident.subject for message in office.said] == ["scanner@example.org"]


def test_the_null_sender_is_nobody() -> None:
    office = Office()
    for minute in (0, 1, 2):
        office.fails(minute, client_ip="127.0.0.1", **{**NOBODY, "sender": ""})
    office.passes(10)

    assert office.said == []


def test_the_last_success_is_the_one_before_the_first_failure() -> None:
    office = Office()
    office.state.successes.put(("user", "alice"), at(-30))
    office.fails(0)
    office.state.successes.put(("user", "alice"), at(1))
    office.fails(2)
    office.fails(3)
    office.passes(10)

    assert office.said[0].incident.last_success_at == at(-30)


def test_an_incident_names_twenty_and_counts_all() -> None:
    office = Office()
    for number in range(50):
        office.fails(1, attempt=f"attempt {number}", recipient=f"r{number}@d{number}.example")
    office.passes(10)
    incident = office.said[0].incident

    assert (incident.attempts, incident.refusals) == (50, 50)
    assert (len(incident.recipients), len(incident.recipient_domains)) == (20, 20)


@pytest.mark.parametrize("rules", [POLICY.rules, DEFAULT.rules])
def test_ten_thousand_users_at_once_are_one_message(rules: tuple[Rule, ...]) -> None:
    office = Office(replace(POLICY, rules=rules))
    for attempt in ("a", "b", "c"):
        for number in range(10_000):
            office.fails(1 + number / 10_000, attempt=f"{attempt}{number}", user=f"user{number}")
    office.passes(10)

    (one,) = office.said
    assert (one.kind, one.incident.people, len(one.incident.users)) == ("opened", 10_000, 20)


# ── one identity however written ─────────────────────────────────────────────────────────────────

WRITTEN_FOUR_WAYS = ("Alice", "alice@corp.example", "CORP\\alice", "alice")
CORP = replace(POLICY, identities=Identities(realms=frozenset({"corp.example", "corp"})))


def test_a_login_written_in_four_ways_is_one_person_named_as_first_logged() -> None:
    office = Office(CORP)
    for minute, user in enumerate(WRITTEN_FOUR_WAYS):
        office.fails(minute, user=user)
    office.passes(30)

    (one,) = office.said
    assert (one.incident.subject, one.incident.users, one.incident.attempts) == ("Alice", ("Alice",), 4)
    assert one.incident.sample.user == "alice"


def test_logins_of_realms_that_are_not_listed_are_different_people() -> None:
    office = Office()
    for minute, user in enumerate(WRITTEN_FOUR_WAYS):
        office.fails(minute, user=user)
    office.passes(30)

    assert office.said == []


def test_the_case_of_a_login_makes_two_people_where_it_is_kept() -> None:
    office = Office(replace(POLICY, identities=Identities("keep")))
    for minute, user in enumerate(("Alice", "alice", "ALICE")):
        office.fails(minute, user=user)
    office.passes(30)

    assert office.said == []


def test_a_delivery_of_the_same_person_written_otherwise_proves_recovery() -> None:
    office = Office(CORP)
    for minute in (0, 1, 2):
        office.fails(minute, user="alice@corp.example", sender="sales@müller.example")
    office.works(10, user="CORP\\Alice", sender="Sales@xn--mller-kva.example")
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened", "recovered"]


def test_a_delivery_of_somebody_else_proves_nothing() -> None:
    office = Office(CORP)
    for minute in (0, 1, 2):
        office.fails(minute, user="alice@corp.example")
    office.works(10, user="alice2")
    office.works(11, user="alice@other.example")
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened"]


def test_a_sender_without_a_login_is_one_person_by_way_of_forwarders_and_signatures() -> None:
    office = Office()
    senders = (
        "scanner@example.org",
        "prvs=1234abcdef=Scanner@example.org",
        "SRS0=Ab1c=TT=example.org=scanner@forwarder.example",
    )
    office.desk.logged_in(at(-9), "bob", "10.0.0.8")
    for minute, sender in enumerate(senders):
        office.fails(minute, **NOBODY | {"sender": sender, "client_ip": "::ffff:10.0.0.7"})
    office.passes(30)

    (one,) = office.said
    assert (one.incident.subject, one.incident.senders) == (senders[0], senders[:1])


def test_a_client_that_changes_its_address_within_its_network_is_known_and_is_one() -> None:
    office = Office()
    office.desk.logged_in(at(0), "alice", "2001:db8:1:2::7")
    for minute in (0, 1, 2):
        office.fails(minute, **NOBODY | {"client_ip": f"2001:db8:1:2::{minute}"})
        office.fails(minute, **NOBODY | {"client_ip": f"2001:db8:1:3::{minute}", "sender": "b@example.org"})
    office.works(10, user=None, sender="scanner@example.org", ip="2001:db8:1:2:ffff::1")
    office.passes(60)

    assert [kind for kind, _ in office.kinds] == ["opened", "recovered"]
    assert office.said[0].incident.client_ips == ("2001:db8:1:2::0",)


def test_the_last_delivery_of_a_person_is_found_however_he_was_written() -> None:
    office = Office(CORP)
    office.works(-30, user="CORP\\ALICE", sender="Sales@Müller.example", ip="2001:db8::1")
    for minute in (0, 1, 2):
        office.fails(minute, user="alice@corp.example")
    office.passes(30)

    assert office.said[0].incident.last_success_at == at(-30)
    assert [key for key, _ in office.state.ours.items()] == [("domain", "xn--mller-kva.example")]


def test_a_domain_is_said_to_be_none_of_ours_only_where_somebody_has_said_which_are() -> None:
    known = []
    for policy in (POLICY, replace(POLICY, domains=frozenset({"corp.example"}))):
        office = Office(policy)
        office.works(-30, user="bob", sender="bob@shop.example")
        for minute in (0, 1, 2):
            office.fails(minute)
            office.fails(minute, user="bob", sender="sales@shop.example")
        office.passes(30)
        known += [
            message.incident.circumstances.sender_is_ours
            for message in office.said
            if message.kind == "opened"
        ]

    assert known == [None, True, False, True]


def test_people_whose_failures_came_late_are_counted_once() -> None:
    office = Office(CORP, alert_from=at(60))
    office.state.times.put(("begun", "mail"), at(-60))
    for minute, user in enumerate(WRITTEN_FOUR_WAYS):
        office.fails(minute, user=user)

    assert [(person, late.failures) for person, late in office.state.late.items()] == [("alice", 4)]


def test_a_delivery_of_the_log_ends_what_failed_under_another_spelling() -> None:
    terms = replace(TERMS, policy=replace(TERMS.policy, identities=CORP.identities))
    refused = (
        "Nov 24 04:0{minute}:00 mail postfix/submission/smtpd[9{minute}]: NOQUEUE: reject: RCPT from pc[192.168.0.5]:"
        " 553 5.7.1 <s@corp.example>: Sender address rejected: not owned by user {user};"
        " from=<s@corp.example> to=<mori@partner.example> proto=ESMTP helo=<pc>\n"
    )
    delivered = (
        "Nov 24 04:05:00 mail postfix/submission/smtpd[12]: AAAAAA1: client=pc[192.168.0.5], sasl_method=PLAIN,"
        " sasl_username=alice@CORP.example\n"
        "Nov 24 04:05:00 mail postfix/qmgr[2]: AAAAAA1: from=<S@Corp.Example>, size=300, nrcpt=1 (queue active)\n"
        "Nov 24 04:05:01 mail postfix/smtp[3]: AAAAAA1: to=<mori@partner.example>, relay=mx[198.51.100.1]:25, delay=1,"
        " delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    )
    log = refused.format(minute=1, user="Alice") + refused.format(minute=2, user="CORP\\alice") + delivered
    kinds = [message.kind for message in told(log.encode(), terms=terms)["messages"]]

    assert kinds == ["opened", "recovered"]
