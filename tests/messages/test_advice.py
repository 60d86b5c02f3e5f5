from __future__ import annotations

from dataclasses import fields
from datetime import UTC

import pytest

from messages.stories import STORIES
from rejectwatch import messages
from rejectwatch.causes import BY_SLUG, Reply, diagnose
from rejectwatch.facts import RefusedBy

REPLIES = {
    "auth_required": "553 5.7.1 not logged in",
    "sender_not_authorized": "553 5.7.1 not owned by user alice",
    "relay_denied": "553 relay access denied",
    "recipient_unknown": "553 no such user",
    "local_restriction": "553 sorry, this MTA is a closed user group system",
    "null_sender_refused": "553 NULL sender is not allowed",
    "sender_blocked": "553 sorry, your envelope sender is in my badmailfrom list",
    "sender_domain_invalid": "553 sender address rejected: domain not found",
    "sender_policy_spoof": "553 SPF check failed",
    "server_misconfigured": "553 mail loops back to myself",
    "address_syntax": "553 5.1.3 syntax error in recipient address",
    "content_rejected": "553 message content rejected",
    "ip_blocklisted": "553 your IP address is listed on zen.spamhaus.org",
    "protocol_error": "553 unsupported option",
    "rate_or_quota": "553 too many recipients",
    "tls_required": "553 must issue a STARTTLS command first",
    "unknown": "553 no",
}


def explain(reply: Reply, language: str = "en") -> messages.Explanation:
    return messages.explain(diagnose(reply), messages.Known.of(reply), language)


def test_the_fields_are_those_of_the_interface() -> None:
    assert [field.name for field in fields(messages.Explanation)] == [
        "cause", "confidence", "evidence", "title", "meaning", "who_acts",
        "admin_steps", "user_steps", "forward_text", "addresses",
    ]  # fmt: skip


@pytest.mark.parametrize("slug", BY_SLUG)
@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("refused_by", ["local", "remote", None])
@pytest.mark.parametrize("user", ["alice", None])
def test_each_cause_can_be_explained_with_little_knowledge(
    slug: str, language: str, refused_by: RefusedBy | None, user: str | None
) -> None:
    explanation = explain(Reply(REPLIES[slug], refused_by=refused_by, user=user), language)

    assert explanation.cause == slug
    assert explanation.title
    assert explanation.meaning
    assert explanation.admin_steps
    assert explanation.user_steps
    assert all(step in explanation.forward_text for step in explanation.user_steps)
    assert "{" not in "".join((explanation.meaning, *explanation.admin_steps, explanation.forward_text))


def test_for_a_bare_reply_the_steps_of_each_server_are_given_by_name() -> None:
    steps = explain(Reply(REPLIES["auth_required"])).admin_steps

    assert any(step.startswith("Postfix: ") for step in steps)
    assert any(step.startswith("Exim: ") for step in steps)


def test_it_is_filled_in_from_the_record() -> None:
    event = STORIES["opened-wrong-sender"].as_event()
    explanation = messages.explain(
        diagnose(Reply(event.reply, user=event.user)), messages.Known.of(event), "en"
    )

    assert "alice@corp.example" in explanation.meaning
    assert "sales@corp.example" in explanation.forward_text
    assert any("postmap -q 'sales@corp.example'" in step for step in explanation.admin_steps)


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_an_explanation_reads_on_a_terminal(language: str) -> None:
    explanation = explain(Reply(REPLIES["auth_required"]), language)
    text = messages.as_text(explanation, messages.Known.of(Reply(REPLIES["auth_required"])), language, UTC)

    assert "not logged in" in text
    assert "(auth_required)" in text
    assert explanation.forward_text in text


def test_plain_words_are_three_lines() -> None:
    lines = messages.plain_words(STORIES["opened-wrong-sender"].as_event(), "en").splitlines()

    assert (
        lines[0]
        == "alice@corp.example (203.0.113.77) → mori@denki.example: refused by our own server mail.corp.example"
    )
    assert lines[1].startswith(
        "  Why: This login may not send with this sender address (certainty: high). “553 5.7.1"
    )
    assert lines[2].startswith("  First: set the sender address")


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("name", STORIES)
def test_each_refusal_can_be_said_in_plain_words(name: str, language: str) -> None:
    assert len(messages.plain_words(STORIES[name].as_event(), language).splitlines()) == 3
