"""The report as its reader sees it: in Chromium, on a phone and a desk, by day and by night."""

import pytest
from browser import CHROMEDRIVER, CHROMIUM, chromium
from made_up import EXPERIMENTS

from pellucid.report import render

WINDOWS = {"phone": (360, 740), "desk": (1280, 900)}
PAGES = ("multiclass", "regression", "100 classes", "hostile")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="wants Debian's chromium and chromium-driver on the PATH",
)

# What each visible picture covers, and where; and what each text's colour and ground are.
PICTURES = """
return [...document.querySelectorAll("svg")].map(svg => {
  const box = svg.getBoundingClientRect();
  const marks = [...svg.querySelectorAll("path, circle, rect, line")].map(mark => {
    const {width, height} = mark.getBoundingClientRect();
    return width + height;
  });
  return [svg.getAttribute("aria-label"), box.left, box.right, box.width, box.height,
          marks.length ? Math.max(...marks) : 0];
});
"""
CONTRASTS = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const luminance = layers => {
  canvas.clearRect(0, 0, 1, 1);
  for (const color of layers) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
  const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(c => {
    c /= 255;
    return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  });
  return .2126 * r + .7152 * g + .0722 * b;
};
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
while (walk.nextNode()) {
  const node = walk.currentNode, parent = node.parentElement, ground = [];
  if (!node.data.trim()) continue;
  for (let e = parent; e; e = e.parentElement) ground.unshift(getComputedStyle(e).backgroundColor);
  const style = getComputedStyle(parent);
  const ink = parent.closest("svg") ? style.fill : style.color;
  const [a, b] = [luminance(ground), luminance([...ground, ink])].sort((x, y) => y - x);
  found.push([(a + .05) / (b + .05), node.data]);
}
return found;
"""


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name in PAGES:
        (folder / f"{name}.html").write_text(
            render(EXPERIMENTS[name](), folder / "model.pellucid"), encoding="utf-8"
        )
    return folder


@pytest.fixture(params=PAGES)
def page(request, pages):
    return pages / f"{request.param}.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", WINDOWS)
def test_a_reader_sees_the_whole_page(window, page, size, scheme):
    width, height = WINDOWS[size]
    window.log("browser"), window.requested()  # the last page's
    window.show(page.as_uri(), width, height, scheme)

    pictures = window.run(PICTURES)
    assert len(pictures) > 8
    for label, left, right, wide, high, mark in pictures:
        assert wide > 30, f"{label} is not drawn"
        assert high > 10, f"{label} is not drawn"
        assert mark > 0, f"{label} is empty"
        assert left >= 0, f"{label} sticks out"
        assert right <= width, f"{label} sticks out"
    assert window.run("return document.documentElement.scrollWidth") <= width, "scrolls aside"

    is_dark = (
        window.run("return getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
    )
    assert is_dark == (scheme == "dark")
    contrasts = window.run(CONTRASTS)
    assert len(contrasts) > 100
    assert min(contrasts)[0] >= 4.5, f"hard to read: {min(contrasts)}"

    assert window.log("browser") == []
    assert {address for address in window.requested() if not address.startswith("chrome:")} == {
        page.as_uri()
    }
    assert window.run("return performance.getEntriesByType('resource').length") == 0


def test_the_checks_would_notice(window, tmp_path):
    """A page that logs an error, asks for a file, and is too wide is seen as such."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<html><body style='color: #999; background: #fff'>faint<img src='gone.png'>"
        "<div style='width: 2000px'>wide</div><script>console.error('seen')</script></body></html>"
    )
    window.show(bad.as_uri(), 360, 740, "light")
    assert {entry["level"] for entry in window.log("browser")} == {"SEVERE"}
    assert (tmp_path / "gone.png").as_uri() in window.requested()
    assert window.run("return document.documentElement.scrollWidth") > 360
    assert min(window.run(CONTRASTS))[0] < 3
