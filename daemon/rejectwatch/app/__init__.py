"""Builds the parts from the settings, starts and stops them; only here does the clock on the wall decide."""
