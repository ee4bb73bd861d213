"""Kokoro-82M: its graph, its voices, and the signs it reads."""
