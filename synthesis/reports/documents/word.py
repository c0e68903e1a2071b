"""A document as .docx: headings, captions and tables that Word knows as such; the same bytes twice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as WordTable

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

FONT, SIZE, SMALL = "Calibri", 10.5, 8.5
# Of a table whose longest words do not fit beside each other; centimetres of a letter with its share of a cell's edges.
SMALLER, LETTER = 7.0, 0.17
SHORT, LONG, MARGIN = 21.0, 29.7, 2.0
INK, QUIET, ACCENT = RGBColor(0x14, 0x1F, 0x2B), RGBColor(0x4D, 0x5B, 0x6B), RGBColor(0x0B, 0x3A, 0x5C)
SHADE = "EEF3F7"
# Word keeps no longer title, subject or author beside the text.
LONGEST_PROPERTY = 255
# No date in a zip archive is earlier.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def word_bytes(document: Document, pictures: Mapping[str, bytes]) -> bytes:
    """Write a document as .docx.

    Parameters
    ----------
    document : Document
    pictures : mapping of str to bytes
        PNG of every picture, by its name.

    Returns
    -------
    bytes
        The same for the same document, whenever it is written.
    """
    word = docx.Document()
    _set_up(word, document)
    for block in document.blocks:
        _add(word, block, pictures)
    out = io.BytesIO()
    word.save(out)
    return _still(out.getvalue())


def _set_up(word: Word, document: Document) -> None:
    made = datetime.fromisoformat(document.made).astimezone(UTC).replace(tzinfo=None)
    about = word.core_properties
    about.title, about.subject, about.author = (
        text[:LONGEST_PROPERTY] for text in (document.title, document.subject, document.author)
    )
    about.language, about.created, about.modified = document.language, made, made
    about.last_modified_by, about.comments, about.revision = about.author, "", 1
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = FONT, Pt(SIZE), INK
    properties = normal.element.get_or_add_rPr()
    properties.rFonts.set(qn("w:eastAsia"), FONT)
    language = OxmlElement("w:lang")
    for name in ("val", "eastAsia", "bidi"):
        language.set(qn(f"w:{name}"), document.language if name != "bidi" else "ar-SA")
    properties.append(language)
    for level, size in ((1, 16), (2, 13), (3, 11.5)):
        style = word.styles[f"Heading {level}"]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), ACCENT
        _own_font(style.element.rPr.rFonts)
        style.paragraph_format.keep_with_next = True
    _own_font(word.styles["Title"].element.rPr.rFonts)
    caption = word.styles["Caption"]
    caption.font.name, caption.font.size, caption.font.bold, caption.font.color.rgb = FONT, Pt(SIZE - 1), True, INK
    caption.paragraph_format.keep_with_next = True
    _lay(word.sections[0], landscape=False)
    word.add_paragraph(document.title, style="Title")


def _own_font(fonts) -> None:
    """Take the theme's fonts, which rule over a named one, from a style."""
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FONT)


def _lay(section, *, landscape: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(LONG), Cm(SHORT)) if landscape else (Cm(SHORT), Cm(LONG))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)


def _add(word: Word, block: Block, pictures: Mapping[str, bytes]) -> None:
    if isinstance(block, Heading):
        word.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        run = word.add_paragraph().add_run(block.text)
        if block.quiet:
            run.font.size, run.font.color.rgb = Pt(SMALL), QUIET
    elif isinstance(block, Bullets):
        for item in block.items:
            word.add_paragraph(item, style="List Bullet")
    elif isinstance(block, Turn):
        _lay(word.add_section(WD_SECTION.NEW_PAGE), landscape=block.landscape)
    elif isinstance(block, Picture):
        _add_picture(word, block, pictures[block.name])
    else:
        _add_table(word, block)


def _width(word: Word) -> float:
    """Return the width between the margins, in centimetres."""
    section = word.sections[-1]
    return (section.page_width - section.left_margin - section.right_margin) / Cm(1)


def _add_picture(word: Word, picture: Picture, png: bytes) -> None:
    word.add_paragraph(picture.caption, style="Caption")
    shape = word.add_picture(io.BytesIO(png), width=Cm(_width(word)))
    room = (word.sections[-1].page_height - word.sections[-1].top_margin * 2) / Cm(1) - 1.5
    if shape.height / Cm(1) > room:
        shape.width, shape.height = int(shape.width * room * Cm(1) / shape.height), Cm(room)
    # python-docx has no way to describe a picture; Word reads it from here.
    about = shape._inline.docPr
    about.set("descr", picture.alt)
    about.set("title", picture.caption)
    about.set("name", picture.name)


def _add_table(word: Word, table: Table) -> None:
    word.add_paragraph(table.caption, style="Caption")
    if not table.rows:
        word.add_paragraph("None.")
        return
    made = word.add_table(rows=1 + len(table.rows), cols=len(table.columns), style="Table Grid")
    made.autofit = False
    _describe(made, table)
    parts = shares(table, _width(word) / LETTER)
    size = SMALL if sum(parts) <= _width(word) / LETTER + 1 else SMALLER
    widths = [_width(word) * part / sum(parts) for part in parts]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    for number, cells in enumerate((table.columns, *table.rows)):
        row = made.rows[number]
        _keep_whole(row, head=number == 0)
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = Cm(widths[place])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(size), number == 0 or place == 0
            if number == 0:
                _shade(cell)
    word.add_paragraph()


def _describe(made: WordTable, table: Table) -> None:
    """Say what the table is, and that its first row and column head the others; python-docx has no way to."""
    properties = made._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is None:
        look = OxmlElement("w:tblLook")
        properties.append(look)
    for name in list(look.attrib):
        del look.attrib[name]
    flags = {"val": "00A0", "firstRow": "1", "lastRow": "0", "firstColumn": "1", "lastColumn": "0"}
    for name, value in (flags | {"noHBand": "1", "noVBand": "1"}).items():
        look.set(qn(f"w:{name}"), value)
    says = f"{len(table.rows)} rows; columns: {', '.join(table.columns)}."
    for name, text in (("tblCaption", table.caption), ("tblDescription", says)):
        element = OxmlElement(f"w:{name}")
        element.set(qn("w:val"), text)
        properties.append(element)


def _keep_whole(row, *, head: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    for name in ("cantSplit", *(("tblHeader",) if head else ())):
        properties.append(OxmlElement(f"w:{name}"))


def _shade(cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _still(archive: bytes) -> bytes:
    """Take the moment of writing out of an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            packed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED  # a PNG is packed already
            new.writestr(zipfile.ZipInfo(name, ZIP_DATE), old.read(name), packed)
    return out.getvalue()
