"""Voices as files: the catalogue, their places, their conversion."""
