"""Exim's rejectlog repeats its mainlog: what is given both ways counts once, and it is said which is left out."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.conftest import Configure
from cli.lines import write
from parts.daemon import rejectwatch

NIGHT = datetime(2025, 10, 8, tzinfo=UTC)


def refused(hour: int, who: str = "lee") -> str:
    """A refusal so many hours after that night, as it stands in both logs."""
    at = (NIGHT + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S +0000")
    return (
        f"{at} H=(pc) [192.0.2.7] F=<{who}@corp.example> rejected RCPT <x@y.example>: 553 5.7.1 no, {who}\n"
    )


def delivered(hour: int) -> str:
    at = (NIGHT + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S +0000")
    return f"{at} 1wAbCd-000000001xY-0Kj3 Completed\n"


HEADER = (
    "Envelope-from: <lee@corp.example>\nEnvelope-to: <x@y.example>\nT To: x@y.example\n" + "-" * 40 + "\n"
)
MAIN = delivered(0) + refused(1) + delivered(2) + refused(3, "kim")
REJECTED = refused(1) + HEADER + refused(3, "kim")


def log(path: Path, text: str, last_hour: int = 4) -> Path:
    """A file as it was written: its time is that of its last line."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    at = (NIGHT + timedelta(hours=last_hour)).timestamp()
    os.utime(path, (at, at))
    return path


def senders(*files: Path) -> tuple[list[str], str]:
    """Who was refused, and what was said on stderr."""
    done = rejectwatch("scan", "--format", "jsonl", *files)
    assert done.returncode == 0
    return [
        (json.loads(line)["sender"] or "").partition("@")[0] for line in done.stdout.splitlines()
    ], done.stderr


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    "main, reject",
    [
        ("mainlog", "rejectlog"),
        ("mainlog.1", "rejectlog.2.gz"),
        ("mainlog.3.gz", "rejectlog"),
        ("main.log-20251009", "reject.log-20251009"),
        ("exim_mainlog", "exim_rejectlog"),
        ("exim_mainlog-20251009.gz", "exim_rejectlog-20251009.gz"),
        ("mainlog-20251009", "rejectlog-20251009"),
        ("main.log-20251009.gz", "reject.log-20251009.gz"),
        ("mainlog.01", "rejectlog.01"),
        ("mx1.log", "mx1.rejectlog"),
        ("main.txt", "refused.txt"),
    ],
)
def test_scan_leaves_it_out_and_says_so(main: str, reject: str, swapped: bool, tmp_path: Path) -> None:
    files = [log(tmp_path / main, MAIN), log(tmp_path / reject, REJECTED)]

    found, said = senders(*files[:: -1 if swapped else 1])

    assert found == ["lee", "kim"]
    assert said == f"not read, because the mainlog has the same refusals: {files[1]}\n"


def test_alone_it_is_read(tmp_path: Path) -> None:
    assert senders(log(tmp_path / "rejectlog", REJECTED)) == (["lee", "kim"], "")


def test_beside_another_log_it_is_read(tmp_path: Path) -> None:
    files = [write(tmp_path / "mail.log"), log(tmp_path / "rejectlog", REJECTED)]
    others = [log(tmp_path / "paniclog", delivered(0)), log(tmp_path / "mx2.mainlog", delivered(0))]

    found, said = senders(*files, *others)

    assert sorted(found) == ["bob", "boss", "kim", "lee"]
    assert said == ""


def test_it_is_known_by_its_lines_where_the_names_tell_nothing(tmp_path: Path) -> None:
    files = [log(tmp_path / "a" / "exim.txt.gz", MAIN), log(tmp_path / "b" / "rejectlog", REJECTED)]

    found, said = senders(*files)

    assert found == ["lee", "kim"]
    assert str(files[1]) in said


def test_two_lists_of_refusals_are_both_read(tmp_path: Path) -> None:
    files = [log(tmp_path / name, refused(1)) for name in ("a.txt", "b.txt")]

    assert senders(*files) == (["lee", "lee"], "")


def test_a_log_that_goes_on_where_another_ends_is_no_rejectlog(tmp_path: Path) -> None:
    files = [log(tmp_path / "a.txt", MAIN), log(tmp_path / "b.txt", refused(3, "kim") + delivered(4))]

    assert senders(*files) == (["lee", "kim", "kim"], "")


def test_a_piece_of_a_log_that_has_one_line_with_another_in_common_is_read(tmp_path: Path) -> None:
    piece = refused(1) + refused(2, "eve")
    files = [log(tmp_path / "a.txt", MAIN), log(tmp_path / "b.txt", piece)]

    assert sorted(senders(*files)[0]) == ["eve", "kim", "lee", "lee"]


