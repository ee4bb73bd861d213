"""Productions: scenes that are made from slides, or videos from rows of data."""
