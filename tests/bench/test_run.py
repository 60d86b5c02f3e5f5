"""The benchmark measures nothing that is wrong, and prints what was asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.postfix_log import write
from bench.run import Bench, Cost, Job, WrongAnswerError, main, table
from bench.written import Counts

from bench import run

STANDIN = Path(__file__).with_name("standin.py")
LINES = 3000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def bench_with(fault: str, place: Path) -> Bench:
    log = place / "mail.log"
    write(log, LINES, share=0.01)
    return Bench(log, [sys.executable, str(STANDIN), fault], place / "work")


def test_it_prints_all_figures_for_each_mail_server_and_share(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(
        ["--lines", str(LINES), "--rounds", "1", "--command", f"{sys.executable} {STANDIN} nothing"]
    )
    said = capsys.readouterr()

    assert status == 0, said.err
    assert [
        (line.partition(":")[0], line.rpartition("(")[2])
        for line in said.out.splitlines()
        if " refusals with 553 " in line
    ] == [(mta, f"{share})") for mta in ("Postfix", "Exim") for share in ("0.1%", "1.0%", "10.0%")]
    for name in ("grep -c ' 553 '", "rejectwatch scan", "rejectwatch import"):
        assert len([line for line in said.out.splitlines() if line.startswith(name)]) == 6
    assert re.search(r"diagnosis of 166 real replies: \d+ µs each, \d+ µs if never seen before", said.out)
    assert said.out.count("lines/s") == said.out.count("CPU/grep") == 6


@pytest.mark.parametrize(
    "fault, told",
    [
        ("forgets", "scan: of [0-9]+ refusals 1 are missing or told otherwise; 0 are told and"),
        ("mistakes", "scan: of [0-9]+ refusals 1 are missing or told otherwise; 1 are told and"),
        ("crashes", "scan --format jsonl .* ended with 3"),
    ],
)
def test_a_wrong_answer_is_not_measured(fault: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(WrongAnswerError, match=told):
        bench_with(fault, tmp_path).check()


def test_a_wrong_answer_ends_the_benchmark_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--lines", str(LINES), "--command", f"{sys.executable} {STANDIN} mistakes"])

    assert status == 1
    assert "somebody else" in capsys.readouterr().err


def test_a_right_answer_passes(tmp_path: Path) -> None:
    bench_with("nothing", tmp_path).check()


def test_the_memory_is_that_of_the_child_not_ours(tmp_path: Path) -> None:
    ballast = b"x" * 300_000_000
    bench = bench_with("nothing", tmp_path)
    small = bench.cost(Job("a small", (sys.executable, "-c", "pass")))
    large = bench.cost(Job("a large", (sys.executable, "-c", "len(b'x' * 200_000_000)")))

    assert len(ballast) > 200e6 > small.memory * 4
    assert large.memory > 200e6


def test_cpu_time_is_that_of_the_child(tmp_path: Path) -> None:
    bench = bench_with("nothing", tmp_path)
    cost = bench.cost(Job("a sleeper", (sys.executable, "-S", "-c", "import time; time.sleep(0.3)")))

    assert cost.elapsed >= 0.3
    assert cost.cpu < 0.2


def test_a_log_is_made_once(cache: Path) -> None:
    first = run.made("Exim", LINES, 0.01)
    written = first.stat().st_mtime_ns, first.stat().st_ino
    again = run.made("Exim", LINES, 0.01)

    assert again == first
    assert (again.stat().st_mtime_ns, again.stat().st_ino) == written


def test_the_ratio_is_that_of_cpu_times() -> None:
    counts = Counts(lines=1_000_000, bytes=160_000_000, deliveries=0, refusals={"553": 1})
    lines = list(table(counts, {"grep": Cost(0.125, 1, 2e6), "scan": Cost(0.5, 9, 30e6)}))

    assert lines[1].split() == ["grep", "8,000,000", "1,280", "0.125", "1.000", "2", "MB", "1.00"]
    assert lines[2].split() == ["scan", "2,000,000", "320", "0.500", "9.000", "30", "MB", "4.00"]


def test_python_m_bench_is_what_make_bench_calls() -> None:
    root = Path(run.__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=root, capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stderr
    assert "make bench" in told.stdout
