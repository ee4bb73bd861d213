"""The studio of the page: the live sketch, the microphone, places, presets, and the shelf of videos."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.orchestrator.api.test_page import (
    FAKES,
    PATIENCE,
    STEPS,
    Visit,
    _fill,
    _go,
    _make,
    browser,
    pytestmark,
    visit,
)

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
    places = page.locator("#places .place")
    expect(places).to_have_count(12)
    expect(page.locator("#places img")).to_have_count(12)
    places.filter(has_text="news studio").click()
    expect(page.locator("#place-text")).to_have_value("news studio")
    expect(page.locator("#places [aria-pressed=true]")).to_have_text("news studio")
    page.fill("#place-text", "a meadow")
    expect(page.locator("#places [aria-pressed=true]")).to_have_count(0)
    page.click("#language")
    expect(places.first).to_have_text("спокойный океан на закате")


def test_choices_are_kept_as_a_preset_and_come_back(visit: Visit) -> None:
    page = visit.open()
    _go(page, "place")
    page.locator("#places .place").filter(has_text="news studio").click()
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
