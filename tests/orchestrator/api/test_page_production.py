"""Productions on the page: layouts and words over the picture, talks from slides, videos from tables, films behind."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from avatar.core.layout import KINDS, PLACES, Panel, free_area, panel_of, parse_layout, safe_area
from avatar.core.types import Size
from orchestrator.probes.cutout import FORMATS
from tests.contract.test_backdrop_engines import film
from tests.orchestrator.api.test_page import (
    FAKES,
    RENDERING,
    Visit,
    _fill,
    _go,
    _make,
    _ready,
    _saved,
    browser,
    pytestmark,
    visit,
)
from tests.orchestrator.productions.test_slides import write_pdf
from tests.orchestrator.video.test_behind import film_of
from tests.tunes import chord

__all__ = ["browser", "pytestmark", "visit"]

PLACED = """async (asked) => {
  const { placesOf } = await import("/web/geometry.js");
  const { seatFrom } = await import("/web/layout.js");
  return asked.map(([layout, format, captioned]) => {
    const { panel, safe, room } = placesOf(seatFrom(layout), format, captioned);
    return [panel, safe, room].map(({ left, top, width, height }) => [left, top, width, height]);
  });
}"""


def _layouts() -> list[str]:
    free = [f"{kind}:{place}" for kind, place in itertools.product(("circle", "card"), PLACES)]
    sized = [f"{kind}:{size}" for kind, size in itertools.product(KINDS[1:-1], ("0.3", "0.9"))]
    return [*KINDS, *free, *sized, "corner:bottom-left", "corner:bottom:0.4", "circle:0.7,0.3:0.25", "card:0.1,0.9"]


def _shares(panel: Panel, size: Size) -> list[float]:
    width, height = size.width, size.height
    return [panel.left / width, panel.top / height, panel.width / width, panel.height / height]


def _seen(page: Page, identity: str) -> dict[str, object]:
    scene: dict[str, object] = page.request.get(f"{page.url.split('#')[0]}v1/videos/{identity}").json()["scenes"][0]
    return scene


def test_the_sketch_places_person_and_words_as_the_video_does(visit: Visit) -> None:
    page = visit.open()
    asked = [list(one) for one in itertools.product(_layouts(), FORMATS, (False, True))]
    for (name, form, captioned), found in zip(asked, page.evaluate(PLACED, asked), strict=True):
        layout, size = parse_layout(str(name)), Size(*FORMATS[str(form)])
        areas = (panel_of(layout, size, captioned), safe_area(size, captioned), free_area(layout, size, captioned))  # type: ignore[arg-type]
        for panel, shares in zip(areas, found, strict=True):
            assert shares == pytest.approx(_shares(panel, size), abs=0.005), (name, form, captioned)


def test_a_voice_without_a_person_needs_no_photo(visit: Visit) -> None:
    page = visit.open()
    page.fill("#script", "A voice, and nobody to be seen.")
    _go(page, "photo")
    page.check("#photo-none")
    page.check("#consent")
    expect(page.locator("#frame-ghost")).to_be_hidden()
    _go(page, "layout")
    expect(page.locator("input[name=layout][value=none]")).to_be_checked()
    expect(page.locator("#layout-panel")).to_be_hidden()
    seen = _seen(page, _make(page))
    assert seen["layout"] == "none" and seen["prompt"] == "A voice, and nobody to be seen."


def test_a_layout_and_words_are_chosen_seen_and_sent(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    _go(page, "layout")
    expect(page.locator("#frame-panel")).to_be_hidden()
    page.check("input[name=layout][value=circle]", force=True)
    expect(page.locator("#panel-cut")).to_be_visible()
    expect(page.locator("input[name=spot][value=bottom-right]")).to_be_checked()
    page.check("input[name=spot][value=top-left]", force=True)
    page.fill("#layout-size", "0.4")
    page.uncheck("#ground-own")
    for field, words in (
        ("heading", "Week 3"),
        ("heading-more", "Light"),
        ("plate", "Anna"),
        ("plate-more", "Teacher"),
    ):
        page.fill(f"#{field}", words)
    expect(page.locator("#frame-heading")).to_have_text("Week 3Light")
    expect(page.locator("#frame-plate b")).to_have_text("Anna")
    page.click("#brand summary")
    Image.new("RGBA", (60, 30), (47, 123, 255, 200)).save(tmp_path / "logo.png")
    page.set_input_files("#logo-file", tmp_path / "logo.png")
    expect(page.locator("#frame-logo")).to_be_visible()
    page.fill("#accent", "#2f7bff")
    page.check("#bar")
    page.select_option("#transition", "fade")
    _saved(page, "#2f7bff", 2)
    page.reload()
    _ready(page)
    _go(page, "layout")
    expect(page.locator("#brand")).to_have_attribute("open", "")
    expect(page.locator("#heading-more")).to_have_value("Light")
    expect(page.locator("#frame-logo")).to_be_visible()
    page.evaluate(FAKES)
    page.check("#consent")
    identity = _make(page)
    wanted = {
        "layout": "circle:top-left:0.4", "layout_ground": "#20344a", "heading": "Week 3 | Light", "logo": True,
        "lower_third": "Anna | Teacher", "accent": "#2f7bff", "progress_bar": True, "transition": "fade",
    }  # fmt: skip
    first = _seen(page, identity)
    assert {name: first[name] for name in wanted} == wanted
    expect(page.locator("#finished")).to_be_visible(timeout=RENDERING)
    page.click("#edit")
    _go(page, "layout")
    expect(page.locator("input[name=layout][value=circle]")).to_be_checked()
    expect(page.locator("#logo-name")).to_have_text("The logo stays.")
    page.fill("#plate", "Boris")
    page.check("#consent")
    again = _seen(page, _make(page))
    assert {name: again[name] for name in wanted} == wanted | {"lower_third": "Boris | Teacher"}


def test_the_person_is_dragged_and_moved_by_arrow_keys(visit: Visit, small_portrait_png: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    _go(page, "layout")
    page.check("input[name=layout][value=card]", force=True)
    frame, panel = page.locator("#frame").bounding_box(), page.locator("#frame-panel").bounding_box()
    assert frame and panel
    page.mouse.move(panel["x"] + 10, panel["y"] + 10)
    page.mouse.down()
    page.mouse.move(panel["x"] + 10 - 0.25 * frame["width"], panel["y"] + 10, steps=3)
    page.mouse.up()
    moved = page.locator("#frame-panel").bounding_box()
    assert moved and moved["x"] == pytest.approx(panel["x"] - 0.25 * frame["width"], abs=3)
    expect(page.locator("input[name=spot]:checked")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    higher = page.locator("#frame-panel").bounding_box()
    assert higher and higher["y"] == pytest.approx(moved["y"] - 0.02 * frame["height"], abs=2)
    page.check("input[name=layout][value=corner]", force=True)  # stands on the lower edge
    expect(page.locator("input[name=spot][value=bottom-right]")).to_be_checked()
    expect(page.locator("input[name=spot][value=top]")).to_be_disabled()
    page.focus("#frame-panel")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[name=spot][value=bottom]")).to_be_checked()
    _go(page, "place")
    page.check("input[name=place][value=photo]", force=True)
    _go(page, "layout")
    expect(page.locator("#layout-note")).to_contain_text("The photo keeps its background")
    expect(page.locator("input[name=layout][value=full]")).to_be_checked()
    expect(page.locator("input[name=layout][value=circle]")).to_be_disabled()


def test_a_preset_keeps_the_look_of_a_house(visit: Visit, tmp_path: Path) -> None:
    page = visit.open()
    _go(page, "layout")
    page.check("input[name=layout][value=left]", force=True)
    page.fill("#plate", "Anna")
    page.click("#brand summary")
    page.fill("#accent", "#2f7bff")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "logo.png")
    page.set_input_files("#logo-file", tmp_path / "logo.png")
    page.click("#brand-keep")
    page.fill("#preset-name", "House")
    page.keyboard.press("Enter")
    expect(page.locator("#presets-list li")).to_have_count(1)
    page.click("#presets-close")
    page.click("#logo-remove")
    page.check("input[name=layout][value=full]", force=True)
    page.fill("#plate", "")
    page.fill("#accent", "#ff0000")
    page.click("#presets-open")
    page.click("#presets-list li button >> nth=0")
    expect(page.locator("input[name=layout][value=left]")).to_be_checked()
    expect(page.locator("#plate")).to_have_value("Anna")
    expect(page.locator("#accent")).to_have_value("#2f7bff")
    expect(page.locator("#logo-thumb")).to_be_visible()
    page.click("#presets-open")
    page.click("#presets-list li button >> nth=1")
    expect(page.locator("#presets-none")).to_be_visible()
    assert not [
        key for key in page.evaluate("async () => (await import('/web/files.js')).keptKeys()") if "preset" in key
    ]


def test_a_talk_is_made_from_slides(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2", reason="the extra slides is not installed")
    visit.expected.append("400")
    page = visit.open()
    page.check("input[name=kind][value=slides]", force=True)
    expect(page.locator("#flow [data-go=place]")).to_be_hidden()
    page.click("#submit")
    expect(page.locator("#slides-error")).to_contain_text("Choose the slides first")
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    page.set_input_files("#slides-file", tmp_path / "torn.pdf")
    expect(page.locator("#slides-error")).to_contain_text("damaged")
    page.set_input_files("#slides-file", write_pdf(tmp_path / "My talk.pdf", 2))
    expect(page.locator("#slides-list li")).to_have_count(2)
    expect(page.locator("#slides-error")).to_be_hidden()
    expect(page.locator("#slides-state")).to_have_text("2 slides · 2 without notes: 1, 2")
    page.fill("#slides-list li >> nth=0 >> textarea", "First words.")
    page.set_input_files("#photo-file", small_portrait_png)
    page.check("#consent")
    page.click("#submit")
    expect(page.locator("#slides-error")).to_contain_text("A slide has no notes (2)")
    page.fill("#slides-list li >> nth=1 >> textarea", "Second words.\n---\nand more.")
    expect(page.locator("#slides-state")).to_have_text("2 slides · all have notes")
    _saved(page, "Second words.", 2)
    page.reload()
    _ready(page)
    expect(page.locator("#slides-list li >> nth=1 >> textarea")).to_have_value("Second words.\n---\nand more.")
    _go(page, "layout")
    expect(page.locator("input[name=layout][value=circle]")).to_be_checked()
    expect(page.locator("#headings")).to_be_hidden()
    expect(page.locator("#frame-place.slide")).to_be_visible()
    page.evaluate(FAKES)
    page.check("#consent")
    identity = _make(page)
    video = page.request.get(f"{visit.url}/v1/videos/{identity}").json()
    assert [scene["prompt"] for scene in video["scenes"]] == ["First words.", "Second words.\n—\nand more."]
    assert {scene["layout"] for scene in video["scenes"]} == {"circle:bottom-right:0.28"}
    assert (video["title"], video["scenes"][0]["backdrop_image"]) == ("My talk", True)
    expect(page.locator("#finished")).to_be_visible(timeout=RENDERING)


def test_a_table_becomes_videos_that_are_followed(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    (tmp_path / "guests.csv").write_bytes('\ufeffname;"the; city"\n"Anna ""A"" Ek";Oslo\nБорис;Киров\n'.encode())
    page.check("input[name=kind][value=table]", force=True)
    _fill(page, small_portrait_png, "Hello {{nam}}!")
    page.set_input_files("#table-file", tmp_path / "guests.csv")
    expect(page.locator("#table-state")).to_have_text("2 rows, so 2 videos")
    expect(page.locator("#column-list button")).to_have_text(["name", "the; city"])
    expect(page.locator("#table-error")).to_contain_text("no such column: nam")
    page.click("#submit")
    expect(page.locator("#table-error")).to_contain_text("no such column: nam")
    page.fill("#script", "Hello {{name}} of ")
    page.click("#column-list button >> nth=1")
    expect(page.locator("#script")).to_have_value("Hello {{name}} of {{the; city}}")
    expect(page.locator("#table-first")).to_have_text('The first video says: Hello Anna "A" Ek of Oslo')
    _go(page, "layout")
    page.fill("#plate", "{{name}}")
    expect(page.locator("#frame-plate b")).to_have_text('Anna "A" Ek')
    expect(page.locator("#submit")).to_have_text("Make 2 videos")
    page.click("#submit")
    batch = page.locator("#batch-list .batch").first
    expect(batch).to_contain_text("2 videos")
    batch.locator("summary").click()
    expect(batch.locator("ol a")).to_have_text(['Hello Anna "A" Ek of Oslo', "Hello Борис of Киров"])
    expect(batch.locator(".told")).to_have_text("2 ready", timeout=RENDERING)
    table = page.request.get(f"{visit.url}{batch.locator('a.button').get_attribute('href')}")
    assert table.ok and table.text().count("completed") == 2
    batch.locator("ol a").first.click()
    page.wait_for_url("**/#/video/*")
    assert _seen(page, page.url.rsplit("/", 1)[1])["lower_third"] == 'Anna "A" Ek'
    batch.locator("[data-part=forget]").click()
    page.click("#confirm-yes")
    expect(page.locator("#batches")).to_be_hidden()


def test_a_batch_is_stopped_and_a_row_that_failed_says_why(visit: Visit) -> None:
    counts = {"completed": 1, "failed": 1, "queued": 2}
    rows = [
        {"row": 1, "id": "video_1", "status": "completed", "progress": 100, "title": "For Anna", "error": None},
        {"row": 2, "id": "video_2", "status": "failed", "progress": 10, "title": None, "error": "No face."},
    ]
    batch = {
        "id": "batch_1",
        "object": "batch",
        "created_at": 1,
        "rows": 4,
        "progress": 50,
        "counts": counts,
        "videos": [],
    }
    asked: list[str] = []
    visit.page.route(
        re.compile(r"/v1/batches\?"), lambda route: route.fulfill(json={"object": "list", "data": [batch]})
    )
    visit.page.route("**/v1/batches/batch_1", lambda route: route.fulfill(json={**batch, "videos": rows}))

    def cancel(route) -> None:  # type: ignore[no-untyped-def]
        asked.append(route.request.url)
        counts.update({"queued": 0, "cancelled": 2})
        del counts["queued"]
        route.fulfill(json=batch)

    visit.page.route("**/v1/batches/batch_1/cancel", cancel)
    page = visit.open()
    item = page.locator("#batch-list .batch")
    expect(item.locator(".told")).to_have_text("1 ready · 2 waiting · 1 failed")
    assert item.locator("progress").get_attribute("aria-label") == "Progress of 4 videos"
    item.locator("summary").click()
    expect(item.locator("ol li")).to_have_text(["For AnnaReady", "Row 2Failed. No face."])
    item.locator("[data-part=stop]").click()
    expect(item.locator(".told")).to_have_text("1 ready · 1 failed · 2 cancelled")
    expect(item.locator("[data-part=stop]")).to_be_hidden()
    expect(item.locator("[data-part=forget]")).to_be_visible()
    assert len(asked) == 1


def test_a_film_runs_behind_the_person(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    visit.expected.append("400")
    _fill(page, small_portrait_png)
    _go(page, "place")
    page.check("input[name=place][value=image]", force=True)
    page.set_input_files("#place-file", film(tmp_path))
    page.click("#submit")
    expect(page.locator("#place-error")).to_contain_text("The film is too short")
    page.set_input_files("#place-file", film(tmp_path, 2.0))
    expect(page.locator("#place-error")).to_be_hidden()
    expect(page.locator("#place-film")).to_be_visible()
    expect(page.locator("#place-looks")).to_be_hidden()
    expect(page.locator("#frame-place")).to_be_visible()
    assert page.evaluate("() => document.querySelector('#frame-place').naturalWidth") > 0
    identity = _make(page)
    assert _seen(page, identity)["backdrop_film"] is True
    page.click("#cancel")
    page.click("#edit")
    _go(page, "place")
    expect(page.locator("#place-image-kept")).to_be_visible()
    page.set_input_files("#place-file", small_portrait_png)
    expect(page.locator("#place-looks")).to_be_visible()
    expect(page.locator("#place-film")).to_be_hidden()


def test_what_the_form_does_not_show_stays_with_an_edited_video(visit: Visit) -> None:
    page = visit.open()
    address = page.url.split("#")[0]
    tale = "The ship sailed over the waves.\n\nAt night he came into the forest."
    story = {"prompt": tale, "speech_engine": "tone", "size": "256x144", "fps": 10, "layers": "heading,person"}
    identity = page.request.post(f"{address}v1/stories", data=story).json()["id"]
    page.goto(f"{address}#/video/{identity}")
    page.click("#cancel")
    page.click("#edit")
    _ready(page)
    page.check("#consent")
    again = page.request.get(f"{address}v1/videos/{_made_again(page, identity)}").json()["scenes"]
    assert [(scene["layout"], scene.get("backdrop_from")) for scene in again] == [("none", None), ("none", "ocean")]
    assert again[0]["layers"][:2] == ["heading", "person"]


def _made_again(page: Page, identity: str) -> str:
    page.click("#submit")
    page.wait_for_url(lambda url: "#/video/" in url and not url.endswith(identity))
    return page.url.rsplit("/", 1)[1]


def test_a_film_is_heard_under_the_voice(visit: Visit, small_portrait_png: Path, tmp_path: Path) -> None:
    page = visit.open()
    _fill(page, small_portrait_png)
    _go(page, "place")
    page.check("input[name=place][value=image]", force=True)
    page.set_input_files("#place-file", film_of(tmp_path / "sea.mp4", chord(3.0, 220.0, 331.0), "-c:a", "aac"))
    page.check("#place-heard")
    identity = _make(page)
    assert _seen(page, identity)["backdrop_sound"] == "-18"
    page.click("#cancel")
    page.click("#edit")
    _go(page, "place")
    expect(page.locator("#place-heard")).to_be_checked()
