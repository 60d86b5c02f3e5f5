"""What can't be read is told by its shape: only real refusals and deliveries, and nothing of anybody in it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects import corpus, grammar
from dialects.grammar import HOSTILE, RECIPIENTS, SENDERS, Address
from dialects.recording import recorded

CLIENT = "pc21.corp.example[127.0.0.21]"
EXIM = "2026-11-24 07:54:18 "
CARL = Address("carl.vandermeer", "secret.example")


def postfix(text: str, tag: str = "postfix/smtpd") -> bytes:
    return f"Nov 24 04:27:25 mail {tag}[249]: {text}\n".encode()


def shapes(line: bytes) -> list[str]:
    return [shape for _, _, _, shape in recorded(line).of("not_understood")]


# ── what is strange ──────────────────────────────────────────────────────────────────────────────

STRANGE = {
    "a kind of reject that is new": (
        postfix(f"NOQUEUE: quota-reject: RCPT from {CLIENT}: 553 5.7.1 <carl@secret.example>: over quota"),
        "*: quota-reject: RCPT from *: 553 *",
    ),
    "a reject without a code": (
        postfix(f"4D43B278178: reject: RCPT from {CLIENT}: no such thing", "postfix-out/submission/smtpd"),
        "*: reject: RCPT from *: *",
    ),
    "an outcome that is new": (
        postfix("0D5B6278184: to=<carl@secret.example>, relay=mx.x[192.0.2.1]:25, dsn=5.7.1, status=lost (why)", "postfix/smtp"),
        "*: to=<*>, relay=*, dsn=*, status=lost (*",
    ),
    "a server's words that are new": (
        postfix("0D5B6278184: to=<carl@secret.example>, relay=mx.x[192.0.2.1]:25, dsn=5.7.1, status=bounced"
                " (STARTTLS policy: host mx.x[192.0.2.1] refused to do this: 553 5.7.1 no)", "postfix/smtp"),
        "*: to=<*>, relay=*, dsn=*, status=bounced (host * said: *",
    ),
    "a delivery that was cut in its address": (
        postfix('0D5B6278184: to=<"carl, status=bounced (host', "postfix/lmtp"),
        "*: to=<*",
    ),
    "a step of SMTP that is new to Exim": (
        f"{EXIM}1xVlMD-00002Y-0q ** carl@secret.example R=dnslookup T=remote_smtp H=mx.x [192.0.2.1]:"
        " SMTP error from remote mail server after LIMITS:<carl@secret.example>: 553 no\n".encode(),
        "* ** * R=* T=* H=*: SMTP error after LIMITS *",
    ),
    "a reply without a code": (
        f"{EXIM}1xVlMD-00002Y-0q ** carl@secret.example R=r T=t H=mx.x [192.0.2.1]:"
        " SMTP error from remote mail server after DATA: carl\n".encode(),
        "* ** * R=* T=* H=*: SMTP error after DATA *",
    ),
    "an error of nobody": (
        f"{EXIM}1xVlMD-00002Y-0q ** carl@secret.example R=r T=t: SMTP error after RCPT TO:<carl@x>:"
        " host mx.x [192.0.2.1]: 553 no\n".encode(),
        "* ** * R=* T=*: SMTP error after RCPT *",
    ),
    "fields that end in nothing": (
        f"{EXIM}1xVlMD-00002Y-0q == carl@secret.example R=r T=t H=mx.x [192.0.2.1] and no reason\n".encode(),
        "* == * R=* T=* H=*",
    ),
    "a reply behind nothing but the recipient": (
        f"{EXIM}1xVlMD-00002Y-0q ** carl@secret.example: SMTP error from remote mail server after DATA: 553 no\n".encode(),
        "* ** *",
    ),
    "a delivery to nobody": (f"{EXIM}1xVlMD-00002Y-0q => carl@secret.example\n".encode(), "* => *"),
    "a step of ours that is new": (
        f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] rejected VERIFY carl: 553 5.7.1 no\n".encode(),
        "H=* rejected VERIFY *",
    ),
    "a refusal by another word": (
        postfix(f"NOQUEUE: refuse: RCPT from {CLIENT}: 553 5.7.1 <carl@secret.example>: no; from=<a@b>"),
        "*: refuse: *: 553 *",
    ),
    "a refusal in another language": (
        postfix(f"NOQUEUE: 拒否: RCPT から {CLIENT}: 521 5.7.1 <carl@secret.example>: no; from=<a@b>"),
        "*: *: *: 521 *",
    ),
    "a refusal in another order": (
        postfix(f"NOQUEUE: reject: from=<carl@secret.example> RCPT from {CLIENT}: 553 5.7.1 no"),
        "*: reject:: *",
    ),
    "a refusal that was cut": (postfix("NOQUEUE: reject"), "*: reject:: *"),
    "an outcome in another place": (
        postfix("0D5B6278184: relay=mx.x[192.0.2.1]:25, to=<carl@secret.example>, dsn=5.7.1, status=bounced"
                " (host mx.x[192.0.2.1] said: 553 5.7.1 no)", "postfix/smtp"),
        "*: relay=*, to=*, dsn=**",
    ),
    "an outcome that is called otherwise": (
        postfix("0D5B6278184: to=<carl@secret.example>, relay=mx.x[192.0.2.1]:25, result=bounced (said: 553 no)", "postfix/lmtp"),
        "*: to=*, relay=**",
    ),
    "a delivery that was cut before its outcome": (
        postfix("0D5B6278184: to=<carl@secret.example>, relay=mx.x[192.0.2.1]:25, delay=1, dsn=5.7.1, sta", "postfix/smtp"),
        "*: to=*, relay=*, delay=*, dsn=**",
    ),
    "a server's reply in words that are new": (
        postfix("0D5B6278184: to=<carl@secret.example>, relay=mx.x[192.0.2.1]:25, dsn=5.7.1, status=bounced"
                " (der Server mx.x[192.0.2.1] sagte: 553 5.7.1 carl)", "postfix/smtp"),
        "*: to=<*>, relay=*, dsn=*, status=bounced (*",
    ),
    "an arrow that is new": (
        f"{EXIM}1xVlMD-00002Y-0q *! carl@secret.example R=r T=t H=mx.x [192.0.2.1]:"
        " SMTP error from remote mail server after DATA: 553 no\n".encode(),
        "* *! *",
    ),
    "a reply to Exim in words that are new": (
        f"{EXIM}1xVlMD-00002Y-0q ** carl@secret.example R=r T=t H=mx.x [192.0.2.1]: carl nach DATA: 553 no\n".encode(),
        "* ** * R=* T=* H=*: *: 5*",
    ),
    "a refusal of ours by another word": (
        f"{EXIM}H=carl.example (k3) [127.0.0.22] F=<carl@secret.example> A=plain:carl refused RCPT <x@y>: 553 no\n".encode(),
        "* RCPT *",
    ),
    "a refusal of ours in another order": (
        f"{EXIM}F=<carl@secret.example> H=carl.example [127.0.0.22] rejected RCPT <x@y>: 553 no\n".encode(),
        "* RCPT *",
    ),
    "a refusal of ours that was cut": (
        f"{EXIM}H=carl.example [127.0.0.22] F=<carl@secret.example> rejected RC\n".encode(),
        "H=* F=<*> rejected RC *",
    ),
    "fields of ours that are new": (
        f"{EXIM}H=[127.0.0.22] F=<carl@secret.example> NEW=fail NEWER=none rejected RCPT <x@y>: 553 no\n".encode(),
        "H=* F=<*> rejected RCPT *",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line, shape", STRANGE.values(), ids=STRANGE)
def test_a_refusal_or_delivery_that_is_new_is_told_by_its_shape(line: bytes, shape: str) -> None:
    told = recorded(line)

    assert [call[0] for call in told.calls] == ["not_understood"]
    assert shapes(line) == [shape]
    assert shape.isascii()


# ── what is not ──────────────────────────────────────────────────────────────────────────────────

KNOWN = [
    postfix(f"NOQUEUE: reject: RCPT from {CLIENT}: 450 4.7.1 later"),
    postfix("proxy-reject: END-OF-MESSAGE: 451 4.3.0 later; from=<a@b> to=<c@d> proto=ESMTP helo=<h>"),
    postfix('warning: proxy 127.0.0.1:10025 rejected "DATA": "451 4.3.0 later"'),
    postfix(f"3F56F278256: milter-reject: END-OF-MESSAGE from {CLIENT}: 5.7.1 no; from=<a@b>", "postfix/cleanup"),
    postfix(f"3F56F278256: reject: body 553 x from {CLIENT}; from=<a@b> to=<c@d>: 5.7.1 no", "postfix/cleanup"),
    postfix("NOQUEUE: reject: CONNECT from [192.0.2.1]:553: all server ports busy", "postfix/postscreen"),
    postfix("NOQUEUE: reject: CONNECT from [192.0.2.1]:553: too many connections", "postfix/postscreen"),
    postfix("0D5B6278184: to=<a@b>, relay=none, dsn=4.4.1, status=deferred (connect to b[192.0.2.1]:25: Connection refused)", "postfix/smtp"),
    postfix("0D5B6278184: to=<a@b>, relay=none, dsn=4.7.1, status=deferred (delivery temporarily suspended: host b[192.0.2.1] said: x)", "postfix/error"),
    postfix("0D5B6278184: to=<a@b>, relay=p, dsn=5.0.0, status=bounced (user unknown, host c[192.0.2.1] said: host b[192.0.2.1] said: x)", "postfix/pipe"),
    postfix('0D5B6278184: to=<a@b>, relay=local, dsn=5.1.1, status=bounced (unknown user: "a")', "postfix/local"),
    postfix("0D5B6278184: to=<a@b>, relay=mx[192.0.2.1]:25, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)", "postfix/smtp"),
    postfix("0D5B6278184: from=<a@b>, status=expired, returned to sender", "postfix/qmgr"),
    postfix("0D5B6278184: quota-reject: RCPT from x[192.0.2.1]: 553", "dovecot"),
    postfix("warning: to=<a@b>, relay=x, status=lost (y)", "postfix/smtp"),
    *(postfix(f"NOQUEUE: {action}: RCPT from {CLIENT}: 553 5.7.1 x; from=<a@b> to=<c@d> proto=ESMTP helo=<x>")
      for action in "warn info hold discard redirect filter prepend bcc delay permit".split()),
    *(postfix(f"4D43B278178: {action}: header Subject: b[1]: 553 5.7.1 x from {CLIENT}; from=<a@b>", "postfix/cleanup")
      for action in "warning info replace prepend strip".split()),
    postfix("0D5B6278184: host mx[192.0.2.1] said: 553 5.7.1 no (in reply to RCPT TO command)", "postfix/smtp"),
    postfix("0D5B6278184: replace: header Subject: b[1]: 553 5.7.1 x: X: y", "postfix/smtp"),
    postfix("0D5B6278184: to=<a@b>, relay=mx[192.0.2.1]:25, dsn=5.3.4, status=bounced (message size 553 exceeds size limit 550 of server mx[192.0.2.1])", "postfix/smtp"),
    postfix("0D5B6278184: to=<a@b>, relay=mx[192.0.2.1]:25, dsn=2.1.5, status=deliverable (250 x: 553 5.7.1 y)", "postfix/smtp"),
    postfix("0D5B6278184: to=<a@b>, relay=mx[192.0.2.1]:25, dsn=4.7.1, status=deferred (host mx[192.0.2.1] said: 451 x: 553 5.7.1 y)", "postfix/smtp"),
    postfix("0D5B6278184: to=<a@b>, relay=none, dsn=5.7.1, status=bounced (User unknown: 553 5.7.1 closed)", "postfix/error"),
    postfix('0D5B6278184: from=<"a 553 5.7.1"@b>, size=553, nrcpt=1 (queue active)', "postfix/qmgr"),
    postfix("(553-01) Blocked SPAM, b[192.0.2.1]: 553 5.7.1", "amavis"),
    # The logger has cut the tag at its slash.
    postfix("0D5B6278184: to=<a@b>, relay=none, dsn=4.7.1, status=deferred (delivery temporarily suspended: host b[192.0.2.1] said: x)", "postfix"),
    postfix("1xVlMD-00002Y-0q ** a@b R=r T=t H=x [192.0.2.1]: SMTP error from x", "dovecot"),
    postfix("2026-11-24 07:54:18 H=x [192.0.2.1] Warning: somebody rejected RCPT <x>: 553 no", "exim"),
    postfix("2026-11-24 07:54:18 H=x [192.0.2.1] F=<a@b> rejected RCPT <x>", "exim"),
    postfix('2026-11-24 07:54:18 U=www-data rejected connection in "connect" ACL', "exim"),
    postfix("2026-11-24 07:54:18 1xVlMD-00002Y-0q H=x [192.0.2.1] rejected DKIM ", "exim"),
    postfix("2026-11-24 07:54:18 1xVlMD-00002Y-0q ** nobody@corp.example : Unrouteable address", "exim"),
    postfix("2026-11-24 07:54:18 1xVlMD-00002Y-0q == x@a.example R=out T=smtp defer (-58)", "exim"),
    postfix("2026-11-24 07:54:18 H=x [192.0.2.1] F=<a@b> temporarily rejected RCPT <x>: 450 later", "exim"),
    *(f"{EXIM}{text}\n".encode() for text in (
        "1xVlMD-00002Y-0q ** a@b.example: Unrouteable address",
        "1xVlMD-00002Y-0q ** a@b.example <A@b.example>: Unrouteable address",
        '1xVlMD-00002Y-0q ** a b@b.example <"a b"@b.example>: Unrouteable address',
        "1xVlMD-00002Y-0q ** a@b.example R=r T=t: message is too big (transport limit = 1)",
        "1xVlMD-00002Y-0q ** a@b.example R=r T=t H=mx.b.example [192.0.2.1]: retry timeout exceeded",
        "1xVlMD-00002Y-0q ** |/bin/false <a@b.example> R=r T=t: Child process returned 1 from command: /bin/false",
        "1xVlMD-00002Y-0q == a@b.example routing defer (-51): retry time not reached",
        "1xVlMD-00002Y-0q == a@b.example R=r T=t defer (-53): retry time not reached for any host",
        "1xVlMD-00002Y-0q == a@b.example R=r T=t defer (110): Connection timed out H=mx [192.0.2.1]",
        "1xVlMD-00002Y-0q => blackhole (RCPT ACL discarded recipients)",
        "H=pc22 [127.0.0.22] F=<a@b> temporarily rejected RCPT <c@d>: 450 4.7.1 later",
        "H=pc22 [127.0.0.22] rejected ETRN #x: 458 no",
        "H=pc22 [127.0.0.22] F=<a@b> rejected RCPT <c@d>: Unrouteable address",
        'H=pc22 [127.0.0.22] Warning: F=<a@b> rejected FOO <"x rejected BAR"@y>: 553 no',
        "rejected EHLO from [127.0.0.67]: syntactically invalid argument(s): 553_5.7.1",
        "rejected MAIL from [127.0.0.67]: no HELO/EHLO given",
        "1xVlMD-00002Y-0q H=mx.x [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<a@b>: 553 no",
        "H=pc22 [127.0.0.22] F=<a@b> deferred RCPT <c@d>: 451 4.7.1 not yet, else 553 5.7.1",
        "H=(k3) [192.0.2.1] U=root sender verify fail for <a@b>: mx [192.0.2.1] : SMTP error from remote mail server after RCPT TO:<a@b>: 450 no 553",
        "H=(k3) [127.0.0.1] rejected WELLKNOWN acme-response",
        "1xVlMD-00002Y-0q == a@b.example R=r T=t defer (-18) H=mx [192.0.2.1]: Remote host closed connection in response to HELO x (EHLO response was: 550 no)",
        "H=mx.x [192.0.2.1]: SMTP error from remote mail server after initial connection: 553 no",
        "H=pc22 (k3) [192.0.2.1] Warning: 553 5.7.1 hm",
        "1xVlMD-00002Y-0q ** a@b.example R=r T=t: 553 5.7.1 what a router says",
        '1xVlMD-00002Y-0q *> a@b.example R=r T=t H=mx [192.0.2.1] C="250 x: 553 5.7.1 y"',
    )),
]  # fmt: skip


@pytest.mark.parametrize("line", KNOWN)
def test_what_is_known_and_not_counted_is_not_strange(line: bytes) -> None:
    told = {call[0] for call in recorded(line).calls}

    assert told <= {"sender"}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_in_the_logs_of_real_servers_nothing_is_strange(name: str) -> None:
    assert recorded(corpus.log(name)).of("not_understood") == []


@given(HOSTILE)
def test_what_others_write_into_other_lines_is_never_strange(words: str) -> None:
    lines = (
        postfix(f"545EA2781DF: info: header Subject: {words} from {CLIENT}; from=<a@b>", "postfix/cleanup"),
        postfix(f"545EA2781DF: message-id=<{words}>", "postfix/cleanup"),
        postfix(f"warning: {CLIENT}: SASL PLAIN authentication failed: x, sasl_username={words}"),
        postfix(f"0D5B6278184: to=<a@b>, relay=p, dsn=5.0.0, status=bounced (x. Command output: {words})", "postfix/pipe"),
        postfix(f"improper command pipelining after EHLO from {CLIENT}: {words}"),
        postfix(f"PREGREET 9 after 0.1 from [192.0.2.1]:5531: {words}", "postfix/postscreen"),
        postfix(f"NON-SMTP COMMAND from [192.0.2.1]:5531 after CONNECT: {words}", "postfix/postscreen"),
        postfix(f"warning: non-SMTP command from {CLIENT}: {words}"),
        postfix(f"NOQUEUE: warn: RCPT from {CLIENT}: {words}; from=<a@b> to=<c@d>"),
        postfix(f"0D5B6278184: host mx[192.0.2.1] said: {words}", "postfix/smtp"),
        f"{EXIM}H=mx.x [192.0.2.1]: SMTP error from remote mail server after initial connection: {words}\n".encode(),
        f'{EXIM}SMTP syntax error in "{words}" H=(x) [127.0.0.67] unrecognized command\n'.encode(),
        f"{EXIM}H=(x) [127.0.0.67] Warning: {words}\n".encode(),
        f'{EXIM}1xVlMD-00002Y-0q <= a@b.example H=x [192.0.2.1] P=esmtp S=3 T="{words}"\n'.replace('""', '"').encode(),
        f'{EXIM}SMTP call from (x) [127.0.0.67] dropped: too many (last was "{words}")\n'.encode(),
    )  # fmt: skip

    assert [shapes(line) for line in lines] == [[]] * len(lines)


@given(SENDERS)
def test_a_recipient_whom_nobody_knows_is_never_strange(recipient: Address) -> None:
    original = "" if recipient.internal.lower() == recipient.external else f" <{recipient.external}>"
    line = f"{EXIM}1xVlMD-00002Y-0q ** {recipient.internal.lower()}{original}: Unrouteable address\n"

    assert shapes(line.encode()) == []


# ── nothing of anybody ───────────────────────────────────────────────────────────────────────────


def strange_lines(sender: Address, recipient: Address, words: str, helo: str) -> list[bytes]:
    """Lines that can't be read, with what strangers may choose in each place that is theirs."""
    tail = f"; from=<{sender.external}> to=<{recipient.external}> proto=ESMTP helo=<{grammar.neutered(helo)}>"
    return [
        postfix(f"NOQUEUE: quota-reject: RCPT from {CLIENT}: 553 5.7.1 <{sender.internal}>: {words}{tail}"),
        postfix(f"NOQUEUE: quota-reject: RCPT from {CLIENT}: <{sender.internal}>: {words}{tail}"),
        postfix(f"NOQUEUE: reject: RCPT from {CLIENT}: <{sender.internal}>: {words}{tail}"),
        grammar.postfix_delivery(recipient=recipient, original=sender, status=f"lost ({words})"),
        grammar.postfix_delivery(
            recipient=recipient, status=f"bounced (host mx[192.0.2.1] answered so: -{words}"
        ),
        grammar.exim_delivery(recipient=recipient, reply=f"-{words}"),
        f"{EXIM}H=x (k3) [127.0.0.22] F=<{sender.external}> NEW=x rejected RCPT <{recipient.external}>:"
        f" 553 {words}\n".encode(),
        f"{EXIM}H=x (k3) [127.0.0.22] rejected VERIFY {words}: 553 5.7.1 {words}\n".encode(),
        postfix(f"NOQUEUE: refuse: RCPT from {CLIENT}: 553 5.7.1 <{sender.internal}>: {words}{tail}"),
        f"{EXIM}H=x (k3) [127.0.0.22] F=<{sender.external}> refused RCPT x@y.example: 553 no\n".encode(),
        f"{EXIM}F=<{sender.external}> H=x [127.0.0.22] rejected RCPT x@y.example: 553 5.7.1 {words}\n".encode(),
    ]


