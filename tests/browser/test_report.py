"""The report in a real browser: on a phone, on a screen, in the dark, printed, read aloud."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from samescale.report import write
from tests import diagnoses
from tests.browser.chromium import Chromium, found

PROGRAM = found()
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no Chromium here: apt-get install chromium, or set SAMESCALE_BROWSER"
)
SCREENS = {"phone": (360, 800, False), "screen": (1280, 900, False), "dark": (1280, 900, True),
           "dark-phone": (360, 800, True)}  # fmt: skip
PAGES = ("mistake", "nothing", "drift", "hostile")

# Every text that is seen, against what stands behind it: WCAG 2.1's ratio of relative luminances.
CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => {
      v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = rgba(getComputedStyle(one).backgroundColor);
      if (color[3] > 250) return color;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.getClientRects().length || element.closest('svg')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    found.push([ratio, node.data.trim().slice(0, 40), style.color]);
  }
  return found.sort((x, y) => x[0] - y[0]).slice(0, 3);
})()
"""
SEEN = """
(() => {
  const box = document.querySelector('h1').getBoundingClientRect();
  const fix = document.querySelector('.fix');
  const last = fix ? fix.getBoundingClientRect() : box;
  return [box.top, last.bottom, innerHeight];
})()
"""
WIDE = """
[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
          && !one.closest('svg') && !one.closest('.unseen-text'))
  .map((one) => one.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def chromium():
    with Chromium(str(PROGRAM)) as browser:
        yield browser


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    for name in PAGES:
        write(getattr(diagnoses, name)(), folder / f"{name}.html", date="2026-01-31")
    return folder


@pytest.fixture(params=SCREENS)
def screen(request):
    return SCREENS[request.param]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_whole_on_every_screen(chromium, files: Path, name: str, screen):
    width, height, dark = screen
    chromium.show(files / f"{name}.html", width, height, dark=dark)
    assert chromium.complaints() == []
    assert [url for url in chromium.asked() if not url.startswith("file:")] == []
    assert len(chromium.asked()) == 1
    assert chromium.run("document.documentElement.scrollWidth") <= width
    assert chromium.run(WIDE) == []
    assert chromium.run("document.querySelectorAll('script').length") == 0


@pytest.mark.parametrize("name", ["mistake", "nothing", "drift"])
def test_verdict_and_remedy_are_on_the_first_screen(chromium, files: Path, name: str, screen):
    width, height, dark = screen
    chromium.show(files / f"{name}.html", width, height, dark=dark)
    top, bottom, seen = chromium.run(SEEN)
    assert 0 < top < bottom <= seen


@pytest.mark.parametrize("name", ["mistake", "nothing", "drift"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_can_be_read(chromium, files: Path, name: str, dark: bool):
    chromium.show(files / f"{name}.html", 1280, 900, dark=dark)
    chromium.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    worst = chromium.run(CONTRAST)
    assert worst[0][0] >= 4.5, worst


def test_dark_is_dark(chromium, files: Path):
    look = "getComputedStyle(document.body).backgroundColor"
    chromium.show(files / "mistake.html", 1280, 900)
    light = chromium.run(look)
    chromium.show(files / "mistake.html", 1280, 900, dark=True)
    assert chromium.run(look) != light


def test_a_screen_reader_is_told_all_of_it(chromium, files: Path):
    chromium.show(files / "mistake.html", 1280, 900)
    nodes = chromium.tree()
    roles = {node["role"] for node in nodes}
    assert {"main", "banner", "contentinfo", "heading", "table", "columnheader"} <= roles
    pictures = [node["name"] for node in nodes if node["role"] in {"image", "img"}]
    assert len(pictures) == len(set(pictures)) == 10
    assert "income: training against live, after the way back" in pictures
    regions = [node["name"] for node in nodes if node["role"] == "region"]
    assert "income and age arrive already normalised." in regions[0].replace("`", "")
    assert {"Columns", "Evidence over time", "Rows needed"} <= {*regions}


def test_headings_stand_in_order(chromium, files: Path):
    chromium.show(files / "mistake.html", 360, 800)
    levels = chromium.run(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - former <= 1 for former, later in itertools.pairwise(levels))


def test_nothing_hostile_is_run(chromium, files: Path):
    chromium.show(files / "hostile.html", 1280, 900)
    assert chromium.run("document.title").startswith("`</title><script>alert(1)</script>`")
    assert chromium.run("document.querySelectorAll('[onmouseover]').length") == 0
    assert "a\\u202egnp.exe" in chromium.run("document.body.textContent")


def test_it_prints_with_all_columns(chromium, files: Path):
    chromium.show(files / "mistake.html", 794, 1123)
    chromium.send("Emulation.setEmulatedMedia", media="print")
    hidden = chromium.run("""
        [...document.querySelectorAll('.folded article')]
          .filter((one) => one.getBoundingClientRect().height < 100).length
    """)
    assert hidden == 0


def test_what_differs_is_seen(chromium, files: Path, tmp_path: Path):
    """The two panels of the column that was put right don't look alike."""
    chromium.show(files / "mistake.html", 1280, 900)
    paths = chromium.run("""
        [...document.querySelector('article').querySelectorAll('svg')].map(
          (one) => [...one.querySelectorAll('path')].map((path) => path.getBBox().width))
    """)
    (own, arrived, _), (same, restored, _) = paths
    assert own == same
    assert arrived < 0.1 * own < 0.5 * restored
    chromium.picture(tmp_path / "whole.png", whole=True)
    assert (tmp_path / "whole.png").stat().st_size > 20_000
