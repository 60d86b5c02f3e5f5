"""Everything that rejectwatch says to people, in English and Japanese; knows no store and no settings.

`explain` a cause, `render` a message about an incident, `render_notice` one about the watch itself, say a refusal in `plain_words`. The texts are in
`locale/`, under symbolic names; log text passes through `neutral` before it is shown.
"""

from rejectwatch.messages.advice import Explanation, NotRefused, as_text, explain, not_refused
from rejectwatch.messages.catalogue import LANGUAGES, CatalogueError
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.known import Known
from rejectwatch.messages.mail import Text, render
from rejectwatch.messages.notices import render_notice
from rejectwatch.messages.words import plain_words

__all__ = [
    "LANGUAGES",
    "NO_HOUSE",
    "CatalogueError",
    "Explanation",
    "House",
    "Known",
    "NotRefused",
    "Text",
    "as_text",
    "explain",
    "not_refused",
    "plain_words",
    "render",
    "render_notice",
]
