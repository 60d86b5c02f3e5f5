"""Builds the parts from the settings, starts and stops them: the only place with threads and the clock."""
