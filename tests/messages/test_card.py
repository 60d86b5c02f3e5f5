"""The card for Teams: valid, small enough, and no word of a log in it is anything but a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from messages.documents import GROUP, OPENED, RECOVERED
from messages.stories import STORIES, TOKYO, Story
from parts.adaptivecards import faults
from rejectwatch import messages
from rejectwatch.messages.card import LARGEST, MARK, as_card, size
from rejectwatch.messages.document import Document, Section, Style

HOSTILE = (
    "[open](https://evil.example)",
    "![pixel](https://evil.example/pixel.png)",
    "**bold** _emphasis_ `code` ~~struck~~",
    "# heading",
    "- a list\n1. another",
    "<at>everyone</at> @everyone <b>bold</b> <img src=x onerror=alert(1)>",
    "{{DATE(2026-11-24T00:00:00Z)}} {{TIME(2026-11-24T00:00:00Z)}} {{app_title}} ${title}",
    '"}],"actions":[{"type":"Action.OpenUrl","url":"https://evil.example"}]',
    "\\*backslash\\* &lt;b&gt; &#42;",
)
RUN, BLOCK = "TextRun", "RichTextBlock"


def content(document: Document) -> dict[str, Any]:
    (attachment,) = as_card(document)["attachments"]
    return dict(attachment["content"])


def elements(node: Any) -> Iterator[dict[str, Any]]:
    """Every element of a card, those within others as well."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from elements(one)


def shown(document: Document) -> list[str]:
    """The text of each block."""
    blocks = (one for one in elements(content(document)) if one["type"] == BLOCK)
    return ["".join(run["text"] for run in block["inlines"]) for block in blocks]


def everywhere(text: str) -> Document:
    """A message with this text in each of its fields."""
    styles: tuple[Style, ...] = ("steps", "text", "forward", "list")
    return Document(
        kind="opened",
        language="en",
        severity="warning",
        title=text,
        lead=text,
        sections=(
            Section("facts", text, rows=((text, text), (text, f"first\n{text}"))),
            *(Section(style, text, lines=(text, text), closing=text) for style in styles),
        ),
        footer=text,
        page=text,
        incident=text,
    )


# ── what it looks like ───────────────────────────────────────────────────────────────────────────


def test_teams_is_given_one_card_of_version_1_4_at_full_width() -> None:
    message = as_card(OPENED)

    (attachment,) = message["attachments"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"], card["msteams"]) == ("AdaptiveCard", "1.4", {"width": "Full"})


def test_everything_that_the_message_says_is_shown_in_its_order() -> None:
    said = [GROUP.title, GROUP.lead]
    for section in GROUP.sections:
        said += [section.heading] if section.heading else []
        said += [part for label, value in section.rows for part in (label, *value.split("\n"))]
        if section.style == "steps":
            said += [
                part.strip()
                for number, line in enumerate(section.lines, 1)
                for part in (f"{number}.", *line.split("  "))
            ]
        else:
            said += section.lines
    said.append(GROUP.footer)

    assert shown(GROUP) == said


@pytest.mark.parametrize(
    "document, shade",
    [
        (OPENED, "warning"),
        (GROUP, "attention"),
        (RECOVERED, "good"),
        (replace(GROUP, kind="expired"), "emphasis"),
    ],
)
def test_the_title_stands_on_the_colour_of_what_has_happened(document: Document, shade: str) -> None:
    first = content(document)["body"][0]

    assert (first["type"], first["style"]) == ("Container", shade)
    assert first["items"][0]["inlines"][0]["text"] == document.title


def test_the_text_for_the_user_stands_apart_and_has_nothing_else_in_it() -> None:
    (apart,) = (one for one in content(OPENED)["body"] if one.get("style") == "emphasis")
    texts = ["".join(run["text"] for run in block["inlines"]) for block in apart["items"]]
    (forward,) = (one for one in OPENED.sections if one.style == "forward")

    assert forward.closing not in shown(OPENED)
    assert texts == [forward.heading, *filter(None, forward.lines)]


def test_a_command_has_a_line_of_its_own_in_letters_of_one_width() -> None:
    commands = [
        run["text"]
        for block in elements(content(OPENED))
        if block["type"] == BLOCK and len(block["inlines"]) == 1
        for run in block["inlines"]
        if run.get("fontType") == "Monospace"
    ]

    assert commands == ["postconf -h smtpd_sasl_security_options"]


def test_the_page_of_the_cause_is_the_only_action() -> None:
    assert content(OPENED)["actions"] == [
        {"type": "Action.OpenUrl", "title": "About this cause", "url": OPENED.page}
    ]
    assert content(GROUP)["actions"][0]["title"] == "この原因の説明を開く"
    assert "actions" not in content(RECOVERED)


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "file:///etc/passwd", "evil.example", "https://x/" + "y" * 9_000]
)
def test_only_a_web_address_becomes_an_action(page: str) -> None:
    assert "actions" not in content(replace(OPENED, page=page))


