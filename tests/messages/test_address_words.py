from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch import messages
from rejectwatch.addresses import findings
from rejectwatch.addresses.finding import Code
from rejectwatch.messages import Known
from rejectwatch.messages.address_words import address_rows
from rejectwatch.messages.catalogue import catalogue

OWN = ("corp.example",)
# One for each thing that can be found.
OF_EACH = [
    "taro@example.jp\u200b", "taro＠example.jp", "taro@example。jp", "taro@my−shop.example", "taro(at)example.jp",
    "<taro@example.jp>", "taro @example.jp", "t?ro@example.jp", "a@b.example,c@d.example", "taro@example,jp",
    "taro@@example.jp", "taro", "taro@", "@example.jp", "taro@example.jp.", "taro@example..jp", "ta..ro@example.jp",
    "ta..ro@docomo.ne.jp", "tаro@example.jp", "taro@example.con", "taro@gmial.com", "taro@yahoo.co", "taro@localhost",
    "taro@192.0.2.7", "a" * 65 + "@example.jp", "taro@" + "a" * 64 + ".jp", "a" * 1001, "ta(ro@example.jp",
    "taro@xn--wgv71a119.jp", "taro@日本☆.jp", "taro@xn--wgv71a119e.jp", "taro@日本語.jp", "太郎@example.jp",
]  # fmt: skip


def said(known: Known, language: str) -> list[tuple[str, str]]:
    return address_rows(known, "address_syntax", OWN, catalogue(language))


def test_the_list_has_one_address_for_each_thing_that_can_be_found() -> None:
    assert {one.code for address in OF_EACH for one in findings(address, OWN)} == set(get_args(Code))


@pytest.mark.parametrize("address", OF_EACH)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_is_said_in_each_language(address: str, language: str) -> None:
    ((label, sentence),) = said(Known(recipient=address), language)

    assert label == {"en": "Recipient's address", "ja": "宛先のアドレス"}[language]
    assert "{" not in sentence
    assert sentence.isprintable()


def test_the_odd_signs_are_told_from_those_they_look_like() -> None:
    ((_, japanese),) = said(Known(recipient="taro＠example．jp"), "ja")
    ((_, english),) = said(Known(sender="tаro@example.jp"), "en")
    ((_, unseen),) = said(Known(sender="taro\u200b@example.jp"), "en")
    ((_, blank),) = said(Known(sender="taro\u3000@example.jp"), "ja")

    assert "「＠（全角）」、「．（全角）」" in japanese
    assert japanese.endswith("taro@example.jp")
    assert "“а” (Cyrillic)" in english
    assert "U+200B" in unseen
    assert "全角の空白" in blank


def test_an_old_mobile_address_is_no_typing_error_alone() -> None:
    ((_, english),) = said(Known(recipient="ta..ro@docomo.ne.jp"), "en")
    ((_, japanese),) = said(Known(recipient="ta..ro@docomo.ne.jp"), "ja")

    assert "need not be a typing error" in english
    assert "入力間違いとは限りません" in japanese
    assert '"ta..ro"@docomo.ne.jp' in english


def test_what_is_only_probable_is_said_to_be_so() -> None:
    ((_, certain),) = said(Known(recipient="taro＠gmail.com"), "en")
    ((_, probable),) = said(Known(recipient="taro＠gmial.com"), "en")

    assert certain.endswith("Correct: taro@gmail.com")
    assert probable.endswith("Probably meant: taro@gmail.com")


def test_sender_and_recipient_are_told_apart_and_good_ones_are_not_spoken_of() -> None:
    both = Known(sender="hana@corp.exampel", recipient="taro＠example.jp")

    assert [label for label, _ in said(both, "en")] == ["Sender's address", "Recipient's address"]
    assert said(Known(sender="hana@corp.example", recipient="taro@example.jp"), "en") == []
    assert said(Known(sender="", recipient="taro@example.jp"), "en") == []
    assert said(Known(), "en") == []


def test_of_a_bare_reply_the_addresses_are_looked_at_that_it_quotes() -> None:
    reply = "553 5.1.3 <taro＠example.jp>: Recipient address rejected"

    ((label, sentence),) = said(Known(reply=reply), "en")
    assert label == "Address in the answer"
    assert sentence.endswith("Correct: taro@example.jp")
    assert said(Known(recipient="taro@example.jp", reply=reply), "en") == []


@given(st.text(st.characters(), max_size=60), st.sampled_from(messages.LANGUAGES))
def test_an_attackers_address_stays_on_its_line(address: str, language: str) -> None:
    rows = said(Known(sender=f"{address}@gmial.com", recipient=address), language)

    assert all(sentence.isprintable() and len(sentence) < 2000 for _, sentence in rows)
