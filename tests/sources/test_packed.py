"""Compressed logs, whatever packed them: read whole, with bounded memory, and what is damaged is told."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.sources.stream import Stream, open_stream
from sources.logdir import PACK, Follower, Writer, compress, rotate, zstd

LINES = b"".join(b"2026-11-24T11:00:%02d+00:00 mail line %d\n" % (n % 60, n * n) for n in range(20_000))
FEW_LINES = b"".join(LINES.splitlines(keepends=True)[:80])
FORMS = sorted(PACK)
BOMB = 1 << 28
SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0four"
"""A frame of zstd without content: pzstd begins with one."""


def text_of(stream: Stream, limit: int = 1 << 20) -> bytes:
    return b"".join(batch.block for batch in iter(lambda: stream.read(limit), None))


def read(path: Path, packed: bytes, limit: int = 1 << 20) -> tuple[bytes, str | None]:
    path.write_bytes(packed)
    stream = open_stream(str(path))
    text = text_of(stream, limit)
    stream.close()
    return text, stream.trouble()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log.1"


@pytest.mark.parametrize("limit", [1000, 1 << 20])
@pytest.mark.parametrize("form", FORMS)
def test_the_first_bytes_tell_what_it_is_packed_in(path: Path, form: str, limit: int) -> None:
    assert read(path, PACK[form](LINES), limit) == (LINES, None)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(LINES[:5000]) + gzip.compress(LINES[5000:]) + bytes(512),
        gzip.compress(LINES[:5000]) + bytes(1 << 19) + gzip.compress(LINES[5000:]),
        bz2.compress(LINES[:5000]) + bz2.compress(LINES[5000:]),
        lzma.compress(LINES[:5000]) + bytes(8) + lzma.compress(LINES[5000:]),
        zstd.compress(LINES[:5000]) + zstd.compress(LINES[5000:]),
        SKIPPED + zstd.compress(LINES[:5000]) + SKIPPED + zstd.compress(LINES[5000:]),
        gzip.compress(b"") + gzip.compress(LINES),
    ],
    ids=["gzip", "gzip, far apart", "bzip2", "xz", "zstd", "pzstd", "gzip, first empty"],
)
def test_several_pieces_in_one_file_are_one_log(path: Path, packed: bytes) -> None:
    assert read(path, packed) == (LINES, None)


@pytest.mark.parametrize("form", FORMS)
def test_a_log_cut_anywhere_gives_what_can_be_read_and_is_told(path: Path, form: str) -> None:
    packed = PACK[form](FEW_LINES)
    for end in range(8, len(packed)):
        text, trouble = read(path, packed[:end])
        assert FEW_LINES.startswith(text)
        assert trouble == (
            f"{path} can only be read up to byte {len(text)} of its content: the compressed data ends too early"
        )


def with_checksum(form: str) -> bytes:
    """As all of these programs pack, if nobody tells them otherwise."""
    if form == ".zst":
        return zstd.compress(FEW_LINES, options={zstd.CompressionParameter.checksum_flag: 1})
    return PACK[form](FEW_LINES)


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_damage_anywhere_never_stops_the_program(
    form: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    packed = bytearray(with_checksum(form))
    place = data.draw(st.integers(8, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    text, trouble = read(tmp_path_factory.mktemp("log") / "mail.log.1", bytes(packed))

    assert trouble is not None or text == FEW_LINES


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_behind_the_compressed_data_is_told(path: Path, form: str) -> None:
    text, trouble = read(path, PACK[form](LINES) + b"Nov 24 12:00:00 mail postfix/smtpd[1]: a plain line\n")

    assert text == LINES
    assert (trouble or "").endswith("something else stands behind the compressed data")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cut", [1, 700, 90_000])
def test_a_half_read_log_that_is_then_compressed_is_continued_inside(
    tmp_path: Path, form: str, cut: int
) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(LINES)
    follower = Follower(path)
    follower.read(cut)
    writer.write(b"the last line of the old file\n")
    rotate(path)
    writer.reopen()
    writer.write(b"the first line of the new one\n")
    compress(path.with_name("mail.log.1"), form)
    follower.restart()
    follower.read_all(5000)

    assert follower.text == LINES + b"the last line of the old file\nthe first line of the new one\n"
    assert len({batch.generation for batch in follower.heard}) == 2
    assert not follower.gaps


@pytest.mark.parametrize("form", FORMS)
def test_a_compressed_log_has_the_key_of_the_plain_one(tmp_path: Path, form: str) -> None:
    (tmp_path / "plain").write_bytes(LINES)
    (tmp_path / "packed").write_bytes(PACK[form](LINES))
    plain, packed = (open_stream(str(tmp_path / name)).read() for name in ("plain", "packed"))

    assert plain
    assert packed
    assert plain.generation == packed.generation


@pytest.mark.parametrize("form", FORMS)
def test_a_log_that_is_just_being_compressed_is_read_once(tmp_path: Path, form: str) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(b"the first line, read before all the others came and went\n")
    follower = Follower(path)
    follower.read_all()
    for lines in (LINES, b"the newest line\n"):
        rotate(path)
        writer.reopen()
        writer.write(lines)
    half = PACK[form](LINES)
    path.with_name(f"mail.log.1{form}").write_bytes(half[: len(half) // 2])
    follower.restart()

    assert follower.read_all() == LINES + b"the newest line\n"
    assert not follower.gaps


def stream_of_zstd(window: int) -> bytes:
    """Of unknown length: else the window is as small as what is packed."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window})
    return packer.compress(LINES) + packer.flush()


