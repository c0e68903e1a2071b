"""Write figures as small, self-contained SVG that looks alike everywhere.

Text stays text, and brings the font it was measured in: one set of letters for every figure, because cutting a font
takes longer than drawing a figure, and those a figure has besides. A forest plot of twenty rows takes about 80 kB; with
outlines instead of text it takes 330 kB, as pixels at twice the screen's density 600 kB.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from html import unescape
from io import BytesIO

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont

from synthesis.figures.parts.style import FONT, new_figure

# Fixed, because matplotlib otherwise names the parts of an SVG at random.
_SETTINGS = {"svg.hashsalt": "peer-work-synthesis", "svg.fonttype": "none"}
# ASCII, Latin-1, and the signs that figures print.
LETTERS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) | frozenset("–—‘’“”†‡…−←→↔≈≤≥∞√τχΔ■●▲▼◆")
# Tables that only shape other scripts or mathematics, or that fontTools cannot cut.
_UNUSED_TABLES = ("FFTM", "GSUB", "GPOS", "GDEF", "MATH")


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, the same text whenever the figure is the same."""
    stream = BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = _compacted(stream.getvalue().decode("utf-8"))
    letters = frozenset(unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", text)))) | LETTERS
    style = "".join(_face(weight, letters) for weight in ("normal", "bold"))
    return _with_classes(text, style)


def cut_fonts() -> None:
    """Cut the letters of every figure now, by drawing an empty one: who forks does it once for all forks."""
    svg_of(new_figure(1, 1))


def _face(weight: str, letters: frozenset[str]) -> str:
    source = f"url(data:font/woff;base64,{_font(weight, letters)})"
    return f"@font-face{{font-family:'{FONT}';font-weight:{weight};src:{source}}}"


def _compacted(svg: str) -> str:
    """Take out comments, metadata and blanks between elements, and keep two decimals of a point; texts stay."""
    svg = re.sub(r"<!--.*?-->|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r">\s+<", "><", svg)
    svg = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", svg)
    svg = re.sub(
        r' id="[a-zA-Z0-9.]+_\d+"', "", svg
    )  # matplotlib's numbering of parts; what is referred to has other names
    svg = re.sub(r"<[^!?][^>]*>", lambda tag: re.sub(r"-?\d+\.\d+", _short, " ".join(tag[0].split())), svg)
    return re.sub(r'(?<= d=")[^"]*', lambda path: _shorter_path(path[0]), svg)


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


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


@lru_cache(maxsize=32)
def _font(weight: str, letters: frozenset[str]) -> str:
    """Return the font's outlines of these letters as base64 WOFF."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, layout_features=[], legacy_kern=True, name_IDs=[], glyph_names=False)
    stream = BytesIO()
    path = findfont(FontProperties(family=[FONT], weight=weight))
    with TTFont(path, recalcTimestamp=False, lazy=True) as font:
        for table in _UNUSED_TABLES:
            if table in font:
                del font[table]
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(sorted(letters)))
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(stream)
    return base64.b64encode(stream.getvalue()).decode("ascii")
