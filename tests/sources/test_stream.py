"""A log that is read once, whatever it is packed in."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.sources.content import LONGEST
from rejectwatch.sources.identity import load_marks
from rejectwatch.sources.interface import NotReadable, unpack
from rejectwatch.sources.stream import Stream, open_stream
from sources.logdir import PACK, Follower, Writer

LINES = b"".join(
    b"2026-11-24T11:00:%02d+00:00 mail postfix/smtpd[1]: line %d\n" % (n % 60, n) for n in range(9999)
)


def text_of(stream: Stream, limit: int = 1 << 20) -> bytes:
    blocks = []
    position = 0
    while batch := stream.read(limit):
        assert (batch.start, batch.position_of(0)) == (position, position)
        position = batch.end
        blocks.append(batch.block)
    return b"".join(blocks)


@pytest.mark.parametrize("limit", [1, 1000, 1 << 20])
@pytest.mark.parametrize("name", ["mail.log", "mail.log.gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_first_bytes_tell_what_it_is_and_not_the_name(
    tmp_path: Path, name: str, packed: bool, limit: int
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES) if packed else LINES)

    assert text_of(open_stream(str(path)), limit) == LINES


def test_of_a_torn_archive_all_that_can_be_read_is_and_the_rest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.gz"
    path.write_bytes(gzip.compress(LINES)[:-2000])
    stream = open_stream(str(path))
    text = text_of(stream)

    assert LINES.startswith(text)
    assert len(text) > len(LINES) / 2
    assert stream.trouble() == (
        f"{path} can only be read up to byte {len(text)} of its content: the compressed data ends too early"
    )


def test_plain_and_packed_have_the_same_key_as_the_log_that_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(LINES)
    follower = Follower(path)
    follower.read()
    (tmp_path / "copy.gz").write_bytes(gzip.compress(LINES))
    copy = open_stream(str(tmp_path / "copy.gz")).read()

    assert copy
    assert copy.generation == follower.heard[0].generation


def test_a_log_that_was_followed_from_its_first_short_line_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    writer = Writer(path)
    writer.write(b"short\n")
    follower = Follower(path)
    follower.read()
    writer.write(LINES)
    follower.read()
    known = load_marks(unpack(follower.checkpoint or "")["marks"])
    (tmp_path / "copy").write_bytes(path.read_bytes())
    copy = open_stream(str(tmp_path / "copy"), known=known).read()

    assert copy
    assert copy.generation == follower.heard[0].generation == follower.heard[1].generation


@pytest.mark.parametrize("unfinished", [False, True])
def test_a_last_line_without_an_end_is_given_where_it_is_wanted(tmp_path: Path, unfinished: bool) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"whole\nbegun")

    assert text_of(open_stream(str(path), unfinished=unfinished)) == (
        b"whole\nbegun\n" if unfinished else b"whole\n"
    )


@given(
    lines=st.lists(st.integers(0, 3 * LONGEST), max_size=4),
    limit=st.sampled_from([1, 5000, LONGEST]),
    last=st.booleans(),
)
def test_any_length_of_lines_gives_the_same_whatever_the_limit(
    lines: list[int], limit: int, last: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "mail.log"
    path.write_bytes(b"\n".join(b"x" * size for size in lines) + b"\n" * last)
    given_lines = lines if last or not lines or lines[-1] else lines[:-1]
    kept = [size if size < LONGEST else 1 << 16 for size in given_lines]
    stream = open_stream(str(path), unfinished=True)

    text = b""
    while batch := stream.read(limit):
        text += batch.block
    assert [len(line) for line in text.split(b"\n")[:-1]] == (kept or [0] * last)


def test_memory_is_bounded_whatever_is_packed(tmp_path: Path) -> None:
    """A megabyte that unpacks to a gigabyte, without a line end."""
    path = tmp_path / "bomb.gz"
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as archive:
        for _ in range(200):
            archive.write(bytes(1 << 20))
    path.write_bytes(packed.getvalue())
    tracemalloc.start()
    stream = open_stream(str(path), unfinished=True)
    length = len(text_of(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert length == (1 << 16) + 1
    assert peak < 12 * LONGEST


@pytest.mark.parametrize("suffix", ["", *PACK])
def test_standard_input_is_read_the_same_way(suffix: str) -> None:
    code = """
import sys
from rejectwatch.sources.stream import open_stream
stream = open_stream("-")
while batch := stream.read(): sys.stdout.buffer.write(batch.block)
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        input=PACK[suffix](LINES) if suffix else LINES, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert said.stdout == LINES


READ_AS_IT_COMES = """
import sys
from rejectwatch.sources.stream import open_stream
stream = open_stream("-", unfinished=True)
while batch := stream.read():
    sys.stdout.buffer.write(batch.block)
    sys.stdout.buffer.flush()
"""


@pytest.mark.parametrize("suffix", ["", *PACK])
def test_lines_of_a_pipe_come_as_they_are_written(suffix: str) -> None:
    """As with `tail -f mail.log | rejectwatch scan -`."""
    reader = subprocess.Popen(
        [sys.executable, "-c", READ_AS_IT_COMES],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    with reader:
        assert reader.stdin
        assert reader.stdout
        for line in LINES.splitlines(keepends=True)[:20]:
            os.write(reader.stdin.fileno(), PACK[suffix](line) if suffix else line)
            heard = os.read(reader.stdout.fileno(), 1000)
            assert heard == line
        os.write(reader.stdin.fileno(), b"" if suffix else b"a last line without an end")
        reader.stdin.close()
        rest = reader.stdout.read()

    assert rest == (b"" if suffix else b"a last line without an end\n")


def test_what_is_there_at_once_is_read_in_large_blocks(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(LINES * 20)
    code = READ_AS_IT_COMES.replace("sys.stdout.buffer.write(batch.block)", "print(len(batch.block))")
    with path.open("rb") as log:
        said = subprocess.run(
            [sys.executable, "-c", code], stdin=log, capture_output=True, check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    sizes = list(map(int, said.stdout.split()))

    assert sum(sizes) == len(LINES) * 20
    assert len(sizes) <= 1 + len(LINES) * 20 / (LONGEST - 100)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (os.mkfifo, "{path} is a named pipe; only a regular file can be read as a log"),
        (Path.mkdir, "{path} is a folder; only a regular file can be read as a log"),
        (lambda _: None, "{path} can't be read: No such file or directory"),
    ],
)
def test_what_can_not_be_read_is_said_in_one_sentence(tmp_path: Path, make: object, sentence: str) -> None:
    path = tmp_path / "mail.log"
    make(path)  # type: ignore[operator]
    with pytest.raises(NotReadable) as error:
        open_stream(str(path))

    assert str(error.value) == sentence.format(path=path)
