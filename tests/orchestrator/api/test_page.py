"""The page in a real Chromium against the real service: what a person does, and what goes wrong."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect, sync_playwright

from avatar.core.media import write_wav
from speech.kokoro.styles import DEFAULT
from tests.service.live import LiveService

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)
PATIENCE = 60_000
STEPS = ("script", "photo", "voice", "place", "layout", "make")
RENDERING = 180_000
FAKES = """async () => {
  const { draft } = await import("/web/draft.js");
  draft.changeVideo({ resolution: "128x128", engines: { fps: "10", speech_engine: "tone", face_engine: "still" } });
  draft.change({ place: "colour" });
  draft.go(draft.at);
}"""
QUICK_REAL = """async () => {
  const { draft } = await import("/web/draft.js");
  draft.changeVideo({ resolution: "160x160", engines: { fps: "10", backdrop_engine: "painted" } });
}"""
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
    expect.set_options(timeout=5_000)


def _ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]")


def _refuse(status: int, route: Route) -> None:
    route.fulfill(status=status, body="{}")


def _give(content: object, route: Route) -> None:
    route.fulfill(json=content)


class Visit:
    """A page that was opened, and everything about it that must not happen."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.expected: list[str] = []
        page.on("console", lambda message: self._complain(message.type in ("error", "warning"), message.text))
        page.on("pageerror", lambda error: self._complain(True, str(error)))
        page.on("request", lambda request: self._complain(not request.url.startswith((url, "blob:")), request.url))

    def _complain(self, wrong: bool, text: str) -> None:
        if wrong:
            self.complaints.append(text)

    def open(self, address: str = "/") -> Page:
        self.page.goto(f"{self.url}{address}")
        _ready(self.page)
        return self.page

    def check(self) -> None:
        left = [text for text in self.complaints if not any(part in text for part in self.expected)]
        assert not left


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, live_service: LiveService) -> Iterator[Visit]:
    """A fresh profile; ``indirect`` parameters are those of the browser's context."""
    options = {"viewport": DESKTOP, "locale": "en-US", **getattr(request, "param", {})}
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page(), live_service.url)
    visit.page.route(re.compile(r"/v1/backdrops/(preview|.*/sample(\?.*)?)$"), _thumbnail)
    yield visit
    context.close()
    visit.check()


