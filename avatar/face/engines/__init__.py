"""Face engines, one module each; see avatar.face.ENGINES."""
