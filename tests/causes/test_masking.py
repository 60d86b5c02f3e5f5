"""A reply that is kept as a sample tells what kind it is, and nothing of anybody."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.causes import Reply, diagnose
from rejectwatch.causes.masking import LONGEST, masked


@pytest.mark.parametrize(
    "text, shape",
    [
        ("553 5.7.1 <a@b.example>: Sender address odd", "553 5.7.1 <*>: Sender address odd"),
        ("553 no <john smith@b.example", "553 no <*>"),
        ("553 write to postmaster@corp.example, please", "553 write to *, please"),
        ("553 host mx1.corp.example[192.0.2.7] is odd", "553 host * is odd"),
        ("553 host mx1 [2001:db8::7] is odd", "553 host * [*] is odd"),
        ("553 2001:db8::7 is odd", "553 * is odd"),
        ("553 see https://corp.example/why?ip=192.0.2.7&id=x.", "553 see *"),
        ("553 see www.corp.example (or ask)", "553 see * (or ask)"),
        ("553 5.7.1 moved (#5.7.1)", "553 5.7.1 moved (*)"),
        ("553 moved (#5.7.1)", "553 5.7.1 moved (*)"),
        ('553 mailbox "Sato Hanako" has moved', '553 mailbox "*" has moved'),
        ("553 mailbox 'Sato Hanako' isn't here", '553 mailbox "*" isn\'t here'),
        ("553 mailbox “Sato Hanako” has moved", '553 mailbox "*" has moved'),
        ('553 mailbox "Sato Hanako has moved', '553 mailbox "*"'),
        ("553 waiting since 3 days, 4711 of 4712 full", "553 waiting since * days, * of * full"),
        ("553 id 4Xy-zAb12cD aBcDeFgH 8f3c2e", "553 id *"),
        ("553 key=value under_score a/b", "553 *"),
        ("553-5.7.1 first line 553 5.7.1 and the second", "553 5.7.1 first line and the second"),
        (r"553-first line\n553 and the second", "553 first line and the second"),
        ("553", "553"),
    ],
)
def test_words_stay_and_all_else_is_masked(text: str, shape: str) -> None:
    assert masked(Reply(text, 553)) == f"reply: {shape}"


def test_the_names_of_login_sender_and_recipient_are_no_words() -> None:
    reply = Reply(
        "553 Hanako, John Smith is away, and so is Carol",
        553,
        user="hanako@corp.example",
        sender="john.smith@corp.example",
        recipient="carol@partner.example",
    )

    assert masked(reply) == "reply: 553 *, * is away, and so is *"


def test_replies_of_one_kind_are_one_shape() -> None:
    kinds = {
        masked(Reply(f"553 5.7.9 <u{n}@d{n}.example>: mail from 192.0.2.{n} is odd, ticket T{n:04x}", 553))
        for n in range(50)
    }

    assert len(kinds) == 1


def test_what_is_known_to_be_unknown_can_still_be_told_apart(replies: list[dict[str, str]]) -> None:
    unknown = [reply for one in replies if diagnose(reply := Reply(one["text"])).cause == "unknown"]

    assert len({masked(reply) for reply in unknown}) > 0.9 * len(unknown) > 0


HOSTILE = st.text(
    st.sampled_from("aZ9 <>[]()\"'“”`.:;,-@/\\#=_*\0\x1b\r\n\u202e\u3164\u0301\udcff田é") | st.characters()
)


@given(text=HOSTILE, name=st.text())
def test_no_text_makes_it_long_or_moves_a_cursor(text: str, name: str) -> None:
    shape = masked(Reply(f"553 {text}", 553, user=name, sender=name, recipient=name))

    assert shape.startswith("reply: 553")
    assert len(shape) <= LONGEST + 2
    assert {unicodedata.category(one) for one in shape}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@given(text=HOSTILE)
def test_there_is_no_number_and_no_address_in_it(text: str) -> None:
    body = masked(Reply(f"553 {text}", 553)).removeprefix("reply: 553")
    body = re.sub(r"^ [245]\.\d{1,3}\.\d{1,3}(?= |$)", "", body)

    assert not re.search(r"[\d@/\\=_#]", body)


def test_a_long_reply_is_cut_between_words() -> None:
    shape = masked(Reply("553 " + "abcdefghij " * 100, 553))

    assert shape.endswith("abcdefghij …")
    assert len(shape) <= LONGEST + 2
