"""Draw the picture of the page for the README, from a service that makes real videos: ``python docs/draw_page.py``.

The portrait is the astronaut that scikit-image carries (public domain). ``--size`` is that of the first video.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orchestrator.api.routes.page import sample_portrait
from tests.service.live import live

PICTURE = ROOT / "docs" / "pictures" / "page.png"
PATIENCE = 1200.0
VIDEOS = (
    {"title": "News from the library", "prompt": "A quiet place.", "backdrop": "library with old books", "lang": "en"},
    {"title": "Доброе утро", "prompt": "Доброе утро!", "backdrop": "лес утром"},
    {"title": "Tonight in the city", "prompt": "See you tonight.", "backdrop": "neon street in the rain"},
    {
        "title": "Hello, and welcome!",
        "prompt": "Hello, and welcome! I was only a photograph a minute ago, and now I can talk to you.",
        "backdrop": "calm ocean at dusk",
    },
)


def main() -> None:
    """Make the videos and draw the page with the last of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="1280x720")
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory() as name, live(Path(name)) as service:
        with httpx.Client(base_url=service.url, timeout=60.0) as client:
            *others, last = VIDEOS
            names = [_make(client, {**video, "size": "640x360"}) for video in others]
            names.append(_make(client, {**last, "size": size}))
            for video in names:
                _wait(client, video)
        _draw(f"{service.url}/#/video/{names[-1]}")


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


def _draw(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US", color_scheme="light")
        page.goto(address)
        page.wait_for_selector("#finished:not([hidden])")
        page.wait_for_function("() => document.querySelector('#player').readyState >= 2")
        page.evaluate("() => { document.querySelector('#player').currentTime = 1.2; }")
        page.wait_for_timeout(2000)
        page.screenshot(path=PICTURE, full_page=False)
        browser.close()
    Image.open(PICTURE).convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
