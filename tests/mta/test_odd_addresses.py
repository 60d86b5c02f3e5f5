"""What a real Postfix makes of an address in other letters or with odd dots, and what is still told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mta.truth import scanned
from parts.postfix import Postfix
from rejectwatch.addresses import addresses_in, findings

pytestmark = pytest.mark.slow

JAPANESE, MOBILE = "太郎@other.example", "ta..ro@docomo.ne.jp"


def told(folder: Path, recipient: str, smtputf8: str) -> tuple[str, str]:
    """The recipient and the reply as they stand in the log, after a refusal."""
    with Postfix(folder, settings={"smtputf8_enable": smtputf8}) as postfix:
        assert not postfix.send("hana@other.example", recipient).accepted
        (record,) = scanned(postfix.log.path, (553,))
    return record["recipient"], record["reply"]


def codes(address: str) -> set[str]:
    return {finding.code for finding in findings(address)}


def test_without_smtputf8_the_log_and_the_reply_have_lost_the_letters(stage: Path) -> None:
    recipient, reply = told(stage / "odd-lost", JAPANESE, "no")

    assert recipient == "??????@other.example"
    assert codes(recipient) == {"not_ascii_logged"}
    assert addresses_in(reply) == ("      @other.example",)
    assert codes(addresses_in(reply)[0]) == {"not_ascii_logged"}


def test_with_smtputf8_they_are_kept(stage: Path) -> None:
    recipient, reply = told(stage / "odd-kept", JAPANESE, "yes")

    assert addresses_in(reply) == (recipient,) == (JAPANESE,)
    assert codes(recipient) == {"needs_smtputf8"}


@pytest.mark.parametrize("given", [MOBILE, '"ta..ro"@docomo.ne.jp'])
def test_an_old_mobile_address_is_told_with_and_without_quotes(given: str, stage: Path) -> None:
    recipient, reply = told(stage / f"odd-dots-{len(given)}", given, "yes")

    assert addresses_in(reply) == (recipient,) == (MOBILE,)
    assert codes(recipient) == {"old_mobile_dots"}
