"""What other versions of Exim have logged when the scenarios were played on them, and the truth from the wire.

`tests/data/exim/VERSION/PROFILE.log` is the log as that version wrote it, `PROFILE.jsonl` one scenario a line: its name,
its lines of the log, when it was played, and what was refused. To record one (CONTRIBUTING.md says how):

    REJECTWATCH_TEST_EXIM4=/opt/exim PYTHONPATH=daemon:tests python -m mta.exim_recording [PROFILE …]
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

from mta.exim_rows import PROFILES, ROWS
from mta.exim_run import Played, Server, set_for
from mta.truth import SOME, Truth

FOLDER: Final = Path(__file__).parent.parent / "data" / "exim"
RECORDED: Final = ("default", "all", "syslog")


def recorded(log: Path) -> dict[str, Played]:
    """The scenarios of a log, by name."""
    lines = log.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    return {scene.pop("scenario"): _played(scene) for scene in map(json.loads, lines)}


def _played(scene: dict[str, Any]) -> Played:
    truth, without_code = _truth(scene.pop("truth")), _truth(scene.pop("without_code"))
    began, ended = (datetime.fromisoformat(scene.pop(name)) for name in ("began", "ended"))
    return Played(**scene, began=began, ended=ended, truth=truth, without_code=without_code)


def _truth(told: list[dict[str, Any]]) -> list[Truth]:
    return [{field: SOME if value == SOME else value for field, value in one.items()} for one in told]


def _write(log: Path, server: Server, played: Mapping[str, Played]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(server.exim.log.path, log)
    scenes = [
        json.dumps({"scenario": name, **asdict(one)}, ensure_ascii=False, default=str)
        for name, one in played.items()
    ]
    log.with_suffix(".jsonl").write_text("".join(f"{scene}\n" for scene in scenes), encoding="utf-8")


def _main(*wanted: str) -> None:
    with set_for(ROWS) as stage, tempfile.TemporaryDirectory(prefix="rejectwatch-mta-") as place:
        Path(place).chmod(0o755)
        for profile in (one for one in PROFILES if one.name in (wanted or RECORDED)):
            with Server(Path(place) / profile.name, profile, stage) as server:
                played = {row.name: server.play(row) for row in ROWS if not server.lacks(row)}
                _write(FOLDER / server.version / f"{profile.name}.log", server, played)
                sys.stdout.write(f"Exim {server.version}, {profile.name}: {len(played)} scenarios\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
