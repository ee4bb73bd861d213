"""``POST /v1/audio/speech``, as the OpenAI client asks it, and samples of voices."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.api.form.json_body import body_of
from orchestrator.api.form.names import check_language, check_script, check_voice
from orchestrator.api.form.schema import BINARY, described
from orchestrator.api.routes.models import MODEL
from orchestrator.api.waiting import quick_answer
from orchestrator.previews.asked import SpeechAsked
from orchestrator.probes import installed

__all__ = ["router"]

router = APIRouter(tags=["speech"])
_TYPES = {
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "opus": "audio/ogg", "aac": "audio/aac",
    "pcm": "audio/pcm",
}  # fmt: skip
_ANY_ENGINE = (MODEL, "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
_NO_VOICE = ("", "auto", "default")
_SPEECH = {"model": MODEL, "input": "Hello! This is how I sound.", "voice": "en_US-joe", "response_format": "mp3"}
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sound", "content": dict.fromkeys(_TYPES.values(), BINARY)},
    503: {"description": "No worker came to it; see Retry-After"},
}
_SAMPLES = {
    "en": "Hello! This is how I sound.",
    "ru": "Здравствуйте! Вот так я говорю.",
    "de": "Hallo! So klingt meine Stimme.",
    "fr": "Bonjour ! Voici ma voix.",
    "es": "¡Hola! Así suena mi voz.",
    "it": "Ciao! Questa è la mia voce.",
    "pt": "Olá! Esta é a minha voz.",
    "nl": "Hallo! Zo klinkt mijn stem.",
    "pl": "Cześć! Tak brzmi mój głos.",
    "uk": "Вітаю! Ось так я говорю.",
    "cs": "Dobrý den! Takhle zní můj hlas.",
    "sv": "Hej! Så här låter min röst.",
    "tr": "Merhaba! Sesim böyle.",
    "zh": "你好！这是我的声音。",
    "ja": "こんにちは。これが私の声です。",
    "ko": "안녕하세요. 제 목소리입니다.",
    "ar": "مرحبا! هذا صوتي.",
    "hi": "नमस्ते! यह मेरी आवाज़ है।",
}
_NUMBERS = "1, 2, 3, 4, 5."  # read in its own language by every voice


class VoiceId(BaseModel):
    id: str


def _name(voice: str | VoiceId) -> str | None:
    name = voice if isinstance(voice, str) else voice.id
    return None if name in _NO_VOICE else check_voice(name)


class SpeechBody(BaseModel):
    """What the OpenAI client sends, and ``lang``."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(default=MODEL, max_length=100)
    input: Annotated[str, AfterValidator(check_script)] = Field(
        min_length=1, max_length=4096, description="The text, with directions such as [pause]."
    )
    voice: Annotated[str | VoiceId, AfterValidator(_name)] = Field(
        default="auto", description="An id of GET /v1/voices; auto: by the language.", validate_default=True
    )
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    lang: Annotated[str, AfterValidator(check_language)] | None = Field(default=None, max_length=35)
    instructions: str | None = None
    stream_format: Literal["audio"] | None = None

    @field_validator("instructions")
    @classmethod
    def _none(cls, value: str | None) -> None:
        if value:
            raise ValueError("no voice here takes instructions: write directions into the text, [slow] for example")


@router.post(
    "/v1/audio/speech",
    summary="Speak a text",
    response_class=Response,
    responses=_SOUND,
    openapi_extra=described(SpeechBody, _SPEECH),
)
async def create_speech(request: Request, who: Asker) -> Response:
    """The sound of `input`. What was asked before within the hour comes at once."""
    body = await body_of(request, SpeechBody)
    asked = await run_in_threadpool(_asked, body)
    return await quick_answer(request, who, asked, _TYPES[asked.format])


@router.get("/v1/voices/{voice}/sample", summary="Hear a voice", response_class=Response, responses=_SOUND)
async def hear_voice(voice: str, request: Request, who: Asker) -> Response:
    """An MP3 of a sentence in the voice's language."""
    known = next((one for one in await run_in_threadpool(installed.voices) if one["name"] == voice), None)
    if known is None:
        raise ApiError(404, "There is no such voice: GET /v1/voices lists them.", "not_found", "voice")
    language = str(known["language"]).replace("_", "-").split("-")[0].lower()
    text = known["sample"] or _SAMPLES.get("en" if language == "mul" else language, _NUMBERS)
    spoken = None if language == "mul" else str(known["language"])
    asked = SpeechAsked(text=text, voice=voice, lang=spoken, engine=str(known["engine"]))
    return await quick_answer(request, who, asked, _TYPES["mp3"], **{"Cache-Control": "private, max-age=3600"})


def _asked(body: SpeechBody) -> SpeechAsked:
    """ApiError 404 for an engine that is not here."""
    words: dict[str, Any] = {"text": body.input, "voice": body.voice, "lang": body.lang}
    return SpeechAsked(**words, engine=_engine(body.model), speed=body.speed, format=body.response_format)


def _engine(model: str) -> str | None:
    from speech import ENGINES

    if model in _ANY_ENGINE:
        return None
    name = model.removeprefix("speech/")
    if name not in ENGINES or name == "recorded":
        raise ApiError(404, f"There is no model {model[:100]!r}: say {MODEL}.", "model_not_found", "model")
    return name
