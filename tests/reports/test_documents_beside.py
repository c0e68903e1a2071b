"""What the index says of documents beside it: by the content of the pages they were made from, whatever the time."""

import json
import os
import re

import pytest

from builders.reports_cases import write_notebook
from synthesis.reports import Job, run_plan
from synthesis.reports.documents import pack
from synthesis.reports.documents.blocks import Document, Paragraph
from synthesis.reports.documents.pack import make_documents
from synthesis.reports.record.documents import documents_beside, page_folders, pages_fingerprint
from synthesis.reports.record.fingerprint import hash_file
from synthesis.reports.report import closing_lines

SAYS = "import IPython.display as d\nd.display(d.HTML(f'<p>{number} trials</p>'))"
LINK = '<a href="panel-pack.pdf">'


@pytest.fixture
def page(tmp_path):
    """Return what makes the report, of one page that says a number, in a folder."""
    path = write_notebook(tmp_path / "n.ipynb", SAYS, parameters="number: int = 0  # a number")

    def make(number, **options):
        return run_plan([Job(path, "page", parameters={"number": number})], tmp_path / "reports", **options)

    return make


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return what writes the pack beside that report."""
    document = Document("T", "S", "A", "2026-11-30T10:00:00+00:00", [Paragraph("One page.")])
    monkeypatch.setattr(pack, "panel_pack", lambda folder, evidence: document)
    return lambda **options: make_documents(tmp_path / "reports", None, formats=["pdf"], **options)


def index_of(run):
    return run.index.read_text(encoding="utf-8")


def test_a_document_is_linked_as_soon_as_it_is_written_and_the_index_stays_known(page, write):
    run = page(1)
    assert LINK not in index_of(run)
    write()
    assert index_of(run).count(LINK) == 1
    manifest = json.loads((run.index.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest.get("files", {"index.html": hash_file(run.index)})["index.html"] == hash_file(run.index)
    write()
    assert index_of(run).count(LINK) == 1


def test_pages_that_say_something_else_take_the_link_away_and_say_so(page, write):
    page(1)
    write()
    run = page(2)
    assert run.older == ("panel-pack.pdf",)
    assert LINK not in index_of(run)
    assert "made from other pages than these: panel-pack.pdf" in index_of(run)
    assert any("Made from other pages than these: panel-pack.pdf" in line for line in closing_lines(run))
    write()
    assert LINK in index_of(run)
    assert "other pages" not in index_of(run)


def test_pages_made_again_that_say_the_same_keep_it_whatever_the_time(page, write):
    page(1)
    (document,) = write()
    os.utime(document, (1, 1))
    run = page(1, force=True)
    assert (run.older, index_of(run).count(LINK)) == ((), 1)


def test_a_document_that_was_deleted_or_written_elsewhere_is_not_spoken_of(page, write, tmp_path):
    run = page(1)
    (tmp_path / "elsewhere").mkdir()
    write(output=tmp_path / "elsewhere")
    assert "panel-pack" not in re.sub("<style.*?</style>", "", index_of(run), flags=re.DOTALL)
    (document,) = write()
    document.unlink()
    assert documents_beside(run.index.parent, page_folders(run.index.parent)) == []
    assert LINK not in index_of(page(2))


def test_the_fingerprint_is_of_results_tables_and_pictures_and_not_of_moments(page):
    folders = page_folders(page(1).index.parent)
    before = pages_fingerprint(folders)
    page(1, force=True)
    assert pages_fingerprint(folders) == before
    notebook = folders[0] / "page.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("1 trials", "7 trials"), encoding="utf-8")
    assert pages_fingerprint(folders) != before
