"""`Browser`: draws dashboards with Grafana's own libraries in a headless Chromium, and says what came of it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from parts.packages import CHECKOUT, Missing, program
from render.bridge import At, Bridge

HERE = Path(__file__).parent
HOME = CHECKOUT / ".cache" / "render"
"""Here `tools/prepare-tests` installs what package.json names."""
WIDTH = 1600


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    type: str
    rows: int
    text: str
    fields: list[str]
    links: list[str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """`errors`: of the page, its queries and its variables; `elsewhere`: what was asked outside of our server.

    `hrefs` are all links in the page, `made` are elements that only the data can have made.
    """

    errors: list[str]
    elsewhere: list[str]
    panels: list[Panel]
    variables: dict[str, Any]
    hrefs: list[str]
    made: list[str]
    text: str = field(default="", repr=False)

    def panel(self, title: str) -> Panel:
        (found,) = (one for one in self.panels if one.title == title)
        return found


class Browser:
    """One Chromium for all dashboards, from `with` to the end of the block."""

    def __init__(self, sources: Sequence[At]) -> None:
        self._bridge = Bridge(bundle(), sources)

    def __enter__(self) -> Self:
        self._bridge.__enter__()
        self._node = subprocess.Popen(
            [program("node", "nodejs"), HERE / "draw.mjs", HOME, program("chromium", "chromium")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()  # it ends its browser, then itself
        try:
            self._node.wait(30)
        except subprocess.TimeoutExpired:
            self._node.kill()
            self._node.wait()
        self._node.stdout.close()
        self._bridge.__exit__(kind, error, trace)

    def draw(
        self,
        board: Mapping[str, Any],
        now: datetime,
        variables: Mapping[str, str | Sequence[str]] | None = None,
        picture: Path | None = None,
    ) -> Drawn:
        """The dashboard as somebody sees it at `now`, with these values in its address."""
        job = {
            "url": self._bridge.url(dict(board), variables or {}),
            "now": now.timestamp() * 1000,
            "width": WIDTH,
            "height": _height(board),
            "picture": str(picture) if picture else None,
        }
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(job) + "\n")
        self._node.stdin.flush()
        answer = self._node.stdout.readline()
        if not answer:
            raise AssertionError(f"the driver of Chromium ended with {self._node.wait()}")
        told = json.loads(answer)
        return Drawn(**{**told, "panels": [Panel(**one) for one in told["panels"]]})


def _height(board: Mapping[str, Any]) -> int:
    """All of it at once: what lies below the window is not drawn."""
    places: list[dict[str, int]] = [panel["gridPos"] for panel in board["panels"]]
    return 160 + 38 * max(place["y"] + place["h"] for place in places)


def node_modules() -> Path:
    """The installed npm packages, which are those of package-lock.json."""
    lock = HOME / "package-lock.json"
    if not lock.exists() or lock.read_bytes() != (HERE / "package-lock.json").read_bytes():
        raise Missing("Grafana's libraries are missing in .cache/render (npm packages)")
    return HOME / "node_modules"


def bundle() -> Path:
    """The folder of the page, bundled anew when its sources or packages have changed."""
    modules = node_modules()
    sources = [HERE / "build.mjs", HERE / "package-lock.json", *sorted((HERE / "src").iterdir())]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    page = HOME / f"page-{digest}"
    with (HOME / "page.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers, one bundle
        if not page.exists():
            for old in HOME.glob("page-*"):
                shutil.rmtree(old)
            part = HOME / "page.part"
            shutil.rmtree(part, ignore_errors=True)
            done = subprocess.run(
                [program("node", "nodejs"), HERE / "build.mjs", modules.parent, part],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            part.rename(page)
    return page
