"""The addresses of the REST API, one module a group: each reads what was asked, has it done, and shows the answer.

``videos`` (make, look, list, cancel, remix, delete, files, events; from slides and productions too), ``batches`` (one
video a row of a table), ``speech`` and ``voices``, ``backdrops``, ``portraits``, ``models``; ``session`` (a key becomes
a cookie), ``operations`` (health, readiness, metrics), ``page`` (the web page's files) and ``reference`` (``/docs``).
"""
