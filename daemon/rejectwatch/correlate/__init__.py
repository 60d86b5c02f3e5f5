"""Whose message it was: a refusal gets the login, client and sender that other lines told, and its attempt."""

from rejectwatch.correlate.correlator import Correlator, Onward

__all__ = ["Correlator", "Onward"]
