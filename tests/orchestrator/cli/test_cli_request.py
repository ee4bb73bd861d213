"""One request, checked at the door: every wrong option is one sentence that says what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.core.errors import AudioError, InputError, OptionError, PhotoError, ScriptError, VoiceError
from avatar.core.types import Size
from orchestrator.cli.commands.render import read_scenes
from orchestrator.video.checks import check_request
from orchestrator.video.outputs import outputs_of
from orchestrator.video.request import RenderRequest, parse_size, request_of
from orchestrator.video.scenes import requests_of


def test_defaults() -> None:
    request = request_of(photo="me.png", text="Hello.")
    assert (request.size, request.fps, request.seed) == (Size(512, 512), 25.0, 0)
    assert request.backdrop
    assert request.captions == ()


def test_a_request_survives_json() -> None:
    request = request_of(photo="me.png", text="Hi.", size="720x1280", captions="burn, srt", face_option={"a": "b"})
    assert RenderRequest.model_validate_json(request.model_dump_json()) == request
    assert request.captions == ("srt", "burn")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"text": "a"}, "photo is missing"),
        ({"photo": "x"}, "exactly one of text, script and audio"),
        ({"photo": "x", "text": "a", "script": "b"}, "not text and script"),
        ({"photo": "x", "text": "a", "transcript": "b"}, "transcript belongs to audio"),
        ({"photo": "x", "text": "a", "size": "511x512"}, "nearest is 510x512"),
        ({"photo": "x", "text": "a", "size": "64x9000"}, "nearest is 128x3840"),
        ({"photo": "x", "text": "a", "size": "big"}, "WIDTHxHEIGHT"),
        ({"photo": "x", "text": "a", "fps": "9.9"}, "greater than or equal to 10"),
        ({"photo": "x", "text": "a", "fps": "nan"}, "fps"),
        ({"photo": "x", "text": "a", "fps": "fast"}, "valid number"),
        ({"photo": "x", "text": "a", "captions": "srt,ass"}, "unknown captions 'ass'"),
        ({"photo": "x", "text": "a", "backdrop": "#12"}, "#rrggbb"),
        ({"photo": "x", "text": "a", "backdrop": "  "}, "backdrop is empty"),
        ({"photo": "x", "text": "a", "gesture_style": "wild"}, "'calm', 'natural', 'lively' or 'presenter'"),
        ({"photo": "x", "text": "a", "seed": "-1"}, "seed"),
        ({"photo": "x", "text": "a", "colour": "red"}, "Unknown option 'colour'"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        request_of(**options)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_the_nearest_size_that_is_named_is_valid(width: int, height: int) -> None:
    try:
        size = parse_size(f"{width}x{height}")
    except ValueError as error:
        nearest = str(error).rpartition(" ")[2]
        size = parse_size(nearest)
        assert str(size) == nearest
    else:
        assert size == Size(width, height)
    assert size.width % 2 == size.height % 2 == 0


def test_files_are_looked_for(tmp_path: Path) -> None:
    photo = tmp_path / "me.png"
    photo.write_bytes(b"x")
    with pytest.raises(PhotoError, match="does not exist"):
        request_of(photo=tmp_path / "no.png", text="a").check_files()
    with pytest.raises(PhotoError, match="is a folder"):
        request_of(photo=tmp_path, text="a").check_files()
    with pytest.raises(AudioError, match="does not exist"):
        request_of(photo=photo, audio=tmp_path / "no.wav").check_files()
    with pytest.raises(OptionError, match="backdrop picture"):
        request_of(photo=photo, text="a", backdrop=f"@{tmp_path}/no.jpg").check_files()


def test_a_script_file_is_read_once_and_kept(tmp_path: Path) -> None:
    script = tmp_path / "s.txt"
    script.write_bytes("\ufeffПривет, мир.".encode())
    settled = request_of(photo=tmp_path / "me.png", script=script).settled()
    script.unlink()
    assert settled.words() == "Привет, мир."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\xff\xfe\x00", "no UTF-8"), (None, "does not exist"), (b"a" * 2_000_001, "longer than 2 MB")],
)
def test_a_script_that_cannot_be_read(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    script = tmp_path / "s.txt"
    if content is not None:
        script.write_bytes(content)
    with pytest.raises(ScriptError, match=sentence):
        request_of(photo="x", script=script).words()


def test_burnt_captions_are_no_files() -> None:
    request = request_of(photo="me.png", text="Hi.", captions="karaoke,vtt")
    assert request.burns_captions
    assert list(outputs_of(Path("a.mp4"), request.captions).captions) == ["vtt"]
    assert not request_of(photo="me.png", text="Hi.", captions="srt").burns_captions


def test_captions_that_the_font_cannot_show_are_refused_at_the_door(portrait_png: Path) -> None:
    options = {"photo": portrait_png, "text": "Hello 你好", "lang": "en"}
    check_request(request_of(**options, captions="srt"))
    with pytest.raises(OptionError, match="你好"):
        check_request(request_of(**options, captions="karaoke"))


def test_an_unknown_voice_is_refused_at_the_door(portrait_png: Path) -> None:
    check_request(request_of(photo=portrait_png, text="Hi.", voice="en_GB-any-medium"))
    with pytest.raises(VoiceError, match="en_US-joe"):
        check_request(request_of(photo=portrait_png, text="Hi.", voice="en_US-jo"))


def test_scenes_take_their_files_from_beside_the_list_and_the_rest_from_the_flags(tmp_path: Path) -> None:
    path = tmp_path / "scenes.json"
    path.write_text('[{"photo": "ann.png", "text": "Hi.", "backdrop": "@sea.jpg"}, {"seed": 2}]')
    defaults = {"photo": "me.png", "script": "talk.txt", "size": "256x256"}
    first, second = requests_of(read_scenes(path), defaults)
    assert (first.photo, first.text, first.script) == (tmp_path / "ann.png", "Hi.", None)
    assert first.backdrop == f"@{tmp_path / 'sea.jpg'}"
    assert (str(second.photo), str(second.script), second.seed) == ("me.png", "talk.txt", 2)
    assert str(first.size) == str(second.size) == "256x256"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("[{", "is no JSON"), ("{}", "must be a list"), ("[]", "must be a list"), ("[1]", "list of")],
)
def test_a_wrong_list_of_scenes_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "scenes.json").write_text(content)
    with pytest.raises(OptionError, match=complaint):
        read_scenes(tmp_path / "scenes.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_scenes(tmp_path / "nowhere.json")


def test_what_is_not_asked_for_is_as_the_documents_say() -> None:
    plain = request_of(photo="me.png", text="Hi.")
    looks = (str(plain.size), plain.fps, plain.captions, plain.label, plain.backdrop)
    assert looks == ("512x512", 25.0, (), False, "calm ocean at dusk")
    manner = (plain.expression, plain.gesture_style, plain.seed, plain.device, plain.face_engine)
    assert manner == ("neutral", "natural", 0, "auto", "embedded")
    assert (plain.voice, plain.lang, plain.speech_engine, plain.backdrop_engine) == (None,) * 4
    assert plain.speech_option == plain.face_option == plain.backdrop_option == {}


def test_the_name_of_a_picture_is_that_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("office.png").write_bytes(b"a picture")
    assert request_of(text="Hello.", photo="me.jpg", backdrop="office.png").backdrop == "@office.png"
    assert request_of(text="Hello.", photo="me.jpg", backdrop="office").backdrop == "office"
    with pytest.raises(OptionError, match=r"kitchen\.jpg does not exist"):
        request_of(text="Hello.", photo="me.jpg", backdrop="kitchen.jpg")
