"""Whatever happens to a log, its bytes come out once, in order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sources.logdir import PACK, Follower, Writer, compress, make_room, rotate

PACKED = b"\x1f\xfd\xb5\x18"
"""Left out, so that no line begins like a compressed file."""

LINES = st.lists(
    st.one_of(
        st.binary(max_size=12).map(lambda text: text.replace(b"\n", b"\0").translate(None, PACKED)),
        # Bytes that come again: the same line at the head of two files, and before two positions.
        st.sampled_from([b"the same line in every file", b"", b"x" * 300]),
    ),
    min_size=1,
    max_size=5,
).map(lambda lines: b"".join(line + b"\n" for line in lines))

STEPS = (
    st.tuples(st.just("write"), LINES),
    st.tuples(st.just("write_in_two_parts"), LINES, st.integers(0, 40)),
    st.tuples(st.just("rotate")),
    st.tuples(st.just("rotate_late"), LINES),
    st.tuples(st.just("read"), st.integers(1, 600)),
    st.tuples(st.just("read_all"), st.integers(1, 600)),
    st.tuples(st.just("read_in_vain"), st.integers(1, 600)),
    st.tuples(st.just("restart")),
)
WHERE_CONTENT_TELLS = (
    st.tuples(st.just("compress"), st.sampled_from(sorted(PACK))),
    st.tuples(st.just("copy_and_truncate"), st.booleans(), st.integers(1, 600)),
)


class Story:
    """One log's life, with what was written to it. `first`: what each file begins with."""

    def __init__(self, folder: Path, first: Iterator[bytes], followed: str = "mail.log") -> None:
        self.first = first
        self.path = folder / "mail.log"
        self.writer = Writer(self.path)
        self.follower = Follower(folder / followed)
        self.written = b""

    def tell(self, what: str, *how: Any) -> None:
        getattr(self, what)(*how)

    def write_in_two_parts(self, data: bytes, cut: int) -> None:
        self.write(data[:cut])
        self.follower.read()
        self.write(data[cut:])

    def rotate(self) -> None:
        rotate(self.path)
        self.writer.reopen()

    def copy_and_truncate(self, read_between: bool, limit: int) -> None:
        make_room(self.path)
        copy = shutil.copy(self.path, self.path.with_name("mail.log.1"))
        self.writer.tick(copy)
        if read_between:
            self.follower.read(limit)
        os.truncate(self.path, 0)
        self.writer.tick(self.path)  # a truncation is a change, of an empty file too

    def compress(self, suffix: str) -> None:
        for old in self.path.parent.glob("mail.log.[2-9]"):
            compress(old, suffix)

    def read(self, limit: int) -> None:
        self.follower.read(limit)

    def read_all(self, limit: int) -> None:
        self.follower.read_all(limit)

    def read_in_vain(self, limit: int) -> None:
        self.follower.read_in_vain(limit)

    def restart(self) -> None:
        self.follower.restart()

    def rotate_late(self, data: bytes) -> None:
        rotate(self.path)
        self.follower.read()
        self.write(data)
        self.writer.reopen()

    def write(self, data: bytes) -> None:
        if self.writer.is_new and data:
            data = next(self.first) + data
        self.writer.write(data)
        self.written += data


@given(steps=st.lists(st.one_of(STEPS), max_size=25))
def test_every_byte_comes_once_and_in_order(steps: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        assert_told_whole(Story(Path(folder), repeat(b"")), steps)


@given(
    steps=st.lists(st.one_of(*STEPS, *WHERE_CONTENT_TELLS), max_size=25),
    followed=st.sampled_from(["mail.log", "*.log", "mail*"]),
)
def test_the_same_with_compression_and_truncation_where_files_begin_differently(
    steps: list[tuple[object, ...]], followed: str
) -> None:
    first = (b"%064d this file's own first line\n" % number for number in count())
    with TemporaryDirectory() as folder:
        assert_told_whole(Story(Path(folder), first, followed), steps)


def assert_told_whole(story: Story, steps: list[tuple[object, ...]]) -> None:
    open_before = open_files()
    try:
        for what, *how in steps:
            story.tell(str(what), *how)
        story.follower.read_all()

        assert story.follower.text == story.written
        assert not story.follower.gaps
        assert_positions(story.follower)
    finally:
        story.follower.source.close()
        story.writer.close()

    assert open_files() <= open_before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def assert_positions(follower: Follower) -> None:
    """Each generation is read from 0 to its end without a hole."""
    reached: dict[str, int] = {}
    for batch in follower.heard:
        assert batch.start == reached.get(batch.generation, 0)
        assert batch.end == batch.start + len(batch.block) == batch.position_of(len(batch.block))
        reached[batch.generation] = batch.end
