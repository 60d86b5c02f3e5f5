"""Is this watch well? Every question that a support call would begin with; read `checks.py` first.

Runs beside the daemon, as root or as its user, before its first start too. Looks only: writes nothing, takes no
lock, reads no log that it need not read.
"""
