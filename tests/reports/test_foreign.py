"""The report of a review that is not ours: made in any folder, in its own words, with what it lacks said."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from synthesis.evidence.new_review import TRIAL, new_review
from synthesis.reports import run_report

OURS = re.compile(r"\bpeers?\b|Gillard|lived experience|mental health service", re.IGNORECASE)


def add_trials(root, n):
    """Add copies of the invented trial, so that something can be pooled."""
    entry = (root / "references.bib").read_text(encoding="utf-8")
    for i in range(n):
        name = f"sample{2001 + i}more"
        shutil.copytree(root / "trials" / TRIAL, root / "trials" / name)
        outcomes = root / "trials" / name / "outcomes.csv"
        outcomes.write_text(outcomes.read_text(encoding="utf-8").replace("24.1", f"{23.2 + i}"), encoding="utf-8")
        copied = entry.replace(TRIAL, name).replace("2020", str(2001 + i)).replace("Example", f"Sample{i}")
        with (root / "references.bib").open("a", encoding="utf-8") as file:
            file.write(copied)


def words(page):
    """Return the text of a page as a reader sees it, pictures' descriptions included, code left out."""
    html = re.sub(r"<(style|pre)\b.*?</\1>|base64,[^\"]*", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return unescape(re.sub(r"<(?!img)[^>]*>", " ", html))


@pytest.fixture(scope="module", params=[0, 3], ids=["one trial", "four trials"])
def report(request, tmp_path_factory):
    """Make the report of a review of one's own, in a folder without notebooks."""
    work = tmp_path_factory.mktemp("elsewhere")
    root = new_review(work / "root", intervention="the exercise programme", comparator="usual care").folder
    add_trials(root, request.param)
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        code = run_report("root", references="root/references.bib", output="pages", progress=said.append)
    assert code == 0, said
    return work / "pages", request.param


def test_no_word_of_ours_reaches_its_pages(report):
    folder, _ = report
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) >= 3
    assert {page.name: found for page in pages if (found := OURS.findall(words(page)))} == {}


def test_its_own_words_stand_where_ours_would(report):
    folder, added = report
    index = words(folder / "index.html")
    assert "No arm is coded against a change model" in index
    if added:
        assert re.search("(favours|leans towards) the exercise programme", index)
        assert "of 100 offered the exercise programme" in index
    else:
        assert "No outcome has the three trials that a pooled statement needs." in index


def test_where_no_arm_is_coded_fidelity_is_spoken_of_once_to_say_so(report):
    folder, _ = report
    (lead,) = [line for line in words(folder / "index.html").splitlines() if "fidelity" in line.lower()]
    assert "No arm is coded against a change model, so nothing is said about fidelity." in lead
    summary = words(folder / "00_summary" / "00_summary.html")
    spoken = [line for line in summary.splitlines() if re.search("fidelity|change model", line, re.IGNORECASE)]
    assert [line.strip() for line in spoken if "nothing is said about fidelity" not in line] == []


def test_the_index_heads_every_section_once(report):
    folder, _ = report
    heads = re.findall("<h3>(.*?)</h3>", (folder / "index.html").read_text(encoding="utf-8"))
    assert len(heads) == len(set(heads)) > 1


def test_the_page_on_coding_is_left_out_and_paths_of_the_machine_too(report):
    folder, _ = report
    assert not (folder / "03_fidelity_coding").exists()
    for manifest in folder.rglob("manifest.json"):
        text = manifest.read_text(encoding="utf-8")
        assert str(folder.parent) not in text
        assert str(Path.home()) not in text
