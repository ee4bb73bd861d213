"""Rooms of code, rendered by light: plates for the backdrop (docs/backdrops.md)."""
