"""What would only be found out long after a video was taken: refused while its client still listens."""

from __future__ import annotations

from avatar.core.reasons import Message
from orchestrator.api.access import Caller
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import Order
from orchestrator.jobs.service import Service
from orchestrator.probes import installed
from orchestrator.upkeep.webhooks import leads_inside
from orchestrator.video.checks import spoken_minutes
from orchestrator.video.request import RenderRequest

__all__ = ["refuse_late_troubles"]

_STAGES = ("speech", "face", "backdrop")


def refuse_late_troubles(service: Service, order: Order, by: Caller) -> None:
    """ApiError for a script that is too long, an engine that is not complete here, a webhook that nobody would send."""
    _check_length(order, service.settings.video_minutes)
    _check_webhook(order, by, service.settings.webhook_private)
    if not service.settings.broker:  # else others work, who may have more than this machine has
        for number, scene in enumerate(order.scenes):
            _check_engines(scene, number if len(order.scenes) > 1 else None)


def _check_length(order: Order, most: int) -> None:
    minutes = spoken_minutes(order.scenes)
    if minutes > most:
        message = Message("video_too_long", minutes=round(minutes), most=most)
        raise ApiError(400, message, "video_too_long", "prompt" if len(order.scenes) == 1 else "scenes")


def _check_webhook(order: Order, by: Caller, private: bool) -> None:
    """Whoever needs no key is the owner of this machine, and may reach its network."""
    url = order.details.get("webhook_url")
    if url and by.owner and not private and leads_inside(str(url)):
        raise ApiError(400, Message("webhook_inside"), "invalid_value", "webhook_url")


def _check_engines(scene: RenderRequest, number: int | None) -> None:
    for stage in _STAGES:
        name = getattr(scene, f"{stage}_engine")
        asked = name and f"{stage}_engine" in scene.model_fields_set
        found = installed.engine(stage, name) if asked else None
        if found and not found["available"]:  # a name that nothing has is told with those that there are, later
            field = f"{stage}_engine"
            param = field if number is None else f"scenes[{number}].{field}"
            raise ApiError(422, Message("engine_not_here", engine=name, field=field), "engine_missing", param)
