"""Where the servers' programs come from: installed by Debian, or unpacked into .cache.

Debian's postfix and exim4-daemon-* exclude each other as packages, and neither should take
over this machine's mail. So both are only downloaded and unpacked: by tools/prepare-tests,
or here when a test is run by hand. A library of JavaScript is unpacked here, and checked by its hash.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache" / "mta"

# The folder below .cache/mta, the Debian package in it, and a file that proves it complete.
MTAS = {
    "postfix": ("postfix", "usr/lib/postfix/sbin/master"),
    "exim4": ("exim4-daemon-light", "usr/sbin/exim4"),
}
NPM = CHECKOUT / ".cache" / "npm"
# Name → release, and its SHA-512 as npm writes it.
NPM_PACKAGES = {
    "adaptivecards": (
        "3.0.6",
        "WDCIb2WXZ7cOHJ9HIHRNdhSt861HySVOdN2xPk2aKHAF3JvD8QGQ8/XcNFrDJxCteOog8MM7EBlXfSAR8JXKAg==",
    )
}


class Missing(Exception):
    """Something that this machine lacks; conftest.py skips the test, or fails it in CI."""


def program(name: str, package: str, *folders: str) -> Path:
    """The path of an installed program, also outside PATH."""
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=path)
    if found is None:
        raise Missing(f"{name} is missing (Debian package {package})")
    return Path(found)


def root_needed(server: str) -> None:
    """Say so if we are not root."""
    if os.geteuid() != 0:
        raise Missing(f"{server} needs root")


def unpacked(name: str, cache: Path = CACHE) -> Path:
    """The root folder of an unpacked mail server; fetched if it is not there yet.

    Another version: the folder that `REJECTWATCH_TEST_POSTFIX` or `REJECTWATCH_TEST_EXIM4` names.
    """
    if given := os.environ.get(f"REJECTWATCH_TEST_{name.upper()}"):
        return Path(given)
    package, proof = MTAS[name]
    root = cache / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers, one download
        if not (root / proof).exists():
            _fetch(package, root)
    return root


def npm_package(name: str, cache: Path = NPM) -> Path:
    """The folder of an unpacked npm package; fetched if it is not there yet."""
    release, digest = NPM_PACKAGES[name]
    folder = cache / f"{name}-{release}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch_npm(f"{name}@{release}", digest, folder)
    return folder


def _fetch_npm(package: str, digest: str, folder: Path) -> None:
    staging = folder.with_name(folder.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        _run(str(program("npm", "npm")), "pack", "--silent", package, directory=staging)
        (archive,) = staging.glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != digest:
            raise Missing(f"npm package {package} is another one than expected: its SHA-512 is {found}")
        _run("tar", "--extract", "--file", archive.name, directory=staging)
        (staging / "package").rename(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise Missing(f"npm package {package} could not be unpacked: {said}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _fetch(package: str, root: Path) -> None:
    staging = root.with_suffix(".part")
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "root").mkdir(parents=True)
    try:
        _run("apt-get", "-qq", "download", package, directory=staging)
        (deb,) = staging.glob("*.deb")
        _run("dpkg-deb", "--extract", deb.name, "root", directory=staging)
        needs = _run("dpkg-deb", "--field", deb.name, "Pre-Depends", "Depends", directory=staging)
        (staging / "root" / "needs").write_text(needs)  # tools/prepare-tests looks for it
        shutil.rmtree(root, ignore_errors=True)
        (staging / "root").rename(root)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise Missing(f"Debian package {package} could not be unpacked: {said}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _run(*command: str, directory: Path) -> str:
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout
