"""What Postfix's main.cf says, as far as a plain reading of it can tell: no `$name` is resolved."""

from __future__ import annotations

from pathlib import Path


def setting(main_cf: Path, name: str) -> str | None:
    """The value of a parameter; None if it is not set, empty, or if nobody may look."""
    try:
        text = main_cf.read_text("utf-8", errors="replace")
    except OSError:
        return None
    found = None
    for line in _logical_lines(text):
        key, equals, value = line.partition("=")
        if equals and key.strip() == name:
            found = value.strip()  # the last one counts
    return found or None


def _logical_lines(text: str) -> list[str]:
    """A line that begins with a blank continues the one before it, also across comments and empty lines."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return lines
