"""A recording and its words: read, recognised, aligned, judged."""
