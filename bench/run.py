"""What `scan` and `import` cost, next to `grep` on the same file in the same run; and what a diagnosis costs.

    make bench                      1,000,000 lines of Postfix and of Exim, 0.1 %, 1 % and 10 % refusals
    make bench ARGS='--lines 50000'

First it is checked that both find exactly what the log holds. Then the commands take turns with grep,
and each figure is the median of several runs. Compare the ratio to grep; seconds differ between machines,
and on one machine between hours. Lines/s and MB/s are those of one second of CPU time. Memory is never
below some 10 MB: that is the process that starts the commands.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Protocol

from bench.written import Counts, counts_of, read_counts, read_truth

from bench import diagnosis, exim_log, postfix_log

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "bench"
SHARES = (0.001, 0.01, 0.1)
ROUNDS = 3
SEED = 1
GREP = ("grep", "-c", " 553 ")
COMPARED = (
    "user",
    "user_source",
    "client_ip",
    "sender",
    "recipient",
    "code",
    "refused_by",
    "outcome",
    "queue_id",
)


class WrongAnswerError(Exception):
    """A command failed, or found something else than the log holds. Figures would mean nothing."""


class Cost(NamedTuple):
    """Of one run; seconds and bytes."""

    cpu: float
    elapsed: float
    memory: float


@dataclass(frozen=True, slots=True)
class Job:
    """Something to measure. `before` makes it start from nothing each time."""

    name: str
    command: Sequence[str]
    before: Callable[[], None] = lambda: None


class Bench:
    """All jobs on one log. `rejectwatch` is the command, in words; `folder` is for what they write."""

    def __init__(self, log: Path, rejectwatch: Sequence[str], folder: Path) -> None:
        self.log = log
        self._folder = folder
        self._database = folder / "rejectwatch.db"
        self._config = folder / "rejectwatch.toml"
        self._rejectwatch = rejectwatch
        self._scan = Job("rejectwatch scan", (*rejectwatch, "scan", "--format", "jsonl", str(log)))
        self._import = Job("rejectwatch import", (*rejectwatch, "import", str(log)), self._forget)
        self.jobs = (Job("grep -c ' 553 '", (*GREP, str(log))), self._scan, self._import)
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(f'[database]\nurl = "sqlite:///{self._database}"\n')

    def check(self) -> None:
        """Both commands find what the log holds, and say that they have done their work."""
        truth = list(read_truth(self.log))
        scanned = self._records(self.output_of(self._scan).splitlines())
        same("scan", placed(truth), placed(scanned))
        self.output_of(self._import)
        events = Job("rejectwatch events", (*self._rejectwatch, "events", "--format", "json", "--limit", "0"))
        same("import", placeless(truth), placeless(json.loads(self.output_of(events))))

    def costs(self, rounds: int) -> dict[str, Cost]:
        """The median of several runs; the jobs take turns, so that a slow minute hits them all."""
        runs = [[self.cost(job) for job in self.jobs] for _ in range(rounds)]
        return {job.name: _median(each) for job, each in zip(self.jobs, zip(*runs, strict=True), strict=True)}

    def cost(self, job: Job) -> Cost:
        job.before()
        output = self._output(job)
        words = [sys.executable, "-I", "-S", str(HERE / "child.py"), str(output), *job.command]
        done = subprocess.run(words, env=self._environment(), check=True, capture_output=True, text=True)
        told = json.loads(done.stdout)
        if told["code"] != 0:
            said = output.with_name(f"{output.name}.stderr").read_text(errors="replace")
            raise WrongAnswerError(
                f"{shlex.join(job.command)} ended with {told['code']}: {said[-2000:].strip()}"
            )
        return Cost(told["cpu"], told["elapsed"], told["memory"])

    def output_of(self, job: Job) -> str:
        self.cost(job)
        return self._output(job).read_text(encoding="utf-8")

    def _output(self, job: Job) -> Path:
        return self._folder / f"{job.name.split()[1]}.out"

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C", "TZ": "UTC", "REJECTWATCH_CONFIG": str(self._config)}

    def _forget(self) -> None:
        for file in self._folder.glob("rejectwatch.db*"):
            file.unlink()

    @staticmethod
    def _records(lines: Iterable[str]) -> list[dict[str, Any]]:
        return [json.loads(line) for line in lines]


# ── is it right? ─────────────────────────────────────────────────────────────────────────────────

Fact = tuple[Any, ...]


def _facts(record: dict[str, Any]) -> Fact:
    return (datetime.fromisoformat(record["occurred_at"]), *(record[name] for name in COMPARED))


def placed(records: Iterable[dict[str, Any]]) -> Counter[Fact]:
    return Counter((record["line"], *_facts(record)) for record in records)


def placeless(records: Iterable[dict[str, Any]]) -> Counter[Fact]:
    """A stored event has its place in the log as a key, but no line number."""
    return Counter(_facts(record) for record in records)


def same(command: str, truth: Counter[Fact], found: Counter[Fact]) -> None:
    if truth == found:
        return
    missing, more = truth - found, found - truth
    total, lost, invented = truth.total(), missing.total(), more.total()
    told = [
        f"{command}: of {total} refusals {lost} are missing or told otherwise; {invented} are told and not in the log"
    ]
    told += [f"  in the log: {one}" for one in islice(missing, 3)]
    told += [f"  found:      {one}" for one in islice(more, 3)]
    raise WrongAnswerError("\n".join(told))


# ── what does it cost? ───────────────────────────────────────────────────────────────────────────


def _median(costs: Iterable[Cost]) -> Cost:
    return Cost(*(median(values) for values in zip(*costs, strict=True)))


def table(counts: Counts, costs: dict[str, Cost]) -> Iterator[str]:
    """The figures of one log; grep comes first, and the ratios are to its CPU time."""
    grep = next(iter(costs.values()))
    yield f"{'':20}{'lines/s':>12}{'MB/s':>8}{'CPU s':>9}{'elapsed s':>11}{'memory':>10}{'CPU/grep':>10}"
    for name, cost in costs.items():
        yield (
            f"{name:20}{counts.lines / cost.cpu:>12,.0f}{counts.bytes / 1e6 / cost.cpu:>8,.0f}{cost.cpu:>9.3f}"
            f"{cost.elapsed:>11.3f}{cost.memory / 1e6:>7.0f} MB{cost.cpu / grep.cpu:>10.2f}"
        )


# ── the logs ─────────────────────────────────────────────────────────────────────────────────────


class Write(Protocol):
    """A generator of logs."""

    def __call__(self, log: Path, lines: int, *, share: float, seed: int) -> Counts: ...


GENERATORS: Mapping[str, Write] = {"Postfix": postfix_log.write, "Exim": exim_log.write}
SOURCES = (
    "exim_log.py",
    "exim_refusals.py",
    "exim_traffic.py",
    "mixture.py",
    "postfix_log.py",
    "stamps.py",
    "traffic.py",
    "world.py",
    "written.py",
)
"""What the bytes of a log depend on."""


def made(mta: str, lines: int, share: float) -> Path:
    """The log, from the cache if the generators have not changed since."""
    log = CACHE / f"{_generators()}-{mta}-{lines}-{share}.log"
    if not counts_of(log).exists():  # it is written last
        CACHE.mkdir(parents=True, exist_ok=True)
        GENERATORS[mta](log, lines, share=share, seed=SEED)
    return log


def _generators() -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:8]


def _throw_away_what_other_generators_made() -> None:
    for file in CACHE.glob("*.log*"):
        if not file.name.startswith(_generators()):
            file.unlink()


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"the median of how many runs [{ROUNDS}]")
    parser.add_argument(
        "--command", type=shlex.split, default=_installed(), help="instead of this environment's rejectwatch"
    )
    given = parser.parse_args(arguments)
    _throw_away_what_other_generators_made()
    try:
        for mta, share in product(GENERATORS, SHARES):
            _report(mta, made(mta, given.lines, share), share, given.command, given.rounds)
        print("", *diagnosis.report(), sep="\n")
    except WrongAnswerError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _report(mta: str, log: Path, share: float, command: Sequence[str], rounds: int) -> None:
    counts = read_counts(log)
    print(
        f"\n{mta}: {counts.lines:,} lines, {counts.bytes / 1e6:.0f} MB, {counts.deliveries:,} deliveries, "
        f"{counts.refusals['553']:,} refusals with 553 ({share:.1%})",
        flush=True,
    )
    folder = CACHE / "work"
    shutil.rmtree(folder, ignore_errors=True)
    bench = Bench(log, command, folder)
    bench.check()
    bench.costs(1)  # warm up
    print("\n".join(table(counts, bench.costs(rounds))), flush=True)


def _installed() -> list[str]:
    beside = Path(sys.executable).with_name("rejectwatch")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "rejectwatch"]


if __name__ == "__main__":
    sys.exit(main())
