"""Runs the stages and opens the doors: Python, command line, Celery.

>>> from orchestrator import render
>>> result = render(text="Hello there!", photo="me.jpg", output="hello.mp4")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.video.render import RenderResult, Report
    from orchestrator.video.request import RenderRequest

__all__ = ["render"]


def render(
    *,
    output: str | Path,
    report: Report | None = None,
    scenes: Sequence[Mapping[str, object]] | None = None,
    production: str | Path | Mapping[str, object] | None = None,
    **options: object,
) -> RenderResult:
    """Make a video of a photo that speaks; the options are those of :class:`orchestrator.video.request.RenderRequest`.

    ``scenes``: options of each of several scenes; the others then hold for all of them. ``production``: a production
    document in their place, a file or its content (of one video; :mod:`orchestrator.productions.document` reads those
    with data); what its scenes say counts before the options, the options before the rest of it.
    ``report(stage, fraction, message)`` hears the progress and may raise Cancelled. Raises a GovorunError that says in
    one sentence what is wrong; nothing is left under ``output`` then.
    """
    from orchestrator.video.render import render_video
    from orchestrator.video.request import request_of
    from orchestrator.video.scenes import requests_of

    if production is not None:
        requests = _produced(production, scenes, options)
    else:
        requests = (request_of(**options),) if scenes is None else requests_of(scenes, options)
    return render_video(requests, Path(output), report=report)


def _produced(
    production: str | Path | Mapping[str, object],
    scenes: Sequence[Mapping[str, object]] | None,
    options: Mapping[str, object],
) -> tuple[RenderRequest, ...]:
    from avatar.core.errors import OptionError
    from orchestrator.productions.document import production_of, read_production

    if scenes is not None:
        raise OptionError("scenes and production say the same: leave one of them out.")
    read = production_of(production) if isinstance(production, Mapping) else read_production(Path(production))
    return read.video(options)