def test_one_of_another_server_is_read(tmp_path: Path) -> None:
    mainlog = log(tmp_path / "mx1" / "mainlog", MAIN)
    rejectlog = log(tmp_path / "mx2" / "rejectlog", refused(2, "eve"))

    assert senders(mainlog, rejectlog) == (["lee", "kim", "eve"], "")


def test_one_of_a_day_whose_mainlog_is_not_given_is_read(tmp_path: Path) -> None:
    mainlog = log(tmp_path / "mainlog.1", MAIN)
    older = log(tmp_path / "rejectlog.2.gz", refused(-30, "ann"), last_hour=-30)
    newer = log(tmp_path / "rejectlog", refused(30, "zoe"), last_hour=30)

    assert senders(newer, mainlog, older) == (["ann", "lee", "kim", "zoe"], "")


def test_all_files_of_a_folder_count_once(tmp_path: Path) -> None:
    files = [
        log(tmp_path / "mainlog.2.gz", delivered(-48) + refused(-47, "ann"), last_hour=-40),
        log(tmp_path / "mainlog.1", MAIN),
        log(tmp_path / "mainlog", delivered(25) + refused(30, "zoe"), last_hour=30),
        log(tmp_path / "paniclog", ""),
        log(tmp_path / "rejectlog.2.gz", refused(-47, "ann"), last_hour=-47),
        log(tmp_path / "rejectlog.1", REJECTED, last_hour=3),
        log(tmp_path / "rejectlog", refused(30, "zoe"), last_hour=30),
    ]

    found, said = senders(*files)

    assert found == ["ann", "lee", "kim", "zoe"]
    assert said.count("\n") == 1


def test_import_leaves_it_out_as_well(configured: Configure, tmp_path: Path) -> None:
    files = [log(tmp_path / "rejectlog", REJECTED), log(tmp_path / "mainlog", MAIN)]

    done = rejectwatch("import", *files, config=configured())

    assert (done.returncode, done.stdout) == (0, "2 refusals found, 2 of them new\n")
    assert done.stderr == f"not read, because the mainlog has the same refusals: {files[0]}\n"


# ── configured ───────────────────────────────────────────────────────────────────────────────────


def checked(config: Path) -> tuple[int, str]:
    done = rejectwatch("check-config", config=config)
    return done.returncode, done.stderr


def source(path: Path) -> str:
    return f'[[sources]]\npath = "{path}"\n'


def test_check_config_warns_where_both_are_named(configured: Configure, tmp_path: Path) -> None:
    main, reject = tmp_path / "mainlog", tmp_path / "rejectlog"
    config = configured(source(reject) + source(main))

    assert checked(config) == (
        0,
        f"{config}: sources: {reject} repeats {main}: each refusal is counted twice; name only {main}\n",
    )


def test_check_config_warns_of_a_pattern_that_matches_both(configured: Configure, tmp_path: Path) -> None:
    main, reject = log(tmp_path / "mainlog", MAIN), log(tmp_path / "rejectlog", REJECTED)
    log(tmp_path / "rejectlog.1", REJECTED)
    config = configured(source(tmp_path / "*log*"))

    assert checked(config) == (0, f"{config}: sources: {reject} repeats {main}: it is left out\n")


def test_check_config_says_nothing_of_either_alone(configured: Configure, tmp_path: Path) -> None:
    log(tmp_path / "mainlog", MAIN)
    log(tmp_path / "rejectlog", REJECTED)

    assert checked(configured(source(tmp_path / "reject*"))) == (0, "")
    assert checked(configured(source(tmp_path / "mainlog") + source(tmp_path / "x" / "rejectlog"))) == (0, "")


def test_doctor_finds_a_rejectlog_that_counts_twice(configured: Configure, tmp_path: Path) -> None:
    main, reject = log(tmp_path / "mainlog", MAIN), log(tmp_path / "rejectlog", REJECTED)

    done = rejectwatch("doctor", "--format", "json", config=configured(source(main) + source(reject)))

    said = [one["says"] for one in json.loads(done.stdout) if one["state"] == "trouble"]
    assert f"{reject} repeats {main}: each refusal is counted twice" in said


# ── of a real Exim ───────────────────────────────────────────────────────────────────────────────


def test_the_two_logs_of_a_real_exim_count_as_its_mainlog() -> None:
    corpus = Path(__file__).parents[1] / "data" / "corpus"
    mainlog, rejectlog = corpus / "exim496-default.log", corpus / "exim496-default.rejectlog"
    alone, both = senders(mainlog), senders(rejectlog, mainlog)

    assert both[0] == alone[0] != []
    assert both[1] == f"not read, because the mainlog has the same refusals: {rejectlog}\n"
    assert 0 < len(senders(rejectlog)[0]) < len(alone[0])
