"""Backdrop engines, one module each; the table is ``motion.ENGINES``."""
