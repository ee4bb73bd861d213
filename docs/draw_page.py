"""Draw the pictures of the page, from a service that makes real videos: ``python docs/draw_page.py``.

``docs/pictures/page.png`` shows a finished video; ``docs/pictures/page/*.webp`` every state of the page, as
:doc:`page.md` lists them. What takes long or goes wrong is played: the browser gets the answers of a service that is at
work, or that failed. ``--url`` takes a service that runs already, with its videos. The portrait is the astronaut that
scikit-image carries (public domain).
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, Route, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orchestrator.api.routes.page import sample_portrait
from tests.service.live import live

PICTURES = ROOT / "docs" / "pictures"
STATES = PICTURES / "page"
PATIENCE = 1800.0
STEPS = ("script", "photo", "voice", "place", "layout", "make")
DESKTOP, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
VIDEOS = (
    {"title": "News from the library", "prompt": "A quiet place.", "backdrop": "library with old books", "lang": "en"},
    {"title": "Доброе утро", "prompt": "Доброе утро!", "backdrop": "лес утром", "alpha": "webm"},
    {"title": "Tonight in the city", "prompt": "See you tonight.", "backdrop": "neon street in the rain"},
    {
        "title": "Hello, and welcome!",
        "prompt": "Hello, and welcome! I was only a photograph a minute ago, and now I can talk to you.",
        "backdrop": "calm ocean at dusk",
    },
)
PLAYED = {
    "id": "video_played", "object": "video", "model": "govorun", "created_at": int(time.time()), "size": "1280x720",
    "seconds": "18", "title": "Hello, and welcome!", "prompt": "Hello, and welcome!", "urls": {}, "scenes": [],
    "notes": [], "fps": 25,
}  # fmt: skip


def main() -> None:
    """Make the videos, or take those that are there, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a service that runs")
    parser.add_argument("--size", default="1280x720", help="of the first video")
    parser.add_argument("--only", nargs="*", help="names of states")
    given = parser.parse_args()
    STATES.mkdir(exist_ok=True)
    with _service(given.url, given.size) as (url, video), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, draw in _states(video).items():
            if not given.only or name in given.only:
                draw(browser, url, name)
                print(name)
        browser.close()


@contextmanager
def _service(url: str | None, size: str) -> Iterator[tuple[str, str]]:
    """The address of a service, and the id of a finished video there."""
    if url is not None:
        done = httpx.get(f"{url}/v1/videos", params={"status": "completed"}).json()["data"]
        yield url, done[0]["id"]
        return
    with tempfile.TemporaryDirectory() as name, live(Path(name)) as service:
        with httpx.Client(base_url=service.url, timeout=60.0) as client:
            *others, last = VIDEOS
            names = [_make(client, {**video, "size": "640x360"}) for video in others]
            names.append(_make(client, {**last, "size": size}))
            for video in names:
                _wait(client, video)
        yield service.url, names[-1]


def _make(client: httpx.Client, fields: dict[str, str]) -> str:
    photo = {"input_reference": ("portrait.png", sample_portrait().read_bytes(), "image/png")}
    answer = client.post("/v1/videos", data={**fields, "consent": "true"}, files=photo)
    return str(answer.raise_for_status().json()["id"])


def _wait(client: httpx.Client, video: str) -> None:
    deadline = time.monotonic() + PATIENCE
    found: dict[str, Any] = {}
    while found.get("status") != "completed" and time.monotonic() < deadline:
        time.sleep(1.0)
        found = client.get(f"/v1/videos/{video}").raise_for_status().json()
        if found["status"] == "failed":
            raise SystemExit(str(found["error"]))


Draw = Callable[[Browser, str, str], None]