HARMLESS = [
    shapes(line) for line in strange_lines(Address("s", "a.example"), Address("r", "b.example"), "w", "h")
]


def test_each_of_these_lines_is_strange() -> None:
    assert [len(found) for found in HARMLESS] == [1] * len(HARMLESS)


@given(SENDERS, RECIPIENTS, HOSTILE, HOSTILE)
def test_what_others_write_never_shows_in_a_shape(
    sender: Address, recipient: Address, words: str, helo: str
) -> None:
    words = words.removesuffix("\\")

    assert [shapes(line) for line in strange_lines(sender, recipient, words, helo)] == HARMLESS


NAMES = st.text(st.sampled_from("qxzjkvw0123456789"), min_size=3, max_size=12)


@given(NAMES, NAMES, NAMES, NAMES)
def test_no_name_of_a_person_or_a_machine_survives(local: str, domain: str, login: str, host: str) -> None:
    told = [
        shape
        for line in (
            postfix(f"{login}553: proxy-reject: RCPT from {host}.example[192.0.2.7]: 553 {local}@{domain} {login}"),
            postfix(f"0D5B6278184: to=<{local}@{domain}>, relay={host}[192.0.2.7]:25, dsn=5.0.0, status=lost ({login})", "postfix/smtp"),
            f"{EXIM}1xVlMD-00002Y-0q ** {local}@{domain} R={login} T={host} H={host} [192.0.2.7]: SMTP error from x\n".encode(),
            f"{EXIM}H={host} ({domain}) [192.0.2.7] F=<{local}@{domain}> A={login}:{login} X=1 rejected FOO {local}\n".encode(),
        )
        for shape in shapes(line)
    ]  # fmt: skip
    pieces = {name[at : at + 3] for name in (local, domain, login, host) for at in range(len(name) - 2)}

    assert len(told) >= 3
    assert [piece for shape in told for piece in pieces - {"553"} if piece in shape] == []


