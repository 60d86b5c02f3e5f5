"""Watches a mail server's log for refused mail, says why, and tells the people who can act."""

__version__ = "0.2.0"
