"""The panel's pack as Word and PDF: what their readers' programs are told, the same bytes twice, labels whole."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from dataclasses import replace

import docx
import nbformat
import pandas as pd
import pikepdf
import pypdf
import pytest
from click.testing import CliRunner
from docx.oxml.ns import qn

from synthesis.answers.harms import describe_harms
from synthesis.answers.overview import summarise
from synthesis.answers.review import describe_review
from synthesis.cli import commands
from synthesis.errors import InputError, ReportError
from synthesis.files import DestinationError
from synthesis.markup import Sign, table_html
from synthesis.reports.documents.blocks import Bullets, Document, Heading, Paragraph, Picture, Table, Turn, shares
from synthesis.reports.documents.pack import make_documents, panel_pack
from synthesis.reports.documents.pdf import pdf_bytes, pngs_of
from synthesis.reports.documents.word import word_bytes
from synthesis.reports.record.fingerprint import data_hash
from synthesis.results import to_json
from synthesis.tables import characteristics_table

HOSTILE = 'Härms & <b>"costs"</b>, 5% #let $x$ *up* _down_ @ref \\n [a] עברית'
SVG = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="{height}pt" '
    'viewBox="0 0 200 100"><rect width="200" height="100" fill="#0b3a5c"/></svg>'
)
PICTURE = Picture("forest-1", SVG.format(height=100), f"Forest plot of {HOSTILE}", f"Figure of {HOSTILE}")
TABLE = Table.of(
    pd.DataFrame({"Outcome": [HOSTILE, "Hope"], "Trials": [3, 12], "Effect": [0.2, float("nan")]}),
    f"Table of {HOSTILE}",
)


@pytest.fixture(scope="module")
def document():
    blocks = [
        Paragraph(HOSTILE),
        Heading(f"Part {HOSTILE}"),
        Bullets((HOSTILE, "two")),
        Turn(landscape=True),
        TABLE,
        Turn(landscape=False),
        Heading("Below", 2),
        Paragraph("quiet", quiet=True),
        PICTURE,
        Table("Empty", ("a",), ()),
    ]
    return Document(f"Title {HOSTILE}", "Subject", "Author", "2026-11-30T10:00:00+00:00", blocks)


@pytest.fixture(scope="module")
def word(document):
    return word_bytes(document, pngs_of([PICTURE]))


@pytest.fixture(scope="module")
def pdf(document):
    return pdf_bytes(document)


def test_word_knows_headings_captions_lists_and_the_title(word, document):
    opened = docx.Document(io.BytesIO(word))
    styles = {paragraph.text: paragraph.style.name for paragraph in opened.paragraphs}
    assert styles[document.title] == "Title"
    assert styles[f"Part {HOSTILE}"] == "Heading 1"
    assert styles["Below"] == "Heading 2"
    assert styles["two"] == "List Bullet"
    assert styles[TABLE.caption] == styles[PICTURE.caption] == "Caption"
    assert opened.core_properties.title == document.title
    assert opened.styles["Normal"].element.rPr.find(qn("w:lang")).get(qn("w:val")) == "en-GB"
    assert [section.page_width > section.page_height for section in opened.sections] == [False, True, False]


def test_word_knows_what_heads_a_table_and_breaks_no_row(word):
    (table,) = docx.Document(io.BytesIO(word)).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [list(TABLE.columns), *map(list, TABLE.rows)]
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert heads == [True, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    assert (look.get(qn("w:firstRow")), look.get(qn("w:firstColumn"))) == ("1", "1")
    assert properties.find(qn("w:tblCaption")).get(qn("w:val")) == TABLE.caption
    assert "Outcome, Trials, Effect" in properties.find(qn("w:tblDescription")).get(qn("w:val"))
    widths = [column.width for column in table.columns]
    assert widths == sorted(widths, reverse=True)
    assert [cell.width for cell in table.rows[1].cells] == widths


def test_word_describes_every_picture(word):
    opened = docx.Document(io.BytesIO(word))
    (shape,) = opened.inline_shapes
    assert shape._inline.docPr.get("descr") == PICTURE.alt
    assert shape._inline.docPr.get("title") == PICTURE.caption
    assert shape.width / shape.height == pytest.approx(2, rel=0.01)


def test_pictures_drawn_together_are_each_their_own():
    others = [
        replace(PICTURE, name=f"p-{i}", svg=SVG.format(height=100).replace("#0b3a5c", f"#0b3a{i}0")) for i in (1, 2)
    ]
    together = pngs_of([*others, PICTURE])
    assert list(together) == ["p-1", "p-2", PICTURE.name]
    assert together == {name: png for one in [*others, PICTURE] for name, png in pngs_of([one]).items()}
    assert len(set(together.values())) == 3
    assert pngs_of([]) == {}


def test_a_tall_picture_fits_its_page():
    tall = replace(PICTURE, svg=SVG.format(height=900).replace("0 0 200 100", "0 0 200 900"))
    about = Document("T", "S", "A", "2026-11-30T10:00:00+00:00", [tall])
    opened = docx.Document(io.BytesIO(word_bytes(about, pngs_of([tall]))))
    (shape,) = opened.inline_shapes
    section = opened.sections[0]
    assert shape.height < section.page_height - section.top_margin - section.bottom_margin
    assert len(pypdf.PdfReader(io.BytesIO(pdf_bytes(about))).pages) == 1


def test_the_same_document_is_the_same_bytes(document, word, pdf):
    assert word_bytes(document, pngs_of([PICTURE])) == word
    assert pdf_bytes(document) == pdf
    later = replace(document, made="2026-12-24T10:00:00+00:00")
    assert word_bytes(later, pngs_of([PICTURE])) != word
    assert pdf_bytes(later) != pdf
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def structure(pdf):
    """Return every structure element of a tagged PDF as its type and its alternative text."""
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append((str(node.S)[1:], str(node.Alt) if "/Alt" in node else ""))
            if "/K" in node:
                walk(node.K)

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        walk(opened.Root.StructTreeRoot.K)
    return found


def test_pdf_is_tagged_named_and_in_a_language(pdf, document):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert bool(opened.Root.MarkInfo.Marked)
        assert str(opened.Root.Lang) == "en-GB"
        assert bool(opened.Root.ViewerPreferences.DisplayDocTitle)
        with opened.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert about["dc:title"] == document.title
    kinds = [kind for kind, _ in structure(pdf)]
    assert kinds.count("Table") == 1
    assert kinds.count("TH") >= len(TABLE.columns)
    assert kinds.count("THead") == 1
    assert {"H1", "H2", "L", "LI", "Caption", "Figure"} <= set(kinds)
    assert [alt for kind, alt in structure(pdf) if kind == "Figure"] == [PICTURE.alt]


def test_labels_come_out_whole_whatever_they_hold(pdf, word):
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    plain = " ".join(text.split())
    for part in ("Härms & <b>", "costs", "</b>, 5% #let $x$ *up* _down_ @ref \\n [a]"):
        assert plain.count(part) >= 5, part
    shown = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(word)).paragraphs)
    assert shown.count(HOSTILE) == 6


def test_a_picture_without_a_description_is_refused():
    with pytest.raises(InputError, match="needs a description; forest-1"):
        replace(PICTURE, alt=" ")


def test_a_column_is_wide_enough_for_its_longest_word():
    wide, narrow = shares(Table("c", ("a", "b"), (("Incomprehensibilities", "x y z"),)))
    assert wide > 21
    assert narrow < wide


def test_an_address_takes_no_page_for_itself_and_long_texts_get_what_words_leave():
    address = "https://psychiatryonline.org/doi/full/10.1176/appi.ps.201100447-a-very-long-address-of-many-letters"
    rows = tuple((f"Trial {i}", "a finding of many words that goes on and on " * 3, address) for i in range(3))
    trial, finding, source = shares(Table("c", ("Trial", "Finding", "Source"), rows), 100)
    assert trial + finding + source == pytest.approx(100)
    assert source < len(address) / 2
    assert trial > len("Trial")
    assert shares(Table("c", ("One", "Other"), (("a", "b"),)), 100)[0] < 70, "short texts share what is left"


def test_a_table_whose_words_do_not_fit_is_smaller_in_word():
    heads = tuple("Incomprehensibilities"[:9] + str(i) for i in range(12))
    tables = [Table("c", heads[:n], (heads[:n],)) for n in (3, 12)]
    opened = docx.Document(io.BytesIO(word_bytes(Document("T", "S", "A", "2026-11-30T10:00:00+00:00", tables), {})))
    few, many = ({r.font.size.pt for c in t.rows[1].cells for r in c.paragraphs[0].runs} for t in opened.tables)
    assert (few, many) == ({8.5}, {7.0})


def test_pdf_breaks_no_row_and_leaves_no_caption_alone():
    rows = tuple((f"Row {i}", "some words " * 90 + f"end of {i}") for i in range(30))
    blocks = [Paragraph("line " * 200)] * 4 + [Table("The caption", ("Name", "Text"), rows)]
    pages = pypdf.PdfReader(io.BytesIO(pdf_bytes(Document("T", "S", "A", "2026-11-30T10:00:00+00:00", blocks)))).pages
    texts = [" ".join(page.extract_text().split()) for page in pages]
    assert len(texts) > 2
    for i in range(30):
        assert sum(f"Row {i} " in text and f"end of {i}" in text for text in texts) == 1, i
    (caption,) = [text for text in texts if "The caption" in text]
    assert "Row 0 " in caption


@pytest.fixture
def folder(tmp_path, evidence):
    """Lay out what a report leaves: results, manifests, and a notebook with a forest plot."""
    overview = summarise(evidence, permutations=20)
    review = {**evidence.codebook.review.to_dict(), "lead": describe_review(evidence)}
    page = tmp_path / "reports" / "00_summary"
    page.mkdir(parents=True)
    work = {"sentences": ["Read the paper of Alder."]}
    results = {"overview": overview.to_dict(), "review": review, "worklist": work}
    (page / "results.json").write_text(to_json(results), encoding="utf-8")
    (page / "manifest.json").write_text(
        json.dumps({"started": "2026-11-30T10:00:00+00:00", "data": {"files": dict(evidence.files)}}), encoding="utf-8"
    )
    source = f"data:image/svg+xml;base64,{b64encode(SVG.format(height=100).encode()).decode()}"
    html = f'<figure><img src="{source}" alt="Forest of hope"><figcaption>Hope: 4 trials</figcaption></figure>'
    other = html.replace("Forest of hope", "second")
    bias = html.replace("<figure>", '<figure class="picture risk-of-bias">').replace("Forest of", "Bias of")
    notebook = nbformat.v4.new_notebook()
    outputs = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in (html, other, bias)]
    notebook.cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    slug = "02_pooled_effect-hope"
    (tmp_path / "reports" / slug).mkdir()
    nbformat.write(notebook, tmp_path / "reports" / slug / f"{slug}.ipynb")
    return tmp_path / "reports"


def test_the_pack_says_what_the_pages_say(folder, evidence):
    said = json.loads((folder / "00_summary" / "results.json").read_text(encoding="utf-8"))["overview"]
    pack = panel_pack(folder, evidence)
    paragraphs = {block.text for block in pack.blocks if isinstance(block, Paragraph)}
    items = {item for block in pack.blocks if isinstance(block, Bullets) for item in block.items}
    assert set(said["plain"]) | set(said["fidelity"]) <= paragraphs
    assert set(said["limits"]) | {"Read the paper of Alder."} <= items
    assert [(block.alt, block.caption) for block in pack.blocks if isinstance(block, Picture)] == [
        ("Forest of hope", "Hope: 4 trials"),
        ("Bias of hope", "Hope: 4 trials"),
    ]
    findings, *harms, summed, trials, references, words, checklist = (
        block for block in pack.blocks if isinstance(block, Table)
    )
    assert set(describe_harms(evidence)) <= paragraphs
    assert summed == Table.of(characteristics_table(evidence), summed.caption)
    assert [len(table.rows) for table in harms] == ([len(evidence.harms)] if len(evidence.harms) else [])
    assert {row[0] for row in words.rows} >= {"SMD", "Prediction interval", "Calibrated score"}
    assert len(references.rows) == len(evidence.trials)
    assert len(checklist.rows) == 42
    assert [row[0] for row in findings.rows] == [finding["outcome_label"] for finding in said["findings"]]
    for row, finding in zip(findings.rows, said["findings"], strict=True):
        assert {finding["effect"], finding["interval"], finding["better"]} <= set(row)
    assert len(trials.rows) == len(evidence.trials)


def test_who_has_rated_stands_above_the_summary_of_findings(folder, evidence):
    slug = "07_summary_of_findings"
    shown = table_html(pd.DataFrame({"Outcome": ["Hope"], "Certainty": [Sign("–", "not rated")]}), "Summary")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", {"text/html": shown})])
    ]
    (folder / slug).mkdir()
    nbformat.write(notebook, folder / slug / f"{slug}.ipynb")
    (folder / slug / "results.json").write_text(json.dumps({"who_rated": ["Nobody has rated."]}), encoding="utf-8")
    (folder / slug / "manifest.json").write_bytes((folder / "00_summary" / "manifest.json").read_bytes())
    pack = panel_pack(folder, evidence)
    at = [block.caption if isinstance(block, Table) else getattr(block, "text", "") for block in pack.blocks]
    here = at.index("Nobody has rated.")
    assert at[here - 1] == "Summary of findings, and how certain they are"
    assert pack.blocks[here + 1] == Table("Summary", ("Outcome", "Certainty"), (("Hope", "–"),))


def test_its_fingerprint_is_that_of_all_pages_as_the_first_page_prints_it(folder, evidence):
    read_besides = {"data/measurement.json": "00"}
    other = folder / "02_pooled_effect-hope" / "manifest.json"
    other.write_text(
        json.dumps({"started": "2026-11-30T09:00:00+00:00", "data": {"files": read_besides}}), encoding="utf-8"
    )
    whole = data_hash({**evidence.files, **read_besides})[:12]
    assert whole != data_hash(dict(evidence.files))[:12]
    last = [block.text for block in panel_pack(folder, evidence).blocks if isinstance(block, Paragraph)][-1]
    assert f"fingerprint {whole};" in last


def test_the_checklist_is_that_of_the_page_where_it_has_one(folder, evidence):
    rows = [{"item": "1", "topic": "Title", "status": "not done", "lacks": "why", "page": "The trials", "heading": "A"}]
    (folder / "01_evidence").mkdir()
    (folder / "01_evidence" / "results.json").write_text(json.dumps({"prisma": rows}), encoding="utf-8")
    *_, checklist = (block for block in panel_pack(folder, evidence).blocks if isinstance(block, Table))
    assert checklist.rows == (("1", "Title", "not done: why", "The trials, A"),)


def test_documents_are_written_and_never_over_somebodys_work(folder, evidence):
    first = make_documents(folder, evidence)
    assert [path.name for path in first] == ["panel-pack.docx", "panel-pack.pdf"]
    held = [path.read_bytes() for path in first]
    assert [path.read_bytes() for path in make_documents(folder, evidence)] == held
    first[0].write_bytes(b"edited")
    with pytest.raises(DestinationError, match="somebody may have worked on it"):
        make_documents(folder, evidence)
    assert first[0].read_bytes() == b"edited"
    make_documents(folder, evidence, formats=["docx"], force=True)
    assert first[0].read_bytes() == held[0]


def test_the_methods_are_those_the_report_was_made_with(folder, evidence):
    place = folder / "00_summary" / "results.json"
    results = json.loads(place.read_text(encoding="utf-8"))
    for row in results["overview"]["numbers"]:
        row.update(method="PM", ci="wald", level=0.9)
    place.write_text(json.dumps(results), encoding="utf-8")
    (said,) = [
        b.text for b in panel_pack(folder, evidence).blocks if isinstance(b, Paragraph) and "Pools are" in b.text
    ]
    assert "(PM) with a 90% interval by the normal distribution" in said


def test_a_report_of_other_data_is_refused_by_the_file_that_changed(folder, evidence):
    name = next(iter(evidence.files))
    with pytest.raises(ReportError, match=f"made from other data: {name} changed"):
        panel_pack(folder, replace(evidence, files={**evidence.files, name: "0" * 64}))


def test_without_a_report_it_says_how_to_make_one(tmp_path, evidence):
    with pytest.raises(ReportError, match="Make it first: synthesis report"):
        make_documents(tmp_path, evidence)


def test_without_the_libraries_it_says_what_to_type(folder, evidence, monkeypatch):
    for name in ("synthesis.reports.documents.pdf", "synthesis.reports.documents.word"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ReportError, match="make document"):
        make_documents(folder, evidence)


def test_the_command_prints_where_they_are(folder, valid):
    place = ["--data", str(valid), "--references", str(valid.parent / "references.bib")]
    done = CliRunner().invoke(commands, ["document", str(folder), "--format", "pdf", *place])
    assert done.exit_code == 0, done.output
    assert done.output.split() == [str(folder / "panel-pack.pdf")]
    assert not (folder / "panel-pack.docx").exists()
    wrong = CliRunner().invoke(commands, ["document", str(folder), "--format", "odt", *place])
    assert "docx, pdf" in str(wrong.exception)
