"""MagicVideo's design: an image model that is kept as it is makes films, by small adapters and directed attention."""
