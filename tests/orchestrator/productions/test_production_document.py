"""Production documents: the schema and the reader say the same, and what is wrong is told with its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from avatar.core.errors import GovorunError, InputError, OptionError, PhotoError, ScriptError
from orchestrator.productions import document
from orchestrator.productions.batch import rows_of
from orchestrator.productions.document import Production, production_of, read_production
from orchestrator.productions.schema import FILES, OPTIONS, VERSION, WHOLE, option_schema, production_schema
from orchestrator.productions.shape import fault_of, pointer
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import MOST_SCENES

ROOT = Path(__file__).parents[3]
SCHEMA = production_schema()
JUDGE = jsonschema.Draft202012Validator(SCHEMA)
PLACES = [name for name in OPTIONS if {"$ref": "#/$defs/place"} in option_schema(name).get("anyOf", ())]

GOOD: list[dict[str, Any]] = [
    {},
    {"$schema": "production.schema.json", "title": "For {{name}}", "text": "Hello."},
    {"photo": "me.jpg", "text": "Hi.", "size": "1280x720", "fps": 25, "seed": 3.0, "label": True},
    {"scenes": [{}]},
    {"scenes": [{"text": "a", "layout": "circle:0.8,0.6:0.3"}, {"script": "b.txt", "transition": "fade:0.6"}]},
    {"captions": "srt, burn", "alpha": ["webm", "png"], "scenes": [{"captions": []}]},
    {"backdrop": "@sea.jpg", "backdrop_option": {"fit": "contain"}, "backdrop_blur": 0.5},
    {"brand": "house.json", "data": "guests.csv"},
    {"brand": {"accent": "#2F7bff", "logo": "logo.png"}, "data": [{"a": 1, "b": None, "c": True, "d": "x"}]},
    {"fps": "{{fps}}", "size": "{{ size }}", "label": "{{label}}", "layout": "circle:{{place}}"},
    {"heading": "x" * 160},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"govorun": 0}, "/govorun"),
    ({"govorun": True}, "/govorun"),
    ({"govorun": "1"}, "/govorun"),
    ({"scenes": []}, "/scenes"),
    ({"scenes": {}}, "/scenes"),
    ({"scenes": [{}] * (MOST_SCENES + 1)}, "/scenes"),
    ({"scenes": [{}, {}, {"voice": 5}]}, "/scenes/2/voice"),
    ({"scenes": [{"size": "128x128"}]}, "/scenes/0/size"),
    ({"scenes": [{"scenes": []}]}, "/scenes/0/scenes"),
    ({"scenes": ["x"]}, "/scenes/0"),
    ({"prompt": "x"}, "/prompt"),
    ({"a/b~c": "x"}, "/a~1b~0c"),
    ({"fps": 9}, "/fps"),
    ({"fps": "25"}, "/fps"),
    ({"fps": None}, "/fps"),
    ({"fps": True}, "/fps"),
    ({"seed": 1.5}, "/seed"),
    ({"seed": 2**63}, "/seed"),
    ({"label": "yes"}, "/label"),
    ({"voice": None}, "/voice"),
    ({"size": "511x512"}, "/size"),
    ({"size": "64x64"}, "/size"),
    ({"face": "middle"}, "/face"),
    ({"face": 2}, "/face"),
    ({"layout": "left:top"}, "/layout"),
    ({"layout": "Circle"}, "/layout"),
    ({"transition": "fade:9"}, "/transition"),
    ({"backdrop": "#12"}, "/backdrop"),
    ({"backdrop": ""}, "/backdrop"),
    ({"accent": "red"}, "/accent"),
    ({"layout_ground": "sky"}, "/layout_ground"),
    ({"gesture_style": "wild"}, "/gesture_style"),
    ({"captions": "srt,ass"}, "/captions"),
    ({"captions": ["srt", "ass"]}, "/captions/1"),
    ({"alpha": [1]}, "/alpha/0"),
    ({"layers": ["heading", "person", "heading"]}, "/layers"),
    ({"layers": "heading,person,heading"}, "/layers"),
    ({"backdrop_sound": "loud"}, "/backdrop_sound"),
    ({"backdrop_sound": 3}, "/backdrop_sound"),
    ({"face_option": {"a": 1}}, "/face_option/a"),
    ({"heading": "x" * 161}, "/heading"),
    ({"title": "x" * 201}, "/title"),
    ({"photo": ""}, "/photo"),
    ({"photo": "x" * 1001}, "/photo"),
    ({"brand": {"accent": "red"}}, "/brand/accent"),
    ({"brand": {"colour": "#000000"}}, "/brand/colour"),
    ({"brand": []}, "/brand"),
    ({"data": []}, "/data"),
    ({"data": [{"a": 1}, {"b": []}]}, "/data/1/b"),
    ({"data": [1]}, "/data/0"),
    ({"data": ""}, "/data"),
]


def whole(content: dict[str, Any]) -> dict[str, Any]:
    return {"govorun": VERSION, **content}


def refusal(content: object) -> str:
    with pytest.raises(OptionError) as caught:
        production_of(content)  # type: ignore[arg-type]
    return str(caught.value)


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (ROOT / "docs" / "production.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA, "run: govorun production --schema > docs/production.schema.json"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(f":{VERSION}")


def test_every_option_is_in_the_schema_as_the_request_describes_it() -> None:
    assert set(RenderRequest.model_fields) < set(SCHEMA["properties"])
    assert set(SCHEMA["$defs"]["scene"]["properties"]) == set(OPTIONS) - set(WHOLE)
    for name, field in RenderRequest.model_fields.items():
        described = SCHEMA["$defs"][f"option-{name}"]
        assert described["description"].startswith(field.description)
        assert described.get("examples") == field.examples
    assert option_schema("fps")["anyOf"][0] == {"type": "number", "minimum": 10, "maximum": 60}
    assert option_schema("size")["default"] == "512x512"
    assert {"photo", "script", "audio", "logo", "font", "music"} <= set(FILES)


@pytest.mark.parametrize("content", GOOD, ids=str)
def test_good_documents_are_good_to_both(content: dict[str, Any]) -> None:
    JUDGE.validate(whole(content))
    assert production_of(whole(content)).options == {
        name: value for name, value in content.items() if name in OPTIONS
    }  # fmt: skip


@pytest.mark.parametrize(("content", "place"), BAD, ids=[f"{place}-{at}" for at, (_, place) in enumerate(BAD)])
def test_bad_documents_are_bad_to_both_and_the_place_is_told(content: dict[str, Any], place: str) -> None:
    assert not JUDGE.is_valid(whole(content))
    said = refusal(whole(content))
    assert said.startswith(f"{place}: ") and said.endswith(".")
    assert len(said) < 1200 and "\n" not in said


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 4000), st.floats(-100, 100), TEXTS,
    st.sampled_from(["{{a}}", "srt", "#a0b0C0", "256x144", "photo", "circle:top:0.5", "fade:0.5", "largest", "@a.jpg"]),
    st.lists(st.sampled_from(["srt", "webm", "x", 1]), max_size=2), st.dictionaries(TEXTS, TEXTS, max_size=2),
)  # fmt: skip
KEYS = st.sampled_from([*OPTIONS, "colour"])
SCENE = st.dictionaries(KEYS, ODD, max_size=3)
DOCUMENT = st.fixed_dictionaries(
    {"govorun": st.sampled_from([1, 1, 1, 1, 1.0, 0, True, "1"])},
    optional={
        "scenes": st.one_of(st.lists(SCENE, max_size=2), ODD),
        "data": st.one_of(st.lists(st.dictionaries(TEXTS, ODD, max_size=2), max_size=2), ODD),
        "brand": st.one_of(SCENE, ODD),
        "title": ODD,
        **dict.fromkeys(("fps", "captions", "layout", "text", "photo", "seed", "label", "accent"), ODD),
    },
)


@given(DOCUMENT)
def test_the_reader_takes_what_a_validator_of_the_schema_takes(content: dict[str, Any]) -> None:
    fault = fault_of(content, SCHEMA)
    assert (fault is None) == JUDGE.is_valid(content)
    if fault is None:
        assert production_of(content).title == content.get("title", "")
    else:
        assert refusal(content).startswith(f"{pointer(fault.at)}: ")


@given(st.data())
def test_a_value_that_the_schema_takes_is_one_that_the_option_takes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(PLACES))
    kind = data.draw(st.sampled_from([one for one in option_schema(name)["anyOf"] if "$ref" not in one]))
    value = data.draw(_values(kind))
    field = RenderRequest.model_fields[name]
    TypeAdapter(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation).validate_python(
        value
    )


def _values(kind: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "pattern" in kind:
        return st.from_regex(kind["pattern"].replace("$", r"\Z"))
    if "enum" in kind:
        return st.sampled_from(kind["enum"])
    if kind["type"] == "array":
        return st.lists(_values(kind["items"]), unique=kind.get("uniqueItems", False))
    limits = {"min_value": kind.get("minimum"), "max_value": kind.get("maximum")}
    plain = {
        "number": lambda: st.floats(**limits, allow_nan=False),
        "integer": lambda: st.integers(**limits),
        "boolean": st.booleans,
        "string": lambda: st.text(max_size=kind.get("maxLength")),
    }
    return plain[kind["type"]]()


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_the_schema_takes_the_sizes_that_are_possible(width: int, height: int) -> None:
    pattern = option_schema("size")["anyOf"][0]["pattern"]
    possible = all(128 <= side <= 3840 and side % 2 == 0 for side in (width, height))
    assert (re.search(pattern, f"{width}x{height}") is not None) == possible


def test_examples_of_the_schema_are_documents() -> None:
    examples = {name: one["examples"][0] for name, one in SCHEMA["properties"].items() if "examples" in one}
    options = {name: one["examples"][0] for name in OPTIONS if "examples" in (one := option_schema(name))}
    assert {"scenes", "data", "title"} <= set(examples) and len(options) > 10
    JUDGE.validate(whole({**examples, **options}))
    production_of(whole({**examples, **options}))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (whole({"govorun": 2, "shots": []}), "/govorun: the document is of version 2, .* update Govorun"),
        ({"text": "x"}, '/govorun: it is missing: a production begins with "govorun": 1'),
        (whole({"prompt": "x"}), "perhaps text is meant"),
        (whole({"bakdrop": "x"}), "perhaps backdrop is meant"),
        (whole({"rows": []}), "perhaps data is meant"),
        (whole({"scenes": [{"fps": 25}]}), "of the whole video: say it once, beside scenes"),
        (whole({"layout": "upside"}), "'upside' is no layout: choose full, left"),
        (whole({"size": "511x512"}), "the nearest is 510x512"),
        (whole({"fps": "fast"}), 'it has to be a number, not "fast"'),
        (whole({"accent": " #ffd040"}), "plainly, for example #ffd040"),
        (whole({"backdrop": ["sea"]}), r"it has to be text, not \[\"sea\"\]"),
        (whole({"captions": 3}), "it has to be text or a list, not 3"),
        ([], "has to be an object"),
        (whole({"text": {1, 2}}), "no value of JSON"),
        (whole({"text": float("nan")}), "no value of JSON"),
        (whole({"text": "a\0b"}), "holds a zero character"),
        (whole({"text": "\ud800"}), "half a character"),
    ],
)
def test_a_refusal_says_what_to_do(content: object, told: str) -> None:
    assert re.search(told, refusal(content))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"govorun": 1,', "is no JSON in UTF-8"),
        ('{"govorun": 1, "fps": NaN}', "NaN is no number of JSON"),
        ('{"govorun": 1, "seed": 1, "seed": 2}', "the key 'seed' is there twice"),
        ('{"a": ' + "[" * 100_000, "nested too deep"),
        ("привет".encode("cp1251"), "is no JSON in UTF-8"),
    ],
    ids=["cut", "nan", "twice", "deep", "cp1251"],
)
def test_what_is_no_json_is_told(text: str | bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "film.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(OptionError, match=told):
        read_production(tmp_path / "film.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_production(tmp_path / "nowhere.json")


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_MOST_BYTES", 100)
    (tmp_path / "film.json").write_text(json.dumps(whole({"text": "x" * 200})))
    with pytest.raises(InputError, match="is larger than"):
        read_production(tmp_path / "film.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("me.jpg", "ann.jpg", "sea.jpg", "logo.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "talk.txt").write_text("Hello {{name}}.")
    return tmp_path


def read(folder: Path, **content: Any) -> Production:
    (folder / "film.json").write_text("\ufeff" + json.dumps(whole(content)), encoding="utf-8")
    return read_production(folder / "film.json")


def test_scenes_count_before_what_is_given_and_that_before_the_rest(folder: Path) -> None:
    (folder / "house.json").write_text('{"accent": "#111111", "logo": "logo.png", "layout_ground": "#222222"}')
    film = read(
        folder, brand="house.json", photo="me.jpg", text="Shared.", layout_ground="#333333", seed=1, voice="en_US-joe",
        scenes=[{"photo": "ann.jpg", "seed": 2, "backdrop": "sea.jpg"}, {"script": "talk.txt"}],
    )  # fmt: skip
    first, second = film.requests({"seed": 5, "voice": "en_US-amy"})
    assert (first.photo, second.photo) == (folder / "ann.jpg", folder / "me.jpg")
    assert (first.text, second.text, second.script) == ("Shared.", None, folder / "talk.txt")
    assert (first.seed, second.seed, first.voice) == (2, 5, "en_US-amy")
    assert first.backdrop == f"@{folder / 'sea.jpg'}"
    assert (first.accent, first.layout_ground, first.logo) == ("#111111", "#333333", folder / "logo.png")
    assert film.requests({"text": "Given."})[0].text == "Given."


def test_without_scenes_the_options_are_the_only_one(folder: Path) -> None:
    (only,) = read(folder, photo="me.jpg", text="Hi.", fps=10, brand={"logo": "logo.png"}).video()
    assert (only.text, only.fps, only.logo) == ("Hi.", 10, folder / "logo.png")


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        ({"text": "x"}, OptionError, "The production: the photo is missing"),
        ({"scenes": [{"photo": "me.jpg", "text": "x"}, {"text": "x"}]}, OptionError, "/scenes/1: the photo is missing"),
        ({"photo": "no.jpg", "text": "x"}, PhotoError, "/photo: The photo .*no.jpg does not exist"),
        ({"photo": "me.jpg", "scenes": [{"text": "a"}, {"photo": "no.jpg", "text": "b"}]}, PhotoError,
         "/scenes/1/photo: "),
        ({"photo": "me.jpg", "text": "x", "backdrop": "@no.jpg"}, OptionError, "/backdrop: "),
        ({"photo": "me.jpg", "scenes": [{"text": "x", "backdrop": "no.jpg"}]}, OptionError, "/scenes/0/backdrop: "),
        ({"photo": "me.jpg", "text": "x", "brand": {"logo": "no.png"}}, OptionError, "/brand/logo: "),
        ({"photo": "me.jpg", "text": "x", "brand": "no.json"}, InputError, "/brand: "),
        ({"photo": "n" * 900, "text": "x"}, OptionError, "/photo: the file cannot be read"),
        ({"photo": "me.jpg", "scenes": [{"text": "x"}, {"text": "a", "audio": "b"}]}, OptionError,
         "/scenes/1: give exactly one of"),
        ({"photo": "me.jpg", "text": "{{name}}"}, OptionError, r"/text: there is no value for \{\{name\}\}: give data"),
        ({"photo": "me.jpg", "text": "x", "data": [{"a": 1}]}, OptionError, "/data: one video a row"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_told_with_its_place(
    content: dict[str, Any], kind: type[GovorunError], told: str, folder: Path
) -> None:
    with pytest.raises(kind, match=f"^{told}"):
        read(folder, **content).video()


def test_what_is_given_besides_is_told_by_its_name(folder: Path) -> None:
    with pytest.raises(OptionError, match=r"^Option size: 5x5 is not possible"):
        read(folder, photo="me.jpg", text="x").video({"size": "5x5"})


def test_rows_are_filled_into_every_text(folder: Path) -> None:
    (folder / "guests.csv").write_text("name;fps;who\nAnna;10;ann\nBoris;12;me\n")
    film = read(
        folder, photo="{{who}}.jpg", fps="{{fps}}", data="guests.csv", scenes=[{"script": "talk.txt"}, {"text": "Bye."}]
    )
    filled = [film.filled(values).requests() for _, values in rows_of(film.rows(), film.template())]
    assert [[scene.text for scene in video] for video in filled] == [["Hello Anna.", "Bye."], ["Hello Boris.", "Bye."]]
    assert [(video[1].photo, video[1].fps) for video in filled] == [(folder / "ann.jpg", 10), (folder / "me.jpg", 12)]
    with pytest.raises(ScriptError, match=r"^/scenes/1/script: The script .* does not exist"):
        read(folder, scenes=[{"text": "a"}, {"script": "no.txt"}]).template()
    listed = read(folder, text="{{a}}", data=[{"a": 1, "b": None}, {"a": True}])
    assert [dict(row.values) for row in listed.rows()] == [{"a": "1", "b": ""}, {"a": "true"}]
    with pytest.raises(InputError, match=r"^/data: The data .* cannot be read"):
        read(folder, text="{{a}}", data="no.csv").rows()
