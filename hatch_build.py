"""Compile the message catalogues (.po → .mo) whenever rejectwatch is built or installed."""

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


class CompileCatalogues(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":  # the sdist carries the sources, and builds its own
            compile_catalogues(Path(self.root))


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)
