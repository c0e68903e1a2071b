"""The page of what changed and its feed: every version with what it moved, wherever the data lie."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from defusedxml import ElementTree

from builders.browsers import open_browser
from builders.pages import Page
from builders.released import DATES, git, released
from synthesis.errors import DataError, ReportError
from synthesis.evidence.revisions import RevisionError
from synthesis.evidence.versions import NOTES
from synthesis.files import DestinationError
from synthesis.reports.changes import make_changes
from synthesis.reports.changes.history import FIRST, compare_versions
from synthesis.reports.run.folder import ReportFolder

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "https://example.org/review/"
NAMES = ["Since v0.4.0, not released", "v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"]
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SIZES = {"narrow": 320, "phone": 390, "wide": 1280, "paper": 695}


def compared(place, **options):
    return compare_versions(place / "data", references=place / "references.bib", permutations=20, **options)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return released(tmp_path_factory.mktemp("released"))


@pytest.fixture(scope="module")
def found(place):
    return compared(place)


@pytest.fixture(scope="module")
def made(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    make_changes(found, folder, address=ADDRESS)
    return folder


@pytest.fixture
def copy(place, tmp_path):
    shutil.copytree(place, tmp_path / "review", symlinks=True)
    return tmp_path / "review"


@pytest.fixture(scope="module")
def page(made):
    return Page.at(made / "changes.html")


# The page


def test_versions_stand_newest_first_each_with_its_day_and_its_sentences(page):
    heads = page.words("h2")
    assert heads == [*NAMES, "How this page was made"]
    assert "5 March 2026" in page.text
    said = page.words("li")
    assert any("mean_intervention was 40.0, is now 50.0" in sentence for sentence in said)
    assert any("the ratings of what is rated" in s and "They want confirming" in s for s in said)
    assert page.words("strong")[-5:] == [
        "1 outcome coded another way.",
        "Nothing moved: no effect, no rating and no verdict is another than before.",
        "1 conclusion changed and 1 outcome moved.",
        "1 conclusion changed, 1 trial came in, 7 ratings of certainty went stale and 1 outcome moved.",
        FIRST,
    ]


def test_the_page_says_that_old_versions_are_read_with_the_methods_of_today(page):
    assert any("read with the methods of today" in words for words in page.words("p"))


def test_a_version_that_moves_an_average_has_its_picture_described_with_its_numbers(page):
    alts = [img["alt"] for img in page.attributes("img")]
    assert [re.search("Pooled effects in (.*?) \\(before\\)", alt)[1] for alt in alts] == ["v0.2.0", "v0.1.0"]
    assert "0.20" in alts[0]
    assert "0.40" in alts[0]


def test_what_the_contents_and_the_page_link_is_there(page, made):
    ids = [element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]]
    assert len(set(ids)) == len(ids)
    links = [link["href"] for link in page.attributes("a")]
    assert {f"#{name}" for name in ("not-released", "v0-4-0", "v0-3-0", "v0-2-0", "v0-1-0")} <= set(links)
    inside = [link.removeprefix("#") for link in links if link.startswith("#")]
    assert set(inside) <= set(ids)
    assert all((made / link).is_file() for link in links if not link.startswith("#"))


def test_the_numbers_hold_every_version_and_every_row_unrounded(made):
    numbers = json.loads((made / "changes.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [own["version"] for own in numbers["versions"]] == [None, "v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"]
    moved = numbers["versions"][2]["difference"]
    assert moved["rows"][0]["cells"] == [{"column": "mean_intervention", "before": "40.0", "after": "50.0"}]
    estimate = moved["changes"][0]["moved"]["estimate"]["after"]
    assert estimate != round(estimate, 6)
    assert numbers["versions"][4]["difference"] is None


# The feed, by the musts of RFC 4287


@pytest.fixture(scope="module")
def feed(made):
    return ElementTree.parse(made / "changes.xml").getroot()


def children(element, name):
    return element.findall(f"{ATOM}{name}")


def test_feed_and_entries_have_what_atom_asks_for_exactly_once(feed):
    assert feed.tag == f"{ATOM}feed"
    entries = children(feed, "entry")
    assert len(entries) == 5
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            (one,) = children(element, name)
            assert one.text
            assert not list(one)
        assert RFC_3339.fullmatch(children(element, "updated")[0].text)
        assert datetime.fromisoformat(children(element, "updated")[0].text).tzinfo
    assert len(children(feed, "author")) == 1  # one of the whole is enough
    assert children(children(feed, "author")[0], "name")[0].text
    assert len(children(feed, "generator")) == len(children(feed, "subtitle")) == 1


def test_ids_are_absolute_and_all_of_them_others(feed):
    ids = [children(element, "id")[0].text for element in (feed, *children(feed, "entry"))]
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one) for one in ids)
    assert len(set(ids)) == len(ids)


def test_links_say_where_they_lead_and_entries_lead_to_their_version(feed, page):
    links = {link.get("rel"): link.get("href") for link in children(feed, "link")}
    assert links == {"alternate": f"{ADDRESS}changes.html", "self": f"{ADDRESS}changes.xml"}
    ids = {element["attrs"].get("id") for element in page.elements}
    for entry in children(feed, "entry"):
        (link,) = children(entry, "link")
        assert link.get("rel") == "alternate"
        target, _, anchor = link.get("href").partition("#")
        assert target == f"{ADDRESS}changes.html"
        assert anchor in ids


def test_an_entry_says_in_words_what_its_version_changed_when_it_was_released(feed):
    entry = children(feed, "entry")[3]
    assert children(entry, "updated")[0].text == DATES["v0.2.0"]
    summary = children(entry, "summary")[0]
    assert (summary.get("type"), summary.text.partition(",")[0]) == ("text", "1 conclusion changed")
    assert children(entry, "title")[0].text == f"v0.2.0: {summary.text}"
    content = children(entry, "content")[0]
    assert content.get("type") == "html"
    items = Page(content.text).words("li")
    assert "New trials: Elder & Other (2005)." in items
    assert any("wants confirming" in item or "want confirming" in item for item in items)


def test_the_newest_entry_dates_the_feed(feed):
    dates = [children(entry, "updated")[0].text for entry in children(feed, "entry")]
    assert children(feed, "updated")[0].text == dates[0] == max(dates)


def test_a_clone_elsewhere_gives_the_same_bytes(made, place, tmp_path):
    subprocess.run(["git", "clone", "-q", place.as_uri(), str(tmp_path / "elsewhere")], check=True)
    make_changes(compared(tmp_path / "elsewhere"), tmp_path / "out", address=ADDRESS)
    for name in ("changes.xml", "changes.json"):
        assert (tmp_path / "out" / name).read_bytes() == (made / name).read_bytes()


def test_signs_that_xml_cannot_hold_are_replaced_and_markup_stays_text(found, tmp_path):
    review = replace(found.review, title="A <b>review</b> & a\x0b sign\x1b")
    make_changes(replace(found, review=review), tmp_path)
    title = children(ElementTree.parse(tmp_path / "changes.xml").getroot(), "title")[0]
    assert title.text == "What changed: A <b>review</b> & a\ufffd sign\ufffd"
    assert "<b>review" not in (tmp_path / "changes.html").read_text(encoding="utf-8")


def test_without_an_address_the_links_are_relative_and_none_claims_to_be_the_feeds_own(found, tmp_path):
    make_changes(found, tmp_path)
    feed = ElementTree.parse(tmp_path / "changes.xml").getroot()
    assert [link.get("href") for link in children(feed, "link")] == ["changes.html"]
    with pytest.raises(ReportError, match="is no address to publish at"):
        make_changes(found, tmp_path, address="ftp://example.org")


# Repositories that are not as one would wish


def test_released_data_that_nobody_changed_since_are_not_told_twice(copy):
    git(copy, "tag", "v0.5.0", date=DATES[""])
    assert [step.version.name for step in compared(copy, since="v0.4.0").steps] == ["v0.5.0", "v0.4.0"]


def test_a_first_state_without_a_version_is_told_as_that(copy, tmp_path):
    git(copy, "tag", "-d", *[name for name in DATES if name])
    make_changes(compared(copy), tmp_path / "out")
    page = Page.at(tmp_path / "out" / "changes.html")
    assert page.words("h2")[0] == "The data as they stand, not released"
    assert {FIRST, NOTES["no_versions"]} <= set(page.words("p"))
    (entry,) = children(ElementTree.parse(tmp_path / "out" / "changes.xml").getroot(), "entry")
    assert children(entry, "title")[0].text == f"Not released yet: {FIRST}"


def test_without_a_repository_there_is_a_page_that_says_so_and_no_feed(copy, tmp_path):
    folder = tmp_path / "out"
    make_changes(compared(copy, since="HEAD"), folder)
    assert (folder / "changes.xml").is_file()
    shutil.rmtree(copy / ".git")
    assert [path.name for path in make_changes(compared(copy), folder)] == ["changes.html", "changes.json"]
    assert not (folder / "changes.xml").exists()
    page = Page.at(folder / "changes.html")
    assert NOTES["no_history"] in page.words("p")
    assert "changes.xml" not in page.text


def test_data_of_a_version_that_break_the_contract_of_today_are_a_sentence_and_no_failure(copy):
    file = copy / "data" / "codebook" / "outcomes.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",lower,", ",less,"), encoding="utf-8")
    git(copy, "commit", "-q", "-a", "-m", "Break", date="2026-06-01T10:00:00+00:00")
    git(copy, "tag", "v0.5.0", date="2026-06-01T10:00:00+00:00")
    file.write_text(text, encoding="utf-8")
    git(copy, "commit", "-q", "-a", "-m", "Mend", date="2026-06-02T10:00:00+00:00")
    now, broken, _ = compared(copy, since="v0.4.0").steps
    assert broken.sentences == [broken.summary]
    assert broken.summary.startswith(
        "The data of v0.5.0 do not pass the contract of today: 3 problems, the first of them"
    )
    assert "data/codebook/outcomes.csv row 3" in broken.summary
    assert now.summary.startswith("The data of the version before, v0.5.0, could not be read")


def test_a_version_that_had_its_data_elsewhere_is_a_sentence(copy):
    git(copy, "mv", "data", "evidence")
    git(copy, "commit", "-q", "-m", "Move", date="2026-06-01T10:00:00+00:00")
    found = compare_versions(copy / "evidence", references=copy / "references.bib", since="v0.4.0")
    assert found.steps[1].summary.startswith("At v0.4.0 there were no data in ")
    assert found.steps[0].difference is None


def test_data_that_break_the_contract_today_stop_it(copy):
    (copy / "data" / "codebook" / "outcomes.csv").write_text("outcome\n", encoding="utf-8")
    with pytest.raises(DataError):
        compared(copy)


def test_changes_not_committed_yet_are_told_and_noted(copy, tmp_path):
    file = copy / "data" / "trials" / "elder2005sample" / "outcomes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",50.0,", ",45.0,", 1), encoding="utf-8")
    make_changes(compared(copy, since="HEAD"), tmp_path / "out")
    page = Page.at(tmp_path / "out" / "changes.html")
    assert NOTES["uncommitted"] in page.words("p")
    assert any("was 50.0, is now 45.0" in said for said in page.words("li"))


# The folder and the command


def test_a_folder_of_somebody_else_is_left_alone(found, tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match="was not made by"):
        make_changes(found, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_report_can_be_made_where_the_page_stands_already(made, tmp_path):
    """A folder with anything else is refused: see the test before."""
    assert ReportFolder(made).path == made
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match=r"it holds letter\.txt"):
        ReportFolder(tmp_path)


def test_a_run_that_is_cut_off_leaves_the_page_as_it_was(found, tmp_path, monkeypatch):
    make_changes(found, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def cut(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthesis.reports.changes.making.feed_of", cut)
    with pytest.raises(KeyboardInterrupt):
        make_changes(found, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_written_is_said_with_its_place(found, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DestinationError, match="cannot be written"):
        make_changes(found, tmp_path / "file" / "below")


@pytest.fixture
def run(program, monkeypatch, copy):
    """Run the command in the copy's folder."""

    def call(*words):
        monkeypatch.chdir(copy)
        return program("changes", *words)

    return call