def _states(video: str) -> dict[str, Draw]:
    working = {
        **PLAYED,
        "status": "in_progress",
        "stage": "video",
        "progress": 42,
        "eta_seconds": 75.0,
        "eta_sure": True,
    }
    failed = {**PLAYED, "status": "failed", "progress": 40,
              "error": {"code": "disk_full", "message": "The disk is full.", "reason": "worker_disk_full"}}  # fmt: skip
    return {
        "page": lambda browser, url, name: _draw_first(browser, url, video),
        "new": _drawn(_empty),
        **{f"desktop-{step}": _drawn(_at_step(step)) for step in STEPS},
        "rooms": _drawn(_rooms, ViewportSize(width=1440, height=1200)),
        "picture": _drawn(_own_picture),
        "words-over": _drawn(_words_over),
        "slides": _drawn(_slides),
        "table": _drawn(_table),
        "missing": _drawn(lambda page: page.click("#submit")),
        "presets": _drawn(_presets),
        "waiting": _drawn(_watching(working)),
        "failed": _drawn(_watching(failed)),
        "finished": _drawn(_finished(video)),
        "alone": _drawn(_alone),
        "library": _drawn(_library),
        "phone-light": _sheet("light", "en-US", 390),
        "phone-dark-russian": _sheet("dark", "ru-RU", 390),
        "phone-narrow": _sheet("light", "ru-RU", 320),
        "tablet": _drawn(_at_step("place"), ViewportSize(width=768, height=1024), "dark"),
        "wide-dark": _drawn(_at_step("place"), ViewportSize(width=1920, height=1080), "dark", "ru-RU"),
    }


def _drawn(
    act: Callable[[Page], object], size: ViewportSize = DESKTOP, scheme: Any = "light", locale: str = "en-US"
) -> Draw:
    def draw(browser: Browser, url: str, name: str) -> None:
        context = browser.new_context(viewport=size, color_scheme=scheme, locale=locale)
        page = _opened(context.new_page(), url)
        act(page)
        page.wait_for_timeout(1500)
        _save(Image.open(io.BytesIO(page.screenshot())), name, 1000)
        context.close()

    return draw


def _sheet(scheme: Any, locale: str, width: int) -> Draw:
    """The six steps on a telephone, side by side."""

    def draw(browser: Browser, url: str, name: str) -> None:
        size = ViewportSize(width=width, height=PHONE["height"])
        context = browser.new_context(
            viewport=size, color_scheme=scheme, locale=locale, has_touch=True, is_mobile=True, device_scale_factor=1
        )
        page = _opened(context.new_page(), url)
        _sample(page)
        shots = []
        for step in STEPS:
            page.click(f"#flow [data-go={step}]")
            page.wait_for_timeout(1200)
            shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        sheet = Image.new("RGB", (len(shots) * (width + 16) - 16, size["height"]), "#8a938e")
        for index, shot in enumerate(shots):
            sheet.paste(shot, (index * (width + 16), 0))
        _save(sheet, name, 1500)
        context.close()

    return draw


def _opened(page: Page, url: str) -> Page:
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector("#videos[aria-busy=false]", state="attached")
    return page


def _empty(page: Page) -> None:
    page.route("**/v1/videos?*", lambda route: route.fulfill(json={"object": "list", "data": [], "has_more": False}))
    page.reload()
    page.wait_for_selector("#library-empty:not([hidden])", state="attached")


def _sample(page: Page) -> None:
    page.click("#sample")
    page.wait_for_selector("#frame-cut:not([hidden])", state="attached")
    page.wait_for_selector("#frame-place:not([hidden])", state="attached")


