"""Write figures as small, self-contained SVG that looks alike everywhere.

Text stays text, and brings the letters it prints of the font it was measured in, each weight its own: a figure is whole
when it is saved alone, and a page of thirty figures is not mostly font. Cutting a whole font takes longer than drawing
a figure, so the letters that figures print are cut from it once, and each figure's own from those. A forest plot of
twenty rows takes about 40 kB; with outlines instead of text it takes 330 kB, as pixels at twice the screen's density
600 kB.
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

from synthesis.figures.parts.style import FONT

# Fixed, because matplotlib otherwise names the parts of an SVG at random.
_SETTINGS = {"svg.hashsalt": "peer-work-synthesis", "svg.fonttype": "none"}
# ASCII, Latin-1, and the signs that figures print.
LETTERS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) | frozenset("–—‘’“”†‡…−←→↔≈≤≥∞√τχΔ■●▲▼◆")
WEIGHTS = ("normal", "bold")
BOLD = re.compile(r"\bfont: [^;\"]*(?:bold|[6-9]00)\b|font-weight: (?:bold|[6-9]00)")
# Tables that only shape other scripts or mathematics, or that fontTools cannot cut.
_UNUSED_TABLES = ("FFTM", "GSUB", "GPOS", "GDEF", "MATH")


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, the same text whenever the figure is the same."""
    stream = BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = _compacted(stream.getvalue().decode("utf-8"))
    style = "".join(_face(weight, letters) for weight, letters in _printed(text).items() if letters)
    return _with_classes(text, style)


def cut_fonts() -> None:
    """Cut the letters that figures print from the whole font now: who forks does it once for all forks."""
    for weight in WEIGHTS:
        _cut_from_all(weight, LETTERS)


def _printed(svg: str) -> dict[str, frozenset[str]]:
    """Return the letters that are printed in each weight."""
    printed: dict[str, set[str]] = {weight: set() for weight in WEIGHTS}
    for look, inside in re.findall(r"<text([^>]*)>(.*?)</text>", svg, flags=re.DOTALL):
        printed["bold" if BOLD.search(look) else "normal"].update(unescape(re.sub(r"<[^>]*>", "", inside)))
    return {weight: frozenset(letters) for weight, letters in printed.items()}


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
    svg = _without_bare_groups(svg)
    svg = re.sub(r"<[^!?][^>]*>", lambda tag: re.sub(r"-?\d+\.\d+", _short, " ".join(tag[0].split())), svg)
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


@lru_cache(maxsize=256)
def _font(weight: str, letters: frozenset[str]) -> str:
    """Return the font's outlines of these letters as base64 WOFF."""
    source = _cut_from_all(weight, LETTERS if letters <= LETTERS else letters | LETTERS)
    return base64.b64encode(_cut(BytesIO(source), letters, "woff")).decode("ascii")


@lru_cache(maxsize=16)
def _cut_from_all(weight: str, letters: frozenset[str]) -> bytes:
    """Return the whole font's outlines of these letters."""
    path = findfont(FontProperties(family=[FONT], weight=weight))
    return _cut(path, letters, None)


def _cut(source: str | BytesIO, letters: frozenset[str], flavour: str | None) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, layout_features=[], legacy_kern=True, name_IDs=[], glyph_names=False)
    stream = BytesIO()
    with TTFont(source, recalcTimestamp=False, lazy=True) as font:
        for table in _UNUSED_TABLES:
            if table in font:
                del font[table]
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(sorted(letters)))
        subsetter.subset(font)
        font.flavor = flavour
        font.save(stream)
    return stream.getvalue()
