"""A backlog that takes longer to read than a rotated file is kept open for late lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.logdir import Follower, Writer, compress, rotate


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
def test_a_rotated_file_that_waits_for_its_turn_is_not_let_go(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "mail.log"
    writer, follower = Writer(path), Follower(path)
    writer.write(b"read before the outage\n")
    follower.read_all()
    follower.source.close()
    written = b""
    for number in range(4):
        written += (line := f"line of file {number}\n".encode() * 20)
        writer.write(line)
        rotate(path)
        writer.reopen()
    if packed:
        compress(tmp_path / "mail.log.3")
    follower.restart()
    read = b""
    while block := follower.read(limit=100):
        read += block
        follower.clock.wait(seconds=40)

    assert read == written
    assert follower.gaps == []
