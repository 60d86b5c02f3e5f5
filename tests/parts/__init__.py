"""The testbed: real servers on loopback, each a context manager that leaves nothing behind."""
