"""Draw one dashboard over the made-up day, and say what came of it: README.md.

PYTHONPATH=daemon:tests python -m render.look DASHBOARD.json PICTURE.png [variable=value …]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from grafana.dashboard import load
from render import day
from render.drawing import Browser
from render.standing import KINDS, standing


def main(dashboard: Path, picture: Path, *values: str) -> None:
    kind = dashboard.parent.name if dashboard.parent.name in KINDS else "prometheus"
    place = Path(tempfile.mkdtemp(prefix="rejectwatch-look-"))
    place.chmod(0o755)
    try:
        with standing(place, day.SMALL, (kind,)) as sources, Browser(sources) as browser:
            variables = dict(value.split("=", 1) for value in values)
            drawn = browser.draw(load(dashboard), day.NOW, variables, picture.resolve())
    finally:
        shutil.rmtree(place)
    for error in drawn.errors:
        print("error:", error)
    for panel in drawn.panels:
        print(
            f"{panel.title} ({panel.type}, {panel.rows} rows): {' | '.join(panel.text.splitlines()[1:])[:300]}"
        )
    for link in sorted({link for panel in drawn.panels for link in panel.links} | set(drawn.hrefs)):
        print("link:", link)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