# ── bounded ──────────────────────────────────────────────────────────────────────────────────────

LONG = 1 << 16


@pytest.mark.parametrize(
    "begun, filling",
    [
        (postfix(f"NOQUEUE: quota-reject: RCPT from {CLIENT}: "), b'553 <"a'),
        (postfix("NOQUEUE: quota-reject: "), b"A"),
        (postfix("proxy-reject: "), b"RCPT from "),
        (postfix("0D5B6278184: to=<"), b'"\\'),
        (postfix("0D5B6278184: to=<a@b>"), b", x=<a>"),
        (postfix("0D5B6278184: to=<a@b>, status=bounced ("), b"host a[b] c "),
        (postfix("0D5B6278184: to=<a@b>, status=bounced (host a[b] "), b"a "),
        (postfix("0D5B6278184: to=<a@b>, status=bounced ("), b"a, "),
        (f"{EXIM}1xVlMD-00002Y-0q ** ".encode(), b' <"a"@b>: '),
        (f"{EXIM}1xVlMD-00002Y-0q ** a@b".encode(), b" R=x"),
        (f"{EXIM}1xVlMD-00002Y-0q ** a@b R=r".encode(), b" A"),
        (f"{EXIM}1xVlMD-00002Y-0q ** a@b R=r".encode(), b' C="\\"'),
        (f"{EXIM}H=a [b]".encode(), b" A=x:y F=<z>"),
        (f"{EXIM}H=a [b]".encode(), b" X=x"),
        (f"{EXIM}H=a [b] F=<x> A=y:".encode(), b" A=z"),
        (f"{EXIM}H=a [b]".encode(), b" F=<x>"),
        (f"{EXIM}H=a [b]".encode(), b" x"),
        (f"{EXIM}H=a ".encode(), b"(x) "),
        (f"{EXIM}F=<x> ".encode(), b"[b] (c) "),
        (postfix("NOQUEUE: x: "), b"x "),
        (postfix("NOQUEUE: x: a[b]: "), b"a[b]"),
        (postfix("0D5B6278184: to=<a@b>", "postfix/smtp"), b", x=<a>"),
        (postfix("0D5B6278184: to=<a@b>, relay=x, status=bounced (", "postfix/smtp"), b": 55"),
        (postfix("[1/2] ", "exim"), b"1xVlMD-00002Y-0q "),
        (postfix("", "rsyslogd"), b"imuxsock[pid 1] from <x> "),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "needle",
    [
        b"reject: ",
        b", status=x",
        b" ** x",
        b" rejected x",
        b" due to rate-limiting",
        b": 553 x",
        b" 5.7.1",
        b", dsn=5.",
    ],
)
def test_the_longest_line_costs_no_more_than_its_length(begun: bytes, filling: bytes, needle: bytes) -> None:
    line = begun.rstrip(b"\n") + filling * (LONG // len(filling)) + needle + b"\n"
    began = time.process_time()
    told = recorded(line)
    took = time.process_time() - began

    assert took < 0.1
    assert all(len(call[-1]) <= 300 for call in told.calls if call[0] == "not_understood")
