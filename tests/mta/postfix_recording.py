"""What other releases of Postfix have logged when the scenarios were played on them, and the truth from the wire.

`tests/data/postfix/RELEASE/PROFILE.log` is the log as that release wrote it, `PROFILE.jsonl` one scenario a line:
its name, its lines of the log, when it was played, and what was refused. To record one (CONTRIBUTING.md says how):

    REJECTWATCH_TEST_POSTFIX=/opt/postfix PYTHONPATH=daemon:tests python -m mta.postfix_recording [FOLDER]
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mta.postfix_rows import playable
from mta.postfix_run import Played, Server
from mta.truth import SOME
from parts.packages import unpacked
from parts.postfix import release

FOLDER: Final = Path(__file__).parent.parent / "data" / "postfix"


def recorded(log: Path) -> dict[str, Played]:
    """The scenarios of a log, by name."""
    lines = log.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    return {scene.pop("scenario"): _played(scene) for scene in map(json.loads, lines)}


def _played(scene: dict[str, Any]) -> Played:
    truth = tuple(
        {field: SOME if value == SOME else value for field, value in one.items()}
        for one in scene.pop("truth")
    )
    began, ended = (datetime.fromisoformat(scene.pop(name)) for name in ("began", "ended"))
    return Played(**scene, began=began, ended=ended, truth=truth)


def _write(log: Path, server: Server, played: Mapping[str, Played]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(server.postfix.log.path, log)
    scenes = [
        json.dumps({"scenario": name, **asdict(one)}, ensure_ascii=False, default=str)
        for name, one in played.items()
    ]
    log.with_suffix(".jsonl").write_text("".join(f"{scene}\n" for scene in scenes), encoding="utf-8")


def _main(*given: str) -> None:
    ours = release(unpacked("postfix"))
    folder = Path(*given or [FOLDER]) / ".".join(map(str, ours))
    for profile, rows in playable(ours).items():
        with tempfile.TemporaryDirectory(prefix="rejectwatch-mta-") as place:
            Path(place).chmod(0o755)
            with Server(Path(place) / "server", profile) as server:
                played = {row.name: server.play(row) for row in rows}
                _write(folder / f"{profile.replace(' ', '-')}.log", server, played)
        sys.stdout.write(f"{folder.name} {profile}: {len(played)} scenarios\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
