"""What axe finds wrong with the page for people who do not see it as it was drawn: nothing, in every state."""

from __future__ import annotations

import shutil
import subprocess
import tarfile

import pytest
from playwright.sync_api import expect

from tests.orchestrator.api.test_page import STEPS, Visit, _go, browser, pytestmark, visit

__all__ = ["browser", "pytestmark", "visit"]

AXE = "axe-core@4.14.1"
FOUND = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 120)} ${node.failureSummary}`))"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("axe")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: axe is not tried")
    got = subprocess.run(["npm", "pack", AXE], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if got.returncode != 0:
        pytest.skip("the npm registry is not reached: axe is not tried")
    with tarfile.open(next(folder.glob("axe-core-*.tgz"))) as package:
        package.extract("package/axe.min.js", folder, filter="data")
    return (folder / "package" / "axe.min.js").read_text()


@pytest.mark.parametrize(
    "visit",
    [{"locale": "en-US", "color_scheme": "light"}, {"locale": "ru-RU", "color_scheme": "dark"}],
    indirect=True,
    ids=["light-english", "dark-russian"],
)
def test_axe_finds_nothing(visit: Visit, axe: str) -> None:
    visit.page.emulate_media(reduced_motion="reduce")
    page = visit.open()
    page.evaluate(axe)
    page.click("#sample")
    expect(page.locator(".advice.good")).to_be_attached()
    for step in STEPS:
        _go(page, step)
        assert page.evaluate(FOUND) == [], step
    _go(page, "voice")
    page.check("input[name=speaker][value=recording]", force=True)
    page.click("#scene-add")
    page.click("#presets-open")
    assert page.evaluate(FOUND) == []
    page.click("#presets-close")
    _go(page, "layout")
    page.check("input[name=layout][value=circle]", force=True)
    page.click("#brand summary")
    page.fill("#heading", "Week 3")
    assert page.evaluate(FOUND) == []
    _go(page, "script")
    for kind in ("slides", "table", "video"):
        page.check(f"input[name=kind][value={kind}]", force=True)
        assert page.evaluate(FOUND) == [], kind
    page.fill("#script", "")
    page.uncheck("#consent")
    page.click("#submit")
    assert page.evaluate(FOUND) == []
