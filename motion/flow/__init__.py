"""Latent flow diffusion: how the parts of a picture move, guessed by a small network, so that one picture is a loop."""
