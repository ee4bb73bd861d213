"""What a backdrop generator must reach, measured: prompts, a classifier that judges, gates."""
