"""Draw the dashboards over the whole made-up day into docs/pictures: `make pictures`.

With arguments, only these: `postgresql/rejectwatch-who.json`. SQLite's look the same as PostgreSQL's and are not drawn.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from grafana.dashboard import FOLDER, load
from parts.packages import CHECKOUT, program
from render import day
from render.drawing import Browser
from render.standing import standing

PICTURES = CHECKOUT / "docs" / "pictures"
KINDS = ("prometheus", "postgresql")
VALUES = {
    "rejectwatch-user": {"user": "alice"},
    "rejectwatch-helpdesk": {"user": "alice"},
    "rejectwatch-domain": {"domain": "corp.example"},
    "rejectwatch-incidents": {"from": "now-24h", "to": "now"},
}
"""With what a dashboard is opened that shows little by itself."""


def main(wanted: set[str]) -> None:
    place = Path(tempfile.mkdtemp(prefix="rejectwatch-pictures-"))
    place.chmod(0o755)
    PICTURES.mkdir(exist_ok=True)
    try:
        with standing(place, day.FULL, KINDS) as sources, Browser(sources) as browser:
            for path in sorted((FOLDER / "dashboards").rglob("*.json")):
                kind = path.parent.name
                if kind in KINDS and (not wanted or f"{kind}/{path.name}" in wanted):
                    drawn = browser.draw(load(path), day.NOW, VALUES.get(path.stem), place / "drawn.png")
                    _keep(place / "drawn.png", PICTURES / f"{path.stem}.png")
                    print(
                        f"{path.stem}.png: {(PICTURES / f'{path.stem}.png').stat().st_size // 1000} kB",
                        *drawn.errors,
                    )
    finally:
        shutil.rmtree(place)


def _keep(drawn: Path, picture: Path) -> None:
    """With 64 colours, which a dashboard needs hardly more of, it is a third as large."""
    command = [program("pngquant", "pngquant"), "--force", "--strip", "64", "--output", picture, drawn]
    subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
