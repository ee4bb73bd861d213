"""A typed client of the service, blocking and asynchronous, with the same methods.

    from govorun.client import Govorun

    with Govorun("http://127.0.0.1:8000", key="gvr_...") as govorun:
        video = govorun.create("Hello!", photo="me.jpg", backdrop="forest in the morning")
        video = govorun.wait(video, progress=lambda v: print(v.stage, v.progress))
        govorun.download(video, "hello.mp4")

What is busy or away is asked again for a while, as the service says; a video is not made twice by that, since each
request to make one carries an Idempotency-Key.
"""

from __future__ import annotations

from govorun.client.awaiting import AsyncGovorun
from govorun.client.blocking import Govorun
from govorun.client.errors import ServiceError, Unreachable, VideoFailed
from govorun.client.objects import Event, Failure, Portrait, Reason, Video, Voice
from govorun.client.webhooks import unwrap_webhook

__all__ = [
    "AsyncGovorun",
    "Event",
    "Failure",
    "Govorun",
    "Portrait",
    "Reason",
    "ServiceError",
    "Unreachable",
    "Video",
    "VideoFailed",
    "Voice",
    "unwrap_webhook",
]