def _thumbnail(route: Route) -> None:
    """Thumbnails have tests of their own; here they would only keep the one worker busy."""
    route.fulfill(status=200, content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')


def _fill(page: Page, photo: Path, script: str = "Good morning, and welcome.") -> None:
    page.fill("#script", script)
    page.set_input_files("#photo-file", photo)
    page.evaluate(FAKES)
    page.wait_for_selector(".advice.good", state="attached")
    page.check("#consent")


def _go(page: Page, step: str) -> None:
    page.click(f"#flow [data-go={step}]")


def _saved(page: Page, words: str, files: int) -> None:
    """Wait until the browser keeps a draft with these words, and so many files."""
    page.wait_for_function(
        """async ([words, files]) => {
          const drafts = Object.keys(localStorage).filter((key) => key.startsWith("govorun.draft"));
          const { keptKeys } = await import("/web/files.js");
          return drafts.some((key) => localStorage.getItem(key).includes(words)) && (await keptKeys()).length >= files;
        }""",
        arg=[words, files],
    )


def _make(page: Page) -> str:
    page.click("#submit")
    page.wait_for_url("**/#/video/*")
    return page.url.rsplit("/", 1)[1]


def _finished(page: Page, patience: int = RENDERING) -> None:
    expect(page.locator("#finished")).to_be_visible(timeout=patience)


def test_a_click_on_a_face_chooses_who_speaks(visit: Visit, portrait_png: Path, tmp_path: Path) -> None:
    with Image.open(portrait_png) as photo:
        two = Image.new("RGB", (2 * photo.width, photo.height))
        two.paste(photo, (0, 0))
        two.paste(photo, (photo.width, 0))
        two.save(tmp_path / "two.png")
    page = visit.open()
    _fill(page, tmp_path / "two.png")
    _go(page, "photo")
    faces = page.locator("#photo-outline .face")
    expect(faces).to_have_count(2)
    for number in (2, 1):
        faces.nth(number - 1).click()
        expect(faces.nth(number - 1)).to_have_attribute("aria-pressed", "true")
        expect(faces.nth(2 - number)).to_have_attribute("aria-pressed", "false")
    sent: list[str] = []
    page.on("request", lambda request: sent.append((request.post_data_buffer or b"").decode("latin-1")))
    _make(page)
    assert any(r'"face":"1"' in body for body in sent)


def test_a_newcomer_gets_a_video_in_two_clicks_and_plays_it(visit: Visit) -> None:
    page = visit.open()
    expect(page.locator("#library-empty, #videos li").first).to_be_visible()
    page.click("#sample")
    expect(page.locator("#script")).to_have_value(re.compile("only a photograph a minute ago"))
    page.fill("#script", "Hello, and welcome!")
    expect(page.locator("#script-count")).to_have_text(re.compile(r"3 words · about \d s · spoken in English"))
    _go(page, "photo")
    expect(page.locator(".advice.good")).to_be_visible()
    assert page.locator("#photo-outline polygon.line").get_attribute("points").count(",") > 20
    page.evaluate(QUICK_REAL)
    _make(page)
    expect(page.locator("#wave[role=progressbar]")).to_be_visible()
    _finished(page)
    expect(page).to_have_title("Hello, and welcome! · Govorun")
    page.evaluate("() => { const v = document.querySelector('#player'); v.muted = true; return v.play(); }")
    page.wait_for_function("() => document.querySelector('#player').currentTime > 0.3")
    with page.expect_download() as download:
        page.click("#get-mp4")
    content = Path(download.value.path()).read_bytes()
    assert content[4:8] == b"ftyp"
    for name in ("srt", "vtt", "sidecar"):
        answer = page.request.get(f"{visit.url}{page.locator(f'#get-{name}').get_attribute('href')}")
        assert answer.ok and answer.body()
    expect(page.locator("#videos li").first).to_contain_text("Hello, and welcome!")
    expect(page.locator("#videos li img").first).to_have_attribute("src", re.compile("thumbnail"))


def test_the_language_of_latin_letters_is_told_by_its_words(visit: Visit) -> None:
    page = visit.open()
    for text, language in (
        ("Good morning! Today I talk about light. Good morning! Today I talk about light.", "English"),
        ("I like it. I want it.", "English"),
        ("Mam kota i psa. Kot jest czarny, a pies biały i duży.", "Polish"),
        ("Dobrý den, jak se máte? To je můj dům a nejsem doma.", "Czech"),
        ("Ciao a tutti, oggi parlo di luce e di come cambia.", "Italian"),
        ("Hola a todos, hoy voy a hablar de la luz.", "Spanish"),
        ("Bonjour à tous, je vais parler de la lumière.", "French"),
        ("Ich spreche heute über das Licht und die Farben.", "German"),
    ):
        page.fill("#script", text)
        expect(page.locator("#script-count")).to_contain_text(language)


def test_a_reload_loses_neither_the_form_nor_the_video(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png, "One two three, *four*. [pause: 2s]")
    _go(page, "photo")
    page.select_option("#expression", "happy")
    page.click("#scene-add")
    page.fill("#script", "The second scene.")
    page.reload()
    _ready(page)
    expect(page.locator("#script")).to_have_value("The second scene.")
    page.click("#scene-list .tab >> nth=0")
    expect(page.locator("#script")).to_have_value("One two three, *four*. [pause: 2s]")
    expect(page.locator("#expression")).to_have_value("happy")
    _go(page, "photo")
    expect(page.locator(".advice.good")).to_be_visible()
    assert not page.is_checked("#consent")
    page.click("#scene-list .tab >> nth=1")
    page.click("#scene-remove")
    page.check("#consent")
    identity = _make(page)
    page.reload()
    _ready(page)
    assert page.url.endswith(identity)
    _finished(page)
    expect(page.locator("#watch-title")).to_have_text("One two three, four.")


def test_editing_makes_a_remix_with_the_files_that_are_there(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png, "The first version.")
    first = _make(page)
    _finished(page)
    page.click("#edit")
    expect(page.locator("#editing")).to_be_visible()
    expect(page.locator("#script")).to_have_value("The first version.")
    expect(page.locator("#photo-advice")).to_contain_text("The photo of the video that you edit is used")
    _go(page, "photo")
    expect(page.locator("#photo-picture")).to_be_visible()  # as it was sent, and no ghost
    _go(page, "script")
    page.fill("#script", "The second version.")
    page.check("#consent")
    second = _make(page)
    assert second != first
    _finished(page)
    made = page.request.get(f"{visit.url}/v1/videos/{second}").json()
    assert (made["remixed_from_video_id"], made["prompt"], made["consent"]) == (first, "The second version.", True)


def test_the_sample_can_be_taken_back(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    page.click("#sample")
    expect(page.locator("#script")).to_have_value(re.compile("only a photograph"))
    expect(page.locator("#toasts .toast")).to_have_count(0)  # nothing was lost
    page.fill("#script", "My own words.")
    page.set_input_files("#photo-file", small_portrait_png)
    page.click("#sample")
    expect(page.locator("#script")).to_have_value(re.compile("only a photograph"))
    page.click("#toasts button")
    expect(page.locator("#script")).to_have_value("My own words.")
    expect(page.locator("#photo-sample")).to_be_hidden()
    _saved(page, "My own words.", 2)  # beside the photo of the sample
    page.reload()
    _ready(page)
    expect(page.locator("#script")).to_have_value("My own words.")
    _go(page, "photo")
    expect(page.locator("#photo-view")).to_be_visible()


def test_two_tabs_keep_two_drafts(visit: Visit, small_portrait_png: Path) -> None:
    """The second goes on with a copy of the first; then each has its own, through reloads."""
    page = visit.open()
    page.fill("#script", "First words.")
    page.set_input_files("#photo-file", small_portrait_png)
    _saved(page, "First words.", 1)
    other = page.context.new_page()
    other.route("**/v1/backdrops/preview", _thumbnail)
    other.goto(f"{visit.url}/docs")
    other.wait_for_function("() => Object.values(localStorage).some((kept) => kept.includes('First words.'))")
    other.goto(f"{visit.url}/")
    _ready(other)
    expect(other.locator("#script")).to_have_value("First words.")
    _go(other, "photo")
    expect(other.locator("#photo-view")).to_be_visible()
    _go(other, "script")
    other.fill("#script", "Second words.")
    _saved(other, "Second words.", 2)
    page.reload()
    _ready(page)
    expect(page.locator("#script")).to_have_value("First words.")
    page.click("#sample")
    _saved(page, "only a photograph", 2)
    other.reload()
    _ready(other)
    expect(other.locator("#script")).to_have_value("Second words.")
    _go(other, "photo")
    expect(other.locator("#photo-view")).to_be_visible()
    page.reload()
    _ready(page)
    expect(page.locator("#script")).to_have_value(re.compile("only a photograph"))


def test_files_of_a_tab_whose_draft_is_not_seen_yet_stay(visit: Visit) -> None:
    """What another tab writes may arrive late; what nobody has asked for since yesterday goes."""
    page = visit.open()
    young, old = page.evaluate(
        """async () => {
          const { keepFile } = await import("/web/files.js");
          const ids = [Date.now(), Date.now() - 25 * 3600 * 1000].map((begun) => `${begun}-7/photo`);
          for (const id of ids) await keepFile(id, new Blob(["x"]));
          return ids;
        }"""
    )
    page.reload()
    _ready(page)
    kept = page.evaluate("async () => (await import('/web/files.js')).keptKeys()")
    assert young in kept
    assert old not in kept


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "5 s"), (58, "1 min 0 s"), (80, "1 min 15 s"), (700, "12 min"), (3500, "58 min"), (27735, "7 h 42 min")],
)
def test_the_time_that_is_left_is_told_as_people_tell_it(visit: Visit, seconds: int, words: str) -> None:
    page = visit.open()
    said = page.evaluate("async (s) => (await import('/web/words.js')).estimate(s)", seconds)
    assert said == words


