"""Measuring a drift: does the picture move as the embedding does, and how far, how evenly, how long?

statistics.py   correlation with its interval
measure.py      a film → one row a step, streamed
plots.py        rows → charts and strips
report.py       a folder: CSV, PNG, a page that opens offline
research/       every table of docs/research.md
"""
