"""The page as files: how they are served, that both languages say the same, that colours can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from orchestrator.api.app import create_app
from orchestrator.settings import Settings
from orchestrator.video.steps import STAGES
from tests.service.live import FAKES

WEB = Path(__file__).parents[3] / "orchestrator" / "web"
LANGUAGES = {name: json.loads((WEB / "words" / f"{name}.json").read_text()) for name in ("en", "ru")}
SOURCES = {path.name: path.read_text() for path in sorted([*WEB.glob("*.js"), *WEB.glob("*.html")])}
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
BUILT = (
    "script.missing.",
    "photo.missing.",
    "place.idea.",
    "place.group.",
    "hour.",
    "alpha.",
    "scenes.",
    "state.",
    "stage.",
    "mood.",
    "gesture.",
    "captions.",
    "more.",
    "reason.",
    "code.",
    "takes.",
    "side.",
    "voice.",
    "flow.",
    "dialect.",
    "library.delete.",
    "record.",
    "link.",
    "layout.",
    "spot.",
    "transition.",
    "unspoken.",
    "batch.",
)
LIMIT = 450


def test_the_page_names_the_stages_of_the_recipe() -> None:
    (listed,) = re.findall(r"^const STAGES = (\[.*\]);$", SOURCES["progress.js"], re.M)
    assert tuple(json.loads(listed)) == STAGES
    assert all(f"stage.{stage}" in words for words in LANGUAGES.values() for stage in STAGES)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("page")))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/web/main.js", "text/javascript; charset=utf-8"),
        ("/web/base.css", "text/css; charset=utf-8"),
        ("/web/words/ru.json", "application/json"),
        ("/web/icon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
        ("/sample/portrait.png", "image/png"),
        ("/sample/script.txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_has_its_type_its_policy_and_an_etag(client: TestClient, path: str, media_type: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/web/", "/web/nothing.js", "/web/../api/page.py", "/web/%2e%2e/api/page.py", "/web/..%2fcli.py", "/web//etc"]
)  # fmt: skip
def test_nothing_but_the_files_of_the_page_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_both_languages_have_the_same_strings() -> None:
    english, russian = LANGUAGES["en"], LANGUAGES["ru"]
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert isinstance(text, dict) == isinstance(russian[key], dict), key
        assert _holes(text) == _holes(russian[key]), key
        assert _holes(text) or text != russian[key] or key == "label.mark", f"{key} is not translated"


def test_plurals_have_every_form_of_their_language() -> None:
    for name, words in LANGUAGES.items():
        for key, text in words.items():
            assert not isinstance(text, dict) or text.keys() == PLURALS[name], key


def test_every_string_is_there_and_is_used() -> None:
    used = {key for source in SOURCES.values() for key in re.findall(r"\bt\(\s*\"([\w.]+)\"", source)}
    page = SOURCES["index.html"]
    marked = set(re.findall(r'data-t="([\w.]+)"', page))
    for pairs in re.findall(r'data-t-attr="([^"]+)"', page):
        marked |= {pair.partition(":")[2] for pair in pairs.split(";")}
    words = LANGUAGES["en"]
    assert used | marked <= words.keys()
    everything = "\n".join(SOURCES.values())
    unused = [key for key in words if f'"{key}"' not in everything and f":{key}" not in everything]
    assert not [key for key in unused if not key.startswith(BUILT)]


def test_the_page_has_no_text_of_its_own() -> None:
    body = SOURCES["index.html"].split("<body>")[1]
    text = re.sub(r"<(svg|symbol)\b.*?</\1>", "", body, flags=re.DOTALL)
    left = re.sub(r"<[^>]+>", " ", text).split()
    assert set(left) <= {"Govorun", "SRT", "VTT", "WebM", "ProRes", "PNG"}


def test_the_page_asks_no_other_host_and_has_no_inline_code() -> None:
    files = [*WEB.rglob("*.js"), *WEB.rglob("*.css"), *WEB.rglob("*.html")]
    for path in files:
        foreign = set(re.findall(r"https?://[^\s\"')]+", path.read_text())) - {"http://www.w3.org/2000/svg"}
        assert not foreign, path
        assert len(path.read_text().splitlines()) <= LIMIT, path
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", SOURCES["index.html"])
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|document\.write", "".join(SOURCES.values()))


def test_ids_are_single_and_those_that_are_looked_up_exist() -> None:
    ids = re.findall(r'\bid="([\w-]+)"', SOURCES["index.html"])
    assert len(ids) == len(set(ids))
    scripts = "\n".join(text for name, text in SOURCES.items() if name.endswith(".js"))
    assert set(re.findall(r'\$\("([\w-]+)"\)', scripts)) <= set(ids)
    named = re.findall(r'(?:aria-labelledby|aria-describedby|for)="([\w -]+)"', SOURCES["index.html"])
    assert {name for names in named for name in names.split()} <= set(ids)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(theme: str) -> None:
    colours = _colours(theme)
    pairs = [(ink, paper) for ink in ("ink", "muted", "link", "bad") for paper in ("paper", "card", "sunk")]
    pairs += [("bad", "bad-paper"), ("accent-ink", "accent"), ("accent-ink", "accent-deep"), ("accent", "night")]
    weak = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}
    for paper in ("paper", "card", "sunk"):
        assert _contrast(colours["edge"], colours[paper]) >= 3.0
        assert _contrast(colours["focus"], colours[paper]) >= 3.0


def test_both_ways_to_dark_have_the_same_colours() -> None:
    blocks = re.findall(r"\{([^{}]*--paper:[^{}]*)\}", (WEB / "base.css").read_text())
    assert len(blocks) == 3
    assert blocks[1].split() == blocks[2].split()


def test_a_remix_takes_scenes_that_name_the_files_of_the_earlier_video(
    client: TestClient, small_portrait_png: Path
) -> None:
    looks = {**FAKES, "backdrop": ""}
    files = {"face": small_portrait_png.read_bytes(), "place": small_portrait_png.read_bytes()}
    scenes = [{"prompt": "One.", "photo": "face", "backdrop_image": "place"}, {"prompt": "Two.", "photo": "face"}]
    sent = {name: (name, content, "image/png") for name, content in files.items()}
    data = {**looks, "scenes": json.dumps(scenes), "consent": "true"}
    first = client.post("/v1/videos", data=data, files=sent)
    assert first.status_code == 200, first.text
    changed = [
        {"prompt": "Two, changed.", "photo": "scene:1:photo"},
        {"prompt": "One.", "photo": "scene:0:photo", "backdrop_image": "scene:0:backdrop_image"},
    ]
    path = f"/v1/videos/{first.json()['id']}/remix"
    answer = client.post(path, json={**looks, "scenes": changed, "title": "Again"})
    assert answer.status_code == 200, answer.text
    video = answer.json()
    assert [scene["prompt"] for scene in video["scenes"]] == ["Two, changed.", "One."]
    assert [scene["backdrop_image"] for scene in video["scenes"]] == [False, True]
    assert (video["title"], video["consent"]) == ("Again", None)
    assert video["remixed_from_video_id"] == first.json()["id"]
    for wrong in ("scene:7:photo", "scene:1:backdrop_image", "scene:0:script", "../../etc/passwd"):
        refused = client.post(path, json={**looks, "scenes": [{"prompt": "Hi.", "photo": wrong}]})
        assert refused.status_code == 400, wrong


def _holes(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {hole for form in forms for hole in re.findall(r"\{(\w+)\}", form)}


def _colours(theme: str) -> dict[str, str]:
    blocks = re.findall(r"\{([^{}]*--paper:[^{}]*)\}", (WEB / "base.css").read_text())
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", blocks[0]))
    return light if theme == "light" else light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", blocks[2]))


def _contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