def test_scenes_are_added_moved_and_sent_in_their_order(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png, "I speak first.")
    page.click("#scene-add")
    page.fill("#script", "I was second.")
    expect(page.locator("#scene-list .tab img")).to_have_count(2)
    _go(page, "photo")
    expect(page.locator("#photo-view")).to_be_visible()  # the same person goes on
    page.set_input_files("#photo-file", small_portrait_png)
    page.select_option("#gesture", "lively")
    expect(page.locator(".advice.good")).to_be_visible()
    page.click("#scene-earlier")
    expect(page.locator("#scene-list [aria-current]")).to_have_text("Scene 1")
    page.click("#scene-add")
    page.click("#scene-remove")
    page.click("#toasts .link")
    expect(page.locator("#scene-list .tab")).to_have_count(3)
    page.click("#scene-remove")
    page.click("#scene-copy")
    expect(page.locator("#script")).to_have_value("I speak first.")
    page.fill("#script", "I am a copy.")
    identity = _make(page)
    _finished(page)
    scenes = page.request.get(f"{visit.url}/v1/videos/{identity}").json()["scenes"]
    assert [scene["prompt"] for scene in scenes] == ["I was second.", "I speak first.", "I am a copy."]
    assert [scene["gesture_style"] for scene in scenes] == ["lively", "natural", "natural"]


