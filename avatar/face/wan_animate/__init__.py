"""Wan Animate: a video model that takes a picture of the person, a film of their face and a film of their skeleton."""
