"""Whenever rejectwatch is built or installed: compile the message catalogues, prepare the texts of the causes."""

import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "daemon/rejectwatch/messages/locale/*/LC_MESSAGES/*.po"


def compile_catalogues(root: Path) -> list[Path]:
    """Each catalogue is written beside its source, where gettext looks for it."""
    return [_compile(source) for source in sorted(root.glob(CATALOGUES))]


def _compile(source: Path) -> Path:
    target = source.with_suffix(".mo")
    unfinished = target.with_suffix(".mo.new")
    with source.open("rb") as po, unfinished.open("wb") as mo:
        write_mo(mo, read_po(po, abort_invalid=True))
    unfinished.replace(target)  # at once: a daemon of this checkout may be reading it
    return target


def prepare_texts(root: Path) -> Path:
    """By which words each text of a cause is found, and which pieces it holds: to reckon it would take a while at every start."""
    sys.path.insert(0, str(root / "daemon"))
    from rejectwatch.causes import CAUSES  # noqa: PLC0415 — not before its folder is known
    from rejectwatch.causes.texts import Text  # noqa: PLC0415

    texts = (text for cause in CAUSES for text in cause.judge.texts if isinstance(text, Text))
    lines = sorted({f"    {text.key!r}: {text.reckoned()!r},\n" for text in texts})
    target = root / "daemon" / "rejectwatch" / "causes" / "prepared.py"
    unfinished = target.with_suffix(".py.new")
    unfinished.write_text(
        f'"""Written by hatch_build.py."""\n\nTEXTS: dict[str, tuple[str, ...]] = {{\n{"".join(lines)}}}\n',
        encoding="utf-8",
    )
    unfinished.replace(target)
    return target


class CompileCatalogues(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":  # the sdist carries the sources, and builds its own
            compile_catalogues(Path(self.root))
            prepare_texts(Path(self.root))


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)
    prepare_texts(Path(__file__).parent)
