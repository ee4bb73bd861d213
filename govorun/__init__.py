"""Govorun for other programs: :mod:`govorun.client` asks a service for videos.

Videos are made in this process by ``from orchestrator import render``.
"""

from __future__ import annotations
