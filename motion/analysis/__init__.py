"""Measuring a drift: does the picture move as the embedding does, and how far, how evenly, how long?

statistics.py   correlation with its interval
measure.py      a film → one row a step, streamed
plots.py        rows → charts and strips
report.py       a folder: CSV, PNG, a page that opens offline
scenarios.py    one influence film through A0, A1, B1 and B2
research.py     every table of docs/research.md
"""
