"""The person on screen: shared ground floor (core), the face (face) and the finished picture (compose)."""
