"""Write grafana/dashboards anew: `make dashboards`. The JSON is committed; a test holds that it is what is said here.

A dashboard is a module here, with a function for each database where it asks one; what they are made of stands in
`panels` and `board`, what PostgreSQL and SQLite say differently in `databases`.
"""

from __future__ import annotations

from pathlib import Path

from tools.dashboards.boards import BOARDS

FOLDER = Path(__file__).resolve().parent.parent.parent / "grafana" / "dashboards"


def main() -> None:
    """Each file is written; one that nobody makes any more is removed."""
    for old in FOLDER.rglob("*.json"):
        if str(old.relative_to(FOLDER)) not in BOARDS:
            old.unlink()
    for name, board in BOARDS.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(board().as_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