def test_the_command_says_what_it_reads_and_what_it_wrote(run, copy):
    code, out, err = run("--since", "v0.4.0")
    assert (code, out.split()) == (0, ["reports/changes.html", "reports/changes.xml", "reports/changes.json"])
    assert err.splitlines() == ["Reading v0.4.0 ...", "Reading the data as they stand ..."]
    page = Page.at(copy / "reports" / "changes.html")
    assert page.words("h2")[:2] == ["Since v0.4.0, not released", "v0.4.0"]
    assert page.words("code")[-1].endswith("changes --since v0.4.0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "nowhere"), "'nowhere' is no git revision of data. Name a commit, a branch or a tag"),
        (("data",), "was not made by `synthesis report`"),
        (("--address", "example.org"), "'example.org' is no address to publish at."),
    ],
)
def test_a_mistake_is_one_clear_error_and_writes_nothing(run, copy, words, said):
    code, out, err = run("--since", "HEAD", *words)
    assert (code, out) == (1, "")
    assert said in err
    assert not list(copy.glob("reports/changes*"))


def test_a_shallow_clone_is_refused(copy, tmp_path):
    subprocess.run(["git", "clone", "-q", "--depth", "1", copy.as_uri(), str(tmp_path / "shallow")], check=True)
    with pytest.raises(RevisionError, match="is a shallow clone"):
        compared(tmp_path / "shallow")


