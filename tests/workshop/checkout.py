"""Copies of the checkout, free to be spoilt, and commands run in them."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What a wheel is built from.
SOURCES = (
    *("daemon", "migrations", "grafana", "systemd", "share"),
    *("pyproject.toml", "hatch_build.py", ".gitignore", "README.md", "CHANGELOG.md", "LICENSE"),
)


def copy_checkout(target: Path, *names: str) -> Path:
    """A folder with copies of these files and folders, without what was compiled from them."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        else:
            shutil.copy2(ROOT / name, target / name)
    return target


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the command says on either stream is in `stdout`."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=os.environ | environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
