"""The page of the codebook: that the committed one is current, complete, and shows what the tables hold as text."""

import re
import shutil
from pathlib import Path

import pytest

from builders.tables import read_rows, write_rows
from synthesis.errors import DataError
from synthesis.evidence.contract import tables_of
from synthesis.reports.page.codebook import codebook_page

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_what_the_codebook_says_today():
    made = codebook_page(ROOT / "data", references=ROOT / "references.bib")
    committed = (ROOT / "docs" / "codebook.md").read_text(encoding="utf-8")
    assert committed == made, "type: synthesis codebook --output docs/codebook.md"


def test_every_component_outcome_instrument_and_column_is_on_it(valid):
    page = codebook_page(valid, references=valid.parent / "references.bib")
    for name in ("components", "outcomes", "instruments"):
        for row in read_rows(valid / "codebook" / f"{name}.csv"):
            assert next(iter(row.values())).replace("_", "") in page.replace("\\", "").replace("_", "")
    for table in tables_of("trial"):
        section = page.partition(f"### {table.filename}\n")[2].partition("\n#")[0]
        for field in table.fields:
            mark = "**" if field.required else ""
            assert f"| {mark}`{field.name}`{mark} |" in section


def test_links_within_the_page_lead_to_a_heading():
    page = (ROOT / "docs" / "codebook.md").read_text(encoding="utf-8")
    headings = {heading.strip("# ").lower() for heading in re.findall(r"^#+ .*$", page, flags=re.MULTILINE)}
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert links
    assert set(links) <= headings


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a|b", "[x](javascript:alert(1))", "![x](y)", "`a`", "<!--"]
)
def test_what_a_cell_holds_is_shown_as_text(tmp_path, valid, text):
    shutil.copytree(valid.parent, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "data" / "codebook" / "components.csv"
    rows = read_rows(path)
    rows[0]["definition"] = f"before {text} after"
    write_rows(path, rows)
    page = codebook_page(tmp_path / "data", references=tmp_path / "references.bib")
    shown = next(line for line in page.splitlines() if line.startswith("before "))
    unescaped = (
        re.sub(r"\\([\\`*_\[\]|])", r"\1", shown).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )
    assert unescaped == f"before {text} after."
    assert not re.search(r"<|(?<!\\)[|`\[\]]", shown)


def test_a_codebook_that_cannot_be_read_is_refused_with_its_place(tmp_path, valid):
    shutil.copytree(valid.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data" / "codebook" / "outcomes.csv").write_text("outcome;label\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"outcomes\.csv row 1"):
        codebook_page(tmp_path / "data", references=tmp_path / "references.bib")
