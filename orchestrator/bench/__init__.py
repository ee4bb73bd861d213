"""Measured speed and memory, for ``make bench``."""
