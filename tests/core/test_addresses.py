"""What is found in an address, and what it should be; what is right stays alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejectwatch.addresses import INFORMATIONAL, _all_steps, addresses_in, corrected, findings
from rejectwatch.addresses.domains import KNOWN, LARGE, distance

OWN = ("corp.example", "kaisha.co.jp")
TARO = "taro@example.jp"

# The address, what is found (in this order), the right one.
WRONG = [
    # another width
    ("taro＠example.jp", "full_width", TARO),
    ("taro＠example．jp", "full_width", TARO),
    ("ｔａｒｏ@example.jp", "full_width", TARO),
    ("taro@ｅｘａｍｐｌｅ．ｊｐ", "full_width", TARO),
    ("taro﹫example.jp", "full_width", TARO),
    ("taro@example.jp＞", "full_width glued", TARO),
    ("taro@example。jp", "ideographic_stop", TARO),
    ("taro@example｡jp", "ideographic_stop", TARO),
    ("taro@example、jp", "ideographic_stop comma", TARO),
    ("taro@my−shop.example", "dash", "taro@my-shop.example"),
    ("taro@myーshop.example", "dash", "taro@my-shop.example"),
    # blanks and what cannot be seen
    ("taro@example.jp\u3000", "blank", TARO),
    (" taro@example.jp\n", "blank", TARO),
    ("taro @ example.jp", "blank", TARO),
    ("taro@example. co .jp", "blank", "taro@example.co.jp"),
    ("taro\u00a0@example.jp", "blank", TARO),
    ("taro yamada@example.jp", "blank", None),
    ("taro@exam ple.jp", "blank", None),
    (' "taro yamada"@example.jp', "blank", '"taro yamada"@example.jp'),
    ('"taro yamada"@exam ple.jp', "blank", None),
    ("\u200btaro@example.jp", "invisible", TARO),
    ("\u202ataro@example.jp\u202c", "invisible", TARO),
    ("ta\u00adro@example.jp\x00", "invisible", TARO),
    ("\ufefftaro@example.jp", "invisible", TARO),
    # glued to it
    ("<taro@example.jp>", "glued", TARO),
    ("taro@example.jp>", "glued", TARO),
    ('"taro@example.jp"', "glued", TARO),
    ("'taro@example.jp'", "glued", TARO),
    ("“taro@example.jp”", "glued", TARO),
    ("「taro@example.jp」", "glued", TARO),
    ("mailto:taro@example.jp", "glued", TARO),
    ("mailto:taro@example.jp?subject=hello", "glued", TARO),
    ("SMTP:taro@example.jp", "glued", TARO),
    ("%20taro@example.jp", "glued", TARO),
    ("u003ctaro@example.jp", "glued", TARO),
    ("Taro Yamada <taro@example.jp>", "glued", TARO),
    ("taro@example.jp;", "glued", TARO),
    ("taro(at)example(dot)jp", "written_out", TARO),
    ("taro[アット]example.jp", "written_out", TARO),
    # dots and commas
    ("taro@example.jp.", "dot_at_end", TARO),
    ("taro@example..jp", "dots_domain", TARO),
    ("taro@.example.jp", "dots_domain", TARO),
    ("taro.@example.jp", "dots_local", TARO),
    (".taro@example.jp", "dots_local", TARO),
    ("ta..ro@example.jp", "dots_local", "ta.ro@example.jp"),
    ("taro@example,jp", "comma", TARO),
    ("taro@example,co.jp", "comma", "taro@example.co.jp"),
    # the @ and the two sides
    ("taro.example.jp", "at_missing", None),
    ("taro", "at_missing", None),
    ("tarogmail.com", "at_missing", "taro@gmail.com"),
    ("mail.gmail.com", "at_missing", None),
    ("taro@@example.jp", "at_several", TARO),
    ("taro@example.jp@example.jp", "at_several", TARO),
    ("taro@example.jp@other.example", "at_several", None),
    ("taro@example.jp,hana@example.jp", "several_addresses", None),
    ("taro@example.jp; hana@example.jp", "several_addresses", None),
    ("taro@", "domain_missing", None),
    ("@example.jp", "local_missing", None),
    ("@", "domain_missing", None),
    ("taro@localhost", "domain_without_dot", None),
    ("taro@192.0.2.7", "domain_numbers", "taro@[192.0.2.7]"),
    # signs and lengths
    ("ta(ro@example.jp", "not_allowed", None),
    ("ta\\ro@example.jp", "not_allowed", None),
    ("taro@ex_ample.jp", "not_allowed", None),
    ("taro@-example.jp", "not_allowed", None),
    ("taro☆@example.jp", "not_allowed", None),
    ("a" * 65 + "@example.jp", "local_too_long", None),
    ("あ" * 22 + "@example.jp", "local_too_long needs_smtputf8", None),
    ("taro@" + "a" * 64 + ".jp", "domain_too_long", None),
    ("taro@" + "abcd." * 51 + "jp", "domain_too_long", None),
    ("a" * 1001, "too_long", None),
    # other alphabets
    ("taro@gmаil.com", "look_alike", "taro@gmail.com"),
    ("tаro@example.jp", "look_alike", TARO),
    ("taro@сοrp.example", "look_alike", "taro@corp.example"),
    ("taro@жorp.example", "look_alike idn", None),
    ("taro@日本☆.jp", "bad_idn", None),
    ("taro@xn--wgv71a119.jp", "bad_punycode", None),
    ("taro@xn-wgv71a119e.jp", "bad_punycode a_label", "taro@xn--wgv71a119e.jp"),
    # endings
    ("taro@example.con", "tld", "taro@example.com"),
    ("taro@example.c0m", "tld", "taro@example.com"),
    ("taro@example.co.jp.jp", "tld", "taro@example.co.jp"),
    ("taro@example.co.jp.co.jp", "tld", "taro@example.co.jp"),
    ("taro@gmail.com.com", "tld", "taro@gmail.com"),
    ("taro@example.cojp", "tld", "taro@example.co.jp"),
    # near misses
    ("taro@gmial.com", "near_miss", "taro@gmail.com"),
    ("taro@gmal.com", "near_miss", "taro@gmail.com"),
    ("taro@Gmaill.com", "near_miss", "taro@gmail.com"),
    ("taro@gmail", "near_miss", "taro@gmail.com"),
    ("taro@gmail.co.jp", "near_miss", "taro@gmail.com"),
    ("taro@gmaol.con", "tld near_miss", "taro@gmail.com"),
    ("taro@yahooo.co.jp", "near_miss", "taro@yahoo.co.jp"),
    ("taro@ocn.nr.jp", "near_miss", "taro@ocn.ne.jp"),
    ("taro@docomo.ne", "near_miss", "taro@docomo.ne.jp"),
    ("taro@docmo.ne.jp", "near_miss", "taro@docomo.ne.jp"),
    ("taro@ezewb.ne.jp", "near_miss", "taro@ezweb.ne.jp"),
    ("taro@i.sotfbank.jp", "near_miss", "taro@i.softbank.jp"),
    ("taro@iclould.com", "near_miss", "taro@icloud.com"),
    ("taro@hotmal.com", "near_miss", "taro@hotmail.com"),
    ("taro@yahoo.co", "near_miss_several", None),
    ("taro@crop.example", "", None),
    ("taro@corp.exmaple", "near_miss", "taro@corp.example"),
    ("taro@kaihsa.co.jp", "near_miss", "taro@kaisha.co.jp"),
    ("taro@kaisha.co", "near_miss", "taro@kaisha.co.jp"),
    # what the log has made of it
    ("??????????@corp.example", "not_ascii_logged", None),
    ("andr?@corp.example", "not_ascii_logged", None),
    ("taro???example.jp", "not_ascii_logged", TARO),
    ("taro???example.jp@corp.example", "not_ascii_logged", TARO),
    ("taro???example.jp@other.example", "not_ascii_logged", None),
    ("taro???ex???.jp", "not_ascii_logged", None),
    ("taro＠example.jp@corp.example", "full_width at_several", TARO),
    ("      @example.jp", "not_ascii_logged", None),
    ("   yamada@example.jp", "not_ascii_logged", None),
    ("taro   example.jp", "not_ascii_logged", TARO),
    ("taro\\357\\274\\240example.jp", "full_width", TARO),
    ("taro\\xef\\xbc\\xa0example.jp", "full_width", TARO),
    ("\\202\\240@example.jp", "not_ascii_logged", None),
    ("\x1b$B%F%9%H\x1b(B@example.jp", "not_ascii_logged", None),
    # more than one
    ("「taro＠gmial。com」", "full_width ideographic_stop glued near_miss", "taro@gmail.com"),
    ("ta..ro＠docomo．ne．jp", "full_width old_mobile_dots", "ta..ro@docomo.ne.jp"),
]  # fmt: skip

# Right, or right as it stands: nothing is to be corrected.
RIGHT = [
    (TARO, ""),
    ("Taro.Yamada+shop@sub.example.co.jp", ""),
    ("o'neil@example.jp", ""),
    ("bounce-1=taro=example.jp@lists.example", ""),
    ('"ta..ro"@docomo.ne.jp', ""),
    ('"taro yamada@home"@example.jp', ""),
    ("taro@[192.0.2.7]", ""),
    ("taro@[IPv6:2001:db8::7]", ""),
    ("", ""),
    ('"taro yamada"@example.jp', ""),
    ('"@taro @"@example.jp', ""),
    ("ta..ro@docomo.ne.jp", "old_mobile_dots"),
    ("taro.@ezweb.ne.jp", "old_mobile_dots"),
    ("ta...ro.@au.com", "old_mobile_dots"),
    ("taro@日本語.jp", "idn"),
    ("taro@müller.example", "idn"),
    ("taro@xn--wgv71a119e.jp", "a_label"),
    ("taro@почта.example", "idn"),
    ("太郎@example.jp", "needs_smtputf8"),
]  # fmt: skip


def codes(address: str) -> str:
    return " ".join(finding.code for finding in findings(address, OWN))


@pytest.mark.parametrize("address, expected, right", WRONG)
def test_what_is_wrong_is_found_and_corrected_where_it_can_be(
    address: str, expected: str, right: str | None
) -> None:
    assert codes(address) == expected
    assert corrected(address, OWN) == right


@pytest.mark.parametrize("address, expected", RIGHT)
def test_what_is_right_is_left_alone(address: str, expected: str) -> None:
    assert codes(address) == expected
    assert corrected(address, OWN) is None


@pytest.mark.parametrize("domain", sorted(KNOWN | {"corp.example", "outlook.be", "yahoo.fi", "partner.example",
                                                   "gmail1.com", "mycorp.example", "mail.corp.example", "bcn.ne.jp",
                                                   "yahoo.com.au", "example.co.uk", "example.com"}))  # fmt: skip
def test_a_real_domain_is_never_taken_for_another(domain: str) -> None:
    assert findings(f"taro@{domain}", OWN) == ()


def test_a_domain_of_ones_own_is_never_taken_for_a_large_one() -> None:
    assert findings("taro@gmial.com", ("Gmial.com",)) == ()


def test_one_of_ones_own_is_meant_before_a_large_one() -> None:
    assert corrected("taro@gmaail.com", ("gmaaul.com",)) == "taro@gmaaul.com"
    assert corrected("taro@gmaail.com") == "taro@gmail.com"


def test_a_finding_shows_what_to_look_at() -> None:
    (wide,) = findings("ｔaro＠example．jp")
    (old,) = findings("ta..ro@docomo.ne.jp")
    (idn,) = findings("taro@日本語.jp")

    assert (wide.shown, wide.corrected) == ("ｔ＠．", TARO)
    assert old.shown == '"ta..ro"@docomo.ne.jp'
    assert idn.shown == "xn--wgv71a119e.jp"


@pytest.mark.parametrize(
    "one, other, slips",
    [("gmail", "gmail", 0), ("gmial", "gmail", 1), ("gmal", "gmail", 1), ("gmaill", "gmail", 1),
     ("gnail", "gmail", 1), ("gnial", "gmail", 2), ("", "ab", 2), ("abcd", "wxyz", 3)],
)  # fmt: skip
def test_a_slip_is_a_letter_too_many_too_few_changed_or_swapped(one: str, other: str, slips: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == slips


@pytest.mark.parametrize(
    "reply, addresses",
    [
        ("553 5.1.3 <taro＠example．jp>: Recipient address rejected: bad syntax", ["taro＠example．jp"]),
        ("553 5.5.4 <taro>... Domain name required for sender address taro", ["taro"]),
        ("504 5.5.2 <taro>: Sender address rejected: need fully-qualified address", ["taro"]),
        ("554 5.7.1 <pc.example>: Helo command rejected: Access denied", []),
        ("553 sorry, taro@example.jp, and “hana＠example.jp”.", ["taro@example.jp", "hana＠example.jp"]),
        ("550 <taro @example.jp> unknown (to=<x@y.example>)", ["taro @example.jp", "x@y.example"]),
        ("553 ta..ro@docomo.ne.jp: invalid; ta..ro@docomo.ne.jp", ["ta..ro@docomo.ne.jp"]),
        ("553 宛先「taro＠example.jp」が不正です", ["taro＠example.jp"]),
        ("553 宛先taro@example.jpは無効です。ご確認ください", ["taro@example.jp"]),
        ('553 "ta..ro"@docomo.ne.jp: syntax error', ['"ta..ro"@docomo.ne.jp']),
        ("553 no address, @ all", []),
    ],
)
def test_the_addresses_that_a_reply_quotes(reply: str, addresses: list[str]) -> None:
    assert list(addresses_in(reply)) == addresses


def test_of_a_reply_full_of_addresses_a_few_are_told() -> None:
    assert len(addresses_in(" ".join(f"u{number}@example.jp" for number in range(1000)))) == 5


SIGNS = st.sampled_from(
    "aA1.@-_+ \u3000\u200b＠．。、<>\"'()[],;:%?\\/xn-gmailcomjpаο日ー\x00\x1b$B\ud800☆é😀"
)
TEXTS = st.one_of(
    st.text(SIGNS, max_size=40),
    st.text(st.characters(), max_size=40),
    st.tuples(st.text(SIGNS, max_size=12), st.sampled_from(["@", "＠", "???", ""]),
              st.text(SIGNS, max_size=6), st.sampled_from([*LARGE, *OWN, "example.con", "xn--wgv71a119e.jp"])).map("".join),
)  # fmt: skip


@settings(max_examples=400)
@given(TEXTS)
def test_a_corrected_address_is_right_and_stays_as_it_is(text: str) -> None:
    right = corrected(text, OWN)

    assert right is None or set(codes(right).split()) <= INFORMATIONAL
    assert right is None or corrected(right, OWN) is None


@settings(max_examples=200)
@given(TEXTS)
def test_any_reply_has_its_addresses_read(reply: str) -> None:
    assert all(address in reply for address in addresses_in(reply))


@pytest.mark.parametrize(
    "piece", ["a", "@", "＠", ".", "..a", " ", "\u3000", "<", "<a@", ">", '"', '\\"', "(at)", "?", "???", "\\357", "а",
              "-", "xn--", "xn-", "日", "\u200b", "a,", "mailto:", "%20", "u003c", "&lt;", "a.", "a-", "\x1b$", "é"],
)  # fmt: skip
def test_hostile_text_costs_little_time(piece: str) -> None:
    begun = time.process_time()
    for length in (990, 64 * 1024):
        for text in (
            (piece * length)[:length],
            (piece * length)[:length] + "@corp.example",
            "<a@" + piece * length,
        ):
            findings(text[:990], OWN)
            findings(text, OWN)
            addresses_in(text)

    assert time.process_time() - begun < 0.4


def test_a_good_address_takes_the_short_way() -> None:
    def cost(way: Callable[[str, tuple[str, ...]], object]) -> float:
        begun = time.process_time()
        for _ in range(500):
            way("taro@partner.example", OWN)
        return time.process_time() - begun

    short, whole = (min(cost(way) for _ in range(5)) for way in (findings, _all_steps))
    assert short < whole / 2


@given(TEXTS)
def test_the_short_way_leaves_nothing_out(address: str) -> None:
    assert findings(address, OWN) or not address or _all_steps(address, OWN)[0] == ()
