"""`Seen`: a page of HTML as a browser reads it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"br", "meta", "img", "hr", "input", "link"}
ADDED = {"span", "br"}
"""What the text of a field may bring: breaks, and the cut in a name."""


class Seen(HTMLParser):
    """A page as a browser reads it: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag in ("br", "p", "li", "pre"):
            self.handle_data("\n")
        if tag not in VOID:
            self._open.append(f"{tag}.{attributes['class']}" if attributes.get("class") else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().partition(".")[0] == tag
        if tag == "pre":
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        self._texts.append((tuple(self._open), data))

    def text(self, inside: str = "body") -> str:
        return "".join(text for where, text in self._texts if inside in where)

    def texts(self, inside: str) -> list[str]:
        """The text of each element of this name (and class)."""
        found: list[str] = []
        before = False
        for where, text in self._texts:
            if inside in where:
                found += [""] if not before else []
                found[-1] += text
            before = inside in where
        return found

    def has(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def shape(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a page without what text may bring, and the attribute that repeats the title."""
    return [
        (tag, {name: value for name, value in attributes.items() if name != "aria-label"})
        for tag, attributes in Seen(page).elements
        if tag not in ADDED
    ]
