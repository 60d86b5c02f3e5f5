"""Each needle has a line in a recorded log; one that finds nothing there is dead and has to go."""

from __future__ import annotations

import pytest

from dialects import corpus
from dialects.exim_lines import blocks
from dialects.recording import Recording, asked, recorded
from rejectwatch.dialects import DIALECTS
from rejectwatch.dialects.interface import Parse

LINES = [line for name in corpus.NAMES for line in corpus.lines(name)]
LINES += (corpus.FOLDER.parent / "samples" / "lines.log").read_bytes().splitlines(keepends=True)
LINES += [line for block in blocks() for line in block.log.splitlines(keepends=True)]

NEEDLES = [
    pytest.param(needle, parse, id=f"{dialect.name} {needle.decode().strip()}")
    for dialect in DIALECTS
    for needle, parse in dialect.needles.items()
]


@pytest.mark.parametrize("needle, parse", NEEDLES)
def test_each_needle_finds_something_in_a_recorded_log(needle: bytes, parse: Parse) -> None:
    told = Recording()
    for line in LINES:
        if needle in line:
            parse(line, 0, line.find(needle), told, asked())

    assert told.calls


@pytest.mark.parametrize("needle, _parse", NEEDLES)
@pytest.mark.parametrize("prefix", [b"Nov 24 04:27:25 mail postfix/smtpd[1]: ", b"2026-11-24 07:54:18 ", b""])
def test_a_needle_out_of_its_place_tells_nothing(prefix: bytes, needle: bytes, _parse: Parse) -> None:
    line = prefix + b"warning: somebody wrote" + needle.replace(b"\n", b" ") + b"x\n"

    assert recorded(line).calls == []
