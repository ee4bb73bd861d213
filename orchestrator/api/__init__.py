"""The REST API: a FastAPI application over :mod:`orchestrator.jobs.service`. It loads no model library.

A request passes ``journal`` (its id, one line of log), ``bodies`` (size and time), ``access`` (who asks, how often:
``rates``), its route in ``routes/`` and, where it asks for a video, ``form/``, where fields and files become an order.
A repeated request is known by ``replies``. The answer is from ``objects`` (the video as clients see it), ``content``
(its files), ``events`` (what happens to it), ``waiting`` (a preview, when it is done), or one of ``errors``. ``app``
puts it together; ``protocol`` is the HTTP below.
"""

from __future__ import annotations

from orchestrator.api.app import create_app

__all__ = ["create_app"]
