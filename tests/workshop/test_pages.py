"""The pages about the causes are what the catalogues and the cases say, and are safe to show."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from rejectwatch.causes import BY_SLUG
from rejectwatch.messages import LANGUAGES, House
from workshop.checkout import ROOT, copy_checkout, run

PAGES = ROOT / "docs" / "causes"


def written(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


def write(target: Path, checkout: Path = ROOT) -> dict[str, str]:
    done = run(sys.executable, checkout / "tools" / "cause_pages.py", target, cwd=checkout)
    assert done.returncode == 0, done.stdout
    return written(target)


def test_the_pages_are_what_the_program_writes(tmp_path: Path) -> None:
    there, expected = written(PAGES), write(tmp_path)

    assert there.keys() == expected.keys()
    stale = [name for name in expected if there[name] != expected[name]]
    assert stale == [], "write them anew: PYTHONPATH=daemon python tools/cause_pages.py"


@pytest.mark.parametrize("slug", BY_SLUG)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_links_to_a_page_that_is_there(slug: str, language: str) -> None:
    page = House(help_url="https://docs.example/causes/").page(slug, language)

    assert page is not None
    assert (PAGES / page.removeprefix("https://docs.example/causes/")).is_file()


def test_a_reply_is_shown_as_it_is_whatever_it_holds(tmp_path: Path) -> None:
    hostile = [
        "553 ``` <script>alert(1)</script>",
        "````",
        "553 | [click](http://evil.example) **here** ![x](y)",
    ]
    checkout = copy_checkout(tmp_path / "checkout", "tools/cause_pages.py", "tests/causes/cases")
    with (checkout / "tests" / "causes" / "cases" / "tls_required.txt").open("a") as cases:
        cases.write("\n# [A|<b>`System`]\n" + "".join(f"+ {reply}\n" for reply in hostile))
    pages = write(tmp_path / "pages", checkout)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(pages["en/tls_required.md"])
    shown = [line for token in tokens if token.type == "fence" for line in token.content.splitlines()]
    html = MarkdownIt().enable("table").render(pages["systems.md"])

    assert set(hostile) <= set(shown)
    assert [token.content for token in tokens if token.type == "html_block"] == [NOTE + "\n"]
    assert "<td>A|&lt;b&gt;`System`</td>" in html


NOTE = "<!-- Written by tools/cause_pages.py from the message catalogues and tests/causes/cases. -->"
