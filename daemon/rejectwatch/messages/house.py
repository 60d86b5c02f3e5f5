"""What the operator adds to all messages: advice for replies that he knows, and where the pages about causes stand."""

from __future__ import annotations

from dataclasses import dataclass

from rejectwatch.causes import OwnText, found_in


@dataclass(frozen=True, slots=True)
class House:
    """`help_url` is the address of the folder `docs/causes`, wherever it was published; "" if it was not.

    `domains` are ours: an address that misses one by a letter is told.
    """

    own_texts: tuple[OwnText, ...] = ()
    help_url: str = ""
    domains: tuple[str, ...] = ()

    def advice(self, reply: str, language: str) -> str | None:
        """What a user is told first of all about this reply."""
        found = found_in(reply, self.own_texts)
        return found and found[0].advice_in(language)

    def page(self, cause: str, language: str) -> str | None:
        return f"{self.help_url.rstrip('/')}/{language}/{cause}.md" if self.help_url else None


NO_HOUSE = House()
