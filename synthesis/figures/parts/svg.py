"""Write figures as small, self-contained SVG that looks alike everywhere.

Text stays text, and brings the letters it prints of the font it was measured in, each weight its own: a figure is whole
when it is saved alone, and a page of thirty figures is not mostly font. A forest plot of twenty rows takes about 40 kB;
with outlines instead of text it takes 330 kB, as pixels at twice the screen's density 600 kB.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from io import BytesIO, StringIO
from typing import Any

import matplotlib
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from synthesis.figures.parts.fonts import font_of, pieces
from synthesis.figures.parts.letters import FONT, FONT_SCALE, letters_of

# Fixed, because matplotlib otherwise names the parts of an SVG at random.
_SETTINGS = {"svg.hashsalt": "peer-work-synthesis", "svg.fonttype": "none"}
WEIGHTS = ("normal", "bold")
_WEIGHTS = {"normal": "normal", "regular": "normal", 400: "normal", "bold": "bold", 700: "bold"}
POINTS = 72
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
BOLD = re.compile(r"\bfont: [^;\"]*(?:bold|[6-9]00)\b|font-weight: (?:bold|[6-9]00)")


class _Renderer(RendererSVG):
    """matplotlib's own, quicker where a report spends its time: texts in the house's font, groups without a name."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        self._named: list[bool] = []
        super().__init__(*given, **settings)

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Open a group that has a name; numbered ones would be taken out again."""
        self._named.append(bool(gid))
        if gid:
            super().open_group(s, re.sub(r"\s+", " ", gid))

    def close_group(self, s: str) -> None:
        """Close it."""
        if self._named.pop():
            super().close_group(s)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | str = False,
        mtext: Text | None = None,
    ) -> None:
        """Write a level line of text where it is anchored, as matplotlib writes it."""
        apart = gc.get_clip_rectangle() is not None or gc.get_clip_path()[0] is not None or gc.get_url() is not None
        weight = "" if ismath or angle or apart or mtext is None else _weight(prop)
        if not weight:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        anchor, foot = mtext.get_transform().transform(mtext.get_unitless_position())
        foot = self.height - foot
        foot = foot + (y - foot)
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        look = _look(weight, prop.get_size(), mtext.get_horizontalalignment(), tuple(gc.get_rgb()), alpha)
        self.writer.element("text", s, attrib={"style": look, "x": _written(anchor), "y": _written(foot)})

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: bool | str) -> tuple[float, ...]:
        """Return the extents of a line of text, in points."""
        weight = _weight(prop)
        if ismath or not weight:
            return super().get_text_width_height_descent(s, prop, ismath)
        scale = prop.get_size_in_points() / FONT_SCALE
        return tuple(extent / 64.0 * scale for extent in letters_of(weight).extent(s))

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float | None, ...]:
        """Return what lines need above, below and between them; matplotlib reads the font at each text otherwise."""
        weight = _weight(prop)
        return _line_heights(weight, prop.get_size_in_points()) if weight else (None, None, None)


class _Canvas(FigureCanvasSVG):
    """matplotlib's own, with the renderer above."""

    def print_svg(self, filename: BytesIO, *, metadata: Any = None, **settings: Any) -> None:
        """Draw the figure as matplotlib does it, which has set the rest of the settings on the figure before."""
        text = StringIO()
        dpi, self.figure.dpi = self.figure.dpi, POINTS
        width, height = self.figure.get_size_inches()
        own = _Renderer(width * POINTS, height * POINTS, text, image_dpi=dpi, metadata=metadata)
        renderer = MixedModeRenderer(self.figure, width, height, dpi, own)
        self.figure.draw(renderer)
        renderer.finalize()
        filename.write(text.getvalue().encode("utf-8"))


def _weight(prop: FontProperties) -> str:
    """Return the weight of the house's font that properties mean; nothing for another font or look."""
    plain = prop.get_family() == [FONT] and prop.get_style() == prop.get_variant() == "normal"
    return _WEIGHTS.get(prop.get_weight(), "") if plain and prop.get_stretch() in ("normal", 500) else ""


@lru_cache(maxsize=256)
def _line_heights(weight: str, size: float) -> tuple[float, float, float]:
    table = letters_of(weight).heights()
    scale = 1 / table["unitsPerEm"] * size * POINTS / 72
    return table["sTypoAscender"] * scale, -table["sTypoDescender"] * scale, table["sTypoLineGap"] * scale


@lru_cache(maxsize=1024)
def _look(weight: str, size: float, side: str, colour: tuple[float, ...], alpha: float) -> str:
    """Return the style of a text."""
    parts = ["font-weight: 700"] if weight == "bold" else []
    parts += [f"font-size: {_written(size)}px", f"font-family: '{FONT}'", f"text-anchor: {ANCHORS[side]}"]
    ink = rgb2hex(colour)
    parts += [f"fill: {ink}"] if ink != "#000000" else []
    parts += [f"opacity: {_written(alpha)}"] if alpha != 1 else []
    return "; ".join(parts)


