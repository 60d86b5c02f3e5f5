"""Why was it refused? Each cause says how strongly a reply speaks for it; the strongest wins.

A new cause is one module here, one line in `CAUSES`, its cases in tests/causes/cases, its entries in the
message catalogues.
"""

from __future__ import annotations

from collections.abc import Sequence

from rejectwatch.causes import (
    address_syntax,
    auth_required,
    content_rejected,
    ip_blocklisted,
    local_restriction,
    null_sender_refused,
    protocol_error,
    rate_or_quota,
    recipient_unknown,
    relay_denied,
    sender_blocked,
    sender_domain_invalid,
    sender_not_authorized,
    sender_policy_spoof,
    server_misconfigured,
    tls_required,
    unknown,
)
from rejectwatch.causes.interface import Cause, Diagnosis, RecoveryField, Reply
from rejectwatch.causes.judging import Judgement, Judging
from rejectwatch.causes.own import OwnText, found_in
from rejectwatch.causes.reading import read
from rejectwatch.facts import RefusedBy, WhoActs

__all__ = [
    "ALL",
    "BY_SLUG",
    "CAUSES",
    "Cause",
    "Diagnosis",
    "Judging",
    "OwnText",
    "Reply",
    "WhoActs",
    "diagnose",
    "found_in",
    "ranking",
    "recovery",
    "who_acts",
]

# The order means nothing: not the first cause that fits wins, but the one with the strongest evidence.
CAUSES: tuple[Cause, ...] = (
    address_syntax.CAUSE,
    auth_required.CAUSE,
    content_rejected.CAUSE,
    ip_blocklisted.CAUSE,
    local_restriction.CAUSE,
    null_sender_refused.CAUSE,
    protocol_error.CAUSE,
    rate_or_quota.CAUSE,
    recipient_unknown.CAUSE,
    relay_denied.CAUSE,
    sender_blocked.CAUSE,
    sender_domain_invalid.CAUSE,
    sender_not_authorized.CAUSE,
    sender_policy_spoof.CAUSE,
    server_misconfigured.CAUSE,
    tls_required.CAUSE,
    unknown.CAUSE,
)
BY_SLUG = {cause.slug: cause for cause in CAUSES}
ALL = Judging(CAUSES)


def diagnose(reply: Reply, own: Sequence[OwnText] = (), judging: Judging = ALL) -> Diagnosis:
    """The cause with the strongest evidence.

    What the operator says of a text (`own`) wins over all that we know of texts.
    """
    reading = read(reply)
    if (found := found_in(reply.text, own)) is not None:
        text, words = found
        return Diagnosis(text.cause, "high", words, BY_SLUG[text.cause].who_acts(reading))
    verdict = judging.verdict(reading)
    cause = verdict.cause or unknown.CAUSE
    evidence = reading.words[verdict.begin : verdict.end]
    return Diagnosis(cause.slug, verdict.confidence, evidence, cause.who_acts(reading))


def who_acts(slug: str, reply: Reply) -> WhoActs:
    """Who must act on a cause that was found before, as an event has it."""
    return BY_SLUG[slug].who_acts(read(reply))


def ranking(reply: Reply) -> list[Judgement]:
    """All causes for which the reply speaks at all, the strongest first."""
    return ALL.ranking(read(reply))


def recovery(slug: str, refused_by: RefusedBy) -> tuple[RecoveryField, ...]:
    """The names of the fields that a delivery must share with the failure to prove that it is over."""
    cause = BY_SLUG[slug]
    return cause.recovery if refused_by == "local" else cause.recovery_elsewhere
