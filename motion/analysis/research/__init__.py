"""Every table and figure of docs/research.md: ``python -m motion.analysis.research OUT --page docs/research.md``.

clips.py    pictures and embeddings of moving scenes
drift.py    films through the generator: steps, scenarios, gains, long ways
states.py   models of the next state
way.py      one way through the generator
runs.py     many of them, kept in files
page.py     tables → their places on the page
"""
