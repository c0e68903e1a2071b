"""The walk-through in docs: its commands, run again, print what the page shows and end in the trial as shipped."""

import re
import sys
from pathlib import Path

import pytest

from builders.tables import read_rows

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import make_pages  # noqa: E402
import pictures  # noqa: E402

BEHIND = "type: .venv/bin/python docs/make_pages.py"


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The page after every step was followed in a practice folder, and that folder."""
    place = tmp_path_factory.mktemp("practice")
    make_pages.practice(place)
    page = (DOCS / "add_a_trial.md").read_text(encoding="utf-8")
    return page, make_pages.walk(page, place), place


def test_the_practice_folder_lacks_the_trial_and_its_entry_and_nothing_else(tmp_path):
    make_pages.practice(tmp_path)
    trials = {path.name for path in (ROOT / "data/trials").iterdir()}
    assert {path.name for path in (tmp_path / "data/trials").iterdir()} == trials - {make_pages.TRIAL}
    shipped = (ROOT / "references.bib").read_text(encoding="utf-8")
    assert len(shipped.split("@")) - len((tmp_path / "references.bib").read_text(encoding="utf-8").split("@")) == 1


def test_every_command_prints_what_the_page_shows(walked):
    page, fresh, _ = walked
    assert page == fresh, BEHIND


def test_the_steps_end_in_the_trial_and_the_bibliography_as_they_are_shipped(walked):
    _, _, place = walked
    shipped = ROOT / "data" / "trials" / make_pages.TRIAL
    made = place / "data" / "trials" / make_pages.TRIAL
    assert {path.name for path in made.iterdir()} == {path.name for path in shipped.iterdir()}
    for path in shipped.iterdir():
        assert read_rows(path) == read_rows(made / path.name)
    assert (place / "references.bib").read_bytes() == (ROOT / "references.bib").read_bytes()


def test_the_walk_ends_green_after_it_was_red(walked):
    outputs = re.findall(r"```console\n(.*?)```", walked[1], flags=re.DOTALL)
    last = outputs[-1].splitlines()
    assert re.search(r": [0-9]{2} errors, [0-9] warnings", outputs[1])
    assert len(last) == 2
    assert ": no errors, no warnings." in last[1]


def test_a_command_that_prints_something_else_is_seen(tmp_path):
    make_pages.practice(tmp_path)
    page = "```console\n$ synthesis new-trial ../x\nMade it.\n```\n"
    assert make_pages.walk(page, tmp_path) != page


def test_the_worked_examples_are_the_ratings_of_the_trials():
    assert (DOCS / "coding_examples.md").read_text(encoding="utf-8") == make_pages.coding_examples(), BEHIND


def test_every_component_has_an_example_of_each_rating_that_was_ever_given():
    names = ("trial", "arm", "component", "coder")
    chosen = {tuple(row[name] for name in names) for row in read_rows(DOCS / "coding_examples.csv")}
    shown, given = set(), set()
    for path in sorted((ROOT / "data/trials").glob("*/components.csv")):
        for row in read_rows(path):
            given.add((row["component"], row["rating"]))
            if (path.parent.name, row["arm"], row["component"], row["coder"]) in chosen:
                shown.add((row["component"], row["rating"]))
    assert {pair for pair in given if pair[1]} <= shown
    assert sum(rating == "" for _, rating in shown) >= 3


@pytest.mark.parametrize("name", sorted(make_pages.pictures()))
def test_a_picture_shows_the_table_as_it_is(name):
    assert (DOCS / "images" / name).read_text(encoding="utf-8") == make_pages.pictures()[name], BEHIND
    assert f"(images/{name})" in (DOCS / "add_a_trial.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("position", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (28, "AC"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet(position, letter):
    assert pictures.column_letter(position) == letter


def test_what_a_cell_holds_is_drawn_as_text():
    sheet = pictures.Sheet("<a>", ["b"], [{"b": "<script>&"}], ["b"], widths={"b": 30})
    drawn = pictures.draw(sheet)
    assert "&lt;script&gt;&amp;" in drawn
    assert "<script" not in drawn


@pytest.mark.parametrize(
    "page", ["docs/add_a_trial.md", "docs/codebook.md", "docs/coding_examples.md", "CONTRIBUTING.md"]
)
def test_links_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", prose(path)):
        file, _, anchor = target.partition("#")
        place = (path.parent / file) if file else path
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


def prose(path):
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """The anchors GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}
