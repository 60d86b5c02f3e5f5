from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cli.stored import NOT_OWNED
from rejectwatch import records

ANY_TEXT = st.text() | st.sampled_from(['"', "\\", "\x85\u2028\u2029", "\ud800", "\x00\x7f", "%s", "日本"])


@given(st.none() | ANY_TEXT, ANY_TEXT, st.integers(1, 10**12))
def test_a_line_that_is_written_without_its_record_is_the_same(
    sender: str | None, reply: str, line: int
) -> None:
    event = replace(NOT_OWNED, sender=sender, reply=reply)

    written = records.scanned_line(event, line)
    assert written == records.as_line(records.scanned(event, line))
    assert len(written.splitlines()) == 1
    assert json.loads(written)["reply"] == reply
