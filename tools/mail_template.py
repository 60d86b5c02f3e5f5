"""Compile the layout of our mails: daemon/rejectwatch/messages/mail.mjml → mail.html beside it, which is committed.

python tools/mail_template.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

from mjml import mjml2html

MESSAGES = Path(__file__).resolve().parent.parent / "daemon" / "rejectwatch" / "messages"


def main() -> int:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES / "mail.html"
    target.write_text(mjml2html((MESSAGES / "mail.mjml").read_text("utf-8")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
