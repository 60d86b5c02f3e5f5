from __future__ import annotations

import pytest

from rejectwatch import messages
from rejectwatch.causes import Diagnosis


def steps(sender: str) -> str:
    diagnosis = Diagnosis("sender_policy_spoof", "high", "SPF", "admin")
    known = messages.Known(refused_by="remote", mta="postfix", sender=sender)
    return "\n".join(messages.explain(diagnosis, known, "en").admin_steps)


def test_the_dns_is_asked_for_the_senders_domain() -> None:
    assert "dig +short TXT corp.example" in steps("alice@corp.example")


def test_a_sender_that_is_a_bare_name_has_no_domain() -> None:
    assert "dig +short TXT DOMAIN" in steps("root")


@pytest.mark.parametrize("sender", ["a@x;reboot", "a@$(reboot)", "a@x reboot", "a@-f", ""])
def test_a_domain_that_a_shell_would_take_for_more_stands_in_no_command(sender: str) -> None:
    assert "dig +short TXT DOMAIN" in steps(sender)
