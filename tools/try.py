"""`make run`: the daemon on this machine's own mail log, with a database of its own under .run/.

With an argument it reads that log, from its start. Where this machine has no mail log, a bundled one is
written again line by line, its times moved to now, so that there is something to see.
"""

import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from rejectwatch.sources import auto

HERE = Path(__file__).resolve().parent
STATE = HERE.parent / ".run"
SAMPLE = HERE / "sample.log"


def main() -> int:
    if len(sys.argv) > 1:
        return watch(Path(sys.argv[1]).absolute())
    found = auto.survey()
    for trouble in found.unreadable:
        print(trouble, file=sys.stderr)
    if found.sources:
        return run(STATE / "own", 'sources = "auto"')
    if found.unreadable:
        print(
            "Nothing else to read: allow it as above, or name a log: make run LOG=/path/to/mail.log",
            file=sys.stderr,
        )
        return 1
    print(
        "This machine has no mail log, so a bundled sample is replayed now. Yours: make run LOG=/path/to/mail.log"
    )
    return replay()


def watch(log: Path) -> int:
    """Read a log from its start, each time anew, and follow it."""
    if not log.is_file():
        print(f"{log}: {'is no regular file' if log.exists() else 'there is no such file'}", file=sys.stderr)
        return 2
    folder = STATE / sha256(str(log).encode()).hexdigest()[:12]
    shutil.rmtree(folder, ignore_errors=True)
    return run(folder, f"first_read = \"all\"\n[[sources]]\npath = '''{log}'''")


def replay() -> int:
    folder = STATE / "sample"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder / "mail.log"
    log.touch()
    threading.Thread(target=write_again, args=(log,), daemon=True).start()
    return run(
        folder, f"first_read = \"all\"\n[incidents]\ngroup_wait = \"5s\"\n[[sources]]\npath = '''{log}'''"
    )


def write_again(log: Path) -> None:
    """Append each line of the sample when its time has come, with that time."""
    lines = SAMPLE.read_text("utf-8").splitlines()
    moved = datetime.now().astimezone() + timedelta(seconds=1) - when(lines[0])
    for line in lines:
        at = when(line) + moved
        time.sleep(max(0.0, (at - datetime.now().astimezone()).total_seconds()))
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{at.isoformat()} {line.partition(' ')[2]}\n")


def when(line: str) -> datetime:
    return datetime.fromisoformat(line.partition(" ")[0])


def run(folder: Path, sources: str) -> int:
    """Start the daemon on a configuration of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "rejectwatch.toml"
    head, tables = sources.partition("\n[")[::2]
    configuration.write_text(
        f"{head}\n\n[database]\nurl = 'sqlite:///{folder}/rejectwatch.db'\n"
        + (f"\n[{tables}\n" if tables else "")
    )
    print(f"Configuration and database: {folder}. Ctrl-C ends it.", flush=True)
    command = [str(Path(sys.executable).with_name("rejectwatch")), "run", "-c", str(configuration)]
    with subprocess.Popen(command) as daemon:
        while True:
            try:
                return daemon.wait()
            except KeyboardInterrupt:
                continue  # the daemon has got the same signal and ends by itself


if __name__ == "__main__":
    sys.exit(main())