# In a browser


@pytest.fixture(scope="module")
def opened(made):
    """The page in a browser, with every complaint and request that is not for the file itself."""
    with open_browser() as browser:
        page, complaints, own = browser.new_page(), [], (made / "changes.html").as_uri()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def only_own(route):
            if route.request.url != own and not route.request.url.startswith("data:"):
                complaints.append(route.request.url)
            route.continue_()

        page.route("**/*", only_own)
        page.goto(own)
        yield page, complaints


def test_it_opens_without_complaint_or_request_and_its_pictures_are_drawn(opened):
    page, complaints = opened
    assert page.locator("h1").inner_text() == "What changed"
    drawn = page.eval_on_selector_all("img", "all => all.map(one => one.complete && one.naturalWidth > 0)")
    assert drawn == [True, True]
    assert complaints == []


def test_headings_have_no_gaps_and_tables_have_captions_and_headed_cells(opened):
    page, _ = opened
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(one => Number(one.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    faulty = "all => all.filter(one => !one.caption?.textContent.trim() || one.querySelector('th:not([scope])')).length"
    assert page.eval_on_selector_all("table", faulty) == 0


@pytest.mark.parametrize("folded", [True, False], ids=["folded", "unfolded"])
def test_axe_finds_nothing(opened, folded):
    page, _ = opened
    page.eval_on_selector_all("details", f"all => all.forEach(one => one.open = {str(not folded).lower()})")
    assert {one["id"]: one["nodes"] for one in Axe().run(page).response["violations"]} == {}


@pytest.mark.parametrize("size", SIZES)
def test_no_screen_and_no_paper_needs_scrolling_sideways(opened, size):
    page, _ = opened
    page.emulate_media(media="print" if size == "paper" else "screen")
    page.set_viewport_size({"width": SIZES[size], "height": 900})
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.emulate_media(media="screen")
    assert wide <= SIZES[size]
