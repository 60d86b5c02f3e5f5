"""A message as HTML: what a mail program makes of it, and what log text can't make of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from messages.documents import GROUP, OPENED, RECOVERED
from messages.page import Seen, shape
from messages.payloads import PAYLOADS, everywhere, neutralized
from rejectwatch.messages import html
from rejectwatch.messages.document import Document, Section, Style
from rejectwatch.messages.html import as_html

ROOT = Path(__file__).parents[2]
LAYOUT = Path(html.__file__).with_name("mail.html")
PAGE = "https://help.corp.example/causes/en/auth_required.md?a=1&b=2"
PAYLOAD = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)


def of(style: Style, *lines: str) -> Seen:
    return Seen(as_html(replace(OPENED, sections=(Section(style, lines=lines),), page="")))


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────


def test_the_layout_is_what_its_source_compiles_to(tmp_path: Path) -> None:
    made = tmp_path / "mail.html"
    subprocess.run([sys.executable, ROOT / "tools" / "mail_template.py", made], check=True)

    assert LAYOUT.read_text("utf-8") == made.read_text("utf-8"), (
        "compile it anew: python tools/mail_template.py"
    )


@pytest.mark.parametrize("document", [OPENED, GROUP, RECOVERED], ids=lambda one: f"{one.kind} {one.language}")
def test_nothing_that_the_document_says_is_missing(document: Document) -> None:
    seen = " ".join(Seen(as_html(document)).text().split())

    told = [document.title.removeprefix("[rejectwatch] "), document.lead, document.footer]
    for section in document.sections:
        told += [section.heading, *(word for row in section.rows for word in row)]
        told += [section.closing] if section.style != "forward" else []
        told += [
            part for line in section.lines for part in line.removeprefix("- ").split("  ") if part.strip()
        ]
    assert [one for one in told if " ".join(one.split()) not in seen] == []


def test_it_names_its_language_and_says_the_lead_first() -> None:
    seen = Seen(as_html(GROUP))

    assert [one["lang"] for one in seen.has("html")] == ["ja"]
    assert seen.text().strip().startswith(GROUP.lead)
    assert seen.text("title") == GROUP.title


@pytest.mark.parametrize(
    "document, colour",
    [
        (OPENED, "#e08a00"),
        (GROUP, "#c62828"),
        (RECOVERED, "#2e7d32"),
        (replace(RECOVERED, kind="expired"), "#c62828"),
    ],
)
def test_its_bar_has_the_colour_of_the_severity_and_is_green_when_it_works_again(
    document: Document, colour: str
) -> None:
    assert as_html(document).count("border-top:8px solid") == 1
    assert f"border-top:8px solid {colour};" in as_html(document)


def test_facts_are_a_table_and_an_empty_one_is_left_out() -> None:
    rows = (("Why", "one\ntwo"), ("To", ""), ("Since", "19:02"))
    seen = Seen(as_html(replace(OPENED, sections=(Section("facts", rows=rows),))))

    assert (seen.texts("td.label"), seen.texts("td.value")) == (["Why", "Since"], ["one\ntwo", "19:02"])


def test_steps_are_numbered_and_a_command_stands_for_itself() -> None:
    seen = of("steps", "Which table:  postconf -hx maps  It must be there.", "Then wait.")

    assert (len(seen.has("ol")), len(seen.has("li"))) == (1, 2)
    assert seen.texts("pre") == ["postconf -hx maps"]
    assert (
        seen.text("li").split("Then")[0].split() == "Which table: postconf -hx maps It must be there.".split()
    )


def test_what_is_for_the_user_stands_in_a_box_of_its_own() -> None:
    seen = of("forward", "You can't send.\n\n- First this.\n- Then that.\n\nCall us.")

    assert seen.text("td.box").split() == "You can't send. First this. Then that. Call us.".split()
    assert [text.strip() for text in seen.texts("li")] == ["First this.", "Then that."]
    assert len(seen.has("p")) == 2


def test_outlook_phones_and_dark_screens_are_thought_of() -> None:
    page = as_html(OPENED)

    assert "<!--[if mso" in page
    assert 'name="viewport"' in page
    assert "(prefers-color-scheme: dark)" in page
    assert 'name="color-scheme" content="light dark"' in page


# ── what can't be ────────────────────────────────────────────────────────────────────────────────


def test_the_only_link_is_the_page_about_the_cause() -> None:
    assert [one["href"] for one in Seen(as_html(replace(OPENED, page=PAGE))).has("a")] == [PAGE]
    assert Seen(as_html(replace(OPENED, page=""))).has("a") == []


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = as_html(replace(OPENED, page=""))
    seen = Seen(page)

    active = "script img link iframe object embed form input video audio base svg".split()
    assert [tag for tag in active if seen.has(tag)] == []
    assert [name for _, attributes in seen.elements for name in attributes if name.startswith("on")] == []
    assert "url(" not in page
    assert "@import" not in page
    assert {name for _, attributes in seen.elements for name in attributes} & {"src", "background"} == set()


@PAYLOAD
@pytest.mark.parametrize("neutral", [True, False], ids=["neutralized", "as it is"])
def test_log_text_stays_text_wherever_it_stands(payload: str, neutral: bool) -> None:
    text = neutralized(payload) if neutral else " ".join(payload.split())
    page = as_html(everywhere(text))

    assert shape(page) == shape(as_html(everywhere("x")))
    assert " ".join(text.split()) in " ".join(Seen(page).text("td.value").split())


@pytest.mark.parametrize(
    "text", ["https://evil.example/x", "www.evil.example", "evil@evil.example", "192.0.2.1/x", "ftp://x"]
)
def test_no_name_stands_in_one_piece_for_a_mail_program_to_link(text: str) -> None:
    page = as_html(everywhere(text))
    body = page[page.index("<body") :].replace(f'aria-label="[rejectwatch] {text} can&#x27;t send"', "")

    assert text not in body
    assert text in Seen(page).text("td.value")  # and is copied as it was
