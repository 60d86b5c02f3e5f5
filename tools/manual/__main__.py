"""Write man pages and the completion of bash, zsh and fish into share/, from the definitions of the commands.

    make manual

They are kept in the repository: to make them takes everything that the commands import, and who installs rejectwatch
shall not need that twice. A test says when one is stale.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.manual import bash, fish, pages, zsh
from tools.manual.tree import tree

SHARE = Path(__file__).parents[2] / "share"


def files() -> dict[str, str]:
    """What stands below share/, by its name there."""
    top = tree()
    return {
        **{f"man/man1/{name}": page for name, page in pages.pages(top).items()},
        "bash-completion/completions/rejectwatch": bash.script(top),
        "zsh/site-functions/_rejectwatch": zsh.script(top),
        "fish/vendor_completions.d/rejectwatch.fish": fish.script(top),
    }


def main() -> int:
    shutil.rmtree(SHARE, ignore_errors=True)
    for name, text in files().items():
        (SHARE / name).parent.mkdir(parents=True, exist_ok=True)
        (SHARE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
