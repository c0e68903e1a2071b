"""A document as tagged PDF (PDF/UA-1), and pictures as PNG, by Typst."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import typst

from synthesis.reports.documents.blocks import (
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    Turn,
    shares,
)

# The fonts that the pictures are set in, found without importing what they ship with: the same on every machine.
FONTS = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
PNG_PER_INCH = 200
PAGE = '#set page(paper: "a4", margin: 2cm, numbering: "1 / 1", flipped: {flipped})\n'
HEAD = """
#set document(title: {title}, author: {author}, description: {subject}, date: datetime({date}))
#set text(font: "DejaVu Sans", size: 9pt, lang: {language}, region: {region})
#set par(leading: 0.62em, spacing: 0.95em)
#show heading.where(level: 1): set text(size: 15pt)
#show heading.where(level: 2): set text(size: 12pt)
#show heading: set block(above: 1.4em, below: 0.8em)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.where(kind: image): set figure.caption(position: top)
#show figure.where(kind: table): set block(breakable: true)
#show figure.where(kind: image): set block(breakable: false)
#show figure.caption: set block(sticky: true)
#show figure.caption: set align(left)
#show figure.caption: set text(weight: "bold")
#set table(stroke: 0.4pt + rgb("#c9d2da"), inset: 4pt)
#set table.cell(align: left + top, breakable: false)
#show table: set text(size: 7.5pt)
#show table: set par(leading: 0.5em)
"""
ALONE, A_PICTURE = "#set page(width: auto, height: auto, margin: 0pt)\n", "#page(image({name}))\n"
# What a picture may fill of a page, in centimetres: upright and lying.
ROOM = {False: (17.0, 22.5), True: (25.7, 13.5)}
# Centimetres of a letter in a table, with its share of the cell's edges.
LETTER = 0.17


def pdf_bytes(document: Document) -> bytes:
    """Write a document as PDF/UA-1; Typst refuses a picture without a description.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        The same for the same document, whenever it is written.
    """
    language, _, region = document.language.partition("-")
    made = datetime.fromisoformat(document.made).astimezone(UTC)
    named = {"title": document.title, "author": document.author, "subject": document.subject}
    quoted = {name: _quoted(text) for name, text in named.items()}
    date = f"year: {made.year}, month: {made.month}, day: {made.day}"
    head = HEAD.format(**quoted, date=date, language=_quoted(language), region=_quoted(region))
    lines, landscape = [PAGE.format(flipped="false"), head, "#title()\n"], False
    for block in document.blocks:
        landscape = block.landscape if isinstance(block, Turn) else landscape
        lines.append(_source(block, landscape=landscape))
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    return _compiled("\n".join(lines), pictures, format="pdf", pdf_standards=["ua-1"], timestamp=int(made.timestamp()))


def pngs_of(pictures: Sequence[Picture]) -> dict[str, bytes]:
    """Draw pictures as PNG, by their names: Word shows no SVG everywhere. In two parts, side by side."""
    parts = [part for part in (pictures[::2], pictures[1::2]) if part]
    with ThreadPoolExecutor() as side:
        drawn = list(side.map(_drawn, parts))
    found = {name: png for part in drawn for name, png in part.items()}
    return {picture.name: found[picture.name] for picture in pictures}


def _drawn(pictures: Sequence[Picture]) -> dict[str, bytes]:
    """Draw some of them at once, since each start costs time."""
    source = ALONE + "".join(A_PICTURE.format(name=_quoted(f"{picture.name}.svg")) for picture in pictures)
    drawn = _compiled(source, pictures, format="png", ppi=PNG_PER_INCH)
    drawn = drawn if isinstance(drawn, list) else [drawn]
    return {picture.name: png for picture, png in zip(pictures, drawn, strict=True)}


def _compiled(source: str, pictures: Iterable[Picture], **how: object) -> bytes | list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for picture in pictures:
            (root / f"{picture.name}.svg").write_text(picture.svg, encoding="utf-8")
        main = root / "main.typ"
        main.write_text(source, encoding="utf-8")
        return typst.compile(main, root=root, font_paths=[FONTS], ignore_system_fonts=True, **how)


def _source(block: Block, *, landscape: bool) -> str:
    if isinstance(block, Heading):
        return f"#heading(level: {block.level})[{_text(block.text)}]\n"
    if isinstance(block, Paragraph):
        if block.quiet:
            return f'#par(text(size: 7.5pt, fill: rgb("#4d5b6b"))[{_text(block.text)}])\n'
        return f"#par[{_text(block.text)}]\n"
    if isinstance(block, Bullets):
        return f"#list({', '.join(f'[{_text(item)}]' for item in block.items)})\n"
    if isinstance(block, Turn):
        return f"#pagebreak(weak: true)\n{PAGE.format(flipped=str(block.landscape).lower())}"
    if isinstance(block, Picture):
        width = _size(block.svg, ROOM[landscape])
        image = f"image({_quoted(f'{block.name}.svg')}, alt: {_quoted(block.alt)}, width: {width:.2f}cm)"
        return f"#figure({image}, kind: image, supplement: none, caption: [{_text(block.caption)}])\n"
    return _table(block, ROOM[landscape][0] / LETTER)


def _size(svg: str, room: tuple[float, float]) -> float:
    """Return the width in centimetres at which a picture fits into a room of that width and height."""
    head = svg[svg.index("<svg") :].partition(">")[0]
    width, height = (
        float(head.partition(f' {name}="')[2].partition('"')[0].rstrip("ptx")) for name in ("width", "height")
    )
    return min(room[0], room[1] * width / height)


def _table(table: Table, room: float) -> str:
    if not table.rows:
        return f"#par[{_text(table.caption)}: none.]\n"
    head = ", ".join(f"[*{_text(name)}*]" for name in table.columns)
    rows = "\n".join(
        "    "
        + ", ".join(
            f"[*{_text(text)}*]" if place == 0 and text else f"[{_text(text)}]" for place, text in enumerate(row)
        )
        + ","
        for row in table.rows
    )
    parts = ", ".join(f"{share:.2f}fr" for share in shares(table, room))
    return (
        f"#figure(kind: table, supplement: none, caption: [{_text(table.caption)}], table(\n"
        f"    columns: ({parts},),\n    table.header({head}),\n{rows}\n))\n"
    )


def _quoted(text: str) -> str:
    """Return a text as a string of Typst's, whatever it holds."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "").replace("\t", "\\t")
    return f'"{escaped}"'


def _text(text: str) -> str:
    """Return a text to be set as it is, without any mark-up that it may look like."""
    return f"#{_quoted(text)}" if text else ""
