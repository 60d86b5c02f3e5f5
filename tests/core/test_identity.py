"""One person, address, domain and client, however written; and never two people as one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.identity import LONGEST, USUAL, Identities, Written

CORP = Identities("ignore", frozenset({"corp.example", "corp"}))
KEEPING = Identities("keep", frozenset({"corp.example", "corp"}))
FOLDS = {
    "login": CORP.login,
    "login that keeps its case": KEEPING.login,
    "sender": CORP.sender,
    "address": CORP.address,
    "client": CORP.client,
    "domain": CORP.domain,
}

NAMES = st.from_regex(re.compile(r"[a-z][a-z0-9]{0,6}([._][a-z0-9]{1,4})?", re.ASCII), fullmatch=True)
DOMAINS = st.sampled_from(("corp.example", "partner.example", "mail.corp.example", "bücher.example"))
WRAPPINGS = st.sampled_from(
    (
        "SRS0=Ab1c={day}={domain}={local}@forwarder.example",
        "SRS0+Ab1c={day}={domain}={local}@forwarder.example",
        "SRS1=Xy9z=first.example==Ab1c={day}={domain}={local}@second.example",
        "SRS1=Xy9z=first.example=-Ab1c={day}={domain}={local}@second.example",
        "prvs=0{tag}={local}@{domain}",
        "prvs={local}=0{tag}@{domain}",
        "btv1==0{tag}=={local}@{domain}",
        "msprvs1=17745Vxt8-{tag}={local}@{domain}",
    )
)
TAGS = st.text("0123456789abcdef", min_size=9, max_size=9)
DAYS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=2, max_size=2)
PIECES = st.sampled_from(
    "SRS0= SRS1= SRS0+ prvs= btv1== msprvs1= 1234abcdef TT Ab1c = == + - @ \\ . bounce return 42 corp.example CORP"
    " alice bücher.example IPv6: ::ffff: 2001:db8::7 192.0.2.1 İ ß ẞ Σ ſ ａ 。 \u0345 e\u0301 É".split(" ")
)
WRITTEN = st.one_of(
    st.text(max_size=80), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join)
)


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@given(written=WRITTEN)
def test_what_is_folded_stays_as_it_is(fold: Written, written: str) -> None:
    once = fold(written)

    assert fold(once) == once


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize(
    "piece", ["prvs=1234abcdef=", "SRS0=a=TT=b.example=", "bounce-1-", "+-", "a@", "\\", "ü", "=", "."]
)
def test_hostile_text_costs_no_time_and_raises_nothing(fold: Written, piece: str) -> None:
    begun = time.process_time()
    for length in (LONGEST - 20, 64 * 1024):
        fold((piece * length)[:length] + "@corp.example")

    assert time.process_time() - begun < 0.05


@pytest.mark.parametrize(
    "written", ["alice", "ALICE", "Alice@corp.example", "alice@CORP.Example", "CORP\\alice", "corp.example\\alice",
                "CORP\\alice@corp.example"],
)  # fmt: skip
def test_a_login_is_one_with_and_without_its_realm(written: str) -> None:
    assert CORP.login(written) == "alice"


@pytest.mark.parametrize(
    "written", ["alice2", "alice@other.example", "OTHER\\alice", "alice@corp.example.org", "xalice"]
)
def test_another_name_or_realm_is_another_login(written: str) -> None:
    assert CORP.login(written) != "alice"


def test_without_realms_logins_of_two_realms_are_two_people() -> None:
    assert len({USUAL.login(one) for one in ("alice", "alice@corp.example", "CORP\\alice")}) == 3


def test_the_case_of_a_login_is_kept_where_it_is_said_so_but_not_that_of_its_realm() -> None:
    assert KEEPING.login("Alice@Corp.Example") == "Alice"
    assert KEEPING.login("Alice@Other.Example") == "Alice@other.example"


@pytest.mark.parametrize("written", ["@corp.example", "CORP\\", "\\alice", "", "@", "\\"])
def test_a_realm_without_a_name_is_nobodys_other_form(written: str) -> None:
    assert CORP.login(written) == written.lower()


@given(local=NAMES, domain=DOMAINS, wrapping=WRAPPINGS, outer=WRAPPINGS, tag=TAGS, day=DAYS)
def test_a_sender_is_folded_to_the_one_that_was_wrapped(
    local: str, domain: str, wrapping: str, outer: str, tag: str, day: str
) -> None:
    once = wrapping.format(local=local, domain=domain, tag=tag, day=day)
    inner, _, host = once.rpartition("@")
    twice = outer.format(local=inner, domain=host, tag=tag, day=day)

    assert USUAL.sender(once) == USUAL.sender(twice) == USUAL.address(f"{local}@{domain}")


@given(one=NAMES, other=NAMES, domain=DOMAINS, wrapping=WRAPPINGS, tag=TAGS, day=DAYS)
def test_two_people_stay_two_in_any_wrapping(
    one: str, other: str, domain: str, wrapping: str, tag: str, day: str
) -> None:
    first, second = (
        USUAL.sender(wrapping.format(local=local, domain=domain, tag=tag, day=day)) for local in (one, other)
    )

    assert (first == second) == (one == other)


@pytest.mark.parametrize(
    "written, sender",
    [
        ("bounce-123-user=dom.example@lists.example", "bounce@lists.example"),
        ("bounces+123-Ab-mary-ann=dom.example@lists.example", "bounces@lists.example"),
        ("list-return-42-mary-ann=dom.example@lists.example", "list-return@lists.example"),
        ("news-bounces+bob+tag=dom.example@lists.example", "news-bounces@lists.example"),
        ("owner-list+bob=dom.example@lists.example", "owner-list@lists.example"),
        ("news-2024-bob=dom.example@lists.example", "news@lists.example"),
    ],
)
def test_the_senders_of_a_list_are_one_whoever_it_goes_to(written: str, sender: str) -> None:
    assert USUAL.sender(written) == sender


@pytest.mark.parametrize(
    "written",
    [
        "srs0=ab1c=tt=orig=alice@forwarder.example",
        "srs0=ab1c=ttt=orig.example=alice@forwarder.example",
        "srs0=ab1c=t1=orig.example=alice@forwarder.example",
        "srs0=ab1c=tt=orig.example=@forwarder.example",
        "srs0=tt=orig.example=alice@forwarder.example",
        "srs0+ab1c=ttt=alice=orig.example@forwarder.example",
        "srs1=xy9z==ab1c=tt=orig.example=alice@second.example",
        "prvs=alice=bob@corp.example",
        "prvs=1234abcdef@corp.example",
        "btv1=1234abcdef=alice@corp.example",
        "mary-ann=corp.example@gateway.example",
        "alice=corp.example@gateway.example",
        "bounce-123-alice@lists.example",
        "bounce-123-a=1.2@lists.example",
        "0100017f8a6b3c2d-1b2c3d4e-000000@mail.example",
        "alice+shop@corp.example",
        "alice2@corp.example",
        "",
        "root",
    ],
)
def test_what_only_looks_like_it_stays_as_it_is(written: str) -> None:
    assert USUAL.sender(written) == written


def test_the_local_part_and_the_domain_have_no_case() -> None:
    assert USUAL.sender("Sales@Corp.Example") == "sales@corp.example"
    assert USUAL.sender("JOS\u00c9@corp.example") == USUAL.sender("jose\u0301@corp.example")


def test_a_sharp_s_is_not_two() -> None:
    assert USUAL.sender("strauß@corp.example") != USUAL.sender("strauss@corp.example")


@pytest.mark.parametrize(
    "written", ["müller.example", "MÜLLER.Example", "mu\u0308ller.example", "xn--mller-kva.example",
                "XN--MLLER-KVA.example", "müller。example"],
)  # fmt: skip
def test_a_domain_is_compared_by_its_a_labels(written: str) -> None:
    assert USUAL.domain(written) == "xn--mller-kva.example"
    assert USUAL.address(f"bob@{written}") == "bob@xn--mller-kva.example"


def test_a_domain_that_can_be_none_is_compared_as_it_stands() -> None:
    assert USUAL.domain("ü_b.example") == "ü_b.example"


@pytest.mark.parametrize(
    "written, client",
    [
        ("2001:db8:1:2::7", "2001:db8:1:2::"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::"),
        ("IPv6:2001:db8:1:2::7", "2001:db8:1:2::"),
        ("2001:db8:1:3::7", "2001:db8:1:3::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
        ("192.0.2.01", "192.0.2.01"),
    ],
)
def test_a_client_is_its_network_of_64_bits_or_its_ipv4_address(written: str, client: str) -> None:
    assert USUAL.client(written) == client
