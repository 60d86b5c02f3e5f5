"""Sends the messages that wait in the outbox; the deciding part never waits for it."""