def test_the_library_goes_on_as_one_scrolls(visit: Visit) -> None:
    one = {"status": "completed", "progress": 100, "size": "128x128", "seconds": "3", "urls": {}}
    everything = [
        {**one, "id": f"video_{number}", "created_at": 9000 - number, "title": f"Number {number}"}
        for number in range(30)
    ]

    def page_of(route: Route) -> None:
        after = re.search(r"after=video_(\d+)", route.request.url)
        start = int(after[1]) + 1 if after else 0
        data = everything[start : start + 12]
        route.fulfill(json={"object": "list", "data": data, "has_more": start + 12 < len(everything)})

    visit.page.route(re.compile(r"/v1/videos\?"), page_of)
    page = visit.open()
    page.click("#nav-library")
    for _ in range(100):
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(100)
        if page.locator("#videos li").count() == len(everything):
            break
    expect(page.locator("#videos li")).to_have_count(30)
    expect(page.locator("#library-more")).to_be_hidden()
    expect(page.locator("#videos li").last).to_contain_text("Number 29")
    expect(page.locator("#videos li").last).to_contain_text("Ready. 3 s")


@pytest.mark.parametrize(("event", "carrier"), [("paste", "clipboardData"), ("drop", "dataTransfer")])
def test_a_photo_is_pasted_or_dropped(visit: Visit, event: str, carrier: str) -> None:
    page = visit.open()
    _go(page, "photo")
    page.evaluate(
        """async ([event, carrier]) => {
          const picture = await (await fetch("/sample/portrait.png")).blob();
          const data = new DataTransfer();
          data.items.add(new File([picture], "me.png", { type: "image/png" }));
          const Kind = event === "paste" ? ClipboardEvent : DragEvent;
          document.querySelector("#photo-drop").dispatchEvent(
            new Kind(event, { [carrier]: data, bubbles: true, cancelable: true }));
        }""",
        [event, carrier],
    )
    expect(page.locator(".advice.good")).to_be_visible()
    assert not page.is_checked("#consent")


