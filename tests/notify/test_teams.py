"""A card on its way to Microsoft Teams: through Apprise, to a receiver that looks at what was really sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from messages.documents import GROUP, OPENED
from parts.adaptivecards import faults
from parts.hook import Hook, Posted
from parts.network import free_port
from parts.waiting import until
from rejectwatch.messages.card import LARGEST, as_card
from rejectwatch.messages.document import Document, Section
from rejectwatch.notify.sending import Child, Ended

pytestmark = pytest.mark.slow

WORKFLOW, SIGNATURE = "643e69f83c8944438d68119179a10a64", "KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """Microsoft's side: HTTPS, answers 202, keeps what it gets."""
    with Hook(tmp_path) as hook:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(hook.ca_pem))
        yield hook


def url(hook: Hook, query: str = "") -> str:
    return f"workflows://localhost:{hook.port}/{WORKFLOW}/{SIGNATURE}/{query}"


def as_shown(hook: Hook) -> str:
    """As Microsoft shows it, whatever the host is called."""
    query = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
    return f"https://localhost:{hook.port}/workflows/{WORKFLOW}/triggers/manual/paths/invoke?{query}"


def send(url: str, document: Document = OPENED, **more: Any) -> Ended:
    order = {"url": url, "id": "1-opened", "title": document.title, "body": document.lead, "html": None}
    child = Child({**order, "card": as_card(document), "thread": document.incident, **more})
    found = until(child.ended, 30, "the end of the child")
    assert found is not None
    return found


def posted(hook: Hook) -> Posted:
    (only,) = hook.posted
    return only


# ── what arrives ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("document", [OPENED, GROUP])
def test_our_own_card_arrives_as_it_was_made(document: Document, workflows: Hook) -> None:
    ended = send(url(workflows), document)

    assert ended.error is None
    assert posted(workflows).headers["Content-Type"] == "application/json"
    assert posted(workflows).json == as_card(document)


def test_what_arrives_is_a_valid_card_of_at_most_28_kb_whatever_the_log_said(workflows: Hook) -> None:
    reply = "拒" * 4_000
    rows = (("To", "\n".join(f"r{n}@partner.example" for n in range(20))), ("Reply", reply))
    lines = ("x" * 10_000,) * 3
    document = replace(
        OPENED,
        sections=(Section("facts", rows=rows), Section("list", lines=lines), Section("forward", lines=lines)),
    )
    assert send(url(workflows), document).error is None

    sent = posted(workflows)
    assert len(sent.body) <= LARGEST
    assert faults([sent.json["attachments"][0]["content"]]) == [[]]


@pytest.mark.parametrize(
    "text",
    [
        "{{app_title}} {{ app_body }} {{{app_id}}} {{own}}",
        "{{{{app_url}}}} {{APP_TITLE}}",
        '"}}]}, {{app_color}} \\u007b\\u007bapp_title}}',
    ],
)
def test_what_stands_in_braces_is_not_filled_in(text: str, workflows: Hook) -> None:
    document = replace(OPENED, title=text, lead=text)
    send(url(workflows, "?:own=filled"), document)

    assert posted(workflows).json == as_card(document)


def test_the_address_that_microsoft_shows_works_as_it_is(workflows: Hook) -> None:
    assert send(as_shown(workflows)).error is None

    assert posted(workflows).path.startswith(f"/workflows/{WORKFLOW}/triggers/manual/paths/invoke?")
    assert f"sig={SIGNATURE}" in posted(workflows).path
    assert posted(workflows).json == as_card(OPENED)


def test_what_the_url_asks_for_changes_nothing_of_the_card(workflows: Hook) -> None:
    send(url(workflows, "?image=yes&template=/etc/hostname&format=html"))

    assert posted(workflows).json == as_card(OPENED)


def test_nothing_of_the_card_is_left_on_the_disk(
    workflows: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    send(url(workflows))

    assert posted(workflows).json == as_card(OPENED)
    assert list(folder.iterdir()) == []


def test_without_a_card_the_plain_text_is_sent(workflows: Hook) -> None:
    assert send(url(workflows), card=None).error is None

    (block,) = (
        one for one in posted(workflows).json["attachments"][0]["content"]["body"] if one.get("id") == "body"
    )
    assert "has been refused 3 times" in block["text"]


# ── what the other side says ─────────────────────────────────────────────────────────────────────


def test_accepted_is_told_apart_from_shown(workflows: Hook) -> None:
    ended = send(url(workflows))

    assert "202" in ended.answer
    assert "accepted, not shown" in ended.answer


@pytest.mark.parametrize(
    "status, told",
    [
        (400, "400"),
        (401, "copy it again"),
        (404, "copy it again"),
        (413, "too large"),
        (429, "no more messages for now"),
        (500, "500"),
        (204, "204"),
    ],
)
def test_whatever_else_it_answers_is_not_taken_and_told(status: int, told: str, workflows: Hook) -> None:
    workflows.answer(status, words=b"" if status == 204 else f"sig={SIGNATURE} was wrong".encode())
    error = send(url(workflows)).error

    assert error is not None
    assert told in error
    assert SIGNATURE not in error
    assert WORKFLOW not in error


def test_the_address_that_microsoft_shows_is_kept_secret_as_well(workflows: Hook) -> None:
    workflows.answer(500, words=as_shown(workflows).encode())
    error = send(as_shown(workflows)).error

    assert error is not None
    assert SIGNATURE not in error
    assert WORKFLOW not in error


def test_the_card_is_not_carried_to_another_host(workflows: Hook, tmp_path: Path) -> None:
    with Hook() as elsewhere:
        workflows.answer(307, f"http://127.0.0.1:{elsewhere.port}/")

        assert send(url(workflows)).error is not None
        assert elsewhere.posted == []


def test_who_is_not_trusted_gets_no_card(workflows: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    error = send(url(workflows)).error

    assert error is not None
    assert "certificate" in error.lower()
    assert SIGNATURE not in error
    assert workflows.posted == []


def test_nobody_there_is_told_without_the_signature(workflows: Hook) -> None:
    error = send(url(workflows).replace(str(workflows.port), str(free_port()))).error

    assert error is not None
    assert "refused" in error
    assert SIGNATURE not in error
