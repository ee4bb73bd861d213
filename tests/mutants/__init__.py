"""Small changes of the product, one at a time, and whether a test notices: ``python -m tests.mutants --help``."""