def _at_step(step: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        _sample(page)
        page.click(f"#flow [data-go={step}]")
        if step == "place":
            page.wait_for_selector("#places:not(:has(.waiting))")

    return act


def _rooms(page: Page) -> None:
    _at_step("place")(page)
    page.click("#places-more")
    page.click("#places [data-name=kitchen]")
    page.click("#rooms button >> nth=1")
    page.click("#hours [data-variant='hour sunset']")
    page.wait_for_selector("#place-words:not(:has(.waiting))")
    page.wait_for_selector("#frame:not(.stale)")
    page.locator("#place-room").scroll_into_view_if_needed()


def _own_picture(page: Page) -> None:
    _at_step("place")(page)
    page.check("input[name=place][value=image]", force=True)
    wanted = {"prompt": "open office at noon", "size": "640x360", "frames": 1}
    address = f"{page.url.split('#')[0]}v1/backdrops/preview"
    while not (answer := page.request.post(address, data=wanted, timeout=120_000)).ok:
        page.wait_for_timeout(2000)
    drawn = answer.body()
    page.set_input_files("#place-file", {"name": "office.webp", "mimeType": "image/webp", "buffer": drawn})
    page.fill("#place-blur", "0.6")


def _words_over(page: Page) -> None:
    _at_step("layout")(page)
    page.check("input[name=layout][value=circle]", force=True)
    for field, words in (("heading", "Week three"), ("heading-more", "Light"), ("plate", "Anna Orlova")):
        page.fill(f"#{field}", words)
    page.fill("#plate-more", "Teacher")
    page.locator("#flow").scroll_into_view_if_needed()


def _slides(page: Page) -> None:
    _sample(page)
    page.check("input[name=kind][value=slides]", force=True)
    talk = io.BytesIO()
    first, *others = [_slide(*one) for one in (("Why light bends", "#0b6350"), ("Three experiments", "#20344a"))]
    first.save(talk, "PDF", save_all=True, append_images=others)
    page.set_input_files(
        "#slides-file", {"name": "Light.pdf", "mimeType": "application/pdf", "buffer": talk.getvalue()}
    )
    page.wait_for_selector("#slides-list li")
    page.fill("#slides-list textarea >> nth=0", "Welcome! Today we look at light, and at why it bends.")


def _slide(title: str, colour: str) -> Image.Image:
    picture = Image.new("RGB", (1280, 720), "#fbfaf5")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1280, 28), fill=colour)
    draw.text((90, 120), title, fill="#222222", font=ImageFont.load_default(76))
    for row in range(4):
        draw.rectangle((95, 310 + 80 * row, 720 - 70 * row, 326 + 80 * row), fill="#b9c1bb")
    return picture


def _table(page: Page) -> None:
    _sample(page)
    page.check("input[name=kind][value=table]", force=True)
    page.fill("#script", "Hello {{name}}! We meet in {{city}} on Friday.")
    rows = "name,city\nAnna,Oslo\nBoris,Kirov\nChen,Lyon\n"
    page.set_input_files("#table-file", {"name": "guests.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.wait_for_selector("#column-list button")


def _presets(page: Page) -> None:
    for name, place in (("News at ten", "news studio"), ("Bedtime story", "library in the evening")):
        page.request.post(f"{page.url.split('#')[0]}v1/presets", data={"name": name, "fields": {"backdrop": place}})
    page.click("#presets-open")
    page.wait_for_selector("#presets-list li")


def _watching(video: dict[str, Any]) -> Callable[[Page], None]:
    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(video), content_type="application/json")

    def act(page: Page) -> None:
        page.route("**/v1/videos/video_played", answer)
        page.route("**/v1/videos", answer)
        page.route("**/video_played/events", lambda route: route.abort())
        _sample(page)
        page.click("#submit")
        page.wait_for_url("**/#/video/*")

    return act


def _finished(video: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.goto(f"{page.url.split('#')[0]}#/video/{video}")
        page.wait_for_selector("#finished:not([hidden])")
        page.wait_for_function("() => document.querySelector('#player').readyState >= 2")
        page.evaluate("() => { document.querySelector('#player').currentTime = 1.2; }")

    return act


def _alone(page: Page) -> None:
    address = page.url.split("#")[0]
    listed = page.request.get(f"{address}v1/videos?status=completed").json()["data"]
    _finished(next(video["id"] for video in listed if "webm" in video["urls"]))(page)
    page.click("#alone")
    page.wait_for_function("() => document.querySelector('#player').readyState >= 2")
    page.evaluate("() => { document.querySelector('#player').currentTime = 0.9; }")


def _library(page: Page) -> None:
    page.click("#nav-library")
    page.click("#library-select")
    page.click("#videos .pick >> nth=1")
    page.locator("#library").scroll_into_view_if_needed()


def _save(picture: Image.Image, name: str, width: int) -> None:
    small = picture.convert("RGB")
    small.thumbnail((width, width), Image.Resampling.LANCZOS)
    small.save(STATES / f"{name}.webp", quality=78, method=6)


def _draw_first(browser: Browser, url: str, video: str) -> None:
    page = browser.new_page(viewport=ViewportSize(width=1280, height=900), locale="en-US", color_scheme="light")
    _finished(video)(_opened(page, url))
    page.wait_for_timeout(2000)
    path = PICTURES / "page.png"
    page.screenshot(path=path, full_page=False)
    page.close()
    Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


if __name__ == "__main__":
    main()