# ── log text stays text ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_anything_but_text(text: str) -> None:
    card = content(everywhere(text))

    allowed = {"AdaptiveCard", "Container", "ColumnSet", "Column", BLOCK, RUN}
    assert {one["type"] for one in elements(card)} <= allowed
    runs = [one.pop("text") for one in elements(card) if one["type"] == RUN]
    assert "evil" not in json.dumps(card)
    assert not [run for run in runs if "{{DATE(" in run or "{{TIME(" in run]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_letter_of_a_text_is_shown_as_it_is(text: str) -> None:
    lines = text.split("\n")
    texts = shown(everywhere(text))

    assert set(lines) <= set(texts)
    assert set(texts) <= {*lines, text, "first", "1.", "2."}


# ── its size ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_no_real_message_has_to_be_cut(story: Story, language: str) -> None:
    told = messages.document(story.as_message(), language, TOKYO)

    assert size(as_card(told)) <= LARGEST
    assert not [text for text in shown(told) if MARK in text]


def test_twenty_recipients_and_a_long_reply_fit_with_every_fact() -> None:
    recipients = "\n".join(f"recipient-{n}@partner-number-{n}.example" for n in range(20))
    reply = "“553 5.7.1 " + "x" * 4_000 + "”"
    document = replace(
        OPENED, sections=(Section("facts", rows=(("To", recipients), ("Reply", reply))), *OPENED.sections)
    )

    assert size(as_card(document)) <= LARGEST
    texts = shown(document)
    assert [f"recipient-{n}@partner-number-{n}.example" for n in range(20)] == [
        one for one in texts if one.startswith("recipient-")
    ]
    assert reply in texts


@pytest.mark.parametrize("letter", ["x", "拒", "😀", '"', "{{DATE(", "\\", "x\n", "  x"])
def test_texts_of_any_length_and_letter_fit_in_the_end(letter: str) -> None:
    document = everywhere(letter * 10_000)

    assert size(as_card(document)) <= LARGEST
    assert len(json.dumps(as_card(document), ensure_ascii=False).encode()) <= LARGEST


def test_what_is_cut_is_marked_and_facts_are_cut_last() -> None:
    long = tuple(f"{n:04} " + "user@corp.example " * 10 for n in range(200))
    longer = (replace(one, lines=long) if one.style != "facts" else one for one in OPENED.sections)
    document = replace(OPENED, sections=(*longer, Section("list", "Everybody", lines=long)))
    texts = shown(document)

    assert MARK in texts
    assert texts[0] == OPENED.title
    facts = [value for one in OPENED.sections for _, value in one.rows]
    assert {line for value in facts for line in value.split("\n")} <= set(texts)


# ── by the library that draws cards in Teams ─────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_library_that_draws_cards_finds_nothing_wrong() -> None:
    documents = [
        OPENED,
        GROUP,
        RECOVERED,
        *(everywhere(text) for text in HOSTILE),
        *(everywhere(letter * 10_000) for letter in ("x", "拒", "{{DATE(", "x\n")),
    ]

    assert faults([content(document) for document in documents]) == [[]] * len(documents)


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong, what",
    [
        ({"type": "Table", "columns": [{"width": 1}], "rows": []}, "Unknown element type"),
        ({"type": BLOCK, "inlines": [{"type": RUN, "text": "x", "size": "Giant"}]}, "Invalid value"),
        ({"type": "TextBlock", "text": "x", "fonttype": "Mono"}, "not understood: Mono"),
        ({"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "x"}]}, "must be set"),
    ],
)
def test_the_library_finds_what_is_wrong(wrong: dict[str, Any], what: str) -> None:
    card = content(RECOVERED)
    (found,) = faults([{**card, "body": [*card["body"], wrong]}])

    assert any(what in one for one in found)