def _written(number: float) -> str:
    return f"{number:f}".rstrip("0").rstrip(".")


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, the same text whenever the figure is the same."""
    stream, canvas = BytesIO(), figure.canvas
    try:
        with matplotlib.rc_context(_SETTINGS):
            _Canvas(figure).print_figure(stream, format="svg", metadata={"Date": None})
    finally:
        figure.set_canvas(canvas)
    text = _compacted(stream.getvalue().decode("utf-8"))
    style = "".join(_face(weight, letters) for weight, letters in _printed(text).items() if letters)
    return _with_classes(text, style)


def cut_fonts() -> None:
    """Cut the letters that figures print from the whole font now: who forks does it once for all forks."""
    import fontTools.ttLib.sfnt  # noqa: F401  what puts a picture's own font together

    for weight in WEIGHTS:
        pieces(weight)
        letters_of(weight).learn()


def _printed(svg: str) -> dict[str, frozenset[str]]:
    """Return the letters that are printed in each weight."""
    printed: dict[str, set[str]] = {weight: set() for weight in WEIGHTS}
    for look, inside in re.findall(r"<text([^>]*)>(.*?)</text>", svg, flags=re.DOTALL):
        printed["bold" if BOLD.search(look) else "normal"].update(unescape(re.sub(r"<[^>]*>", "", inside)))
    return {weight: frozenset(letters) for weight, letters in printed.items()}


def _face(weight: str, letters: frozenset[str]) -> str:
    source = f"url(data:font/woff;base64,{font_of(weight, letters)})"
    return f"@font-face{{font-family:'{FONT}';font-weight:{weight};src:{source}}}"


def _compacted(svg: str) -> str:
    """Take out comments, metadata and blanks between elements, and keep two decimals of a point; texts stay."""
    svg = re.sub(r"<!--.*?-->|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r">\s+<", "><", svg)
    svg = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", svg)
    svg = re.sub(
        r' id="[a-zA-Z0-9.]+_\d+"', "", svg
    )  # matplotlib's numbering of parts; what is referred to has other names
    svg = _without_bare_groups(svg)
    svg = re.sub(r"\s*\n\s*(?=\S)", " ", svg)  # within paths; no text has two lines
    svg = re.sub(r"<\?[^>]*>|>[^<]+<|-?\d+\.\d+", lambda found: _short(found[0]), svg)
    return re.sub(r'(?<= d=")[^"]*', lambda path: _shorter_path(path[0]), svg)


def _without_bare_groups(svg: str) -> str:
    """Take out groups that say nothing of what is in them."""
    kept: list[bool] = []

    def keep(tag: re.Match[str]) -> str:
        if tag[0] == "</g>":
            return tag[0] if kept.pop() else ""
        if tag[0].endswith("/>"):
            return ""
        kept.append(tag[0] != "<g>")
        return tag[0] if kept[-1] else ""

    return re.sub(r"<g(?: [^>]*)?>|<g(?: [^>]*)?/>|</g>", keep, svg)


@lru_cache(maxsize=8192)
def _short(found: str) -> str:
    """Keep two decimals of a number, and what is none as it is."""
    return found if found.startswith((">", "<")) else f"{float(found):.2f}".rstrip("0").rstrip(".")


def _shorter_path(path: str) -> str:
    """Write level and upright lines of a path of straight lines as such."""
    steps = re.findall(r"([MLz])(?: (-?[\d.]+) (-?[\d.]+))?", path)
    if "Q" in path or "C" in path or not steps:
        return path
    written, x, y = [], "", ""
    for command, to_x, to_y in steps:
        if command == "L" and to_y == y:
            written.append(f"H{to_x}")
        elif command == "L" and to_x == x:
            written.append(f"V{to_y}")
        else:
            written.append(command + (f"{to_x} {to_y}" if to_x else ""))
        x, y = (to_x, to_y) if to_x else ("", "")
    return "".join(written)


def _with_classes(svg: str, style: str) -> str:
    """Name each look once in a style sheet instead of spelling it out at every mark."""
    looks = {look: f"s{i}" for i, look in enumerate(dict.fromkeys(re.findall(r' style="([^"]*)"', svg)))}
    svg = re.sub(r' style="([^"]*)"', lambda found: f' class="{looks[found[1]]}"', svg)
    rules = "".join(f".{name}{{{look}}}" for look, name in looks.items())
    return svg.replace("<defs>", f"<defs><style>{style}{rules}</style>", 1)
