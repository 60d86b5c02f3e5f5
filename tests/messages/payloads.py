"""What an attacker may have written into a log, and documents that hold it in every place."""

from __future__ import annotations

from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.neutral import quoted

PAYLOADS = {
    "header": "x\r\nBcc: evil@evil.example\r\nContent-Type: text/html\r\n\r\n<b>",
    "encoded header": "x%0d%0aBcc:%20evil@evil.example",
    "encoded word": "=?utf-8?b?4oCuZXZpbA==?= =?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
    "script": "</td></table><script>document.title='evil'</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" style=\'background:url(//evil.example/x)\' x="',
    "link": "[your bank](https://evil.example/login) <a href=https://evil.example>here</a> https://evil.example",
    "bare name": "www.evil.example evil.example/login mailto:evil@evil.example",
    "mention": "@everyone @channel <!channel> <at>postmaster</at> @mention",
    "terminal": "\x1b]0;evil\x07\x1b[2J\x1b[31mred\x9b31m",
    "bidi": "\u202egnp.exe\u2066 \u200eevil\u200f \u061c",
    "NUL": "a\x00b\x7f\x85",
    "long": "x" * 10_000,
    "boundary": "--===============0000000000000000000==--\r\n--===============\r\n.\r\n..\r\nQUIT",
    "surrogate": "half \ud83d of a sign, \udcff",
    "slots": "$title ${sections} $$ {title} <!-- begin row --><!-- end mail --><!--[if mso]>evil<![endif]-->",
    "marks": "Z" + "\u0300" * 60 + "algo",
    "html entities": "&lt;script&gt; &#60;b&#62; &amp;",
}


def everywhere(text: str) -> Document:
    """A document that holds a text in each of its places, as it is."""
    return Document(
        kind="opened",
        language="en",
        severity="warning",
        title=f"[rejectwatch] {text} can't send",
        lead=f"{text} has been refused.",
        sections=(
            Section("facts", f"About {text}", rows=((f"Label {text}", text), ("Reply", text)), closing=text),
            Section("steps", f"Do {text}", lines=(f"Look at {text}:  postmap -q {text}  {text}", text)),
            Section("text", lines=(text, f"- {text}")),
            Section("list", lines=(text, text)),
            Section("forward", f"For {text}", lines=(text, "", f"- {text}", text), closing=text),
        ),
        footer=f"Incident {text}",
        incident="1f2e3d4c5b",
    )


def neutralized(payload: str) -> str:
    """As log text stands in a document."""
    return quoted(payload, "“”")
