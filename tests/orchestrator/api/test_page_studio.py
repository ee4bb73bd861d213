"""The studio of the page: the live sketch, the microphone, places, presets, and the shelf of videos."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from avatar.core.media import join
from motion.rooms.gallery import gallery
from orchestrator.video.pieces import publish_piece
from tests.orchestrator.api.test_page import (
    FAKES,
    PATIENCE,
    RENDERING,
    STEPS,
    Visit,
    _fill,
    _go,
    _make,
    browser,
    pytestmark,
    visit,
)
from tests.orchestrator.api.test_pieces import FPS, SEGMENTS, piecemeal_work

__all__ = ["browser", "pytestmark", "visit"]

DONE = {"status": "completed", "progress": 100, "created_at": 1, "size": "1280x720", "seconds": "3", "urls": {},
        "scenes": [], "notes": [], "prompt": "Hello."}  # fmt: skip
MICROPHONE = """
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext(), tone = context.createOscillator(), out = context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    return out.stream;
  };
"""


OPACITIES = """() => {
  const canvas = document.createElement("canvas"), player = document.querySelector("#player");
  [canvas.width, canvas.height] = [player.videoWidth, player.videoHeight];
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(player, 0, 0);
  const found = drawing.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, index) => index % 4 === 3);
  return [...found].sort((one, other) => one - other);
}"""


def _by_range(content: bytes, route: Route) -> None:
    """As the service answers: a player seeks where it may ask for parts."""
    asked = re.match(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", "bytes=0-"))
    first, last = int(asked[1]), int(asked[2] or len(content) - 1)  # type: ignore[index]
    about = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "Accept-Ranges": "bytes"}
    route.fulfill(status=206, body=content[first : last + 1], content_type="video/mp4", headers=about)


def _box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


def test_the_sketch_shows_the_person_where_the_video_will(visit: Visit, portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, portrait_png)
    person = page.locator("#frame-cut")
    expect(person).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#frame-person")).to_be_hidden()
    expect(page.locator("#frame")).to_have_css("background-color", "rgb(32, 52, 74)")
    wide = person.get_attribute("style")
    _go(page, "make")
    page.check("input[name=format][value='9:16']", force=True)
    assert person.get_attribute("style") != wide
    frame, figure = _box(page, "#frame"), _box(page, "#frame-cut")
    assert frame["height"] == pytest.approx(frame["width"] * 16 / 9, rel=0.01)
    assert figure["width"] == pytest.approx(1.3332 * frame["width"], rel=0.02)
    assert figure["height"] == pytest.approx(figure["width"], rel=0.01)
    person_only = person.get_attribute("src")
    _go(page, "place")
    page.check("input[name=place][value=photo]", force=True)
    assert person.get_attribute("src") != person_only


def test_button_and_sketch_stay_in_view_at_every_step(visit: Visit) -> None:
    page = visit.page
    for width, height in ((1440, 900), (1920, 1080), (1024, 700)):
        page.set_viewport_size(ViewportSize(width=width, height=height))
        visit.open()
        for step in STEPS:
            _go(page, step)
            for part in ("#submit", "#frame", "#consent"):
                expect(page.locator(part)).to_be_in_viewport(ratio=1)
        tall = page.evaluate("() => document.querySelector('#composer').scrollHeight")
        assert tall < 1000


def test_a_recording_is_made_with_the_microphone(visit: Visit, small_portrait_png: Path) -> None:
    visit.page.add_init_script(MICROPHONE)
    page = visit.open()
    page.set_input_files("#photo-file", small_portrait_png)
    page.evaluate(FAKES)
    page.check("#consent")
    _go(page, "voice")
    page.check("input[name=speaker][value=recording]", force=True)
    page.click("#record")
    expect(page.locator("#record-text")).to_have_text("Stop recording")
    expect(page.locator("#record-time")).to_have_text(re.compile(r"\d+ s"))
    page.click("#record")
    expect(page.locator("#audio-name")).to_have_text("My recording")
    expect(page.locator("#audio-player")).to_be_visible()
    page.evaluate("async () => { (await import('/web/draft.js')).draft.video.engines = { fps: '10' }; }")
    identity = _make(page)
    assert page.request.get(f"{visit.url}/v1/videos/{identity}").json()["scenes"][0]["audio"] is True
    page.click("#cancel")


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotAllowedError", "The microphone is not allowed"), ("NotFoundError", "No microphone was found")],
)
def test_no_microphone_is_told_in_a_sentence(visit: Visit, error: str, words: str) -> None:
    visit.page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }};"
    )
    page = visit.open()
    _go(page, "voice")
    page.check("input[name=speaker][value=recording]", force=True)
    page.click("#record")
    expect(page.locator("#audio-error")).to_contain_text(words)
    expect(page.locator("#record")).to_be_enabled()


def test_places_are_chosen_by_their_pictures(visit: Visit) -> None:
    page = visit.open()
    _go(page, "place")
    places = page.locator("#places [data-name]")
    expect(places).to_have_count(8)
    expect(page.locator("#places [data-name] img")).to_have_count(8)
    expect(page.locator("#place-room")).to_be_hidden()  # of what is painted there is one
    places.filter(has_text="News studio").click()
    expect(page.locator("#place-text")).to_have_value("news studio")
    expect(page.locator("#places [data-name][aria-pressed=true]")).to_have_text("News studio")
    expect(page.locator("#rooms button")).to_have_count(3)
    expect(page.locator("#place-hour")).to_be_hidden()  # it is lit by its own lamps
    page.fill("#place-text", "a meadow")
    expect(page.locator("#places [data-name][aria-pressed=true]")).to_have_count(0)
    page.click("#language")
    expect(places.first).to_have_text("Спокойный океан на закате")


def test_all_rooms_are_shown_by_groups_with_their_numbers_and_hours(visit: Visit, small_portrait_png: Path) -> None:
    page, sent = visit.open(), []
    page.on("request", lambda request: sent.append((request.post_data_buffer or b"").decode("latin-1")))
    _fill(page, small_portrait_png)
    _go(page, "place")
    page.check("input[name=place][value=words]", force=True)
    expect(page.locator("#places [data-name=library]")).to_be_visible()
    expect(page.locator("#places [data-name=kitchen]")).to_have_count(0)
    page.click("#places-more")
    listed = page.evaluate("() => [...document.querySelectorAll('#places [data-name]')].map((one) => one.dataset.name)")
    assert {row["name"] for row in gallery()} < set(listed)
    assert len(listed) == len(set(listed))
    expect(page.locator("#places > div:not(#place-room) > h3")).to_have_count(6)
    page.click("#places [data-name=kitchen]")
    page.click("#rooms button >> nth=1")
    page.click("#hours button:has-text('Sunset')")
    expect(page.locator("#rooms [aria-pressed=true]")).to_have_attribute("aria-label", "Kitchen, number 2")
    expect(page.locator("#hours [aria-pressed=true]")).to_be_focused()
    expect(page.locator("#place-text")).to_have_value("kitchen 2 at sunset")
    page.click("#language")
    expect(page.locator("#place-text")).to_have_value("кухня 2 на закате")
    page.click("#rooms button >> nth=1")  # pressed once more: whichever
    expect(page.locator("#place-text")).to_have_value("кухня на закате")
    identity = _make(page)
    assert any(r'"backdrop":"kitchen at sunset"' in body for body in sent)  # as the server knows it best
    page.request.post(f"{visit.url}/v1/videos/{identity}/cancel")  # where it is not made already
    page.click("#edit")
    _go(page, "place")
    expect(page.locator("#place-text")).to_have_value("кухня на закате")
    expect(page.locator("#hours [aria-pressed=true]")).to_have_text("Закат")
    assert page.request.delete(f"{visit.url}/v1/videos/{identity}").ok


def test_a_picture_of_ones_own_is_blurred_and_lit(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    _go(page, "place")
    page.check("input[name=place][value=image]", force=True)
    expect(page.locator("#place-looks")).to_be_hidden()
    page.set_input_files("#place-file", small_portrait_png)
    for name, value in {"blur": "0.5", "light": "0.3", "drift": "0.2"}.items():
        page.fill(f"#place-{name}", value)
    expect(page.locator("#frame-place")).to_have_css("filter", re.compile(r"blur\("))
    identity = _make(page)
    (scene,) = page.request.get(f"{visit.url}/v1/videos/{identity}").json()["scenes"]
    assert [scene[f"backdrop_{name}"] for name in ("blur", "light", "drift")] == [0.5, 0.3, 0.2]
    page.request.post(f"{visit.url}/v1/videos/{identity}/cancel")  # where it is not made already
    page.click("#edit")
    _go(page, "place")
    expect(page.locator("#place-light")).to_have_value("0.3")


def test_the_person_alone_is_asked_for_and_looked_at(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    _go(page, "make")
    page.click("#more summary")
    page.check("#alpha-webm")
    _go(page, "place")
    page.check("input[name=place][value=photo]", force=True)
    _go(page, "make")
    expect(page.locator("#alpha-webm")).to_be_disabled()
    expect(page.locator("#alpha-note")).to_contain_text("cannot be shown alone")
    _go(page, "place")
    page.check("input[name=place][value=colour]", force=True)
    identity = _make(page)
    expect(page.locator("#finished")).to_be_visible(timeout=RENDERING)
    expect(page.locator("#get-webm")).to_have_attribute("href", re.compile("variant=webm"))
    expect(page.locator("#get-mov")).to_be_hidden()
    page.click("#alone")
    expect(page.locator("#screen")).to_have_class(re.compile("checkered"))
    expect(page.locator("#player")).to_have_attribute("src", re.compile("variant=webm"))
    page.wait_for_function("() => document.querySelector('#player').readyState >= 2")
    page.evaluate("() => { document.querySelector('#player').currentTime = 0.5; }")
    page.wait_for_function(f"() => {{ const seen = ({OPACITIES})(); return seen[0] < 10 && seen.at(-1) > 240; }}")
    page.click("#alone")
    expect(page.locator("#player")).to_have_attribute("src", re.compile("variant=video"))
    assert page.request.delete(f"{visit.url}/v1/videos/{identity}").ok


def test_pieces_are_played_as_they_are_done(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    """One after another into one film; then the whole video goes on from the same moment."""
    rate = 24_000
    tone = (0.1 * np.sin(2 * np.pi * 220 * np.arange(4 * rate) / rate)).astype(np.float32)
    work, listed = piecemeal_work(tmp_path, small_portrait_png, tone, rate), []
    for segment in SEGMENTS:
        publish_piece(work, segment, tmp_path / f"{segment.index}.mp4")
        start, stop = segment.start / FPS, segment.stop / FPS
        listed.append({"url": f"/v1/videos/video_p/pieces/{segment.index}", "start": start, "seconds": stop - start})
    join([work.segment_path(segment) for segment in SEGMENTS], tone, rate, 100, FPS, tmp_path / "video.mp4")
    video = {**DONE, "id": "video_p", "status": "in_progress", "progress": 50, "stage": "video", "seconds": "4",
             "size": "128x128", "has_draft": True, "eta_seconds": 20.0, "eta_sure": True,
             "pieces": listed[:1]}  # fmt: skip
    visit.page.route("**/v1/videos/video_p", lambda route: route.fulfill(json=video))
    visit.page.route("**/video_p/events", lambda route: route.abort())
    visit.page.route(
        "**/video_p/pieces/*", lambda route: route.fulfill(path=tmp_path / f"{route.request.url.rsplit('/', 1)[1]}.mp4")
    )
    visit.page.route("**/video_p/content*", partial(_by_range, (tmp_path / "video.mp4").read_bytes()))
    visit.expected += ["404", "ERR_FAILED"]
    page = visit.open("/#/video/video_p")
    expect(page.locator("#draft-note")).to_have_text("Ready so far: 2 s")
    expect(page.locator("#eta")).to_have_text("50 % · 20 s left")
    buffered = "() => { const b = document.querySelector('#player').buffered; return b.length && b.end(b.length - 1); }"
    page.wait_for_function(f"() => ({buffered})() >= 1.59")
    assert page.evaluate("() => document.querySelector('#player').duration") == 4
    assert page.evaluate(buffered) == pytest.approx(1.6, abs=0.02)
    page.evaluate("() => { const v = document.querySelector('#player'); v.muted = true; return v.play(); }")
    video["pieces"] = listed
    page.wait_for_function("() => document.querySelector('#player').currentTime > 2")  # past the seam
    assert page.evaluate("() => document.querySelector('#player').buffered.length") == 1
    assert page.evaluate(buffered) == pytest.approx(4.0, abs=0.02)
    page.evaluate("() => document.querySelector('#player').pause()")
    at = page.evaluate("() => document.querySelector('#player').currentTime")
    video |= {"status": "completed", "pieces": [], "urls": {"video": "/v"}}
    expect(page.locator("#player")).to_have_attribute("src", re.compile("variant=video"))
    page.wait_for_function("() => document.querySelector('#player').currentTime > 1")
    assert page.evaluate("() => document.querySelector('#player').currentTime") == pytest.approx(at, abs=0.1)
    expect(page.locator("#draft-note")).to_be_hidden()


def test_choices_are_kept_as_a_preset_and_come_back(visit: Visit) -> None:
    page = visit.open()
    _go(page, "place")
    page.locator("#places .place").filter(has_text="News studio").click()
    _go(page, "make")
    page.select_option("#captions", "burn")
    page.click("#presets-open")
    page.fill("#preset-name", "Evening news")
    page.keyboard.press("Enter")
    expect(page.locator("#presets-list li")).to_have_count(1)
    page.click("#presets-close")
    page.select_option("#captions", "none")
    _go(page, "place")
    page.fill("#place-text", "a meadow")
    page.click("#presets-open")
    page.click("#presets-list li button >> nth=0")
    expect(page.locator("#place-text")).to_have_value("news studio")
    expect(page.locator("#captions")).to_have_value("burn")
    page.click("#toasts .link")
    expect(page.locator("#place-text")).to_have_value("a meadow")
    page.click("#presets-open")
    page.click("#presets-list li button >> nth=1")
    expect(page.locator("#presets-none")).to_be_visible()


def test_the_shelf_is_searched_and_cleared(visit: Visit) -> None:
    titles = {"video_1": "One", "video_2": "Two", "video_3": "Three"}
    asked: list[str] = []

    def listing(route: Route) -> None:
        asked.append(route.request.url)
        data = [{**DONE, "id": name, "title": title} for name, title in titles.items()]
        route.fulfill(json={"object": "list", "data": data, "has_more": False})

    def remove(route: Route) -> None:
        titles.pop(route.request.url.rsplit("/", 1)[1])
        route.fulfill(json={"deleted": True})

    visit.page.route(re.compile(r"/v1/videos\?"), listing)
    visit.page.route(re.compile(r"/v1/videos/video_\d$"), remove)
    page = visit.open()
    page.fill("#library-search", "tw o")
    page.select_option("#library-state", "failed")
    page.wait_for_function("() => performance.getEntriesByType('resource').some((e) => e.name.includes('search=tw'))")
    assert any("search=tw+o" in url and "status=failed" in url for url in asked)
    page.click("#library-select")
    page.check("input[aria-label='Select “One”']")
    page.check("input[aria-label='Select “Three”']")
    page.click("#library-delete")
    expect(page.locator("#confirm-title")).to_have_text("Delete 2 videos?")
    page.click("#confirm-yes")
    expect(page.locator("#toasts")).to_contain_text("2 videos are deleted.")
    expect(page.locator("#videos li")).to_have_count(1)
    assert list(titles) == ["video_2"]


def test_a_video_is_renamed_and_shown_by_a_link(visit: Visit) -> None:
    video, active = {**DONE, "id": "video_1", "title": "Old"}, False

    def one(route: Route) -> None:
        if route.request.method == "PATCH":
            video["title"] = route.request.post_data_json["title"]
        route.fulfill(json=video)

    def link(route: Route) -> None:
        nonlocal active
        active = {"POST": True, "DELETE": False}.get(route.request.method, active)
        path = {"path": "/p/secret"} if route.request.method == "POST" else {}
        route.fulfill(json={"active": active, **path})

    visit.page.route("**/v1/videos/video_1", one)
    visit.page.route("**/v1/videos/video_1/link", link)
    visit.page.route("**/video_1/content*", lambda route: route.fulfill(status=204))
    visit.page.route("**/v1/session", lambda route: route.fulfill(json={"key": None, "public_links": True}))
    visit.expected.append("404")
    page = visit.open("/#/video/video_1")
    page.reload()
    page.click("#rename")
    page.fill("#renaming-name", "New")
    page.keyboard.press("Enter")
    expect(page.locator("#watch-title")).to_have_text("New")
    page.click("#link")
    expect(page.locator("#linking-text")).to_contain_text("Whoever has the link")
    page.click("#linking-make")
    expect(page.locator("#linking-address")).to_have_value(f"{visit.url}/p/secret")
    page.click("#linking-off")
    expect(page.locator("#linking-address")).to_be_hidden()
    expect(page.locator("#linking-make")).to_have_text("Make a link")


def test_whoever_waits_sees_the_photo_until_there_is_a_picture(visit: Visit) -> None:
    video = {**DONE, "id": "video_1", "status": "queued", "progress": 0, "eta_seconds": None}
    visit.page.route("**/v1/videos/video_1", lambda route: route.fulfill(json=video))
    visit.page.route(
        "**/v1/videos/video_1/photo", lambda route: route.continue_(url=f"{visit.url}/sample/portrait.png")
    )
    visit.page.route("**/video_1/events", lambda route: route.abort())
    visit.expected += ["404", "ERR_FAILED"]
    page = visit.open("/#/video/video_1")
    expect(page.locator("#screen-sketch img")).to_be_visible()
    expect(page.locator("#eta")).to_have_text("0 % · Waiting for its turn")