READ_BOUNDED = """
import resource, sys
from rejectwatch.sources.stream import open_stream
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]), used + int(sys.argv[2])))
stream = open_stream(sys.argv[1])
length = sum(len(batch.block) for batch in iter(stream.read, None))
print(length, stream.trouble())
"""


def read_bounded(path: Path, memory: int) -> str:
    """What it says when it may take so much memory more."""
    said = subprocess.run(
        [sys.executable, "-c", READ_BOUNDED, str(path), str(memory)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    return said.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_bomb_takes_little_memory(path: Path, form: str) -> None:
    """A quarter of a gigabyte of zeros without a line end, in a small file."""
    path.write_bytes(PACK[form](bytes(BOMB // 4)) * 4)

    assert path.stat().st_size < BOMB / 100
    assert read_bounded(path, 48 << 20) == "0 None"


@pytest.mark.parametrize(
    "packed, why",
    [
        (
            lzma.compress(LINES, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 30}]),
            "Memory usage limit exceeded",
        ),
        (
            stream_of_zstd(window=27),
            "Unable to decompress Zstandard data: Frame requires too much memory for decoding",
        ),
    ],
    ids=["xz", "zstd"],
)  # fmt: skip
def test_a_window_that_wants_a_gigabyte_is_refused(path: Path, packed: bytes, why: str) -> None:
    path.write_bytes(packed)

    assert read_bounded(path, 512 << 20) == f"0 {path} can only be read up to byte 0 of its content: {why}"


@pytest.mark.parametrize(
    "packed",
    [
        lzma.compress(LINES, preset=9),
        zstd.compress(LINES, options={zstd.CompressionParameter.compression_level: 19}),
    ],
    ids=["xz -9", "zstd -19"],
)
def test_the_strongest_of_the_usual_ways_is_read(path: Path, packed: bytes) -> None:
    assert read(path, packed) == (LINES, None)


FOLLOW_BOUNDED = """
import resource, sys
from pathlib import Path
from sources.logdir import Follower
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (24 << 20), used + (24 << 20)))
sys.stdout.buffer.write(Follower(Path(sys.argv[1])).read_all())
"""


def test_many_compressed_logs_beside_the_log_take_little_memory(tmp_path: Path) -> None:
    """Of all of them the heads are looked at."""
    path = tmp_path / "mail.log"
    noise = random.Random(0).randbytes(1 << 18).hex().encode() + b"\n"
    for number in range(1, 200):
        path.with_name(f"mail.log.{number}.zst").write_bytes(PACK[".zst"](b"%d " % number + noise))
    Writer(path).write(b"the newest line\n")
    said = subprocess.run(
        [sys.executable, "-c", FOLLOW_BOUNDED, str(path)],
        capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert said.stdout == b"the newest line\n"
