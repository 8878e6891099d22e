"""A matplotlib picture as inline SVG that takes its colours and fonts from the page.

matplotlib lays the picture out; this renderer writes its lines, dots and words.  A colour of
``INKS`` becomes a CSS variable, so that one picture suits the light page and the dark one, and
text stays text.
"""

from io import StringIO
from math import cos, radians, sin

from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path

from pellucid.plotting._axes import MUTED
from pellucid.report.html import Html, tag

__all__ = ["SERIES", "gallery", "picture"]

SERIES = 8  # colours, and as many curves as a picture holds
_LETTERING = 11  # CSS pixels, at which a phone shows it
_AXIS = "#000001"
_SERIES = [f"#0000{k:02x}" for k in range(0x10, 0x10 + SERIES)]  # never seen: names of variables
_INKS = {
    _AXIS: "var(--axis)",
    to_hex(MUTED): "var(--muted)",
    "#ffffff": "var(--panel)",
    "#e6e6e6": "var(--rule)",
    "#4c4c4c": "var(--muted)",
    **{color: f"var(--series-{k})" for k, color in enumerate(_SERIES)},
}
_DASHES = ["-"] * (SERIES // 2) + [(0, (4, 1.5))] * (SERIES // 2)
_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
_ANCHORS = {"left": (0, "start"), "center": (0.5, "middle"), "right": (1, "end")}


def gallery(plots) -> Html:
    """Pictures side by side, or one below the other, each a ``(title, hint, draw)``."""
    figures = (
        tag(
            "figure",
            tag("figcaption", tag("strong", title), " ", hint),
            picture(draw, title, legend=False),
        )
        for title, hint, draw in plots
    )
    return tag("div", figures, class_="pictures")


def picture(draw, description, width=340, height=300, legend=True) -> Html:
    """What ``draw(ax)`` draws, ``width`` CSS pixels wide, told to those who cannot see it."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
    ax = figure.subplots()
    _dress(ax)
    draw(ax)
    words = [ax.xaxis.label, ax.yaxis.label]
    key = ax.get_legend()
    if key and legend:
        words += key.get_texts()
    elif key:
        key.remove()
    for text in words:
        text.set_fontsize(_LETTERING)
    renderer = _Renderer(width, height)
    figure.draw(renderer)
    return tag(
        "svg",
        Html(renderer.out.getvalue()),
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=description,
    )


def _outline(path, height, **how) -> str:
    """A matplotlib path in SVG's letters, with y counted from ``height`` down."""
    steps = []
    for points, code in path.iter_segments(**how):
        if code == Path.CLOSEPOLY:
            steps.append("Z")
            continue
        flipped = (height - v if i % 2 else v for i, v in enumerate(points))
        steps.append(_LETTERS[code] + " ".join(f"{v:.1f}" for v in flipped))
    return "".join(steps)


def _dress(ax):
    """The page's look, set on these axes alone: nobody's matplotlib settings are changed."""
    ax.figure.patch.set_visible(False)
    ax.patch.set_visible(False)
    ax.grid(False)
    ax.set_prop_cycle(color=_SERIES, linestyle=_DASHES)
    ax.spines[["top", "right"]].set_visible(False)
    for spine in ax.spines.values():
        spine.set(edgecolor=_AXIS, linewidth=1)
    ax.tick_params(color=_AXIS, labelsize=_LETTERING, length=3, width=1)
    ax.locator_params(nbins=5)


class _Renderer(RendererBase):
    """Writes each thing that matplotlib draws as one SVG element.  y runs down, as in SVG."""

    def __init__(self, width, height):
        super().__init__()
        self.width, self.height = width, height
        self.out = StringIO()

    def get_canvas_width_height(self):
        return self.width, self.height

    def points_to_pixels(self, points):
        return points  # at 72 dots an inch

    def draw_path(self, gc, path, transform, rgbFace=None):
        clip = None
        if rgbFace is None and gc.get_clip_rectangle():
            clip = tuple(gc.get_clip_rectangle().padded(2).extents)
        d = _outline(path, self.height, transform=transform, clip=clip)
        self.out.write(tag("path", d=d, style=_style(gc, rgbFace)))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        """A dot is a circle; ticks, and a filled area, are paths at one place or more."""
        if Path.CURVE4 not in (marker_path.codes if marker_path.codes is not None else ()):
            super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
            return
        radius = marker_path.get_extents(marker_trans).width / 2
        dots = (
            tag("circle", cx=f"{x:.1f}", cy=f"{self.height - y:.1f}", r=f"{radius:.3g}")
            for (*_, x, y), _ in path.iter_segments(trans, simplify=False)
        )
        self.out.write(tag("g", dots, style=_style(gc, rgbFace)))

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """Anchored where matplotlib aligned it: the reader's font is not as wide as its own."""
        width, _, _ = self.get_text_width_height_descent(s, prop, ismath)
        share, anchor = _ANCHORS[mtext.get_horizontalalignment() if mtext else "left"]
        x += share * width * cos(radians(angle))
        y -= share * width * sin(radians(angle))
        turn = f"rotate({-angle:g} {x:.1f} {y:.1f})" if angle else None
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text_anchor": anchor, "transform": turn}
        self.out.write(tag("text", s, **place, font_size=f"{prop.get_size_in_points():g}"))


def _style(gc, face) -> str:
    """The CSS of a line (``gc``) and a fill (``face``)."""
    style = {"fill": _ink(face)}
    if face is not None and (gc.get_alpha() if gc.get_forced_alpha() else face[3]) < 1:
        style["fill-opacity"] = f"{gc.get_alpha() if gc.get_forced_alpha() else face[3]:.3g}"
    if gc.get_linewidth():
        style |= {"stroke": _ink(gc.get_rgb()), "stroke-width": f"{gc.get_linewidth():.3g}"}
        _, dashes = gc.get_dashes()
        if dashes:
            style["stroke-dasharray"] = " ".join(f"{dash:.3g}" for dash in dashes)
    return ";".join(f"{key}:{value}" for key, value in style.items())


def _ink(color) -> str:
    return "none" if color is None else _INKS.get(to_hex(color), to_hex(color))
