"""Everything that rejectwatch says to people, in English and Japanese; knows no store and no settings.

`explain` a cause, `render` a message about an incident, `render_notice` one about the watch itself, say a refusal in `plain_words`.
A `Document` is a message before it has a form: `mail.as_text` makes plain text of it. The texts are in
`locale/`, under symbolic names; log text passes through `neutral` before it is shown.
"""

from rejectwatch.messages.advice import Explanation, NotRefused, as_text, explain, not_refused
from rejectwatch.messages.catalogue import LANGUAGES, CatalogueError
from rejectwatch.messages.digest import digest_document
from rejectwatch.messages.document import Document
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.incident_document import document, escalated_document, reminder_document
from rejectwatch.messages.known import Known
from rejectwatch.messages.mail import Text, render, render_notice
from rejectwatch.messages.notices import notice_document
from rejectwatch.messages.words import plain_words

__all__ = [
    "LANGUAGES",
    "NO_HOUSE",
    "CatalogueError",
    "Document",
    "Explanation",
    "House",
    "Known",
    "NotRefused",
    "Text",
    "as_text",
    "digest_document",
    "document",
    "escalated_document",
    "explain",
    "not_refused",
    "notice_document",
    "plain_words",
    "reminder_document",
    "render",
    "render_notice",
]
