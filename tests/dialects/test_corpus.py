"""Each refusal in the logs of real servers is found once, with everything that its line says, and nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import pytest

from dialects import corpus
from dialects.corpus import Known
from dialects.recording import recorded
from rejectwatch.facts import Refused

FROM_THE_SESSION = "the line of a before-queue filter names no client"
NO_NAME = "the truth has what the client had set up, the log what the server believed"
REPLACED = "Postfix writes ? for what is not printable"
CUT = "Postfix cuts a line after 2,000 bytes"
OCTAL = "Exim writes octal numbers for what is not printable ASCII"
BY_ADDRESS = "the log has the address that the transport was given, the truth the name of the host"

OTHERWISE_IN_THE_LOG = {
    ("proxy-eod", "client_host"): FROM_THE_SESSION,
    ("proxy-eod", "client_ip"): FROM_THE_SESSION,
    ("in-relay-v6", "client_host"): NO_NAME,
    ("in-xclient-v6", "client_host"): NO_NAME,
    ("inj-helo-true", "helo"): REPLACED,
    ("out-rcpt-latin1", "reply"): REPLACED,
    ("out-rcpt-ctl", "reply"): REPLACED,
    ("out-rcpt-long", "reply"): CUT,
    ("out-rcpt-long", "stage"): CUT,
    ("odd-longhelo2", "helo"): CUT,
    ("in-mismatch-login", "relay_host"): BY_ADDRESS,
    ("out-lmtp", "relay_host"): BY_ADDRESS,
    ("filt-self-2526", "relay_host"): BY_ADDRESS,
    ("filt-self-2536", "relay_host"): BY_ADDRESS,
    ("filt-second-reject", "relay_host"): BY_ADDRESS,
    ("out-ipv6", "relay_host"): "the transport found the host under another name",
    ("in-starttls-acl", "stage"): "the truth has no such stage, but the line says it",
    ("out-utf8-reply", "reply"): OCTAL,
    ("hostile-out-control", "reply"): OCTAL,
    (
        "callout-rcpt-logmessage",
        "reply",
    ): "Exim appends its own message to the ACL's, which ended with the same",
}
"""Fields that the log has otherwise than the truth, by case, and why."""

REFUSALS = [refusal for name in corpus.NAMES for refusal in corpus.known(name)]


def found(refusal: Known) -> list[Refused]:
    return by_line(refusal.log)[refusal.line]


@cache
def by_line(name: str) -> dict[int, list[Refused]]:
    refusals = defaultdict(list)
    for refused in recorded(corpus.log(name)).refusals:
        refusals[corpus.line_at(name, refused.offset)].append(refused)
    return refusals


def otherwise(refusal: Known) -> dict[str, tuple[object, object]]:
    """The fields in which what was told is not what truly was: both."""
    (refused,) = found(refusal)
    told = {field: getattr(refused, field) for field in refusal.fields}
    return {field: (told[field], true) for field, true in refusal.fields.items() if told[field] != true}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_each_refusal_is_told_once(name: str) -> None:
    missing = {(r.log, r.line) for r in corpus.known(name) if len(found(r)) != 1}

    assert missing == set()


@pytest.mark.parametrize("name", corpus.NAMES)
def test_nothing_else_is_told_as_a_refusal(name: str) -> None:
    invented = set(by_line(name)) - corpus.lines_that_may_be_told(name)

    assert {line: corpus.lines(name)[line - 1] for line in invented} == {}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_a_line_that_only_imitates_a_refusal_is_told_as_none(name: str) -> None:
    deceived = corpus.decoys(name).keys() & by_line(name).keys() - corpus.lines_that_may_be_told(name)

    assert {line: corpus.decoys(name)[line] for line in deceived} == {}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_each_refusal_has_what_its_line_says(name: str) -> None:
    wrong = {
        (refusal.line, refusal.case, field): both
        for refusal in corpus.known(name)
        if len(found(refusal)) == 1
        for field, both in otherwise(refusal).items()
        if (refusal.case, field) not in OTHERWISE_IN_THE_LOG
    }

    assert wrong == {}


def test_what_is_said_to_be_otherwise_in_the_log_is_so() -> None:
    seen = {(r.case, field) for r in REFUSALS if len(found(r)) == 1 for field in otherwise(r)}

    assert set(OTHERWISE_IN_THE_LOG) <= seen


DELIVERED = {
    True: re.compile(rb"[-0-9]{10} [:0-9]{8} [-\w]{16} [=-]> "),
    False: re.compile(rb".{16}mail [\w/]+\[\d+\]: \w+: to=.*, dsn=2\.\d\.\d, status=sent "),
}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_each_delivery_is_told(name: str) -> None:
    pattern = DELIVERED[name.startswith("exim")]
    delivered = [number for number, line in enumerate(corpus.lines(name), 1) if pattern.match(line)]
    told = [number for number, line in enumerate(corpus.lines(name), 1) if recorded(line).of("delivered")]

    assert told == delivered
    assert len(recorded(corpus.log(name)).of("delivered")) == len(delivered)
