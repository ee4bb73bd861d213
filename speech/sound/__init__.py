"""Samples and their timing: loudness, pitch, prosody, pieces laid on one timeline."""
