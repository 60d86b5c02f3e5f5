"""A recorded log made long enough for several commits, with what finds the faults of a restart in it.

The recorded lines stand among many that mean nothing; some of them stand there twice, byte for byte, as
happens within one second; and a remote reply quotes a whole line of a refusal.
"""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
RECORDED = CORPUS / "postfix37-syslog-traditional.log"
NOISE = b"Nov 24 04:27:25 mail postfix/smtpd[99999]: warning: hostname h.example does not resolve to address 203.0.113.9\n"
QUOTING = (
    b"Nov 24 04:27:26 mail postfix/submission/smtpd[250]: 7C0DE278199: client=pc21.corp.example[127.0.0.21],"
    b" sasl_method=PLAIN, sasl_username=alice\n"
    b"Nov 24 04:27:26 mail postfix/qmgr[248]: 7C0DE278199: from=<alice@corp.example>, size=500, nrcpt=1 (queue active)\n"
    b"Nov 24 04:27:26 mail postfix/smtp[262]: 7C0DE278199: to=<u@strict.example>, relay=mx.strict.example[127.0.0.42]:25,"
    b" delay=0, delays=0/0/0/0, dsn=5.7.1, status=bounced (host mx.strict.example[127.0.0.42] said: 553 5.7.1 Nov 24"
    b" 04:27:25 mail postfix/submission/smtpd[250]: NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1"
    b" <bob@corp.example>: Sender address rejected: not owned by user root; from=<bob@corp.example> to=<x@ok.example>"
    b" proto=ESMTP helo=<pc21.corp.example> (in reply to RCPT TO command))\n"
    b"Nov 24 04:27:26 mail postfix/qmgr[248]: 7C0DE278199: removed\n"
)


def lines() -> list[bytes]:
    """The recorded lines, every tenth refusal and delivery of them twice."""
    found, told = [], 0
    # Not splitlines: strangers have written other line separators into this log.
    for number, line in enumerate(RECORDED.read_bytes().split(b"\n")[:-1]):
        found.append(line + b"\n")
        if b"reject: " in line or b"status=" in line:
            told += 1
            if told % 10 == 0:
                found.append(line + b"\n")
        if number == 700:
            found.append(QUOTING)
    return found


def write(path: Path, size: int) -> None:
    """Write the log with `size` bytes of lines that mean nothing, spread evenly."""
    recorded = lines()
    noise = NOISE * (size // len(NOISE) // len(recorded))
    with path.open("wb") as log:
        for line in recorded:
            log.write(line + noise)
