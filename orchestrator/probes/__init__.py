"""Child processes that look at photos, scripts and what is installed, so that no door loads a model library."""
