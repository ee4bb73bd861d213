"""``POST /v1/portraits/check``: can this photo be animated, and what would be better."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.api.form.names import check_name
from orchestrator.api.form.parse import Form, form_of
from orchestrator.api.form.refusal import FieldError
from orchestrator.probes import cutout, photo, pool

__all__ = ["router"]

router = APIRouter()
_NAMES = ("image", "input_reference", "photo")
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "string", "format": "binary", "description": "JPEG, PNG or WebP."},
                        "input_reference": {"type": "string", "format": "binary", "description": "The same."},
                        "face": {
                            "type": "string",
                            "default": "largest",
                            "description": "Which of several faces: largest, left, right, or its number from the left.",
                        },
                    },
                }
            }
        },
    }
}
_FOUND = {
    "ok": True, "width": 512, "height": 512, "faces": 1, "box": [178, 69, 92, 108], "iod": 61.3, "yaw": -0.5,
    "pitch": 1.5, "roll": 3.5, "mouth_open": 0.12, "brightness": 0.62, "sharpness": 0.76, "occlusion": 0.0,
    "face": 1, "boxes": [[178, 69, 92, 108]], "places": [[0.3477, 0.1348, 0.1797, 0.2109]], "turned": 0,
    "notes": [], "note_reasons": [], "problems": [], "problem_reasons": [], "outline": [[0.43, 0.13], [0.46, 0.14]],
}  # fmt: skip
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "What was found", "content": {"application/json": {"example": _FOUND}}},
    400: {"description": "No photo, or one that cannot be read"},
    503: {"description": "Many photos wait; see Retry-After"},
}


_SKETCH = {
    "picture": "data:image/webp;base64,...", "whole": "data:image/webp;base64,...",
    "frames": {
        "16:9": {"cut": [0.1266, 0.0486, 0.6672], "whole": [0.0, -0.0403, 1.0], "circle": [-0.28, -0.08, 1.6]},
    },
}  # fmt: skip
_CUT: dict[int | str, dict[str, Any]] = {
    **_RESPONSES, 200: {"description": "The person", "content": {"application/json": {"example": _SKETCH}}}
}  # fmt: skip


def _face(form: Form) -> str:
    face = str(form.fields.get("face", "largest"))
    try:
        check_name("face", face)
        return face
    except FieldError as error:
        raise ApiError(400, error.message, "invalid_face", "face") from error


@router.post(
    "/v1/portraits/check", summary="Look at a photo before a video is made", responses=_RESPONSES, openapi_extra=_BODY,
    tags=["portraits"],
)  # fmt: skip
async def check_portrait(request: Request, who: Asker) -> dict[str, Any]:
    """The face that would be animated, and advice.

    `box` is x, y, width, height and `iod` the distance of the eyes, in pixels of the upright photo; angles are degrees;
    `face` is its number from the left and `boxes` are all of them; `turned` says by how many quarters the photo was
    turned clockwise to stand upright; `outline` runs around the face and `places` are the boxes, in shares of width and
    height of the photo as it was sent; `problems` say why a photo cannot be used, `notes` what would be better;
    `problem_reasons` and `note_reasons` are their codes, in the same order.
    """
    return await _looked_at(request, photo.check)


@router.post(
    "/v1/portraits/cutout", summary="Cut the person out of a photo, for a sketch", responses=_CUT, openapi_extra=_BODY,
    tags=["portraits"],
)  # fmt: skip
async def cut_out_portrait(request: Request, who: Asker) -> dict[str, Any]:
    """The person before any backdrop, as the video will show it, without a worker.

    `picture` is the person with alpha and `whole` the upright photo, as data URLs; `frames` says for each shape of a
    video where left and top of `picture` (`cut`) and of `whole` lie and how wide it is, in shares of the frame; under
    the names of layouts (`left`, `circle`, `circle_whole`) in shares of their panel.
    """
    return await _looked_at(request, cutout.sketch)


async def _looked_at(request: Request, look: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """What ``look(photo, face=...)`` says of the photo that was sent."""
    async with form_of(request, request.app.state.service.settings) as form:
        path = next((form.files[name].path for name in _NAMES if name in form.files), None)
        if path is None:
            raise ApiError(400, "There is no photo: send it as the part image.", "missing_field", "image")
        try:
            return await run_in_threadpool(partial(look, path, face=_face(form)))
        except pool.Busy as error:
            raise ApiError(503, error.message, error.code, headers={"Retry-After": "3"}) from error