def test_a_recording_takes_the_place_of_a_voice(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    page.set_input_files("#photo-file", small_portrait_png)
    _go(page, "voice")
    page.check("input[name=speaker][value=recording]", force=True)
    page.check("#consent")
    page.click("#submit")
    expect(page.locator("#audio-error")).to_contain_text("Choose a recording")
    seconds = np.arange(2 * 16000) / 16000
    write_wav(tmp_path / "me.wav", (0.3 * np.sin(2 * np.pi * 180 * seconds)).astype(np.float32), 16000)
    page.set_input_files("#audio-file", tmp_path / "me.wav")
    expect(page.locator("#audio-name")).to_have_text("me.wav")
    expect(page.locator("#audio-player")).to_be_visible()
    page.evaluate(QUICK_REAL)
    identity = _make(page)
    scene = page.request.get(f"{visit.url}/v1/videos/{identity}").json()["scenes"][0]
    assert (scene["audio"], scene["prompt"]) == (True, None)
    page.click("#cancel")
    expect(page.locator("#watch-state")).to_contain_text("Cancelled")


def test_a_video_is_cancelled_and_deleted(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png, "This is said again and again. " * 200)
    identity = _make(page)
    page.click("#cancel")
    expect(page.locator("#watch-state")).to_contain_text("Cancelled")
    expect(page.locator("#watch-error")).to_contain_text("The video was cancelled")
    page.click("#delete")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    page.click("#delete")
    page.click("#confirm-yes")
    expect(page.locator("#toasts")).to_contain_text("is deleted")
    expect(page.locator(f"#videos li[data-id={identity}]")).to_have_count(0)
    visit.expected.append("404")
    visit.open(f"/#/video/{identity}")
    page.reload()
    _ready(page)
    expect(page.locator("#watch-title")).to_contain_text("There is no such video")


def test_what_is_missing_is_said_where_it_is_missing(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    page.click("#submit")
    expect(page.locator("#script-error")).to_have_text("Write what the person says, or fill in the sample.")
    expect(page.locator("#script")).to_be_focused()
    expect(page.locator("#photo-error")).to_contain_text("Add a photo")
    expect(page.locator("#consent-error")).to_contain_text("Tick that you may use")
    page.fill("#script", "Hello.")
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((300, 300, 3), 120, np.uint8)).save(blank)
    page.set_input_files("#photo-file", blank)
    expect(page.locator(".advice.bad")).to_have_text("This photo cannot be used.")
    expect(page.locator("#photo-advice")).to_contain_text("face")
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    page.set_input_files("#photo-file", text)
    expect(page.locator("#photo-error")).to_contain_text("no picture")
    page.set_input_files("#photo-file", small_portrait_png)
    _go(page, "photo")
    expect(page.locator(".advice.good")).to_be_visible()
    page.click("#submit")
    expect(page.locator("#consent-error")).to_contain_text("Tick that you may use")
    assert page.get_attribute("#consent", "aria-invalid") == "true"


def test_refusals_of_the_server_are_told_in_plain_words(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    visit.expected += ["400", "413", "429", "ERR_CONNECTION_REFUSED", "ERR_FAILED"]
    _fill(page, small_portrait_png, "Hello. [dance]")
    page.click("#submit")
    expect(page.locator("#script-error")).to_contain_text("dance")
    expect(page.locator("#script")).to_be_focused()
    page.fill("#script", "Hello.")
    for status, words in ((413, "too large"), (429, "Too much at once")):
        page.route("**/v1/videos", partial(_refuse, status), times=1)
        page.click("#submit")
        expect(page.locator("#submit-error")).to_contain_text(words)
    page.route(re.compile("/v1/videos$|/healthz$"), lambda route: route.abort("connectionrefused"))
    page.click("#submit")
    expect(page.locator("#submit-error")).to_contain_text("cannot be reached")
    expect(page.locator("#offline")).to_be_visible()
    page.unroute(re.compile("/v1/videos$|/healthz$"))
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#submit-error")).to_be_hidden()


def test_a_video_that_fails_says_why(visit: Visit) -> None:
    error = {"code": "disk_full", "message": "The disk is full: free some space and try again."}
    video = {"id": "video_x", "status": "failed", "progress": 40, "created_at": 1, "size": "1280x720", "seconds": "3",
             "title": "Lost", "prompt": "Lost.", "error": error, "urls": {}, "scenes": [], "notes": []}  # fmt: skip
    visit.page.route("**/v1/videos/video_x", lambda route: route.fulfill(json=video))
    page = visit.open("/#/video/video_x")
    expect(page.locator("#watch-error")).to_have_text(f"The video could not be made. {error['message']}")
    expect(page.locator("#edit")).to_be_visible()
    expect(page.locator("#cancel")).to_be_hidden()


def test_without_events_the_page_asks_by_itself(visit: Visit, small_portrait_png: Path) -> None:
    visit.page.route(re.compile(r"/events$"), lambda route: route.abort())
    visit.expected.append("ERR_FAILED")
    page = visit.open()
    _fill(page, small_portrait_png, "Nobody tells me.")
    _make(page)
    _finished(page)


def test_a_draft_is_shown_before_the_video_is_there(visit: Visit) -> None:
    video = {"id": "video_y", "status": "in_progress", "stage": "video", "progress": 40, "eta_seconds": 75.0,
             "created_at": 1, "size": "720x1280", "seconds": "30", "title": "Early", "prompt": "Early.",
             "has_draft": True, "urls": {"draft": "/d"}, "scenes": [], "notes": []}  # fmt: skip
    visit.page.route("**/v1/videos/video_y", lambda route: route.fulfill(json=video))
    visit.page.route("**/video_y/content*", lambda route: route.fulfill(status=204))
    visit.expected.append("404")
    page = visit.open("/#/video/video_y")
    expect(page.locator("#draft-note")).to_be_visible()
    expect(page.locator("#screen-sketch")).to_be_hidden()
    expect(page.locator("#player")).to_have_attribute("src", re.compile("variant=draft"))
    expect(page.locator("#eta")).to_have_text("40 % · about 1 min 15 s left")
    expect(page.locator("#stages li[aria-current=step]")).to_have_text("Picture")
    assert page.get_attribute("#wave", "aria-valuenow") == "40"


def test_a_finished_video_shows_who_signed_it(visit: Visit) -> None:
    video = {"id": "video_z", "status": "completed", "progress": 100, "created_at": 1, "completed_at": 2,
             "size": "512x512", "seconds": "3", "title": "Signed", "prompt": "Hi.", "urls": {}, "scenes": [],
             "notes": [], "provenance": {"signed_by": "Anna", "self_made": False}}  # fmt: skip
    visit.page.route("**/v1/videos/video_z", lambda route: route.fulfill(json=video))
    visit.page.route("**/video_z/content*", lambda route: route.fulfill(status=204))
    visit.expected.append("404")
    page = visit.open("/#/video/video_z")
    badge = page.locator("#signed")
    expect(badge).to_have_text("Signed as made by a machine: Anna")
    page.click("#language")
    expect(badge).to_have_text("Подписано как сделанное машиной: Anna")
    video["provenance"] = {"signed_by": "Anna", "self_made": True}
    page.reload()
    _ready(page)
    expect(badge).to_have_text("Подписано как сделанное машиной, собственным сертификатом сервера")
    video["provenance"] = None
    page.reload()
    _ready(page)
    expect(page.locator("#finished")).to_be_visible()
    expect(badge).to_be_hidden()


@pytest.mark.parametrize("visit", [{"locale": "ru-RU"}], indirect=True)
def test_errors_are_told_in_the_language_of_the_page(
    visit: Visit, small_portrait_png: Path, landscape_png: Path, tmp_path: Path
) -> None:
    page = visit.open()
    visit.expected.append("400")
    advice = page.locator("#photo-advice")
    page.set_input_files("#photo-file", landscape_png)
    expect(advice).to_contain_text("Лицо не найдено. Возьмите фотографию")
    torn = tmp_path / "torn.png"
    torn.write_bytes(b"no picture")
    page.set_input_files("#photo-file", torn)
    expect(advice).to_contain_text("Этот файл не читается как изображение")
    page.click("#language")
    expect(advice).to_contain_text("This file is no picture that can be read")
    page.click("#language")
    _fill(page, small_portrait_png, "Привет. [танец]")
    page.click("#submit")
    expect(page.locator("#script-error")).to_contain_text("Строка 1, знак 9: указания [танец] нет.")
    page.fill("#script", "[pause: долго] Привет.")
    page.click("#submit")
    expect(page.locator("#script-error")).to_contain_text("Напишите время до 60 с: 1.5s или 400ms.")


@pytest.mark.parametrize("visit", [{"locale": "ru-RU"}], indirect=True)
def test_what_a_video_says_is_said_in_russian_and_what_is_not_known_as_it_came(visit: Visit) -> None:
    video = {"id": "video_x", "status": "failed", "progress": 40, "created_at": 1, "size": "1280x720", "seconds": "3",
             "title": "Lost", "prompt": "Lost.", "urls": {}, "scenes": [], "notes": [], "error": None}  # fmt: skip
    texts = [
        ({"reason": "step_lost", "params": {"stage": "video", "n": 3}}, "Этап «Изображение» прервался 3 раза"),
        ({"reason": "no_face", "params": {"scene": 2}}, "Сцена 2. Лицо не найдено."),
        ({"reason": "unheard_of", "params": {}, "code": "media_failed"}, "Сервер пишет: It broke."),
        ({"code": "unheard_of"}, "Ответ сервера: It broke."),
    ]
    for number, (facts, words) in enumerate(texts):
        error = {"code": "", "message": "It broke.", **facts}
        shown = {**video, "id": f"video_{number}", "error": error}
        visit.page.route(f"**/v1/videos/video_{number}", partial(_give, shown))
        page = visit.open(f"/#/video/video_{number}")
        expect(page.locator("#watch-error")).to_contain_text(words)
    notes = {"notes": ["2 faces.", "New."], "note_reasons": [{"reason": "several_faces", "params": {"n": 2}}]}
    done = {**video, "id": "video_n", "status": "completed", **notes}
    visit.page.route("**/v1/videos/video_n", lambda route: route.fulfill(json=done))
    visit.page.route("**/video_n/content*", lambda route: route.fulfill(status=204))
    visit.expected.append("404")
    page = visit.open("/#/video/video_n")
    expect(page.locator("#watch-notes li")).to_have_text(
        ["Найдено 2 лица: говорить будет самое крупное.", "Ответ сервера: New."]
    )


@pytest.mark.parametrize("visit", [{"locale": "ru-RU"}], indirect=True)
def test_the_page_speaks_russian(visit: Visit) -> None:
    page = visit.open()
    assert page.get_attribute("html", "lang") == "ru"
    expect(page.locator("#submit")).to_have_text("Создать видео")
    for script, words in (("Да.", "1 слово"), ("Раз два.", "2 слова"), ("Раз два три четыре пять.", "5 слов")):
        page.fill("#script", script)
        expect(page.locator("#script-count")).to_contain_text(f"{words} · около")
    expect(page.locator("#voice-language option").first).to_have_text("Как в тексте (русский)")
    page.click("#submit")
    expect(page.locator("#photo-error")).to_have_text("Добавьте фотографию того, кто говорит.")
    page.click("#language")
    expect(page.locator("#submit")).to_have_text("Make the video")
    page.reload()
    _ready(page)
    assert page.get_attribute("html", "lang") == "en"
    assert page.input_value("#script") == "Раз два три четыре пять."


def test_everything_can_be_done_with_the_keyboard(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    reached = []
    for _ in range(160):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.name"))
        if reached[-1] == "step-next":
            page.keyboard.press("Enter")
        if reached[-1] == "submit":
            break
    wanted = ["sample", "kind", "script", "step-next", "photo-file", "expression", "gesture", "speaker",
              "voice-language", "place", "place-text", "layout", "heading", "plate", "format", "captions", "label",
              "consent", "submit"]  # fmt: skip
    assert [name for name in dict.fromkeys(reached) if name in wanted] == wanted
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    _go(page, "script")
    page.focus("#script")
    page.keyboard.type("By hand.")
    page.set_input_files("#photo-file", small_portrait_png)
    page.evaluate(FAKES)
    page.wait_for_selector(".advice.good", state="attached")
    page.focus("#consent")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/video/*")
    expect(page.locator("#watch-title")).to_be_focused()
    _finished(page)


def test_every_control_has_a_name_and_every_picture_a_text(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    page.click("#scene-add")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, textarea, audio, video, img, dialog")]
        .filter((e) => e.id !== "confirm-yes")
        .filter((e) => !(e.tagName === "IMG" ? e.hasAttribute("alt") : (e.labels?.[0]?.innerText ?? "").trim()
          || e.labels?.[0]?.textContent.trim() || e.getAttribute("aria-label") || e.title || e.textContent.trim()
          || document.getElementById(e.getAttribute("aria-labelledby"))))
        .filter((e) => !["AUDIO", "VIDEO"].includes(e.tagName) || !e.hidden)
        .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1, h2, h3')].filter(e => e.offsetParent).map(e => e.tagName)"
    )
    assert levels[0] == "H1" and levels.count("H1") == 1
    assert page.locator("[aria-live=polite]").count() == 2


@pytest.mark.parametrize("visit", [{"viewport": PHONE, "has_touch": True, "is_mobile": True}], indirect=True)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_phone_needs_no_sideways_scroll_and_no_thin_fingers(visit: Visit, language: str) -> None:
    visit.page.add_init_script(f"localStorage.setItem('govorun.language', '{language}')")
    page = visit.open()
    page.click("#sample")
    for step in STEPS:
        _go(page, step)
        if step in ("layout", "make"):
            page.click(f"{'#brand' if step == 'layout' else '#more'} summary")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
        small = page.evaluate(
            """() => [...document.querySelectorAll(
              "button, .button, select, summary, [type=text], [type=search], .tick, .voice label")]
            .filter((e) => e.offsetParent).map((e) => [e.id || e.className, e.getBoundingClientRect()])
            .filter(([, box]) => box.height < 43.5 || box.width < 40).map(([name]) => name)"""
        )
        assert small == []
        action = page.locator("#submit" if step == "make" else "#step-next")
        expect(action).to_be_in_viewport(ratio=1)
        hint = page.locator("#photo-hint")
        assert step != "photo" or ("Drop" not in hint.inner_text() and "Перетащите" not in hint.inner_text())


def test_a_page_at_twice_the_size_stays_whole(visit: Visit) -> None:
    page = visit.open()
    page.set_viewport_size(ViewportSize(width=640, height=450))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 640
    visit.page.emulate_media(reduced_motion="reduce", color_scheme="dark")
    assert page.evaluate("() => getComputedStyle(document.body.querySelector('.chip')).transitionDuration") in (
        "0s",
        "",
    )
    dark = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") != dark


def test_a_voice_is_heard_before_it_is_chosen(visit: Visit) -> None:
    page = visit.open()
    page.fill("#script", "Guten Tag, ich bin die Stimme und das ist ein Test.")
    expect(page.locator("#voice-language option").first).to_have_text("As in the script (German)")
    _go(page, "voice")
    kinds = [re.compile("Natural voices|Voices with an accent"), re.compile(r"Robotic voices \(\d+\)")]
    expect(page.locator(".voice-kind")).to_have_text(kinds)
    page.click("summary.voice-kind")
    assert page.locator(".voice input").nth(1).get_attribute("value") == DEFAULT
    button = page.locator(".voice:has(input[value='espeak-de']) button")
    with page.expect_request("**/v1/audio/speech") as asked:
        button.click()
    assert asked.value.post_data_json["voice"] == "espeak-de"
    expect(button).to_have_attribute("data-state", "playing")
    button.click()
    expect(button).to_have_attribute("aria-label", re.compile("^Hear"))


def test_a_key_is_asked_for_and_not_kept_by_the_page(visit: Visit) -> None:
    page, keys = visit.page, []
    visit.expected += ["401"]
    refused = {"error": {"message": "A key is needed.", "type": "authentication_error", "param": None, "code": None}}

    def session(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.post_data_json["key"])
            route.fulfill(status=200 if keys[-1] == "gvr_right" else 401, json=refused)
        else:
            route.fulfill(json={"object": "session", "key": "gvr"})

    def listing(route: Route) -> None:
        if "gvr_right" in keys:
            route.continue_()
        else:
            route.fulfill(status=401, json=refused)

    page.route("**/v1/session", session)
    page.route(re.compile(r"/v1/videos\?"), listing)
    page.goto(visit.url)
    expect(page.locator("#signin")).to_be_visible()
    for key in ("gvr_wrong", "gvr_right"):
        page.fill("#signin-key", key)
        page.keyboard.press("Enter")
        if key == "gvr_wrong":
            expect(page.locator("#signin-error")).to_contain_text("not known")
    expect(page.locator("#signin")).to_be_hidden()
    _ready(page)
    assert "gvr" not in page.evaluate("() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie")
